package server

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/cmd/internal/command"
)

var update = flag.Bool("update", false, "rewrite what the tests expect")

// TestReference demands that docs/generated/runtime-cli.md says what the commands' own help
// says.
func TestReference(t *testing.T) {
	root := NewCommand("split-ingress-runtime", genericiooptions.NewTestIOStreamsDiscard(), "")
	var b strings.Builder
	b.WriteString("# The command line of the runtime\n\nMade from the commands' own help by `make generate`.\n")
	if err := command.Describe(&b, root); err != nil {
		t.Fatal(err)
	}
	for _, c := range root.Commands() {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: short text %q: want one without a full stop", c.Name(), c.Short)
		}
		if err := command.Describe(&b, c); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join("..", "..", "..", "docs", "generated", "runtime-cli.md")
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), b.String()); diff != "" {
		t.Errorf("docs/generated/runtime-cli.md is not what the commands say (make generate):\n%s", diff)
	}
}
