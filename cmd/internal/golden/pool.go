package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/nginx"
)

// pool is what recordings hold, cut into pieces that can be put together anew.
type pool struct {
	runs   []recording
	sets   []map[string]string // annotations of one Ingress each
	values map[string][]string // by annotation key: recorded values, and others that are valid, odd or neither
	keys   []string            // of values, sorted
	paths  []any               // of rules, each with its pathType
	hosts  []string
	set    map[string][]string // by key of the controller's ConfigMap
}

// recording is a recorded run as it was read.
type recording struct {
	name    string
	objects []*Object
	lines   []Line
}

// objectsIn reads the objects of a run.
func objectsIn(run string) (all []*Object, err error) {
	text, err := os.ReadFile(filepath.Join(run, "objects.yaml"))
	if err != nil {
		return nil, err
	}
	for doc := range bytes.SplitSeq(text, []byte("---\n")) {
		if len(bytes.TrimSpace(doc)) == 0 {
			continue
		}
		o := &Object{}
		if err := json.Unmarshal(doc, o); err != nil {
			return nil, fmt.Errorf("%s: %w", run, err)
		}
		all = append(all, o)
	}
	return all, nil
}

// newPool takes recordings apart. Of the tables of annotations, which are in a folder, it
// takes what kinds of values keys have, and combinations that are refused or stop the controller.
func newPool(folders []Folder, tables string) (*pool, error) {
	p := &pool{values: map[string][]string{}, set: settings}
	for _, f := range folders {
		for _, run := range f.Runs {
			r := recording{name: filepath.Base(run)}
			var err error
			if r.objects, err = objectsIn(run); err != nil {
				return nil, err
			}
			if r.lines, err = Read(run); err != nil {
				return nil, err
			}
			p.runs = append(p.runs, r)
			for _, o := range r.objects {
				p.take(o)
			}
		}
	}
	if err := p.tables(tables); err != nil {
		return nil, err
	}
	for key, all := range p.values {
		slices.Sort(all)
		p.values[key] = slices.Compact(all)
	}
	p.keys = slices.Sorted(maps.Keys(p.values))
	slices.Sort(p.hosts)
	p.hosts = slices.Compact(p.hosts)
	return p, nil
}

// take cuts an Ingress into pieces.
func (p *pool) take(o *Object) {
	if o.Kind != "Ingress" {
		return
	}
	set := map[string]string{}
	all, _ := o.Metadata["annotations"].(map[string]any)
	for key, v := range all {
		value, _ := v.(string)
		set[key] = value
		p.values[key] = append(p.values[key], value)
	}
	if len(set) > 0 {
		p.sets = append(p.sets, set)
	}
	for _, r := range rulesOf(o) {
		if host, ok := r["host"].(string); ok {
			p.hosts = append(p.hosts, host)
		}
		p.paths = append(p.paths, pathsOf(r)...)
	}
}

func rulesOf(o *Object) (all []map[string]any) {
	rules, _ := o.Spec["rules"].([]any)
	for _, r := range rules {
		if rule, ok := r.(map[string]any); ok {
			all = append(all, rule)
		}
	}
	return all
}

// pathsOf are the paths of a rule.
func pathsOf(rule map[string]any) []any {
	h, _ := rule["http"].(map[string]any)
	all, _ := h["paths"].([]any)
	return all
}

// tables adds values by the tables of effects and of values that stop the controller.
func (p *pool) tables(dir string) error {
	effects, err := rowsOf(filepath.Join(dir, "ingress-nginx-effects.tsv"))
	if err != nil {
		return err
	}
	for _, row := range effects {
		key := nginx.Prefix + row[0]
		p.values[key] = append(p.values[key], valuesFor(row[5])...)
		for alias := range strings.SplitSeq(row[1], ",") {
			if alias != "" {
				p.values[nginx.Prefix+alias] = p.values[key]
			}
		}
	}
	blockers, err := rowsOf(filepath.Join(dir, "ingress-nginx-blockers.tsv"))
	if err != nil {
		return err
	}
	for _, row := range blockers {
		short := map[string]string{}
		if json.Unmarshal([]byte(row[2]), &short) != nil {
			continue // a row about something else than annotations
		}
		set := map[string]string{}
		for key, value := range short {
			set[nginx.Prefix+key] = value
		}
		p.sets = append(p.sets, set)
	}
	return nil
}

// rowsOf are the rows of a table with tabs, without its title.
func rowsOf(path string) (rows [][]string, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(text)) {
		rows = append(rows, append(strings.Split(strings.TrimSuffix(line, "\n"), "\t"), make([]string, 6)...))
	}
	return rows[1:], nil
}
