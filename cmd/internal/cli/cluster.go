package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/cmd/internal/command"
	"github.com/split-ingress/split-ingress/cmd/internal/live"
)

// cluster are the flags that choose a cluster, and what of it is the input.
type cluster struct {
	config   *genericclioptions.ConfigFlags
	all      bool
	selector string
	given    *pflag.FlagSet // the command's flags
	chosen   *pflag.FlagSet // those that choose the cluster
	name     string         // of the cluster that was read
}

const clusterFlags = "Flags of the cluster"

func (c *cluster) addFlags(cmd *cobra.Command) {
	namespace := new(string)
	c.given = cmd.Flags()
	c.given.StringVarP(namespace, "namespace", "n", "", "Namespace that is read of a cluster (default: the kubeconfig context's); of files, that of objects whose manifest gives none (else the nearest kustomization's)")
	c.given.BoolVarP(&c.all, "all-namespaces", "A", false, "Read all namespaces of a cluster, whatever -n and the kubeconfig say")
	c.given.StringVarP(&c.selector, "selector", "l", "", "Labels of the Ingresses and HTTPProxies that are read of a cluster, as in app=shop,tier!=test; what belongs to them is read whatever its labels")
	c.config = genericclioptions.NewConfigFlags(true)
	c.config.Namespace = nil // the flag is there
	c.chosen = pflag.NewFlagSet("", pflag.ContinueOnError)
	c.config.AddFlags(c.chosen)
	c.chosen.Lookup("cache-dir").DefValue = "$HOME/.kube/cache"
	command.Group(cmd, clusterFlags, c.chosen)
	c.config.Namespace = namespace
}

// selects is the flag that was given although it only means something to a cluster, or "".
func (c *cluster) selects() string {
	switch {
	case c.all:
		return "-A"
	case c.given.Changed("selector"):
		return "-l"
	}
	return ""
}

// unused are the flags that were given to choose a cluster, for those who read none.
func (c *cluster) unused() string {
	var names []string
	c.chosen.VisitAll(func(f *pflag.Flag) {
		if f.Changed {
			names = append(names, "--"+f.Name)
		}
	})
	return strings.Join(names, ", ")
}

func (c *cluster) validate() error {
	if _, err := labels.Parse(c.selector); err != nil {
		return usagef("-l %q: %w", c.selector, err)
	}
	if n := *c.config.Namespace; n != "" && !isLabel(n) {
		return usagef("-n %q: no namespace has such a name; use lower-case letters, digits and '-', at most 63", n)
	}
	return nil
}

// readCluster reads the cluster that the flags and the kubeconfig name.
func (in *input) readCluster() (*manifest.Set, error) {
	c, err := live.Connect(in.cluster.config)
	if err != nil {
		return nil, fmt.Errorf("%w; for manifests, %s", err, in.instead())
	}
	in.cluster.name = c.Name
	opts := live.Options{
		Namespace: c.Namespace, Selector: in.selector, Settings: in.settingsOf,
		Controller: in.options().Controller, Classes: in.contour, Borders: in.borders,
	}
	if in.all {
		opts.Namespace = ""
	}
	set, err := live.Read(context.Background(), c, opts)
	var unreachable *live.UnreachableError
	if errors.As(err, &unreachable) {
		return nil, fmt.Errorf("%w; for manifests, %s", err, in.instead())
	}
	return set, err
}

// instead says how files are given, to people who did not mean a cluster.
func (in *input) instead() string {
	if in.given.Lookup("before") != nil {
		return "give both sides, with --before FILE and --after FILE"
	}
	return "give files or directories with -f, - for standard input, or a kustomization directory with -k"
}

// lackingLive is the error of a cluster without the objects that a command is about.
func (in *input) lackingLive(what string) error {
	where := "in any namespace of " + in.cluster.name
	hint := "give files with -f if those are meant"
	if !in.all {
		where, hint = "in the namespace that was read of "+in.cluster.name, "name another one with -n, all with -A, or "+hint
		if n := *in.config.Namespace; n != "" {
			where = "in namespace " + n + " of " + in.cluster.name
		}
	}
	if in.selector != "" {
		where += " with labels " + in.selector
	}
	return fmt.Errorf("there is no %s %s; %s", what, where, hint)
}

// denied are the findings about what may not be read.
func denied(fs []ledger.Finding) (some []ledger.Finding) {
	for _, f := range fs {
		if f.Rule == live.RuleMissingRight {
			some = append(some, f)
		}
	}
	return some
}
