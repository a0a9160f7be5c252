// The command kubectl-split_ingress is the kubectl plugin: kubectl runs it for
// `kubectl split-ingress`.
package main

import (
	"os"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/cmd/internal/cli"
	"github.com/split-ingress/split-ingress/cmd/internal/command"
)

// version is set when the program is linked.
var version = "devel"

// Of a large conversion, most of what is in use stays to the end: the heap grows by less than
// Go's 100 % of that, and a small one, which soon ends, is hardly looked at.
const (
	heapFloor  = 64 << 20
	heapGrowth = 50 // percent
)

func main() {
	end := command.EaseGC(heapFloor, heapGrowth)
	code := cli.Main(os.Args, genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}, version)
	end()
	os.Exit(code)
}
