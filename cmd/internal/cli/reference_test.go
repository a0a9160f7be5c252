package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/cmd/internal/cli"
)

// TestReference demands that docs/generated/cli.md says what the commands' own help says.
func TestReference(t *testing.T) {
	root := cli.NewCommand("kubectl-split_ingress", genericiooptions.NewTestIOStreamsDiscard(), "")
	var b strings.Builder
	b.WriteString("# The command line\n\nMade from the commands' own help by `make generate`.\n")
	describe(&b, root)
	for _, c := range root.Commands() {
		if !c.Hidden {
			describe(&b, c)
		}
	}
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

func describe(b *strings.Builder, c *cobra.Command) {
	c.InitDefaultHelpFlag()
	text := c.Long
	if text == "" {
		text = c.Short + "."
	}
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n```\n%s\n```\n", c.CommandPath(), text, c.UseLine())
	if c.Example != "" {
		fmt.Fprintf(b, "\nExamples:\n\n```\n%s\n```\n", c.Example)
	}
	if c.HasAvailableLocalFlags() {
		fmt.Fprintf(b, "\nFlags:\n\n```\n%s```\n", c.LocalFlags().FlagUsages())
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
