package repo

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/render/emit"
)

// kustomizationNames are the file names by which Kustomize knows a kustomization.
var kustomizationNames = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// WithKustomizations adds a kustomization.yaml to every directory that has YAML files,
// which lists them, and one at the top, which lists those directories and its own files;
// all sorted. A directory that brings its own kustomization keeps that. The result is
// sorted by path; without any YAML file nothing is added.
func WithKustomizations(files []File) []File {
	resources := map[string][]string{} // of each directory
	own := map[string]bool{}           // directories with a kustomization of their own
	for _, f := range sorted(files) {
		dir, name := path.Dir(f.Path), path.Base(f.Path)
		switch {
		case slices.Contains(kustomizationNames, name):
			own[dir] = true
		case strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml"):
			resources[dir] = append(resources[dir], name)
		}
	}
	all := slices.Clone(files)
	top := resources["."]
	delete(resources, ".")
	for dir := range own {
		resources[dir] = nil // it is listed at the top, and its own lists what is in it
	}
	for _, dir := range slices.Sorted(maps.Keys(resources)) {
		if dir != "." {
			top = append(top, dir)
		}
		if !own[dir] {
			all = append(all, kustomization(dir, resources[dir]))
		}
	}
	if len(top) > 0 && !own["."] {
		slices.Sort(top)
		all = append(all, kustomization(".", top))
	}
	return sorted(all)
}

func kustomization(dir string, resources []string) File {
	var b strings.Builder
	b.WriteString("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n")
	for _, r := range resources {
		b.WriteString("- " + emit.Scalar(r) + "\n")
	}
	return File{Path: path.Join(dir, "kustomization.yaml"), Data: []byte(b.String())}
}
