package httpproxy

import (
	"cmp"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// corsRules are about pages of other origins.
var corsRules = []partRule{{intent.CORSPart, lowerCORS}}

// hostCORS is what becomes of CORS on a host: HTTPProxy has one policy for all of its routes.
type hostCORS struct {
	policy *intent.CORS   // of all routes to Services; nil: none
	why    string         // there is none although routes ask for one
	gains  string         // why routes get it that do not ask
	asked  []intent.Asked // what the policy stands on
}

// readCORSOfHost finds the policy that all routes to Services have.
func (l *lowering) readCORSOfHost() {
	var first *intent.CORS
	var bare []string // paths without
	for _, o := range l.all {
		switch {
		case o.Forward == nil || l.shut(o):
		case !o.Has(intent.CORSPart):
			bare = append(bare, o.Match.Path.String())
		case first == nil:
			first, l.cors.asked = o.Policies.CORS, askedFor(o.Route, intent.CORSPart)
		case !reflect.DeepEqual(first, o.Policies.CORS):
			l.cors.why = "its routes ask for different CORS, and HTTPProxy has one policy for a host: browsers refuse pages of other origins until the routes are alike"
			return
		}
	}
	if first == nil {
		return
	}
	var allow Allow
	allowed := len(bare) == 0
	if !allowed {
		allow, allowed = l.allows(-1, "enable-cors")
	}
	if !allowed {
		l.cors.why = fmt.Sprintf("HTTPProxy has CORS for whole hosts only, and %s would gain it (--allow enable-cors@%s=REASON): without, browsers refuse pages of other origins", someOf(bare), l.host)
		return
	}
	l.cors.policy, l.cors.why = sayCORS(first)
	l.cors.gains = "HTTPProxy has CORS for whole hosts only: this path gains it, as --allow says: " + cmp.Or(allow.Reason, "no reason given")
}

// lowerCORS gives every route to a Service the policy of the host.
func lowerCORS(l *lowering, o *owned, r *intent.Route) verdict {
	was := o.Has(intent.CORSPart)
	switch {
	case !was && (r.Forward == nil || l.cors.policy == nil):
		return verdict{}
	case r.Forward == nil:
		r.Drop(intent.CORSPart)
		return verdict{outcome: ledger.Approximated, reason: "Envoy does not answer preflights where it redirects: browsers refuse pages of other origins"}
	case l.cors.policy == nil:
		r.Drop(intent.CORSPart)
		return verdict{outcome: ledger.Approximated, reason: l.cors.why}
	}
	r.Policies.CORS = l.cors.policy
	if !was {
		return verdict{outcome: ledger.Approximated, reason: l.cors.gains, asked: l.cors.asked}
	}
	return verdict{outcome: ledger.Approximated, reason: corsDifference(o.Policies.CORS)}
}

// corsDifference says how Envoy's CORS (1.38) is another one than nginx's.
func corsDifference(c *intent.CORS) string {
	origin := "Envoy compares the whole origin, and nginx its end"
	if slices.Contains(c.Origins, "*") {
		origin = "Envoy echoes the origin where nginx says *, without Vary, and allows no credentials, which browsers refuse beside *"
	}
	if c.MaxAge < 0 {
		origin = fmt.Sprintf("Envoy says Access-Control-Max-Age: 0 where nginx says %d, with which browsers keep the answer for 5 s or not at all; ", c.MaxAge) + origin
	}
	return origin + "; it answers preflights with 200 (nginx 204), only those that name a method, and not where plain http is redirected or a path is unknown; other OPTIONS reach the application; only requests from an allowed origin get CORS headers"
}

// The headers by which an application itself lets pages of other origins read its answers.
const (
	originHeader      = "Access-Control-Allow-Origin"
	credentialsHeader = "Access-Control-Allow-Credentials"
)

// withoutOwn takes the application's own permissions from the answers of a route, where nginx
// overwrote them with *, beside which browsers refuse credentials: Envoy echoes the origin.
func (l *lowering) withoutOwn(o *owned, f *intent.Forward) {
	anybody := func(c *intent.CORS) bool { return c != nil && slices.Contains(c.Origins, "*") }
	header, why, asked := credentialsHeader, "beside the origin that Envoy echoes, it would let every page read with the visitor's cookies", l.cors.asked
	switch {
	case anybody(l.cors.policy):
	case l.cors.policy == nil && o.Policies != nil && anybody(o.Policies.CORS):
		header, why, asked = originHeader, "nginx overwrote it with *, beside which browsers refuse credentials", askedFor(o.Route, intent.CORSPart)
	default:
		return
	}
	f.Response = append(slices.Clip(f.Response), intent.HeaderChange{Name: header, Remove: true})
	l.edit(o, intent.Header, intent.Always, ledger.Approximated, "", header+" removed", "the application's own "+header+" is taken away: "+why, origins(asked)...)
}

// corsToken is what the API takes as a method or the name of a header.
var corsToken = regexp.MustCompile("^[a-zA-Z0-9!#$%&'*+.^_`|~-]+$")

// sayCORS is nginx's policy in the form that corsPolicy has, or why there is none. Credentials
// go where any origin is let in: nginx says * then, beside which browsers refuse them, and
// Envoy echoes the origin.
func sayCORS(c *intent.CORS) (*intent.CORS, string) {
	any := slices.Contains(c.Origins, "*")
	out := &intent.CORS{Credentials: c.Credentials && !any, MaxAge: c.MaxAge}
	if out.MaxAge <= 0 { // Contour takes no duration below 0
		out.MaxAge = -1
	}
	for _, list := range []struct {
		from string
		to   *string
	}{{c.Methods, &out.Methods}, {c.Headers, &out.Headers}, {c.Expose, &out.Expose}} {
		tokens, bad := corsTokens(list.from)
		if bad != "" {
			return nil, fmt.Sprintf("CORS is not carried over, since %q is neither a method nor the name of a header: browsers refuse pages of other origins", bad)
		}
		*list.to = strings.Join(tokens, ",")
	}
	if out.Methods == "" {
		return nil, "CORS is not carried over, since it lists no methods: browsers refuse pages of other origins"
	}
	if any {
		out.Origins = []string{"*"}
		return out, ""
	}
	for _, origin := range c.Origins {
		if plainOrigin(origin) {
			out.Origins = append(out.Origins, origin)
		} else {
			out.Patterns = append(out.Patterns, originPattern(origin))
		}
	}
	return out, ""
}

// corsTokens are the items of a comma list, or one that the API refuses.
func corsTokens(list string) (tokens []string, bad string) {
	for item := range strings.SplitSeq(list, ",") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		if !corsToken.MatchString(item) {
			return nil, item
		}
		tokens = append(tokens, item)
	}
	return tokens, ""
}

// plainOrigin says whether Contour takes a text as an origin, and not as a pattern.
func plainOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Scheme != "" && u.Host != "" && u.Scheme+"://"+u.Host == origin && !strings.Contains(origin, "*")
}

// originPattern is an origin with at most one "*", which stands for one label, as a pattern.
func originPattern(origin string) string {
	if origin == "null" {
		return origin
	}
	return "(?i:" + strings.Replace(regexp.QuoteMeta(origin), `\*`, `[A-Za-z0-9\-]+`, 1) + ")"
}

// someOf names at most three of some texts.
func someOf(texts []string) string {
	if len(texts) > 3 {
		return strings.Join(texts[:3], ", ") + fmt.Sprintf(" and %d more", len(texts)-3)
	}
	return strings.Join(texts, ", ")
}
