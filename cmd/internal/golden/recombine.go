package golden

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/nginx"
)

// recombination makes one run of the pieces of recorded ones.
type recombination struct {
	*pool
	*rand.Rand
	base      recording
	ingresses []*Object
	services  []string // names of the Services that are there

	withIdioms bool
}

// Recombine writes into a folder a run that was never recorded: the objects of a recorded run
// with so many Ingresses, whose annotations, paths, hosts, Services, TLS and settings of the
// controller are moved about and replaced by others, and requests for them. The same seed
// writes the same. Nothing is observed.
func (p *pool) recombine(dir string, seed uint64, cases int) error {
	rnd := rand.New(rand.NewPCG(seed, 7))
	r := &recombination{pool: p, Rand: rnd, base: p.runs[rnd.IntN(len(p.runs))]}
	others := []*Object{}
	config := map[string]any{}
	for _, o := range r.base.objects {
		switch {
		case o.Kind == "Ingress":
			r.ingresses = append(r.ingresses, o.copied())
		case o.Kind == "ConfigMap" && o.Name() == Controller.String():
			config = maps.Clone(o.Data)
		default:
			others = append(others, o.copied())
		}
		if o.Kind == "Service" {
			r.services = append(r.services, fmt.Sprint(o.Metadata["name"]))
		}
	}
	if first := rnd.IntN(max(1, len(r.ingresses)-cases)); cases < len(r.ingresses) {
		r.ingresses = r.ingresses[first : first+cases]
	}
	for range len(r.ingresses) / 4 {
		r.again()
	}
	for _, o := range r.ingresses {
		for range rnd.IntN(4) {
			r.change(o)
		}
	}
	for range rnd.IntN(3) {
		key := r.of(slices.Sorted(maps.Keys(r.set)))
		config[key] = r.of(r.set[key])
	}
	r.idioms(seed, config)
	if len(config) > 0 {
		others = append(others, &Object{APIVersion: "v1", Kind: "ConfigMap", Metadata: map[string]any{"namespace": Controller.Namespace, "name": Controller.Name}, Data: config})
	}
	for _, o := range r.ingresses {
		if class, ok := o.annotation(classKey); ok && class == "" {
			delete(o.annotations(), classKey) // Contour would serve it beside the controller
		}
	}
	return write(dir, append(others, r.ingresses...), r.requests())
}

// classKey is the annotation that names the controller.
const classKey = "kubernetes.io/ingress.class"

func (r *recombination) of(all []string) string { return all[r.IntN(len(all))] }

// chance is true in one case of n.
func (r *recombination) chance(n int) bool { return r.IntN(n) == 0 }

// again adds an Ingress like one that is there, for other paths, Services or annotations:
// canaries, second owners of a host, duplicates.
func (r *recombination) again() {
	o := r.ingresses[r.IntN(len(r.ingresses))].copied()
	o.Metadata["name"] = fmt.Sprintf("%s-%d", o.Metadata["name"], len(r.ingresses))
	delete(o.Metadata, "creationTimestamp")
	switch r.IntN(3) {
	case 0:
		o.annotations()[nginx.Prefix+"canary"] = "true"
		for range 1 + r.IntN(2) {
			key := nginx.Prefix + r.of([]string{"canary-weight", "canary-by-header", "canary-by-header-value", "canary-by-cookie", "canary-by-header-pattern", "canary-weight-total"})
			o.annotations()[key] = r.of(r.values[key])
		}
		r.backend(o)
	case 1:
		r.path(o)
		r.backend(o)
	}
	r.ingresses = append(r.ingresses, o)
}

// change changes one thing of an Ingress.
func (r *recombination) change(o *Object) {
	switch r.IntN(16) {
	case 0, 1, 2:
		key := r.of(r.keys)
		o.annotations()[key] = r.of(r.values[key])
	case 3, 4, 5:
		for key, value := range r.sets[r.IntN(len(r.sets))] {
			o.annotations()[key] = value
		}
	case 6:
		if have := slices.Sorted(maps.Keys(o.annotations())); len(have) > 0 {
			key := r.of(have)
			o.annotations()[key] = r.of(append([]string{"", "x"}, r.values[key]...))
		}
	case 7:
		if have := slices.Sorted(maps.Keys(o.annotations())); len(have) > 0 {
			delete(o.annotations(), r.of(have))
		}
	case 8:
		key := r.of(slices.Sorted(maps.Keys(strange)))
		o.annotations()[key] = strange[key]
	case 9, 10:
		r.path(o)
	case 11:
		r.host(o)
	case 12:
		r.backend(o)
	case 13, 14:
		r.secure(o)
	case 15:
		other := r.ingresses[r.IntN(len(r.ingresses))]
		for key, value := range other.annotations() {
			o.annotations()[key] = value
		}
	}
}

// path gives a rule another path, or another pathType.
func (r *recombination) path(o *Object) {
	for _, rule := range rulesOf(o) {
		for _, p := range pathsOf(rule) {
			path, _ := p.(map[string]any)
			from, _ := r.paths[r.IntN(len(r.paths))].(map[string]any)
			switch r.IntN(4) {
			case 0:
				path["pathType"] = r.of([]string{"Exact", "Prefix", "ImplementationSpecific"})
			case 1:
				was, _ := path["path"].(string)
				path["path"] = was + r.of([]string{"/", "x", "/x", "/(.*)", "%20", "/A", "//y", ".html", "/[a-z]+"})
			default:
				path["path"], path["pathType"] = from["path"], from["pathType"]
				if from["path"] == nil {
					delete(path, "path")
				}
			}
		}
	}
}

// host moves a rule to the host of another Ingress, a wildcard of it, or one of its own.
func (r *recombination) host(o *Object) {
	for _, rule := range rulesOf(o) {
		to := r.of(r.hosts)
		if others := rulesOf(r.ingresses[r.IntN(len(r.ingresses))]); len(others) > 0 && !r.chance(3) {
			to, _ = others[0]["host"].(string)
		}
		if r.chance(4) && strings.Count(to, ".") > 0 && !strings.HasPrefix(to, "*") {
			to = r.of([]string{"*." + to, "www." + to, strings.ToUpper(to), "a." + to})
		}
		rule["host"] = to
		if to == "" || r.chance(20) {
			delete(rule, "host")
		}
	}
}

// backend has a path answered by another Service, or by none.
func (r *recombination) backend(o *Object) {
	backend := map[string]any{"service": map[string]any{"name": r.of(r.services), "port": map[string]any{"number": 80}}}
	switch r.IntN(8) {
	case 0:
		backend["service"].(map[string]any)["port"] = map[string]any{"name": r.of([]string{"p80", "http", "nosuch"})}
	case 1:
		backend["service"].(map[string]any)["name"] = "nosuch"
	case 2:
		o.Spec["defaultBackend"] = backend
		return
	}
	for _, rule := range rulesOf(o) {
		for _, p := range pathsOf(rule) {
			p.(map[string]any)["backend"] = backend
		}
	}
}

// secure gives an Ingress a certificate, or takes it away.
func (r *recombination) secure(o *Object) {
	if _, there := o.Spec["tls"]; there && r.chance(2) {
		delete(o.Spec, "tls")
		return
	}
	secrets := []string{"nosuch"}
	for _, s := range r.base.objects {
		if _, pair := s.annotation("echo/generate-cert"); s.Kind == "Secret" && pair {
			secrets = append(secrets, fmt.Sprint(s.Metadata["name"]))
		}
	}
	var hosts []any
	for _, rule := range rulesOf(o) {
		if host, ok := rule["host"]; ok {
			hosts = append(hosts, host)
		}
	}
	tls := map[string]any{"hosts": hosts}
	if !r.chance(5) {
		tls["secretName"] = secrets[len(secrets)-1-r.IntN(len(secrets))]
	}
	o.Spec["tls"] = []any{tls}
}

// copied is an object that shares nothing with the first.
func (o *Object) copied() *Object {
	out := &Object{}
	text, err := json.Marshal(o)
	if err == nil {
		err = json.Unmarshal(text, out)
	}
	if err != nil {
		panic(err) // it was read from JSON
	}
	return out
}

// annotations are those of an object, to be changed.
func (o *Object) annotations() map[string]any {
	all, _ := o.Metadata["annotations"].(map[string]any)
	if all == nil {
		all = map[string]any{}
		o.Metadata["annotations"] = all
	}
	return all
}

// write writes a run in the form of the recordings.
func write(dir string, objects []*Object, lines []Line) error {
	var text []byte
	for _, o := range objects {
		doc, err := json.Marshal(o)
		if err != nil {
			return err
		}
		text = append(append(append(text, "---\n"...), doc...), '\n')
	}
	if err := os.WriteFile(filepath.Join(dir, "objects.yaml"), text, 0o644); err != nil {
		return err
	}
	return writeLines(dir, lines)
}

// writeLines writes the lines of a run.
func writeLines(dir string, lines []Line) error {
	var text []byte
	for _, l := range lines {
		doc, err := json.Marshal(l)
		if err != nil {
			return err
		}
		text = append(append(text, doc...), '\n')
	}
	return os.WriteFile(filepath.Join(dir, "observed.jsonl"), text, 0o644)
}
