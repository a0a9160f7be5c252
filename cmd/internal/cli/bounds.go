package cli

import (
	"github.com/spf13/pflag"

	"github.com/split-ingress/split-ingress/runtime/equivalence"
)

// bounds are the flags that limit the counted work of a proof.
type bounds struct{ equivalence.Bounds }

func (b *bounds) addFlags(flags *pflag.FlagSet) {
	d := equivalence.Bounds{}.WithDefaults()
	flags.IntVar(&b.States, "proof-states", d.States, "Bound on the states of a host's proof over its paths; past it samples are compared instead")
	flags.IntVar(&b.Steps, "proof-steps", d.Steps, "Bound on the steps of a host's proof: conditions on paths that are taken one byte further")
	flags.IntVar(&b.Cases, "proof-cases", d.Cases, "Bound on the cases of a host's proof over paths, headers, cookies and queries")
}

func (b *bounds) validate() error {
	if b.States < 1 || b.Steps < 1 || b.Cases < 1 {
		return usagef("--proof-states, --proof-steps and --proof-cases are numbers from 1 upwards")
	}
	return nil
}
