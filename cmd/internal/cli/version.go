package cli

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

// The controllers whose behaviour is compared.
const (
	contourVersion = "v1.33.8"
	nginxVersion   = "v1.15.1"
)

// versions are what `version -o json` prints.
type versions struct {
	Version      string `json:"version"`
	Go           string `json:"go"`
	Platform     string `json:"platform"`
	Contour      string `json:"contour"`
	IngressNginx string `json:"ingressNginx"`
}

type versionOptions struct {
	genericiooptions.IOStreams
	versions
	format string
}

func newVersion(streams genericiooptions.IOStreams, version string) *cobra.Command {
	o := &versionOptions{IOStreams: streams, versions: versions{
		Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Contour: contourVersion, IngressNginx: nginxVersion,
	}}
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Show the version, and those of the controllers that it speaks of",
		RunE:  runs(o),
	}
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
func (o *versionOptions) Validate() error {
	if !slices.Contains([]string{"text", "json"}, o.format) {
		return usagef("-o %q: want text or json", o.format)
	}
	return nil
}

// Run prints the versions.
func (o *versionOptions) Run() error {
	if o.format == "json" {
		e := json.NewEncoder(o.Out)
		e.SetIndent("", "  ")
		return e.Encode(o.versions)
	}
	_, err := fmt.Fprintf(o.Out, "split-ingress  %s (%s, %s)\nfrom           ingress-nginx %s\nto             Contour %s\n",
		o.Version, o.Go, o.Platform, o.IngressNginx, o.versions.Contour)
	return err
}
