package httpproxy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
)

// ingressReader reads one Ingress as Contour's Ingress processor does.
type ingressReader struct {
	*decoder
	*manifest.Ingress
	object string // "Ingress namespace/name"
}

// ingress gives the sites what an Ingress says of them. The default backend comes before
// the rules, so that a rule without a host overwrites it.
func (d *decoder) ingress(ing *manifest.Ingress, to sites) {
	r := ingressReader{d, ing, "Ingress " + ing.Namespace + "/" + ing.Name}
	r.certificates(to)
	if b := ing.DefaultBackend; b != nil {
		key := "spec.defaultBackend"
		r.rule(to.at(""), key, []manifest.Path{{Backend: *b, Origins: b.Origins}}, func(int) string { return key })
	}
	for i, rule := range ing.Rules {
		key := fmt.Sprintf("spec.rules[%d]", i)
		r.rule(to.at(rule.Host.Value), key, rule.Paths, func(j int) string { return fmt.Sprintf("%s.http.paths[%d]", key, j) })
	}
}

func (r ingressReader) problem(reason, message string) {
	r.problems = append(r.problems, Problem{r.object, reason, message})
}

// at is a place in the Ingress: where it was read, if that is known.
func (r ingressReader) at(key string) ledger.Origin {
	p := ledger.Place{Object: r.object, Key: key}
	if r.Origin.Known() {
		p.File, p.Doc, p.Line = r.Origin.File, r.Origin.Doc, r.Origin.Line
	}
	return ledger.New(p)
}

// rule reads the paths of one rule. A backend that is none costs its path, and a bad regex
// the rest of the rule as well.
func (r ingressReader) rule(to *site, key string, paths []manifest.Path, keyOf func(int) string) {
	before := len(to.paths)
	for j, p := range paths {
		f, reason, message := r.path(p, keyOf(j))
		if reason != "" {
			r.problem(reason, keyOf(j)+": "+message)
		}
		if f != nil {
			to.paths = append(to.paths, f)
		}
		if reason == badPattern {
			break
		}
	}
	if len(to.paths) > before {
		to.origins = append(to.origins, r.at(key))
	}
}

const badPattern = "PathNotValid"

// path reads one path, or says why it is not served. What Envoy does not take is read as
// well.
func (r ingressReader) path(p manifest.Path, key string) (f *flat, reason, message string) {
	backend, fault := r.backend(p.Backend)
	if fault != "" {
		return nil, "BackendNotValid", fault + ": the path is not served"
	}
	text := cmp.Or(p.Path, "/")
	path := ingressPath(p.Type, text)
	if path.Kind == intent.RegexPath {
		if err := r.validRegex(text); err != nil {
			return nil, badPattern, "the regex is not valid: " + err.Error() + ": it and what follows in its rule are not served"
		}
	}
	if path.Kind == intent.SegmentPrefix && strings.ContainsAny(text, "?#") {
		reason, message = "PathNotForEnvoy", "Envoy refuses a segment prefix with ? or #, and with it every change of the listener's routes"
	}
	f = &flat{path: path, origin: r.at(key)}
	f.answer, f.on = r.answer(text, backend)
	f.answer.Origins = p.Origins
	if len(p.Origins) == 0 {
		f.answer.Origins = []ledger.Origin{f.origin}
	}
	return f, reason, message
}

// ingressPath is how a path is matched. A prefix is one of segments, but for "/", which is
// the same string prefix that an HTTPProxy has. What is left to the implementation is a
// string prefix, or a regex on the whole path if it looks like one.
func ingressPath(pathType, path string) intent.Path {
	switch {
	case pathType == "Exact":
		return intent.Path{Kind: intent.ExactPath, Value: path}
	case pathType == "Prefix" && path != "/":
		return intent.Path{Kind: intent.SegmentPrefix, Value: trimSlash(path)}
	case pathType != "Prefix" && strings.ContainsAny(path, "^+*[]%"):
		return intent.Path{Kind: intent.RegexPath, Value: path}
	}
	return intent.Path{Kind: intent.StringPrefix, Value: path}
}

// backend resolves the Service of a path, or says why Contour finds none.
func (r ingressReader) backend(b manifest.Backend) (intent.Backend, string) {
	out := intent.Backend{Namespace: r.Namespace, Service: b.Service, Port: portText(b), Weight: 1}
	if b.Service == "" {
		return out, "the backend is no Service but " + cmp.Or(b.Resource, "nothing")
	}
	svc := r.opts.Services[manifest.Name{Namespace: r.Namespace, Name: b.Service}]
	if svc == nil {
		return out, ""
	}
	port, ok := servicePort(svc, out.Port)
	if ok { // the number that a name stands for is looked up again
		port, ok = servicePort(svc, fmt.Sprint(port.Port))
	}
	switch {
	case !ok:
		return out, "Service " + b.Service + " has no TCP port " + out.Port
	case svc.Type == "ExternalName":
		return out, "Service " + b.Service + " is of type ExternalName, which Contour's defaults do not allow"
	}
	out.Port, out.Protocol = fmt.Sprint(port.Port), upstreamProtocol(svc, port)
	return out, ""
}

func portText(b manifest.Backend) string {
	if b.PortName != "" {
		return b.PortName
	}
	return fmt.Sprint(b.PortNumber)
}

// servicePort is the first port of that number or name, if it is one of TCP.
func servicePort(svc *manifest.Service, port string) (manifest.ServicePort, bool) {
	i := slices.IndexFunc(svc.Ports, func(p manifest.ServicePort) bool { return fmt.Sprint(p.Port) == port || p.Name == port })
	if i < 0 {
		return manifest.ServicePort{}, false
	}
	return svc.Ports[i], svc.Ports[i].Protocol == "" || svc.Ports[i].Protocol == "TCP"
}

// upstreamProtocol is what the Service says of a port: its appProtocol, else the annotation
// projectcontour.io/upstream-protocol.{h2,h2c,tls} that lists its name, else its number.
func upstreamProtocol(svc *manifest.Service, port manifest.ServicePort) intent.Protocol {
	switch port.AppProtocol {
	case "":
	case "kubernetes.io/h2c":
		return intent.H2C
	case "https":
		return intent.HTTPS
	default:
		return intent.HTTP
	}
	protocols := map[string]intent.Protocol{}
	for _, p := range []struct {
		name string
		is   intent.Protocol
	}{{"h2", intent.H2}, {"h2c", intent.H2C}, {"tls", intent.HTTPS}} {
		for _, a := range svc.Annotations {
			if a.Key != "projectcontour.io/upstream-protocol."+p.name {
				continue
			}
			for _, listed := range fields(a.Value) {
				protocols[listed] = p.is
			}
		}
	}
	if p, ok := protocols[port.Name]; ok {
		return p
	}
	return protocols[fmt.Sprint(port.Port)]
}

// fields are the parts of a list with commas, without blanks around them.
func fields(list string) []string {
	var out []string
	for part := range strings.SplitSeq(list, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
