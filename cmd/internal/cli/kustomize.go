package cli

import (
	"bytes"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/cli-runtime/pkg/resource"
	"sigs.k8s.io/yaml"

	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// buildKustomization builds a kustomization directory with cli-runtime's own builder. Lines
// of the result are those of the built stream.
func buildKustomization(dir string) (manifest.Source, error) {
	infos, err := resource.NewLocalBuilder().Unstructured().
		FilenameParam(false, &resource.FilenameOptions{Kustomize: dir}).
		Flatten().ContinueOnError().Do().Infos()
	if err != nil {
		return manifest.Source{}, fmt.Errorf("-k %s: %w", dir, err)
	}
	var stream bytes.Buffer
	for _, info := range infos {
		object, ok := info.Object.(*unstructured.Unstructured)
		if !ok {
			return manifest.Source{}, fmt.Errorf("-k %s: bug: an object of type %T was built", dir, info.Object)
		}
		text, err := yaml.Marshal(object.Object)
		if err != nil {
			return manifest.Source{}, fmt.Errorf("-k %s: %w", dir, err)
		}
		stream.WriteString("---\n")
		stream.Write(text)
	}
	return manifest.Source{Path: "kustomize build " + dir, Reader: &stream}, nil
}
