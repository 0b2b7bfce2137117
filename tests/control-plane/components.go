package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"
)

func apiserverArgs(f *files) []string {
	args := []string{
		"--etcd-servers=http://127.0.0.1:" + strconv.Itoa(f.Ports.EtcdClient),
		"--secure-port=" + strconv.Itoa(f.Ports.APIServer),
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		// It would publish that address as the endpoint of the service "kubernetes", and loopback cannot be one.
		"--endpoint-reconciler-type=none",
		// Nothing runs behind these addresses; the API server wants a range.
		"--service-cluster-ip-range=10.0.0.0/24",
		"--tls-cert-file=" + f.path("apiserver.crt"),
		"--tls-private-key-file=" + f.path("apiserver.key"),
		"--client-ca-file=" + f.path("ca.crt"),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + f.path("service-accounts.key"),
		"--service-account-signing-key-file=" + f.path("service-accounts.key"),
		"--authorization-mode=RBAC",
		"--profiling=false",
		"--v=1",
	}
	// Whoever wants to know who has asked for what puts a policy there.
	if _, err := os.Stat(f.path("audit-policy.yaml")); err == nil {
		args = append(args, "--audit-policy-file="+f.path("audit-policy.yaml"), "--audit-log-path="+f.path("audit.log"))
	}
	return args
}

func controllerArgs(f *files) []string {
	return []string{
		"--kubeconfig=" + f.kubeconfig,
		"--controllers=namespace-controller,garbage-collector-controller,serviceaccount-controller",
		"--leader-elect=false",
		"--secure-port=0",
		"--profiling=false",
		"--v=1",
	}
}

func apiserverReady(f *files) func(context.Context) bool {
	return answers(f, "/readyz")
}

func serviceAccountReady(f *files) func(context.Context) bool {
	return answers(f, "/api/v1/namespaces/default/serviceaccounts/default")
}

func answers(f *files, path string) func(context.Context) bool {
	client := &http.Client{
		Timeout:   2 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: f.authorities, Certificates: []tls.Certificate{f.admin}}, DisableKeepAlives: true},
	}
	url := fmt.Sprintf("https://127.0.0.1:%d%s", f.Ports.APIServer, path)
	return func(ctx context.Context) bool {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return false
		}
		answer, err := client.Do(request)
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	}
}
