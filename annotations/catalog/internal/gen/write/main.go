// Command write writes the data files of package catalog: `go generate` there runs it with
// the directory of fact tables as its argument.
package main

import (
	"fmt"
	"os"

	"github.com/split-ingress/split-ingress/annotations/catalog/internal/gen"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: write DIRECTORY-OF-TABLES (writes keys.tsv and removed.tsv here)")
	}
	files, err := gen.Generate(args[0])
	if err != nil {
		return err
	}
	if err := os.WriteFile("keys.tsv", files.Keys, 0o644); err != nil {
		return err
	}
	return os.WriteFile("removed.tsv", files.Removed, 0o644)
}
