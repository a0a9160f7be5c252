package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
	"github.com/split-ingress/split-ingress/cmd/internal/live"
)

// input are the flags of every command that reads manifests, from files or, where none are
// given, from a cluster. A command embeds it, adds its flags, validates it, and reads.
type input struct {
	cluster
	files      *genericclioptions.FileNameFlags
	classes    []string
	classless  bool
	relays     bool // TLS, as ssl-passthrough asks
	complete   bool
	settings   string
	settingsOf manifest.Name
	borders    bool     // of a cluster what the borders of a plan are about is read, instead of what a conversion looks at
	contour    []string // classes of Ingresses that Contour reads, as for httpproxy.ReadsIngress
}

func (in *input) addFlags(cmd *cobra.Command) {
	in.files = &genericclioptions.FileNameFlags{
		Usage:     "Files or directories with the Ingresses, and with what belongs to them (Services, IngressClasses, Namespaces, Secrets); - is standard input. Without -f and -k a cluster is read.",
		Filenames: new([]string), Kustomize: new(string), Recursive: new(bool),
	}
	flags := cmd.Flags()
	in.files.AddFlags(flags)
	in.cluster.addFlags(cmd)
	in.addControllerFlags(flags)
}

// addControllerFlags adds those that say how ingress-nginx was started.
func (in *input) addControllerFlags(flags *pflag.FlagSet) {
	flags.StringArrayVar(&in.classes, "ingress-class", nil, "Class taken as ingress-nginx's where no IngressClass object tells; repeatable (default nginx)")
	flags.BoolVar(&in.classless, "watch-ingress-without-class", false, "Take Ingresses without any class, as the controller does with this flag")
	flags.BoolVar(&in.relays, "enable-ssl-passthrough", false, "Take ssl-passthrough as the controller does with this flag: TLS is relayed to the application")
	flags.BoolVar(&in.complete, "complete-input", false, "What is referred to and not in the input is missing, instead of not seen; of a cluster that holds already for what may be read")
	flags.StringVar(&in.settings, "controller-config", "", "NAMESPACE/NAME of the controller's ConfigMap in the input or in the cluster")
}

// noArguments refuses files without -f.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no argument %q; give files with -f %s", cmd.Name(), args[0], args[0])
	}
	return nil
}

// live says whether the input is a cluster: no file is named.
func (in *input) live() bool { return len(*in.files.Filenames) == 0 && *in.files.Kustomize == "" }

func (in *input) validate() error {
	o := in.files.ToOptions()
	if in.live() && o.Recursive {
		return usagef("-R is about directories, and -f names none")
	}
	if flag := in.selects(); flag != "" && !in.live() {
		return usagef("%s selects from a cluster, and the input is files: leave it out, or leave out -f and -k", flag)
	}
	if err := in.cluster.validate(); err != nil {
		return err
	}
	if o.Kustomize != "" && (len(o.Filenames) > 0 || o.Recursive) {
		return usagef("-k can't be used together with -f or -R")
	}
	for _, f := range o.Filenames {
		if strings.HasPrefix(f, "http://") || strings.HasPrefix(f, "https://") {
			return usagef("-f %s: addresses are not read; download it and pipe it in with -f -", f)
		}
	}
	var err error
	in.settingsOf, err = parseName("--controller-config", in.settings)
	return err
}

// parseName reads NAMESPACE/NAME; nothing is the zero name.
func parseName(flag, text string) (manifest.Name, error) {
	if text == "" {
		return manifest.Name{}, nil
	}
	namespace, name, ok := strings.Cut(text, "/")
	if !ok || !isLabel(namespace) || name == "" || strings.Contains(name, "/") {
		return manifest.Name{}, usagef("%s %q: want NAMESPACE/NAME", flag, text)
	}
	return manifest.Name{Namespace: namespace, Name: name}, nil
}

// isLabel says whether s is a DNS-1123 label, as namespaces are.
func isLabel(s string) bool { return len(validation.IsDNS1123Label(s)) == 0 }

// read reads the input: files if there are any, else the cluster, as kubectl get would.
// Whatever is wrong with single documents, and what may not be read of a cluster, is in the
// set's findings.
func (in *input) read(streams genericiooptions.IOStreams) (*manifest.Set, error) {
	if in.live() {
		return in.readCluster()
	}
	in.remark(streams)
	return in.readFiles(streams)
}

// remark tells which flags mean nothing where files are read.
func (in *input) remark(streams genericiooptions.IOStreams) {
	if names := in.unused(); names != "" {
		note(streams.ErrOut, "%s: not used, since files are read and no cluster", names)
	}
}

func (in *input) readFiles(streams genericiooptions.IOStreams) (*manifest.Set, error) {
	o := in.files.ToOptions()
	var sources []manifest.Source
	if o.Kustomize != "" {
		built, err := buildKustomization(o.Kustomize)
		if err != nil {
			return nil, err
		}
		sources = append(sources, built)
	}
	for _, f := range o.Filenames {
		if f == "-" {
			sources = append(sources, manifest.Source{Path: f, Reader: streams.In})
			continue
		}
		found, err := expand(f)
		if err != nil {
			return nil, err
		}
		sources = append(sources, found...)
	}
	return manifest.Read(sources, manifest.Options{Recursive: o.Recursive, Namespace: *in.config.Namespace})
}

// expand reads a name that no file has as a pattern, as kubectl does.
func expand(name string) ([]manifest.Source, error) {
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) || !strings.ContainsAny(name, "*?[") {
		return []manifest.Source{{Path: name}}, nil
	}
	paths, err := filepath.Glob(name)
	if err != nil {
		return nil, usagef("-f %s: %w", name, err)
	}
	if len(paths) == 0 {
		return nil, usagef("-f %s: no file matches the pattern", name)
	}
	var sources []manifest.Source
	for _, p := range paths {
		sources = append(sources, manifest.Source{Path: p})
	}
	return sources, nil
}

// options are the conversion's options as far as the input decides them.
func (in *input) options() convert.Options {
	var o convert.Options
	o.Controller.Classes, o.Controller.Classless, o.Controller.Complete = in.classes, in.classless, in.complete
	o.Controller.Passthrough, o.ControllerConfig = in.relays, in.settingsOf
	return o
}

// lacking is the error of an input without the objects that a command is about. Where
// documents could not be read, those may be the ones, and the code says so.
func (in *input) lacking(set *manifest.Set, what string) error {
	if set.Unreadable > 0 {
		return exit{codeUnreadable, "no " + what + " could be read; see the findings above"}
	}
	if set.Live() {
		return in.lackingLive(what)
	}
	return fmt.Errorf("there is no %s in the input (%s read); check -f, and -R for directories within directories", what, count(set.Documents, "document"))
}

// unreadable are the findings about what could not, or may not, be read.
func unreadable(fs []ledger.Finding) []ledger.Finding {
	return slices.DeleteFunc(slices.Clone(fs), func(f ledger.Finding) bool {
		return f.Severity != ledger.Error && f.Rule != live.RuleMissingRight
	})
}

// unreadableCode is the exit code of commands that only show things.
func unreadableCode(set *manifest.Set) error {
	if set.Unreadable > 0 {
		return exitWith(codeUnreadable)
	}
	return nil
}
