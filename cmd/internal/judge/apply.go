package judge

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"
	"sigs.k8s.io/yaml"

	"github.com/split-ingress/split-ingress/render/emit"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// apply makes the objects of inputs: what is no proxy, then children, then roots, so that
// no host is served before it is whole.
func (c *Cluster) apply(inputs []Input) (applied int, err error) {
	stages := make([][]func() error, 3)
	for _, in := range inputs {
		for _, o := range in.Objects {
			if o.Kind == "Namespace" {
				continue // a stub
			}
			i := stage(o)
			stages[i] = append(stages[i], func() error {
				written, err := asWritten(o.Value)
				if err == nil {
					err = c.create(o.Kind, o.Namespace, written)
				}
				if err != nil {
					return fmt.Errorf("%s: %w", in.Name, err)
				}
				return nil
			})
		}
	}
	for _, tasks := range stages {
		if err := c.createAll(tasks); err != nil {
			return applied, err
		}
		applied += len(tasks)
	}
	return applied, nil
}

// asWritten is an object as its YAML says it.
func asWritten(value any) (o object, err error) {
	var text bytes.Buffer
	if err := emit.YAML(&text, []any{value}); err != nil {
		return nil, err
	}
	return o, yaml.Unmarshal(text.Bytes(), &o)
}

func stage(o httpproxy.Object) int {
	p, ok := o.Value.(*contour.HTTPProxy)
	switch {
	case !ok:
		return 0
	case p.Spec.VirtualHost == nil:
		return 1
	}
	return 2
}

// clear takes the objects away again; stubs stay.
func (c *Cluster) clear(inputs []Input) error {
	var paths []string
	for _, in := range inputs {
		for _, o := range in.Objects {
			path, err := collection(o.Kind, o.Namespace)
			if err != nil {
				return err
			}
			if o.Kind != "Namespace" && !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	var tasks []func() error
	for _, path := range paths {
		tasks = append(tasks, func() error {
			_, err := c.call(http.MethodDelete, path, nil)
			return err
		})
	}
	return c.createAll(tasks)
}
