package judge

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// Requests are those that tell two versions of a host apart, and every route of either
// from the others.
type Requests func(before, after *table.Table, host string) []table.Request

// variable is one of Envoy in a header.
var variable = regexp.MustCompile(`%[A-Z_]+(\([^)]*\))?(:[0-9]+)?%`)

// patience is how long an answer may be another one than ours, while Envoy is still
// learning what Contour knows.
const patience = 4 * time.Second

// methods are those that Envoy reads over HTTP/1.1; others get 400 (the profile's row "trace",
// fixtures/judge/odd.txtar).
var methods = strings.Fields(`ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL
	MOVE NOTIFY OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT REBIND REPORT SEARCH SOURCE SUBSCRIBE TRACE UNBIND UNLINK UNLOCK UNSUBSCRIBE`)

// ask sends requests to every host of a decoded input.
func (j *judgement) ask(c *Cluster, in Input, decoded intent.Model, requests Requests) error {
	before, after, err := table.Pair(in.Model, decoded)
	if err != nil {
		return err
	}
	for _, h := range decoded.Hosts {
		rs := requests(before, after, h.Name)
		for _, r := range in.Asked {
			if at := after.Host(r.Host).Host(); at != nil && at.Name == h.Name && (r.Scheme == "http" || secured(at)) {
				rs = append(rs, r)
			}
		}
		problems := make([]string, len(rs))
		var group sync.WaitGroup
		queue := make(chan int)
		for range 4 {
			group.Go(func() {
				for i := range queue {
					if !in.outside(after.Match(rs[i])) {
						problems[i] = c.witness(after, rs[i])
					}
				}
			})
		}
		for i := range rs {
			queue <- i
		}
		close(queue)
		group.Wait()
		reached := map[int]bool{}
		for i, problem := range problems {
			if d := after.Match(rs[i]); d.Route != nil {
				reached[d.RouteIndex] = true
			}
			if in.outside(after.Match(rs[i])) {
				j.Unasked++
				continue
			}
			j.Requests++
			if problem != "" {
				j.disagree(in, requestText(rs[i]), after.Match(rs[i]).String(), problem)
			}
		}
		j.Reached += len(reached)
		j.Reachable += len(h.Routes)
	}
	return nil
}

// outside says whether a decision leads out of the cluster, where no echo server answers, or
// is not all that is known of the answer: the names in the echo server's certificate are
// checked, a header is made of the request, or an address is one that proxies tell.
func (in Input) outside(d table.Decision) bool {
	made := func(h table.Header) bool { return variable.MatchString(h.Value) }
	if byProxies(d) || variable.MatchString(d.UpstreamHost) || slices.ContainsFunc(d.RequestHeaders, made) || slices.ContainsFunc(d.ResponseHeaders, made) {
		return true
	}
	if d.Route != nil && slices.ContainsFunc(d.Route.Opaque, func(q intent.Opaque) bool { return strings.HasPrefix(q.Key, "services.validation ") }) {
		return true
	}
	return slices.ContainsFunc(d.Backends, func(b intent.Backend) bool {
		s := in.Services[manifest.Name{Namespace: b.Namespace, Name: b.Service}]
		return s != nil && s.Type == "ExternalName"
	})
}

// witness sends a request until the answer is the table's; else it says what is different.
func (c *Cluster) witness(t *table.Table, r table.Request) string {
	d := t.Match(r)
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		got, err := c.send(r)
		problem := ""
		switch {
		case err != nil:
			problem = err.Error()
		case slices.Contains(methods, r.Method):
			problem = differs(d, got)
		case got.status != http.StatusBadRequest:
			problem = fmt.Sprintf("status is %d, and Envoy reads no method %s", got.status, r.Method)
		}
		if problem == "" || time.Now().After(end) {
			return problem
		}
	}
}

// ofConnection begins the variables of Contour about the client's connection.
const ofConnection = "%DOWNSTREAM_"

// differs compares an answer with a decision; empty: they agree.
func differs(d table.Decision, got answer) string {
	var out []string
	if refused(d) {
		if got.status != http.StatusForbidden {
			return fmt.Sprintf("status is %d, and an IP filter keeps the judge out", got.status)
		}
		return ""
	}
	check := func(what, want, have string) {
		if want != have {
			out = append(out, fmt.Sprintf("%s is %q, not %q", what, have, want))
		}
	}
	for _, h := range d.ResponseHeaders {
		check("response header "+h.Name, h.Value, strings.Join(got.headers.Values(h.Name), ", "))
	}
	for _, name := range d.ResponseRemoved {
		check("response header "+name, "", got.headers.Get(name))
	}
	if d.Status != 0 {
		check("status", fmt.Sprint(d.Status), fmt.Sprint(got.status))
		check("Location", d.Location, got.headers.Get("Location"))
		return strings.Join(out, "; ")
	}
	if got.status != http.StatusSwitchingProtocols { // to a websocket
		check("status", fmt.Sprint(http.StatusOK), fmt.Sprint(got.status))
	}
	if got.echo == nil {
		return strings.Join(append(out, fmt.Sprintf("no backend was asked (Location %q)", got.headers.Get("Location"))), "; ")
	}
	check("upstream path", d.UpstreamURI, got.echo.URI)
	host, _ := got.echo.header("host")
	check("upstream Host", d.UpstreamHost, host)
	for _, h := range d.RequestHeaders {
		if strings.EqualFold(h.Name, "host") || strings.HasPrefix(h.Value, ofConnection) {
			continue // compared above, or not known here
		}
		value, _ := got.echo.header(h.Name)
		check("request header "+h.Name, h.Value, value)
	}
	for _, name := range d.RequestRemoved {
		if slices.ContainsFunc(d.RequestHeaders, func(h table.Header) bool { return h.Name == name }) {
			continue // and set again
		}
		value, _ := got.echo.header(name)
		check("request header "+name, "", value)
	}
	if !slices.ContainsFunc(d.Backends, func(b intent.Backend) bool { return b.Weight > 0 && label(b) == got.echo.Service }) {
		out = append(out, "backend is "+got.echo.Service)
	}
	return strings.Join(out, "; ")
}

func label(b intent.Backend) string { return b.Namespace + "/" + b.Service + ":" + b.Port }

func requestText(r table.Request) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s://%s%s", r.Method, r.Scheme, r.Host, r.URI)
	for _, h := range r.Headers {
		fmt.Fprintf(&b, " -H '%s: %s'", h.Name, h.Value)
	}
	return b.String()
}
