package server

import (
	"log/slog"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/runtime/serve"
)

// maxTold is how many findings of one change are written out; /findings has all of them.
const maxTold = 20

// told writes changes of the input to the log, and each finding when it is new.
type told struct {
	log   *slog.Logger
	last  []ledger.Finding // those of the last change
	known map[string]bool  // their texts
}

func (t *told) reload(r serve.Reload) {
	if r.Err != nil {
		t.log.Error("the input could not be read; what was served goes on", "error", r.Err)
		return
	}
	t.log.Info("reloaded", "took", r.Took, "hosts", r.Counts.Hosts, "routes", r.Counts.Routes,
		"endpoints", r.Counts.Endpoints, "findings", len(r.Findings))
	t.findings(r.Findings)
}

func (t *told) findings(fs []ledger.Finding) {
	if sameList(fs, t.last) {
		return
	}
	t.last = fs
	now, n := make(map[string]bool, len(fs)), 0
	for _, f := range fs {
		text := serve.FindingText(f)
		if now[text] = true; t.known[text] {
			continue
		}
		if n++; n <= maxTold {
			t.finding(f)
		}
	}
	if n > maxTold {
		t.log.Warn("more findings", "new", n-maxTold, "all", "/findings at the admin address")
	}
	t.known = now
}

func (t *told) finding(f ledger.Finding) {
	say := t.log.Info
	switch f.Severity {
	case ledger.Warning:
		say = t.log.Warn
	case ledger.Error, ledger.Refusal:
		say = t.log.Error
	}
	say("finding", "text", serve.FindingText(f))
}
