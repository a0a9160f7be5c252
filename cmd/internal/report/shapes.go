package report

import (
	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// origin is a place of the input in parts; the ledger's own type is written as one text.
type origin ledger.Origin

func origins(all []ledger.Origin) []origin {
	out := make([]origin, len(all))
	for i, o := range all {
		out[i] = origin(o)
	}
	return out
}

type entry struct {
	Origin  origin               `json:"origin"`
	Kind    ledger.Kind          `json:"kind"`
	Value   string               `json:"value,omitempty"`
	Fate    ledger.Fate          `json:"fate"`
	Outcome string               `json:"outcome,omitempty"`
	Reason  string               `json:"reason,omitempty"`
	Where   []string             `json:"where,omitempty"`
	Routes  []ledger.RouteResult `json:"routes,omitempty"`
}

func newEntry(e *ledger.Entry) entry {
	out := entry{Origin: origin(e.Origin), Kind: e.Kind, Value: e.Value, Fate: e.Fate, Reason: e.Reason, Where: e.Where, Routes: e.Routes}
	if e.Outcome != ledger.None {
		out.Outcome = e.Outcome.String()
	}
	return out
}

// Finding is a finding with its place in parts.
type Finding struct {
	Rule     string          `json:"rule"`
	Severity ledger.Severity `json:"severity"`
	Origin   origin          `json:"origin"`
	Host     string          `json:"host,omitempty"`
	Message  string          `json:"message"`
	Action   string          `json:"action"`
}

func newFinding(f ledger.Finding) Finding {
	return Finding{f.Rule, f.Severity, origin(f.Origin), f.Host, f.Message, f.Action}
}

// edit is a difference between the input and what HTTPProxy says of it.
type edit struct {
	Host      string           `json:"host"`
	Route     int              `json:"route"`
	Match     string           `json:"match,omitempty"`
	Dimension intent.Dimension `json:"dimension"`
	From      string           `json:"from,omitempty"`
	To        string           `json:"to,omitempty"`
	Guard     intent.Guard     `json:"guard"`
	Outcome   ledger.Outcome   `json:"outcome"`
	Reason    string           `json:"reason"`
	Origins   []origin         `json:"origins,omitempty"`
}

func newEdit(e intent.Edit) edit {
	return edit{e.Host, e.Route, e.Match, e.Dimension, e.From, e.To, e.Guard, e.Outcome, e.Reason, origins(e.Origins)}
}
