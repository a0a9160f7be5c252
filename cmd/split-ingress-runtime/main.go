// The command split-ingress-runtime serves HTTPProxies and legacy Ingresses from files.
package main

import (
	"os"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/cmd/internal/server"
)

// version is set when the program is linked.
var version = "devel"

func main() {
	os.Exit(server.Main(os.Args, genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}, version))
}
