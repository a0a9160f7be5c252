package convert

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/render/emit"
	"github.com/split-ingress/split-ingress/render/httpproxy"
	"github.com/split-ingress/split-ingress/runtime/table"
)

var update = flag.Bool("update", false, "rewrite the expected parts of the fixtures")

// TestFixtures runs the cases under fixtures/<dialect>: a txtar archive each, with
//
//	the comment    what the case shows, and its source
//	flags          optional: complete, classless, enable-ssl-passthrough, plain, delegate, allow=KEY@HOST=REASON,
//	               class=NAME, default-certificate=NS/NAME, settings=NS/NAME,
//	               rate-limit-service=NS/NAME, trusted-hops=N
//	plan.yaml      optional: an edited ownership plan
//	input.yaml     the manifests
//	requests       optional: [https ]METHOD HOST PATH [Header: value]... per line
//	model          want: what the input means, without origins
//	objects.yaml   want: what is written
//	ledger         want: every entry that did not come out exact
//	findings       want: every finding above info
//	answers        want: for each request what both sides answer
//	proof          want: what the proof of each host came to, with its counted work
//
// -update rewrites the wanted parts.
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "fixtures", "*", "*.txtar"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if section(ar, "input.yaml") == nil || section(ar, "model") == nil && !*update {
			continue // another runner's
		}
		t.Run(filepath.Base(filepath.Dir(file))+"/"+strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { runFixture(t, file, ar) })
	}
}

func section(ar *txtar.Archive, name string) []byte {
	for _, f := range ar.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func runFixture(t *testing.T, file string, ar *txtar.Archive) {
	opts := fixtureOptions(t, string(section(ar, "flags")))
	set, err := manifest.Read([]manifest.Source{{Path: "input.yaml", Reader: bytes.NewReader(section(ar, "input.yaml"))}}, manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if plan := section(ar, "plan.yaml"); plan != nil {
		opts.PlanFile, opts.Plan = "plan.yaml", bytes.NewReader(plan)
	}
	got := []txtar.File{{Name: "model"}, {Name: "objects.yaml"}, {Name: "ledger"}, {Name: "findings"}}
	res, err := Run(set, opts)
	if err != nil {
		got = []txtar.File{{Name: "model"}, {Name: "error", Data: []byte(err.Error() + "\n")}}
	} else {
		got[0].Data, got[1].Data = []byte(bare(res.Model).String()), objectsText(t, res)
		got[2].Data, got[3].Data = []byte(ledgerText(set.Ledger)), []byte(findingsText(res.Findings))
		if rs := section(ar, "requests"); rs != nil {
			got = append(got, txtar.File{Name: "answers", Data: []byte(answersText(t, res, string(rs)))})
		}
		got = append(got, txtar.File{Name: "proof", Data: []byte(proofText(res.Hosts))})
		for _, e := range set.Ledger.Unfinished() {
			t.Errorf("not finished: %s (%s %s %q)", e.Origin, e.Fate, e.Outcome, e.Reason)
		}
		for _, h := range res.Hosts {
			if len(h.Open) > 0 {
				t.Errorf("unexplained: %s", h.Withheld)
			}
		}
	}
	if *update {
		rewrite(t, file, ar, got)
		return
	}
	for _, f := range got {
		if diff := cmp.Diff(string(section(ar, f.Name)), string(f.Data)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.Name, diff)
		}
	}
}

func rewrite(t *testing.T, file string, ar *txtar.Archive, got []txtar.File) {
	wanted := map[string]bool{"model": true, "objects.yaml": true, "ledger": true, "findings": true, "answers": true, "error": true, "proof": true}
	out := &txtar.Archive{Comment: ar.Comment}
	for _, f := range ar.Files {
		if !wanted[f.Name] {
			out.Files = append(out.Files, f)
		}
	}
	out.Files = append(out.Files, got...)
	if err := os.WriteFile(file, txtar.Format(out), 0o644); err != nil {
		t.Fatal(err)
	}
}

func fixtureOptions(t *testing.T, flags string) Options {
	t.Helper()
	opts, err := ReadFlags(flags)
	if err != nil {
		t.Fatal(err)
	}
	return opts
}

// bare is a model without origins, and without what is the controller's default or asks for
// the parts.
func bare(m intent.Model) intent.Model {
	out := intent.Model{Paths: m.Paths}
	for _, h := range m.Hosts {
		h.Origins = nil
		if h.TLS != nil {
			t := *h.TLS
			t.Origins, t.Asked = nil, nil
			if t.MinVersion == "1.2" && t.MaxVersion == "1.3" {
				t.MinVersion, t.MaxVersion = "", ""
			}
			h.TLS = &t
		}
		routes := h.Routes
		h.Routes = nil
		for _, r := range routes {
			r.Origins = nil
			var opaque []intent.Opaque
			for _, q := range r.Opaque {
				opaque = append(opaque, intent.Opaque{Key: q.Key, Security: q.Security})
			}
			r.Opaque, r.Asked = opaque, nil
			for _, d := range httpproxy.PartDefaults() {
				if d.Any || intent.SameIn(d.Part, &r, &d.Before) {
					r = r.Without(d.Part)
				}
			}
			h.Routes = append(h.Routes, r)
		}
		out.Hosts = append(out.Hosts, h)
	}
	return out
}

func objectsText(t *testing.T, res *Result) []byte {
	var values []any
	for _, o := range res.Target.Objects {
		values = append(values, o.Value)
	}
	var b bytes.Buffer
	if err := emit.YAML(&b, values); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func ledgerText(l *ledger.Ledger) string {
	var b strings.Builder
	for _, e := range l.Entries() {
		if e.Outcome != ledger.Exact {
			fmt.Fprintf(&b, "%s: %s", e.Origin, e.Fate)
			if e.Outcome != ledger.None {
				fmt.Fprintf(&b, " %s", e.Outcome)
			}
			fmt.Fprintf(&b, ": %s\n", e.Reason)
		}
	}
	return b.String()
}

// proofText is a line for each host that was compared, and one for each difference.
func proofText(hosts []Host) string {
	var b strings.Builder
	for _, h := range hosts {
		p := h.Proof
		if p == nil {
			continue
		}
		fmt.Fprintf(&b, "%s: %s; %d states, %d steps, %d cases, %d asked\n", h.Name, p.Verdict, p.Work.States, p.Work.Steps, p.Work.Cases, p.Work.Asked)
		if p.Why != "" {
			fmt.Fprintf(&b, "\t%s; %d samples\n", p.Why, p.Sampled)
		}
		for _, d := range p.Differences {
			fmt.Fprintf(&b, "\t%s (%d): %s: %s before, %s after: %s\n", d.Dimension, d.Cases, d.Request, d.Before, d.After, d.Reason)
		}
	}
	return b.String()
}

func findingsText(fs []ledger.Finding) string {
	var b strings.Builder
	for _, f := range fs {
		if f.Severity > ledger.Info {
			fmt.Fprintf(&b, "%s %s %s: %s: %s\n", f.Severity, f.Rule, f.Host, f.Origin, f.Message)
		}
	}
	return b.String()
}

// answersText asks both sides about each request.
func answersText(t *testing.T, res *Result, requests string) string {
	decoded, _ := httpproxy.Decode(Proxies(res.Target.Objects))
	before, err := table.New(res.Model)
	if err != nil {
		t.Fatal(err)
	}
	after, err := table.New(decoded)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for line := range strings.Lines(requests) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		r := parseRequest(t, line)
		x, y := Answer(before.Match(r)), Answer(after.Match(r))
		if x == y {
			fmt.Fprintf(&b, "%s\n\tboth   %s\n", line, x)
		} else {
			fmt.Fprintf(&b, "%s\n\tbefore %s\n\tafter  %s\n", line, x, y)
		}
	}
	return b.String()
}

func parseRequest(t *testing.T, line string) table.Request {
	r := table.Request{Scheme: "http"}
	if rest, ok := strings.CutPrefix(line, "https "); ok {
		r.Scheme, line = "https", rest
	}
	parts := strings.SplitN(line, " ", 4)
	if len(parts) < 3 {
		t.Fatalf("request %q: want [https ]METHOD HOST PATH [Header: value]", line)
	}
	r.Method, r.Host, r.URI = parts[0], parts[1], parts[2]
	if len(parts) == 4 {
		for h := range strings.SplitSeq(parts[3], ", ") {
			name, value, _ := strings.Cut(h, ": ")
			r.Headers = append(r.Headers, table.Header{Name: name, Value: value})
		}
	}
	return r
}
