package cli

import (
	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/annotations/catalog"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/cmd/internal/report"
)

type explainOptions struct {
	genericiooptions.IOStreams
	topic string
}

func newExplain(streams genericiooptions.IOStreams) *cobra.Command {
	o := &explainOptions{IOStreams: streams}
	return &cobra.Command{
		Use:   "explain KEY|RULE|WORD|platform/contour|platform/runtime",
		Short: "Explain an annotation key, a setting, a finding, an outcome, or the platform profile",
		Long: `Explains an annotation key (with or without its prefix), a key of the controller's ConfigMap,
the rule of a finding, a word for an outcome or a fate, platform/contour: what differs between
the two data planes on every host alike, or platform/runtime: what our own runtime does
otherwise than ingress-nginx. Without an argument it lists the rules and words.`,
		Example: `
			% explain proxy-body-size
			% explain route-blocked
			% explain platform/contour`,
		ValidArgsFunction: topics,
		RunE:              runs(o),
	}
}

// topics completes what can be explained.
func topics(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	all := []string{report.PlatformTopic, report.RuntimeTopic}
	for _, r := range append(report.Rules(), report.Words()...) {
		all = append(all, r.ID)
	}
	for _, r := range nginx.Rules() {
		all = append(all, r.Key)
	}
	for _, s := range nginx.Settings() {
		if _, both := nginx.RuleFor(s.Key); !both {
			all = append(all, s.Key)
		}
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}

// Complete reads the topic.
func (o *explainOptions) Complete(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usagef("want one topic, not %d", len(args))
	}
	if len(args) == 1 {
		o.topic = args[0]
	}
	return nil
}

// Validate leaves it to Run whether there is such a topic.
func (o *explainOptions) Validate() error { return nil }

// Run explains the topic.
func (o *explainOptions) Run() error {
	if o.topic == "" {
		return report.Topics(o.Out)
	}
	keys, err := catalog.New()
	if err != nil {
		return err
	}
	known, err := report.Explain(o.Out, keys, o.topic)
	if err != nil || known {
		return err
	}
	if near := report.NearestTopic(keys, o.topic); near != "" {
		return usagef("there is nothing to explain by the name %q; did you mean %s?", o.topic, near)
	}
	return usagef("there is nothing to explain by the name %q; `explain` lists rules and words, and any annotation key is explained", o.topic)
}
