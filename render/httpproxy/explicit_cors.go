package httpproxy

import (
	"fmt"
	"math"
	"net/url"
	"regexp"
	"strings"
	"time"

	contour "github.com/projectcontour/contour/apis/projectcontour/v1"

	"github.com/split-ingress/split-ingress/annotations/intent"
)

// cors reads the root's policy, which is one of every route to Services: where it redirects
// or answers by itself, Envoy does not look at it. It compares origins without
// the case of letters, and patterns with it.
func (x *explicitRoute) cors() {
	if c, ok := take(x, virtualHost+"corsPolicy", readCORS); ok && x.Forward != nil {
		x.policies().CORS = c
	}
}

func readCORS(p *contour.CORSPolicy) (*intent.CORS, error) {
	bad := func(format string, args ...any) (*intent.CORS, error) {
		return nil, fault{"PolicyDidNotParse", fmt.Sprintf(format, args...)}
	}
	if len(p.AllowOrigin) == 0 || len(p.AllowMethods) == 0 {
		return bad("allowOrigin and allowMethods must not be empty")
	}
	c := &intent.CORS{
		Methods: join(p.AllowMethods), Headers: join(p.AllowHeaders), Expose: join(p.ExposeHeaders),
		Credentials: p.AllowCredentials, PrivateNetwork: p.AllowPrivateNetwork,
	}
	for _, o := range p.AllowOrigin {
		switch u, err := url.Parse(o); {
		case o == "*":
			c.Origins = append(c.Origins, o)
		case err != nil || u.Scheme == "" || u.Host == "" || u.Scheme+"://"+u.Host != o:
			if _, err := regexp.Compile(o); err != nil {
				return bad("the origin %q is neither scheme://host nor a regular expression", o)
			}
			c.Patterns = append(c.Patterns, o)
		case strings.Contains(o, "*"): // which is no wildcard here
			c.Patterns = append(c.Patterns, "(?i:"+regexp.QuoteMeta(o)+")")
		default:
			c.Origins = append(c.Origins, o)
		}
	}
	if p.MaxAge != "" {
		d, err := time.ParseDuration(p.MaxAge)
		if err != nil || d < 0 {
			return bad("maxAge: %q is no duration", p.MaxAge)
		}
		if c.MaxAge = int(math.RoundToEven(d.Seconds())); c.MaxAge == 0 {
			c.MaxAge = -1
		}
	}
	return c, nil
}

func join(values []contour.CORSHeaderValue) string {
	var all []string
	for _, v := range values {
		all = append(all, string(v))
	}
	return strings.Join(all, ",")
}
