package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// up runs a whole control plane in the foreground. Started again on the same folder it finds its
// ports, keys and data again. SIGUSR1 stops the API server alone, SIGUSR2 starts it again.
func up(args []string) error {
	flags := flag.NewFlagSet("up", flag.ContinueOnError)
	dir := flags.String("dir", "", "where keys, data and logs are kept (required)")
	noFsync := flags.Bool("no-fsync", false, "do not wait for the disk: faster, and fit for tests alone")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *dir == "" {
		return fmt.Errorf("up needs --dir DIR")
	}
	root, err := filepath.Abs(*dir)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGUSR1, syscall.SIGUSR2)
	files, err := prepare(root)
	if err != nil {
		return err
	}
	plane := &plane{files: files, noFsync: *noFsync, died: make(chan *child, 8)}
	defer plane.stop()
	if err := plane.start(); err != nil {
		return err
	}
	fmt.Printf("ready KUBECONFIG=%s\n", files.kubeconfig)
	return plane.serve(signals)
}

// plane is the running children.
type plane struct {
	files                        *files
	noFsync                      bool
	etcd, apiserver, controllers *child
	died                         chan *child
}

func (p *plane) start() error {
	etcdArgs := []string{
		"--data-dir", p.files.etcdData,
		"--client-port", strconv.Itoa(p.files.Ports.EtcdClient),
		"--peer-port", strconv.Itoa(p.files.Ports.EtcdPeer),
	}
	if p.noFsync {
		etcdArgs = append(etcdArgs, "--unsafe-no-fsync")
	}
	var err error
	if p.etcd, err = p.spawn("etcd", etcdArgs); err != nil {
		return err
	}
	if err := p.startAPIServer(); err != nil {
		return err
	}
	if p.controllers, err = p.spawn("kube-controller-manager", controllerArgs(p.files)); err != nil {
		return err
	}
	return p.wait("the default service account", serviceAccountReady(p.files))
}

func (p *plane) startAPIServer() error {
	var err error
	if p.apiserver, err = p.spawn("kube-apiserver", apiserverArgs(p.files)); err != nil {
		return err
	}
	return p.wait("the API server", apiserverReady(p.files))
}

func (p *plane) serve(signals <-chan os.Signal) error {
	for {
		select {
		case dead := <-p.died:
			return dead.obituary()
		case signal := <-signals:
			switch signal {
			case syscall.SIGUSR1:
				p.apiserver.stop()
				fmt.Println("apiserver stopped")
			case syscall.SIGUSR2:
				if err := p.startAPIServer(); err != nil {
					return err
				}
				fmt.Println("apiserver ready")
			default:
				return nil
			}
		}
	}
}

// wait polls until ready, or until a child dies or a minute has passed.
func (p *plane) wait(what string, ready func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		if ready(ctx) {
			return nil
		}
		select {
		case dead := <-p.died:
			return dead.obituary()
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready after a minute; see the logs in %s", what, p.files.root)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (p *plane) spawn(name string, args []string) (*child, error) {
	return spawn(name, args, filepath.Join(p.files.root, name+".log"), p.died)
}

// stop ends the children in the order in which they lean on each other.
func (p *plane) stop() {
	for _, child := range []*child{p.controllers, p.apiserver, p.etcd} {
		child.stop()
	}
}
