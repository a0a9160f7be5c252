package manifest

import (
	"encoding/json"
	"strconv"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// readRaw keeps an object as JSON, in the order of its keys.
func readRaw(o *object, root value) any {
	m := o.top(root, func(string, value) {})
	return &Raw{Origin: o.origin, APIVersion: o.version, Kind: o.id.kind, Name: m.name, JSON: o.json(nil, root.node)}
}

// json appends a node as JSON. Like kubectl, it takes timestamps for strings.
func (o *object) json(out []byte, n *yaml.Node) []byte {
	switch n = deref(n); n.Kind {
	case yaml.MappingNode:
		out = append(out, '{')
		for i, ps := 0, pairs(n); i+1 < len(ps); i += 2 {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendString(out, keyText(deref(ps[i])))
			out = append(out, ':')
			out = o.json(out, ps[i+1])
		}
		return append(out, '}')
	case yaml.SequenceNode:
		out = append(out, '[')
		for i, item := range n.Content {
			if i > 0 {
				out = append(out, ',')
			}
			out = o.json(out, item)
		}
		return append(out, ']')
	}
	return o.jsonScalar(out, n)
}

func (o *object) jsonScalar(out []byte, n *yaml.Node) []byte {
	switch typeOf(n) {
	case "null":
		return append(out, "null"...)
	case "boolean":
		switch n.Value[0] {
		case 't', 'T', 'y', 'Y':
			return append(out, "true"...)
		}
		return strconv.AppendBool(out, n.Value == "on" || n.Value == "On" || n.Value == "ON")
	case "number":
		if i, ok := integer(n); ok {
			return strconv.AppendInt(out, i, 10)
		}
		f, err := strconv.ParseFloat(n.Value, 64)
		text, bad := json.Marshal(f)
		if err != nil || bad != nil {
			o.invalid(n.Line+o.base, short(n.Value)+" is no number that JSON has", "quote it, or write a decimal number")
			return append(out, "null"...)
		}
		return append(out, text...)
	}
	return appendString(out, n.Value)
}

func appendString(out []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil { // no string fails
		return append(out, `""`...)
	}
	return append(out, text...)
}
