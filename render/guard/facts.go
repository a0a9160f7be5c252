package guard

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// The Borders as our Rego reads them, in JSON.
type (
	hostFact struct {
		Root   string `json:"root"`
		MinTLS string `json:"minTLS"`
		Legacy bool   `json:"legacy"`
	}
	mountFact struct {
		Fanout string   `json:"fanout"`
		Kind   string   `json:"kind"`
		Path   string   `json:"path"`
		Paths  []string `json:"paths"`
	}
	// carvedFact is of a mount below which paths are given to others. Bases are below what its
	// routes stand: an include with a condition on :path (Confined) may stand at "/", so that both
	// ways to read a route count.
	carvedFact struct {
		Bases    []string    `json:"bases"`
		Confined bool        `json:"confined"`
		Given    []givenFact `json:"given"`
	}
	// givenFact has a start if it is a regex.
	givenFact struct {
		Kind  string `json:"kind"`
		Path  string `json:"path"`
		Start string `json:"start,omitempty"`
	}
	exceptionFact struct {
		Rule    string `json:"rule"`
		Object  string `json:"object"`
		Offence string `json:"offence"`
	}
	ruleFact struct {
		ID  string `json:"id"`
		Ask string `json:"ask"`
	}
)

// facts are all that the plan says, by their names in Rego: hosts by FQDN and mounts by
// "namespace/name", to be found without a search. Each is no more than its rules ask for, since
// Gatekeeper reads all parameters of a constraint for every review: about 6 ms for 300 KB.
func (b *Borders) facts() map[string]any {
	hosts := map[string]hostFact{}
	for _, h := range b.Hosts {
		hosts[h.FQDN] = hostFact{h.Root, h.MinTLS, h.Legacy}
	}
	exceptions := []exceptionFact{}
	for _, e := range b.Exceptions {
		exceptions = append(exceptions, exceptionFact{e.Rule, e.Object, e.What})
	}
	facts := map[string]any{
		"root": b.Root, "fanout": b.Fanout, "domains": list(b.Domains), "solvers": list(b.Solvers),
		"hosts": hosts, "teams": list(b.Teams), "exceptions": exceptions,
	}
	maps.Copy(facts, b.mountFacts())
	maps.Copy(facts, b.demandFacts())
	return facts
}

// mountFacts are those of the teams' objects: where they are included, and what is not theirs
// below that.
func (b *Borders) mountFacts() map[string]any {
	mounts, carved := map[string]mountFact{}, map[string]carvedFact{}
	for _, m := range b.Mounts {
		id := m.Namespace + "/" + m.Name
		mounts[id] = mountFact{m.Fanout, m.Kind.String(), m.Path, list(m.Paths)}
		if len(m.Given) > 0 {
			carved[id] = carve(m)
		}
	}
	return map[string]any{"mounts": mounts, "carved": carved}
}

// demandFacts are the fanouts' and teams' objects on hosts that demand something of all routes.
func (b *Borders) demandFacts() map[string]any {
	secret, authorized, ip, limits := []string{}, []string{}, []string{}, []string{}
	note := func(namespace, name, host string) {
		for _, fact := range []struct {
			to *[]string
			so func(Host) bool
		}{
			{&secret, Host.secret},
			{&authorized, func(h Host) bool { return h.Auth }},
			{&ip, func(h Host) bool { return h.RootIP }},
			{&limits, func(h Host) bool { return h.RootLimits }},
		} {
			if h := b.host(host); h != nil && fact.so(*h) {
				*fact.to = append(*fact.to, namespace+"/"+name)
			}
		}
	}
	for _, f := range b.Fanouts {
		note(b.Fanout, f.Name, f.Host)
	}
	for _, m := range b.Mounts {
		note(m.Namespace, m.Name, m.Host)
	}
	return map[string]any{"secret": secret, "authorized": authorized, "rootIP": ip, "rootLimits": limits}
}

func carve(m Mount) carvedFact {
	c := carvedFact{Bases: []string{m.Path}, Confined: len(m.Paths) > 0}
	if c.Confined && m.Path != "/" {
		c.Bases = append(c.Bases, "/")
	}
	for _, g := range m.Given {
		c.Given = append(c.Given, givenFact{g.Kind.String(), g.Path, g.Start})
	}
	return c
}

// list is written as [] where there is nothing in it.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// factsOf are the facts that a rule needs, and its exceptions alone.
func (b *Borders) factsOf(r Rule, names []string) map[string]any {
	all := b.facts()
	out := map[string]any{"ask": b.Ask(r)}
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
