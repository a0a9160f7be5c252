package convert

import (
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/annotations/nginx"
	"github.com/split-ingress/split-ingress/render/httpproxy"
)

// unusedAllows are the exceptions that let nothing through: misspelt ones, and those whose
// reason is gone.
func (res *Result) unusedAllows(opts Options) []ledger.Finding {
	var fs []ledger.Finding
	for _, a := range opts.Target.Allow {
		if slices.Contains(res.allowed, a) {
			continue
		}
		f := ledger.Finding{
			Rule: "allow-unused", Severity: ledger.Warning, Host: a.Host,
			Message: "--allow " + a.Key + " has no effect: " + res.whyUnused(a),
			Action:  "take it away: nothing is blocked there",
		}
		if keys := res.blockedKeys(a); len(keys) > 0 {
			f.Action = "take it away, or mend it: blocked there are " + strings.Join(keys, ", ")
		}
		fs = append(fs, f)
	}
	return fs
}

// whyUnused is why an exception lets nothing through.
func (res *Result) whyUnused(a httpproxy.Allow) string {
	switch {
	case slices.ContainsFunc(res.allowed, func(b httpproxy.Allow) bool { return short(a.Key) == short(b.Key) && (a.Host == "" || b.Host == "") }):
		return "another --allow for this key lets through what it would"
	case a.Host == "":
		return "nothing needs it"
	case res.Model.Host(a.Host) == nil:
		return "the input has no host " + a.Host
	}
	return "nothing of " + a.Host + " needs it"
}

// short is a key without its prefix.
func short(key string) string { return key[strings.LastIndex(key, "/")+1:] }

// blockedKeys are the annotations for which routes are blocked where an exception holds, sorted.
func (res *Result) blockedKeys(a httpproxy.Allow) []string {
	var keys []string
	for _, h := range res.Hosts {
		if a.Host != "" && a.Host != h.Name {
			continue
		}
		for _, e := range h.Edits {
			for _, o := range e.Origins {
				if strings.HasPrefix(o.Key, nginx.Prefix) && e.Outcome == ledger.Blocked {
					keys = append(keys, short(o.Key))
				}
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
