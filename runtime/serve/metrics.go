package serve

import (
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/split-ingress/split-ingress/annotations/ledger"
	"github.com/split-ingress/split-ingress/runtime/observe"
)

// DefaultMaxSeries is the bound on label sets of the metrics by route.
const DefaultMaxSeries = 10_000

// Metrics counts what happens, for Prometheus. It is an observe.Observer.
type Metrics struct {
	registry *prometheus.Registry
	series   series
	inFlight atomic.Int64

	bytesIn, bytesOut prometheus.Counter
	retries           prometheus.Counter
	answered          map[observe.Reason]prometheus.Counter // fixed after NewMetrics
	upstreamErrors    map[observe.Reason]prometheus.Counter // likewise
	otherReason       prometheus.Counter

	handshakeErrors prometheus.Counter
	panics          prometheus.Counter
	malformed       prometheus.Counter
	http2Errors     *prometheus.CounterVec
	http2Kinds      sync.Map // kind -> prometheus.Counter, as many as net/http has
	logDropped      prometheus.Counter
	reclaimed       prometheus.Counter

	reloads       prometheus.Counter
	reloadErrors  prometheus.Counter
	lastSuccess   prometheus.Gauge
	reloadSeconds prometheus.Histogram
	objects       map[string]prometheus.Gauge
	findings      *prometheus.GaugeVec
}

// Counts is the size of what is served.
type Counts struct {
	Hosts     int `json:"hosts"`
	Routes    int `json:"routes"`
	Endpoints int `json:"endpoints"`
}

// Reload is the outcome of one change of what is served.
type Reload struct {
	Took     time.Duration
	Err      error // the input could not be read; what was served goes on
	Counts   Counts
	Findings []ledger.Finding // all that hold now
}

// NewMetrics makes the metrics of one program. version is the program's. maxSeries bounds
// the label sets (host, route, team, code) that are counted apart; 0 is DefaultMaxSeries.
func NewMetrics(version string, maxSeries int) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	m.gauge("build_info", "1, with the version of the program and of Go.",
		prometheus.Labels{"version": version, "goversion": runtime.Version()}).Set(1)
	m.series.init(m.registry, maxSeries)
	m.initRequests()
	m.initServer()
	m.initReloads()
	return m
}

func (m *Metrics) initRequests() {
	m.gaugeFunc("requests_in_flight", "Requests that are being answered.", func() float64 { return float64(m.inFlight.Load()) })
	m.bytesIn = m.counter("request_body_bytes_total", "Bytes of request bodies that were read.", nil)
	m.bytesOut = m.counter("response_body_bytes_total", "Bytes of response bodies that were sent.", nil)
	m.retries = m.counter("upstream_retries_total", "Tries of requests after their first one.", nil)
	m.answered, m.upstreamErrors = map[observe.Reason]prometheus.Counter{}, map[observe.Reason]prometheus.Counter{}
	for _, r := range observe.Reasons() {
		switch r {
		case observe.NoEndpoint, observe.UpstreamConnect, observe.UpstreamTimeout, observe.UpstreamReset, observe.UpstreamInvalid:
			m.upstreamErrors[r] = m.counter("upstream_errors_total", "Requests that failed because of their upstream, by kind.", prometheus.Labels{"kind": string(r)})
		default:
			m.answered[r] = m.local(string(r))
		}
	}
	m.otherReason = m.local("other")
}

func (m *Metrics) local(reason string) prometheus.Counter {
	return m.counter("local_answers_total", "Requests that the data plane answered itself or broke off, by reason.", prometheus.Labels{"reason": reason})
}

func (m *Metrics) initServer() {
	m.handshakeErrors = m.counter("tls_handshake_errors_total", "TLS handshakes of clients that failed.", nil)
	m.malformed = m.counter("malformed_requests_total", "Requests that were refused before a route was looked for.", nil)
	m.panics = m.counter("panics_total", "Requests that ended in a panic.", nil)
	m.logDropped = m.counter("access_log_dropped_total", "Lines of the access log that were dropped, because they came faster than they could be written.", nil)
	m.reclaimed = m.counter("connections_reclaimed_total", "Idle connections of clients that were closed to make room for new ones.", nil)
	m.http2Errors = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: prefix + "http2_errors_total", Help: "Violations of HTTP/2 by clients, by kind.",
	}, []string{"kind"})
	m.registry.MustRegister(m.http2Errors)
}

func (m *Metrics) initReloads() {
	m.reloads = m.counter("reloads_total", "Changes of the input that were taken in, or failed.", nil)
	m.reloadErrors = m.counter("reload_errors_total", "Changes of the input that failed.", nil)
	m.lastSuccess = m.gauge("reload_last_success_timestamp_seconds", "When a change was taken in last.", nil)
	m.reloadSeconds = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: prefix + "reload_duration_seconds", Help: "Time from a change that was seen to one that is served.",
		Buckets: []float64{.001, .005, .01, .05, .1, .5, 1, 5, 10, 30},
	})
	m.objects = map[string]prometheus.Gauge{
		"hosts":     m.gauge("hosts", "Hosts that are served.", nil),
		"routes":    m.gauge("routes", "Routes that are served.", nil),
		"endpoints": m.gauge("endpoints", "Endpoints that requests can go to.", nil),
	}
	m.findings = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: prefix + "findings", Help: "What is wrong with the input now, by severity.",
	}, []string{"severity"})
	m.registry.MustRegister(m.reloadSeconds, m.findings)
	m.countFindings(nil)
}

// Done counts a request. It allocates only for the first request of a label set.
func (m *Metrics) Done(r *observe.Record) {
	m.series.of(r).observe(r)
	if r.BytesIn > 0 {
		m.bytesIn.Add(float64(r.BytesIn))
	}
	if r.BytesOut > 0 {
		m.bytesOut.Add(float64(r.BytesOut))
	}
	if r.Tries > 1 {
		m.retries.Add(float64(r.Tries - 1))
	}
	if r.Flags != "" {
		m.reason(r.Flags).Inc()
	}
}

func (m *Metrics) reason(r observe.Reason) prometheus.Counter {
	if c, ok := m.upstreamErrors[r]; ok {
		return c
	}
	if c, ok := m.answered[r]; ok {
		return c
	}
	return m.otherReason
}

// Retain forgets what was counted for those routes of a host that are not to be kept; with
// nil, for all of them. It asks only about routes that were counted. Whoever changes what is
// served calls it for each host that was changed or is gone; a request that ends later with
// a Slot of before is counted nowhere, or under "other".
func (m *Metrics) Retain(host string, keep func(route string) bool) { m.series.retain(host, keep) }

// Reloaded notes the outcome of a change.
func (m *Metrics) Reloaded(r Reload) {
	m.reloads.Inc()
	m.reloadSeconds.Observe(r.Took.Seconds())
	if r.Err != nil {
		m.reloadErrors.Inc()
		return
	}
	m.lastSuccess.SetToCurrentTime()
	m.objects["hosts"].Set(float64(r.Counts.Hosts))
	m.objects["routes"].Set(float64(r.Counts.Routes))
	m.objects["endpoints"].Set(float64(r.Counts.Endpoints))
	m.countFindings(r.Findings)
}

func (m *Metrics) countFindings(fs []ledger.Finding) {
	var n [ledger.Refusal + 1]int
	for i := range fs {
		n[fs[i].Severity]++
	}
	for s := range n {
		m.findings.WithLabelValues(ledger.Severity(s).String()).Set(float64(n[s]))
	}
}

// http2Error counts what net/http calls an error of HTTP/2. Its kinds are constants of
// net/http.
func (m *Metrics) http2Error(kind string) {
	c, ok := m.http2Kinds.Load(kind)
	if !ok {
		c, _ = m.http2Kinds.LoadOrStore(kind, m.http2Errors.WithLabelValues(kind))
	}
	c.(prometheus.Counter).Inc()
}

// Handler answers with the metrics in the formats of Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Registry: m.registry})
}
