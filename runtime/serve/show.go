package serve

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/runtime/table"
)

// show answers with a value as JSON, or with its text.
func show(w http.ResponseWriter, r *http.Request, value any, text func(*bufio.Writer)) {
	out := bufio.NewWriter(w)
	switch format := r.FormValue("format"); format {
	case "json":
		w.Header().Set("Content-Type", "application/json")
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		if err := e.Encode(value); err != nil {
			say(w, http.StatusInternalServerError, err.Error())
			return
		}
	case "", "text":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		text(out)
	default:
		say(w, http.StatusBadRequest, fmt.Sprintf("format %q: want text or json", format))
		return
	}
	_ = out.Flush() // a client that does not take it has gone
}

func (s *Server) routes(w http.ResponseWriter, r *http.Request) {
	all := append([]Route{}, s.options.View.Routes(r.FormValue("host"))...)
	show(w, r, struct {
		Routes []Route `json:"routes"`
	}{all}, func(out *bufio.Writer) {
		host := "\x00"
		for i := range all {
			x := &all[i]
			if x.Host != host {
				host = x.Host
				fmt.Fprintf(out, "%s\n", cmp.Or(host, "(default)"))
			}
			fmt.Fprintf(out, "  %-12s %s -> %s", x.ID, x.Match, x.Action)
			for _, more := range []struct{ what, text string }{{"team", x.Team}, {"as", x.Plane}, {"from", x.Origin}, {"broken:", x.Broken}} {
				if more.text != "" {
					fmt.Fprintf(out, "  %s %s", more.what, more.text)
				}
			}
			fmt.Fprintln(out)
		}
	})
}

func (s *Server) findings(w http.ResponseWriter, r *http.Request) {
	all := append([]ledger.Finding{}, s.options.View.Findings()...)
	show(w, r, struct {
		Findings []ledger.Finding `json:"findings"`
	}{all}, func(out *bufio.Writer) {
		for _, f := range all {
			fmt.Fprintln(out, FindingText(f))
		}
	})
}

// FindingText is a finding as one line: "severity [rule] place: host H: message; action".
func FindingText(f ledger.Finding) string {
	text := f.Severity.String() + " [" + f.Rule + "] "
	if f.Origin.Known() {
		text += f.Origin.String() + ": "
	}
	if f.Host != "" {
		text += "host " + f.Host + ": "
	}
	text += f.Message
	if f.Action != "" {
		text += "; " + f.Action
	}
	return strings.ReplaceAll(text, "\n", " ")
}

func (s *Server) resolve(w http.ResponseWriter, r *http.Request) {
	q, err := question(r)
	if err != nil {
		say(w, http.StatusBadRequest, err.Error())
		return
	}
	answer := s.options.View.Resolve(q)
	answer.Request = q
	show(w, r, answer.form(), func(out *bufio.Writer) { fmt.Fprint(out, answer.text()) })
}

// question reads the request that is asked about from the query.
func question(r *http.Request) (table.Request, error) {
	query := r.URL.Query()
	q := table.Request{
		Method: strings.ToUpper(cmp.Or(query.Get("method"), "GET")),
		Scheme: strings.ToLower(cmp.Or(query.Get("scheme"), "http")),
		Host:   query.Get("host"),
		URI:    cmp.Or(query.Get("uri"), "/"),
	}
	if q.Scheme != "http" && q.Scheme != "https" {
		return q, fmt.Errorf("scheme %q: want http or https", q.Scheme)
	}
	for _, h := range query["header"] {
		name, value, ok := strings.Cut(h, ":")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return q, fmt.Errorf("header %q: want Name:Value", h)
		}
		q.Headers = append(q.Headers, table.Header{Name: name, Value: strings.TrimSpace(value)})
	}
	return q, nil
}
