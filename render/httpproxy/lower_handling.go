package httpproxy

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/split-ingress/split-ingress/annotations/intent"
	"github.com/split-ingress/split-ingress/annotations/ledger"
)

// handlingRules are about what is done with requests that go on, and with their answers.
var handlingRules = []partRule{
	{intent.ErrorPart, lowerErrors},
	{intent.RetryPart, lowerRetry},
	{intent.MirrorPart, lowerMirror},
	{intent.BufferingPart, lowerBuffering},
	{intent.CookiePart, lowerCookies},
	{intent.LocationPart, lowerLocations},
	without(intent.HTTPVersion, ledger.Approximated, "Envoy asks applications in HTTP/1.1, and nginx in HTTP/1.0, with a connection for each request"),
	{intent.ConnectionHeader, lowerConnectionHeader},
	{intent.UntoldPart, lowerUntold},
	{intent.ConnectTimeout, lowerConnect},
	{intent.KeepAlive, lowerKeepAlive},
}

// lowerErrors says whom an error page came from.
func lowerErrors(_ *lowering, o *owned, r *intent.Route) verdict {
	if !o.Has(intent.ErrorPart) {
		return verdict{}
	}
	r.Drop(intent.ErrorPart)
	e := o.Policies.Errors
	var said []string
	if len(e.Codes) > 0 {
		by := "the application's answers"
		if e.OwnOnly {
			by = "nginx's own answers"
		}
		page := fmt.Sprintf("the controller's default backend (status %d)", e.Status)
		if e.Backend != nil {
			page = "Service " + e.Backend.Namespace + "/" + e.Backend.Service
		}
		said = append(said, fmt.Sprintf("%s with %s were replaced by pages of %s, which also gave the status: now they go out as they are", by, numbers(e.Codes), page))
	}
	if f := e.Fallback; f != nil {
		said = append(said, fmt.Sprintf("as long as the application has no endpoint, requests went to Service %s/%s: now they get 503", f.Namespace, f.Service))
	}
	return verdict{outcome: ledger.Untranslated, reason: "HTTPProxy has no error pages: " + strings.Join(said, "; ") + "; let the application answer"}
}

// numbers is a list as people write it.
func numbers(all []int) string {
	texts := make([]string, len(all))
	for i, n := range all {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, ", ")
}

func lowerBuffering(_ *lowering, o *owned, r *intent.Route) verdict {
	if !o.Has(intent.BufferingPart) {
		return verdict{}
	}
	r.Drop(intent.BufferingPart)
	return verdict{outcome: ledger.Approximated, why: func() string { return bufferingReason(*o.Forward.Buffering) }}
}

// bufferingReason says what is no longer held back.
func bufferingReason(b intent.Buffering) string {
	reason := "Envoy sends bodies on as they come, and takes responses with heads of up to 60 KiB"
	if b.Request {
		reason += "; nginx reads the whole body of a request before it asks the application"
	}
	if b.HeaderSize > 0 {
		reason += fmt.Sprintf("; nginx answers 502 to a head of more than %d bytes", b.HeaderSize)
	}
	return reason
}

func lowerUntold(_ *lowering, o *owned, r *intent.Route) verdict {
	if !o.Has(intent.UntoldPart) {
		return verdict{}
	}
	r.Drop(intent.UntoldPart)
	return verdict{outcome: ledger.Approximated, reason: "Envoy tells the application who asks, in X-Forwarded-For and X-Forwarded-Proto, and nginx told it nothing, as grpc is not written GRPC"}
}

// lowerCookies names the rewrites that somebody who knows the cookies can write.
func lowerCookies(_ *lowering, o *owned, r *intent.Route) verdict {
	if !o.Has(intent.CookiePart) {
		return verdict{}
	}
	r.Drop(intent.CookiePart)
	var said []string
	for _, c := range o.Forward.Cookies {
		for _, attribute := range []struct{ name, change string }{{"Domain", c.Domain}, {"Path", c.Path}} {
			if from, to, ok := strings.Cut(attribute.change, " "); ok {
				said = append(said, attribute.name+" "+from+" as "+to)
			}
		}
	}
	return verdict{outcome: ledger.Untranslated, reason: "HTTPProxy rewrites cookies by their names, and nginx rewrites all (" + strings.Join(said, ", ") +
		"): write a cookieRewritePolicies entry on the route for each cookie that the application sets, or let it set them so"}
}

func lowerLocations(_ *lowering, o *owned, r *intent.Route) verdict {
	if !o.Has(intent.LocationPart) {
		return verdict{}
	}
	r.Drop(intent.LocationPart)
	c := o.Forward.Location
	return verdict{outcome: ledger.Untranslated, reason: "HTTPProxy leaves the Location headers of applications as they are, and nginx wrote " + c.To + " for " + c.From +
		" at their start: let the application redirect to its public address"}
}

func lowerConnectionHeader(_ *lowering, o *owned, r *intent.Route) verdict {
	if !o.Has(intent.ConnectionHeader) {
		return verdict{}
	}
	r.Drop(intent.ConnectionHeader)
	return verdict{outcome: ledger.Approximated, reason: "Envoy says itself how long a connection to an application is kept, and nginx sent Connection: " + o.Forward.Connection + "; WebSockets stay off"}
}

func lowerConnect(_ *lowering, o *owned, r *intent.Route) verdict {
	if r.Forward == nil {
		return verdict{}
	}
	r.Forward.Timeouts.Connect = connectTimeout
	return verdict{outcome: ledger.Approximated, why: func() string {
		return fmt.Sprintf("an application has %s to take a connection, and had %s: Contour has one timeout for all (timeouts.connect-timeout of its configuration, 2s by default)",
			timeoutText(connectTimeout), timeoutText(o.Forward.Timeouts.Connect))
	}}
}

// lowerKeepAlive keeps a time that somebody asks for; by default it is Envoy's.
func lowerKeepAlive(_ *lowering, o *owned, r *intent.Route) verdict {
	switch {
	case r.Forward == nil || len(askedFor(o.Route, intent.KeepAlive)) > 0:
		return verdict{}
	}
	r.Forward.Timeouts.Connection = connectionTimeout
	return verdict{outcome: ledger.Approximated, why: func() string {
		return fmt.Sprintf("Envoy keeps unused connections to applications for %s, and nginx for %s", timeoutText(connectionTimeout), timeoutText(o.Forward.Timeouts.Connection))
	}}
}
