package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// files is what a control plane keeps in its folder: ports, keys, data, logs, the kubeconfig.
type files struct {
	root, etcdData, kubeconfig string
	Ports                      ports
	authorities                *x509.CertPool
	admin                      tls.Certificate
}

type ports struct{ EtcdClient, EtcdPeer, APIServer int }

func (f *files) path(name string) string { return filepath.Join(f.root, name) }

// prepare makes what is missing and reads what is there.
func prepare(root string) (*files, error) {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, err
	}
	f := &files{root: root, etcdData: filepath.Join(root, "etcd"), kubeconfig: filepath.Join(root, "kubeconfig")}
	if err := f.readPorts(); err != nil {
		return nil, err
	}
	if _, err := os.Stat(f.path("ca.crt")); os.IsNotExist(err) {
		if err := makeKeys(f); err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
	}
	authority, err := os.ReadFile(f.path("ca.crt"))
	if err != nil {
		return nil, err
	}
	f.authorities = x509.NewCertPool()
	f.authorities.AppendCertsFromPEM(authority)
	if f.admin, err = tls.LoadX509KeyPair(f.path("admin.crt"), f.path("admin.key")); err != nil {
		return nil, err
	}
	return f, f.writeKubeconfig(authority)
}

func (f *files) readPorts() error {
	name := f.path("ports.json")
	if text, err := os.ReadFile(name); err == nil {
		return json.Unmarshal(text, &f.Ports)
	}
	free, err := freePorts(3)
	if err != nil {
		return err
	}
	f.Ports = ports{EtcdClient: free[0], EtcdPeer: free[1], APIServer: free[2]}
	text, err := json.Marshal(f.Ports)
	if err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o600)
}

// freePorts holds them all open until the last is found, so that they differ.
func freePorts(count int) ([]int, error) {
	found := make([]int, 0, count)
	for range count {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close()
		found = append(found, listener.Addr().(*net.TCPAddr).Port)
	}
	return found, nil
}

const kubeconfig = `apiVersion: v1
kind: Config
clusters:
- name: local
  cluster: {server: "https://127.0.0.1:%d", certificate-authority-data: %s}
users:
- name: admin
  user: {client-certificate-data: %s, client-key-data: %s}
contexts:
- name: local
  context: {cluster: local, user: admin}
current-context: local
`

func (f *files) writeKubeconfig(authority []byte) error {
	encode := base64.StdEncoding.EncodeToString
	certificate, err := os.ReadFile(f.path("admin.crt"))
	if err != nil {
		return err
	}
	key, err := os.ReadFile(f.path("admin.key"))
	if err != nil {
		return err
	}
	text := fmt.Sprintf(kubeconfig, f.Ports.APIServer, encode(authority), encode(certificate), encode(key))
	next := f.kubeconfig + ".new"
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(next, f.kubeconfig)
}
