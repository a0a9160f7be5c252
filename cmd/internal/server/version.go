package server

import (
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// versions are what `version -o json` prints.
type versions struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

type versionOptions struct {
	genericiooptions.IOStreams
	versions
	format string
}

func newVersion(streams genericiooptions.IOStreams, version string) *cobra.Command {
	o := &versionOptions{IOStreams: streams, versions: versions{version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}}
	cmd := &cobra.Command{Use: "version", Short: "Show the version", RunE: runs(o)}
	cmd.Flags().StringVarP(&o.format, "output", "o", "text", "Format: text or json")
	choices(cmd, "output", "text", "json")
	return cmd
}

// Complete takes no arguments.
func (o *versionOptions) Complete(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("version takes no argument %q", args[0])
	}
	return nil
}

// Validate checks the format.
func (o *versionOptions) Validate() error { return oneOf("output", o.format, "text", "json") }

// Run prints the versions.
func (o *versionOptions) Run() error {
	if o.format == "json" {
		e := json.NewEncoder(o.Out)
		e.SetIndent("", "  ")
		return e.Encode(o.versions)
	}
	_, err := fmt.Fprintf(o.Out, "split-ingress-runtime  %s (%s, %s)\n", o.Version, o.Go, o.Platform)
	return err
}
