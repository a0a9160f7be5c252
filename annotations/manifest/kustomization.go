package manifest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// kustomization is the part of a kustomization that says where objects belong.
type kustomization struct {
	namespace string
	resources []string // cleaned paths of files and directories
}

const maxKustomization = 1 << 20 // bytes

func kustomizationNames() []string {
	return []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}
}

// isKustomization tells a kustomization by its kind, or if it has none by its file's name.
func isKustomization(path string, t typeMeta) bool {
	if t.kind == "Kustomization" || t.kind == "Component" {
		return t.group() == "kustomize.config.k8s.io"
	}
	return t.kind == "" && slices.Contains(kustomizationNames(), filepath.Base(path))
}

// defaultNamespace is the namespace of a file's objects that give none; homeless says
// that neither the options nor a kustomization names one.
func (r *reader) defaultNamespace(f *file) (namespace string, homeless bool) {
	if r.opts.Namespace != "" {
		return r.opts.Namespace, false
	}
	if !f.asked {
		f.ns, f.asked = r.kustomized(f), true
	}
	if f.ns == "" {
		return Unassigned, true
	}
	return f.ns, false
}

// kustomized is the namespace that the nearest kustomization gives to a file: the first
// one upwards, within the file's root, that lists the file or a directory through which
// it is reached and that has a namespace. A directory is a way to a file if its own
// kustomization lists the file, or if it has none.
func (r *reader) kustomized(f *file) string {
	if f.root == "" {
		return ""
	}
	root := filepath.Clean(f.root)
	ways := []string{filepath.Clean(f.name)}
	for dir := filepath.Dir(ways[0]); ; dir = filepath.Dir(dir) {
		k := r.kustomizationOf(dir)
		if k == nil || k.lists(ways) {
			ways = append(ways, dir)
		}
		if k != nil && k.namespace != "" && k.lists(ways) {
			return k.namespace
		}
		if dir == root || dir == filepath.Dir(dir) {
			return ""
		}
	}
}

func (k *kustomization) lists(paths []string) bool {
	return slices.ContainsFunc(k.resources, func(r string) bool { return slices.Contains(paths, r) })
}

// kustomizationOf is the kustomization of a directory, or nil. One that can not be read
// counts as none, with a finding.
func (r *reader) kustomizationOf(dir string) *kustomization {
	if k, ok := r.kusts[dir]; ok {
		return k
	}
	var k *kustomization
	for _, name := range kustomizationNames() {
		path := filepath.Join(dir, name)
		var err error
		if k, err = readKustomization(path); err == nil {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) {
			r.skipped(path, "no kustomization that can be read: "+err.Error(), "correct it: it may name the namespace of its resources")
		}
	}
	r.kusts[dir] = k
	return k
}

func readKustomization(path string) (*kustomization, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(in, maxKustomization+1))
	if err := errors.Join(err, in.Close()); err != nil {
		return nil, err
	}
	if len(text) > maxKustomization {
		return nil, fmt.Errorf("more than %d bytes", maxKustomization)
	}
	k := &kustomization{}
	for _, d := range parseChunk(text, 0) {
		if d.err != nil {
			return nil, d.err
		}
		k.add(filepath.Dir(path), d.root)
	}
	return k, nil
}

func (k *kustomization) add(dir string, root *yaml.Node) {
	if ns := scalar(root, "namespace"); isLabel(ns) {
		k.namespace = ns
	}
	for _, key := range []string{"resources", "bases"} {
		list := get(root, key)
		if list == nil {
			continue
		}
		for _, item := range list.Content {
			if item = deref(item); typeOf(item) == "string" {
				k.resources = append(k.resources, filepath.Join(dir, item.Value))
			}
		}
	}
}
