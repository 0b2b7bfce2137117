// Command helm is Helm, pinned by go.sum, for the tests of the chart.
package main

import (
	"errors"
	"fmt"
	"os"

	"helm.sh/helm/v4/pkg/cmd"
)

func main() {
	helm, err := cmd.NewRootCmd(os.Stdout, os.Args[1:], cmd.SetupLogging)
	if err != nil {
		fmt.Fprintln(os.Stderr, "helm:", err)
		os.Exit(1)
	}
	if err := helm.Execute(); err != nil {
		os.Exit(exitCode(err))
	}
}

// exitCode is what the command asks for; 1 where it asks for nothing.
func exitCode(err error) int {
	var failed cmd.CommandError
	if errors.As(err, &failed) {
		return failed.ExitCode
	}
	return 1
}
