package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/manifest"
	"github.com/split-ingress/split-ingress/cmd/internal/convert"
)

// InventorySchema is the version of an inventory's JSON form.
const InventorySchema = "split-ingress.dev/inventory/v1alpha1"

// Inventory is what an input is and how ready it is to be converted.
type Inventory struct {
	Schema     string          `json:"schema"`
	Clean      int             `json:"clean"` // hosts that convert without any difference
	Counts     Counts          `json:"counts"`
	Hosts      []InventoryHost `json:"hosts"`
	Keys       []Key           `json:"annotations"`
	Unreadable []Finding       `json:"unreadable"`
	Merging    []Finding       `json:"merging"`   // Ingresses that Contour would merge into a converted host
	Classless  []string        `json:"classless"` // Ingresses without any class
}

// InventoryHost is one host of the input.
type InventoryHost struct {
	Host      string         `json:"host"` // "" is the default host
	AliasOf   string         `json:"aliasOf,omitempty"`
	Paths     int            `json:"paths"`
	Routes    map[string]int `json:"routes"` // by outcome
	Teams     []string       `json:"teams"`
	Owners    []string       `json:"namespaces"`
	TLS       string         `json:"tls"`
	Outcome   string         `json:"outcome"`
	Reason    string         `json:"reason,omitempty"` // of that outcome
	Ingresses []string       `json:"ingresses"`
}

// TakeInventory looks a conversion over that nobody writes.
func TakeInventory(res *convert.Result) Inventory {
	inv := Inventory{
		Schema: InventorySchema, Counts: Count(res), Hosts: []InventoryHost{}, Keys: Keys(res.Set.Ledger),
		Unreadable: []Finding{}, Merging: []Finding{}, Classless: []string{},
	}
	for i, h := range res.Model.Hosts {
		host := inventoryHost(res, h, res.Hosts[i])
		if host.Outcome == ledger.Exact.String() {
			inv.Clean++
		}
		inv.Hosts = append(inv.Hosts, host)
	}
	for _, f := range res.Findings {
		switch {
		case f.Severity == ledger.Error:
			inv.Unreadable = append(inv.Unreadable, newFinding(f))
		case f.Rule == "merging-ingress":
			inv.Merging = append(inv.Merging, newFinding(f))
		}
	}
	for _, ing := range res.Set.Ingresses {
		if ing.Class == nil && !slices.ContainsFunc(ing.Annotations, func(a manifest.KeyValue) bool { return a.Key == classKey }) {
			inv.Classless = append(inv.Classless, ing.Namespace+"/"+ing.Name)
		}
	}
	return inv
}

func inventoryHost(res *convert.Result, h intent.Host, out convert.Host) InventoryHost {
	host := InventoryHost{
		Host: h.Name, AliasOf: h.AliasOf, Routes: out.Routes, Outcome: Outcome(out), Reason: out.Withheld,
		TLS: tlsText(h.TLS), Teams: []string{}, Owners: []string{}, Ingresses: []string{},
	}
	add := func(list *[]string, s string) {
		if s != "" && !slices.Contains(*list, s) {
			*list = append(*list, s)
		}
	}
	var paths []string
	for _, r := range h.Routes {
		if r.HostOnly() {
			continue
		}
		add(&paths, r.Match.Path.String())
		if d, ok := res.Plan.Decide(h.Name, r); ok {
			add(&host.Teams, d.Claim.Team)
			add(&host.Owners, d.Claim.Namespace)
		}
		for _, o := range r.Origins {
			if name, ok := strings.CutPrefix(o.Object, "Ingress "); ok {
				add(&host.Ingresses, name)
			}
		}
	}
	host.Paths = len(paths)
	for _, list := range []*[]string{&host.Teams, &host.Owners, &host.Ingresses} {
		slices.Sort(*list)
	}
	for _, e := range out.Edits {
		if host.Reason == "" && e.Outcome == out.Outcome {
			host.Reason = strings.TrimPrefix(e.Match+": "+e.Reason, ": ")
		}
	}
	return host
}

func tlsText(t *intent.TLS) string {
	switch {
	case t == nil:
		return "no"
	case t.Passthrough != nil:
		return "relayed to " + t.Passthrough.Namespace + "/" + t.Passthrough.Service
	case t.Secret == "":
		return "default certificate"
	}
	return t.Secret
}

// JSON writes the inventory.
func (inv Inventory) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(inv)
}

// Table writes the inventory as tables; wide ones have reasons and Ingresses too.
func (inv Inventory) Table(w io.Writer, wide bool) error {
	t := &columns{Writer: tabwriter.NewWriter(w, 0, 8, 3, ' ', 0), wide: wide}
	t.row([]string{"HOST", "PATHS", "TEAMS", "TLS", "OUTCOME"}, "NAMESPACES", "INGRESSES", "REASON")
	for _, h := range inv.Hosts {
		name := h.Host
		if name == "" {
			name = "(any other)"
		}
		t.row([]string{name, fmt.Sprint(h.Paths), list(h.Teams), h.TLS, h.Outcome}, list(h.Owners), list(h.Ingresses), orDash(h.Reason))
	}
	if len(inv.Keys) > 0 {
		t.row(nil)
		t.row([]string{"ANNOTATION", "COUNT", "FATE", "OUTCOME"}, "ROUTES", "REASON")
	}
	for _, k := range inv.Keys {
		outcome := "-"
		if k.Outcome != ledger.None {
			outcome = k.Outcome.String()
		}
		t.row([]string{k.Key, fmt.Sprint(k.Count), fatesText(k.Fates), outcome}, fmt.Sprint(k.Routes), orDash(k.Reason))
	}
	t.section("UNREADABLE", findingLines(inv.Unreadable))
	t.section("MERGING INGRESS", findingLines(inv.Merging))
	t.section("INGRESS WITHOUT CLASS", inv.Classless)
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d of %s clean\n", inv.Clean, plural(len(inv.Hosts), "host converts", "hosts convert"))
	return err
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// columns is a kubectl-like table. The first error of its writer comes with Flush.
type columns struct {
	*tabwriter.Writer
	wide bool
}

func (t *columns) row(cells []string, more ...string) {
	if t.wide {
		cells = append(cells, more...)
	}
	for i, c := range cells {
		cells[i] = strings.NewReplacer("\t", " ", "\n", " ", "\f", " ", "\v", " ").Replace(c)
	}
	fmt.Fprintln(t, strings.Join(cells, "\t"))
}

// maxLines is how long a section of a table that is not wide may be.
const maxLines = 10

// section is a list under a title, if there is anything in it.
func (t *columns) section(title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	t.row(nil)
	t.row([]string{title})
	show := len(lines)
	if !t.wide {
		show = min(show, maxLines)
	}
	for _, l := range lines[:show] {
		t.row([]string{l})
	}
	if more := len(lines) - show; more > 0 {
		t.row([]string{fmt.Sprintf("... and %d more: -o wide shows all", more)})
	}
}

func findingLines(fs []Finding) []string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = fmt.Sprintf("%s: %s; %s", ledger.Origin(f.Origin), f.Message, f.Action)
	}
	return lines
}

func list(all []string) string {
	return orDash(strings.Join(all, ","))
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// fatesText is the fate of all, or how many have which.
func fatesText(counts map[string]int) string {
	var parts []string
	for _, f := range fates() {
		if n := counts[f]; n > 0 && len(counts) == 1 {
			return f
		} else if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, f))
		}
	}
	return strings.Join(parts, ", ")
}
