package guard

import (
	"reflect"
	"slices"
	"strings"
)

// The Borders as our Rego reads them, in JSON.
type (
	hostFact struct {
		Root   string `json:"root"`
		MinTLS string `json:"minTLS"`
		RootIP bool   `json:"rootIP"`
		Legacy bool   `json:"legacy"`
	}
	mountFact struct {
		Host   string      `json:"host"`
		Fanout string      `json:"fanout"`
		Kind   string      `json:"kind"`
		Path   string      `json:"path"`
		Paths  []string    `json:"paths"`
		Given  []givenFact `json:"given"`
	}
	givenFact struct {
		Kind string `json:"kind"`
		Path string `json:"path"`
	}
	exceptionFact struct {
		Rule   string `json:"rule"`
		Object string `json:"object"`
	}
	ruleFact struct {
		ID  string `json:"id"`
		Ask string `json:"ask"`
	}
)

// facts are all that the plan says, by their names in Rego: hosts by FQDN and mounts by
// "namespace/name", to be found without a search.
func (b *Borders) facts() map[string]any {
	hosts, mounts := map[string]hostFact{}, map[string]mountFact{}
	for _, h := range b.Hosts {
		hosts[h.FQDN] = hostFact{h.Root, h.MinTLS, h.RootIP, h.Legacy}
	}
	for _, m := range b.Mounts {
		given := []givenFact{}
		for _, g := range m.Given {
			given = append(given, givenFact{g.Kind.String(), g.Path})
		}
		mounts[m.Namespace+"/"+m.Name] = mountFact{m.Host, m.Fanout, m.Kind.String(), m.Path, list(m.Paths), given}
	}
	exceptions := []exceptionFact{}
	for _, e := range b.Exceptions {
		exceptions = append(exceptions, exceptionFact{e.Rule, e.Object})
	}
	return map[string]any{
		"root": b.Root, "fanout": b.Fanout, "domains": list(b.Domains), "solvers": list(b.Solvers),
		"hosts": hosts, "teams": list(b.Teams), "mounts": mounts, "exceptions": exceptions,
	}
}

// list is written as [] where there is nothing in it.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// Whom is whom to ask about a rule, as a message has it.
func (b *Borders) Whom(r Rule) string {
	if r.Ask == SiteAdmin {
		return b.SiteAdmins
	}
	return b.RootAdmins
}

// factsOf are the facts that a rule needs, and its exceptions alone.
func (b *Borders) factsOf(r Rule, names []string) map[string]any {
	all := b.facts()
	out := map[string]any{"ask": b.Whom(r)}
	for _, name := range names {
		out[name] = all[name]
	}
	out["exceptions"] = slices.DeleteFunc(all["exceptions"].([]exceptionFact), func(e exceptionFact) bool { return e.Rule != r.ID })
	return out
}

// schema is the part of OpenAPI's schemas that facts need.
type schema struct {
	Type                 string            `json:"type"`
	Properties           map[string]schema `json:"properties,omitempty"`
	AdditionalProperties *schema           `json:"additionalProperties,omitempty"`
	Items                *schema           `json:"items,omitempty"`
}

// schemaOf is the schema of facts of a type.
func schemaOf(t reflect.Type) schema {
	switch t.Kind() {
	case reflect.Bool:
		return schema{Type: "boolean"}
	case reflect.Slice:
		items := schemaOf(t.Elem())
		return schema{Type: "array", Items: &items}
	case reflect.Map:
		values := schemaOf(t.Elem())
		return schema{Type: "object", AdditionalProperties: &values}
	case reflect.Struct:
		out := schema{Type: "object", Properties: map[string]schema{}}
		for f := range t.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			out.Properties[name] = schemaOf(f.Type)
		}
		return out
	}
	return schema{Type: "string"}
}

// schemaOfFacts is the schema of some facts by their names.
func schemaOfFacts(facts map[string]any) schema {
	out := schema{Type: "object", Properties: map[string]schema{}}
	for name, value := range facts {
		out.Properties[name] = schemaOf(reflect.TypeOf(value))
	}
	return out
}
