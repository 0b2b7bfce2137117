// Command control-plane is a real Kubernetes control plane in one binary: etcd, kube-apiserver,
// kube-controller-manager and kubectl, for the tests, the demo and the benchmarks.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"

	// Registers the JSON log format and the metrics that the components refer to.
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/restclient"
	_ "k8s.io/component-base/metrics/prometheus/version"
)

const usage = `control-plane up --dir DIR [--no-fsync]   runs a control plane until SIGTERM
control-plane kubectl …                    (or a link named kubectl)
control-plane etcd|kube-apiserver|kube-controller-manager …   one component`

func main() {
	name, args := filepath.Base(os.Args[0]), os.Args[1:]
	if name != "kubectl" {
		if len(args) == 0 {
			fmt.Fprintln(os.Stderr, usage)
			os.Exit(2)
		}
		name, args = args[0], args[1:]
	}
	os.Exit(run(name, args))
}

func run(name string, args []string) int {
	switch name {
	case "up":
		return exit(up(args))
	case "etcd":
		return exit(etcd(args))
	case "kube-apiserver":
		return component(apiserver.NewAPIServerCommand(), name, args)
	case "kube-controller-manager":
		return component(controllers.NewControllerManagerCommand(), name, args)
	case "kubectl":
		return component(kubectl.NewDefaultKubectlCommand(), name, args)
	default:
		fmt.Fprintf(os.Stderr, "unknown command %q\n%s\n", name, usage)
		return 2
	}
}

// component runs one of Kubernetes' own commands. They read os.Args, plugins included.
func component(command *cobra.Command, name string, args []string) int {
	os.Args = append([]string{name}, args...)
	command.SetArgs(args)
	return cli.Run(command)
}

func exit(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "control-plane:", err)
	return 1
}
