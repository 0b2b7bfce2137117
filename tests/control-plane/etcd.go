package main

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
)

// etcd runs a one-member etcd on loopback until SIGTERM.
func etcd(args []string) error {
	flags := flag.NewFlagSet("etcd", flag.ContinueOnError)
	data := flags.String("data-dir", "", "where the data is kept")
	client := flags.Int("client-port", 0, "the port for clients")
	peer := flags.Int("peer-port", 0, "the port for peers: there are none, but etcd wants one")
	noFsync := flags.Bool("unsafe-no-fsync", false, "do not wait for the disk: a crash of the machine loses data")
	if err := flags.Parse(args); err != nil {
		return err
	}
	config := embed.NewConfig()
	config.Dir = *data
	config.LogLevel = "warn"
	config.UnsafeNoFsync = *noFsync
	// The tests write much and read little history.
	config.AutoCompactionMode = "revision"
	config.AutoCompactionRetention = "10000"
	config.QuotaBackendBytes = 4 << 30
	clients, peers := loopback(*client), loopback(*peer)
	config.ListenClientUrls, config.AdvertiseClientUrls = clients, clients
	config.ListenPeerUrls, config.AdvertisePeerUrls = peers, peers
	config.InitialCluster = config.InitialClusterFromName(config.Name)

	server, err := embed.StartEtcd(config)
	if err != nil {
		return fmt.Errorf("etcd: %w", err)
	}
	defer server.Close()
	select {
	case <-server.Server.ReadyNotify():
	case <-time.After(30 * time.Second):
		return fmt.Errorf("etcd: not ready within 30 s")
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	select {
	case <-stop:
		return nil
	case err := <-server.Err():
		return fmt.Errorf("etcd: %w", err)
	}
}

func loopback(port int) []url.URL {
	return []url.URL{{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", port)}}
}
