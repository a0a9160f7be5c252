package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/cmd/internal/cli"
	"github.com/split-ingress/split-ingress/cmd/internal/command"
)

// TestReference demands that docs/generated/cli.md says what the commands' own help says.
func TestReference(t *testing.T) {
	root := cli.NewCommand("kubectl-split_ingress", genericiooptions.NewTestIOStreamsDiscard(), "")
	var b strings.Builder
	b.WriteString("# The command line\n\nMade from the commands' own help by `make generate`.\n")
	if err := command.Describe(&b, root); err != nil {
		t.Fatal(err)
	}
	for _, c := range root.Commands() {
		if !c.Hidden {
			if err := command.Describe(&b, c); err != nil {
				t.Fatal(err)
			}
		}
	}
	convert, _, err := root.Find([]string{"convert"})
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString(command.DescribeGroup(convert))
	file := filepath.Join("..", "..", "..", "docs", "generated", "cli.md")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), b.String()); diff != "" {
		t.Errorf("docs/generated/cli.md is not what the commands say (make generate):\n%s", diff)
	}
}

// TestMessages holds every command to the same form: a short text without a full stop.
func TestMessages(t *testing.T) {
	root := cli.NewCommand("kubectl-split_ingress", genericiooptions.NewTestIOStreamsDiscard(), "")
	for _, c := range root.Commands() {
		if c.Hidden {
			continue
		}
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: short text %q: want one without a full stop", c.Name(), c.Short)
		}
		if strings.Contains(c.Example, "%") {
			t.Errorf("%s: an example still has its place-holder: %q", c.Name(), c.Example)
		}
	}
}
