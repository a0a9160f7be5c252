package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// judgement collects what is found out about inputs.
type judgement struct {
	Summary
	found []Disagreement
}

func (j *judgement) disagree(in Input, where, ours, theirs string) {
	j.Disagreements++
	j.found = append(j.found, Disagreement{in.Name, where, ours, theirs})
}

// verdicts compares Contour's verdicts with the problems that Decode finds.
func (j *judgement) verdicts(in Input, problems []httpproxy.Problem, said map[string]verdict) {
	ours := map[string]string{}
	for _, p := range problems {
		ours[p.Object] = p.Reason + ": " + p.Message
	}
	for _, p := range in.Proxies() {
		object := "HTTPProxy " + p.Namespace + "/" + p.Name
		v := said[p.Namespace+"/"+p.Name]
		if len(v.warnings) > 0 {
			j.disagree(in, object, "nothing to warn of", strings.Join(v.warnings, "; "))
		}
		if (v.status == "valid") == (ours[object] == "") {
			j.Valid++
			continue
		}
		j.disagree(in, object, cmp.Or(ours[object], "valid"), v.status+": "+v.description)
	}
}

// routes compares the routes of a host with those that Envoy is given, in their order.
func (j *judgement) routes(in Input, h intent.Host, s served) {
	http, https := s.http[h.Name], s.https[h.Name]
	if h.TLS != nil && !secured(&h) {
		h = relayedOverHTTP(h)
	}
	j.listener(in, h, "http", reader{s.clusters, h.Name}, http)
	if !secured(&h) {
		if len(https) > 0 {
			j.disagree(in, "https "+h.Name, "not served", fmt.Sprintf("%d routes", len(https)))
		}
		return
	}
	j.listener(in, h, "https", reader{s.clusters, h.Name}, https)
}

// relayedOverHTTP is a host whose TLS is relayed, without the condition that its routes are asked
// over http: nothing else comes to them.
func relayedOverHTTP(h intent.Host) intent.Host {
	h.Routes = slices.Clone(h.Routes)
	for i := range h.Routes {
		m := &h.Routes[i].Match
		m.Headers = slices.DeleteFunc(slices.Clone(m.Headers), func(c intent.Cond) bool { return c.Name == ":scheme" && c.Op == intent.Is && c.Value == "http" })
	}
	return h
}

func (j *judgement) listener(in Input, h intent.Host, scheme string, x reader, theirs []rdsRoute) {
	if a, b, ok := unstable(theirs); ok {
		j.disagree(in, fmt.Sprintf("%s %s routes %d and %d", scheme, h.Name, a, b), "an order", "Contour's comparison puts each before the other: "+x.text(theirs[a])+x.text(theirs[b]))
	}
	for i := range max(len(h.Routes), len(theirs)) {
		ours, others := "no route", "no route"
		if i < len(h.Routes) {
			ours = comparable(h.Routes[i], scheme)
		}
		if i < len(theirs) {
			others = x.text(theirs[i])
		}
		j.Routes++
		if ours != others {
			j.disagree(in, fmt.Sprintf("%s %s route %d", scheme, h.Name, i), ours, others)
		}
	}
}

// text is a route of Envoy's in the words of our model.
func (x reader) text(theirs rdsRoute) string {
	r, err := x.route(theirs)
	if err != nil {
		return err.Error()
	}
	normalise(&r)
	return theirs.origin() + " " + r.String()
}

// comparable is a route of our model, on one listener, without what Decode does not read.
func comparable(r intent.Route, scheme string) string {
	origin := ""
	if len(r.Origins) > 0 {
		origin = r.Origins[0].Object
	}
	r.Origins, r.Opaque, r.Policies = nil, nil, nil
	if scheme == "https" {
		r.HTTPS = nil
	}
	if r.HTTPS != nil {
		r.Forward, r.Redirect, r.Respond = nil, nil, nil
	}
	normalise(&r)
	return origin + " " + r.String()
}

// normalise puts in one order and one case what has neither.
func normalise(r *intent.Route) {
	if r.Forward == nil {
		return
	}
	f := *r.Forward
	f.Backends, f.Request, f.Response = slices.Clone(f.Backends), lower(f.Request), lower(f.Response)
	slices.SortFunc(f.Backends, func(a, b intent.Backend) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Service, b.Service), strings.Compare(a.Port, b.Port), cmp.Compare(a.Weight, b.Weight))
	})
	for i, h := range f.Request {
		if h.Name == "host" && !h.Remove && f.Host == "" {
			f.Host, f.Request = h.Value, slices.Delete(f.Request, i, i+1)
			break
		}
	}
	r.Forward = &f
}

func lower(hs []intent.HeaderChange) []intent.HeaderChange {
	out := slices.Clone(hs)
	for i := range out {
		out[i].Name = strings.ToLower(out[i].Name)
	}
	slices.SortStableFunc(out, func(a, b intent.HeaderChange) int { return strings.Compare(a.Name, b.Name) })
	return out
}
