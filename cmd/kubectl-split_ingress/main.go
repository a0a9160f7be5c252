// The command kubectl-split_ingress is the kubectl plugin: kubectl runs it for
// `kubectl split-ingress`.
package main

import (
	"os"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/cmd/internal/cli"
)

// version is set when the program is linked.
var version = "devel"

func main() {
	os.Exit(cli.Main(os.Args, genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}, version))
}
