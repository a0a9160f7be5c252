package serve

import (
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"strings"
	"time"
)

// DefaultAdmin is where the admin address is unless told otherwise: on this machine only,
// since it asks nobody who they are.
const DefaultAdmin = "127.0.0.1:9901"

const (
	adminWrite   = time.Minute
	adminProfile = 5 * time.Minute // with profiles, which take as long as is asked for
)

func adminLimits() Limits {
	return Limits{Connections: 64, HeaderTimeout: 5 * time.Second, HeaderBytes: 16 << 10}.WithDefaults()
}

func newAdminServer(o *Options, h http.Handler) *http.Server {
	s := newServer(adminLimits(), h)
	s.Protocols.SetHTTP1(true)
	s.WriteTimeout = adminWrite
	if o.Pprof {
		s.WriteTimeout = adminProfile
	}
	return s
}

// adminHandler is everything at the admin address.
func (s *Server) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", s.index)
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "alive") })
	mux.HandleFunc("/readyz", s.readyz)
	mux.Handle("/metrics", s.options.Metrics.Handler())
	mux.HandleFunc("/routes", s.routes)
	mux.HandleFunc("/resolve", s.resolve)
	mux.HandleFunc("/findings", s.findings)
	if s.options.Pprof {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	return guard(mux)
}

// guard lets through only what reads, and what no web page in somebody's browser can send:
// by DNS rebinding a page reaches this address under its own name, so that Host must be a
// literal IP or a name of this machine; and a browser tells which site is asking.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		switch site := r.Header.Get("Sec-Fetch-Site"); {
		case !ownName(r.Host):
			say(w, http.StatusForbidden, "the Host header must be a literal IP address or localhost")
		case site != "" && site != "none" && site != "same-origin":
			say(w, http.StatusForbidden, "requests of other sites are refused")
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			say(w, http.StatusMethodNotAllowed, "only GET and HEAD")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// ownName says whether a Host header names this machine, or no name at all.
func ownName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// say answers with one line of text. A client that does not take it has gone.
func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}

func (s *Server) index(w http.ResponseWriter, _ *http.Request) {
	lines := []string{
		"/healthz   the process is alive",
		"/readyz    the first state is served, and the end was not asked for",
		"/metrics   for Prometheus",
		"/routes    what is served; ?host=NAME, ?format=json",
		"/resolve   what answers a request; ?host=NAME&uri=/path&method=GET&scheme=https&header=Name:Value, ?format=json",
		"/findings  what is wrong with the input; ?format=json",
	}
	if s.options.Pprof {
		lines = append(lines, "/debug/pprof/  profiles")
	}
	say(w, http.StatusOK, strings.Join(lines, "\n"))
}

func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	switch {
	case s.Draining():
		say(w, http.StatusServiceUnavailable, "draining")
	case !s.options.View.Ready():
		say(w, http.StatusServiceUnavailable, "the first state is not served yet")
	default:
		say(w, http.StatusOK, "ready")
	}
}
