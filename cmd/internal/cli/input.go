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
)

// input are the flags of every command that reads manifests.
type input struct {
	files      *genericclioptions.FileNameFlags
	config     *genericclioptions.ConfigFlags
	classes    []string
	classless  bool
	complete   bool
	settings   string
	settingsOf manifest.Name
}

func (in *input) addFlags(cmd *cobra.Command) {
	in.files = &genericclioptions.FileNameFlags{
		Usage:     "Files or directories with the Ingresses, and with what belongs to them (Services, IngressClasses, Namespaces, Secrets); - is standard input.",
		Filenames: new([]string), Kustomize: new(string), Recursive: new(bool),
	}
	in.config = &genericclioptions.ConfigFlags{Namespace: new(string)}
	flags := cmd.Flags()
	in.files.AddFlags(flags)
	in.config.AddFlags(flags)
	flags.Lookup("namespace").Usage = "Namespace of objects whose manifest gives none (else the nearest kustomization's)"
	in.addControllerFlags(flags)
}

// addControllerFlags adds those that say how ingress-nginx was started.
func (in *input) addControllerFlags(flags *pflag.FlagSet) {
	flags.StringArrayVar(&in.classes, "ingress-class", nil, "Class taken as ingress-nginx's where no IngressClass object tells; repeatable (default nginx)")
	flags.BoolVar(&in.classless, "watch-ingress-without-class", false, "Take Ingresses without any class, as the controller does with this flag")
	flags.BoolVar(&in.complete, "complete-input", false, "What is referred to and not in the input is missing, instead of not seen")
	flags.StringVar(&in.settings, "controller-config", "", "NAMESPACE/NAME of the controller's ConfigMap in the input")
}

// noArguments refuses files without -f.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no argument %q; give files with -f %s", cmd.Name(), args[0], args[0])
	}
	return nil
}

func (in *input) validate() error {
	o := in.files.ToOptions()
	if err := o.RequireFilenameOrKustomize(); err != nil {
		return usagef("there is no input: give files or directories with -f, - for standard input, or a kustomization directory with -k")
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

// read reads the input. Whatever is wrong with single documents is in the set's findings.
func (in *input) read(streams genericiooptions.IOStreams) (*manifest.Set, error) {
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
	o.ControllerConfig = in.settingsOf
	return o
}

// lacking is the error of an input without the objects that a command is about. Where
// documents could not be read, those may be the ones, and the code says so.
func lacking(set *manifest.Set, what string) error {
	if set.Unreadable > 0 {
		return exit{codeUnreadable, "no " + what + " could be read; see the findings above"}
	}
	return fmt.Errorf("there is no %s in the input (%s read); check -f, and -R for directories within directories", what, count(set.Documents, "document"))
}

// unreadable are the findings about what could not be read.
func unreadable(fs []ledger.Finding) []ledger.Finding {
	return slices.DeleteFunc(slices.Clone(fs), func(f ledger.Finding) bool { return f.Severity != ledger.Error })
}

// unreadableCode is the exit code of commands that only show things.
func unreadableCode(set *manifest.Set) error {
	if set.Unreadable > 0 {
		return exitWith(codeUnreadable)
	}
	return nil
}
