package serve

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/split-ingress/split-ingress/runtime/observe"
)

// other stands for hosts, routes and teams beyond the bound.
const other = "other"

// series are the metrics by host, route, team and class of status. A label set is made
// when it is first counted; beyond the bound requests are counted under "other".
type series struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	left     atomic.Int64 // label sets that may still be made
	rest     *counted     // beyond the bound

	mu    sync.RWMutex
	hosts map[string]map[routeKey]*counted
}

type routeKey struct{ route, team string }

// counted is what is counted of one route. It is what its slot holds.
type counted struct {
	series  *series
	labels  [3]string
	classes [len(classNames)]atomic.Pointer[class]

	mu   sync.Mutex // held while a class is made, or all are dropped
	gone bool
}

// class is one label set.
type class struct {
	requests prometheus.Counter
	duration prometheus.Observer
}

// classNames are the values of the label code, by the first digit of a status; 0 is for
// what is no status, as where nothing was sent.
var classNames = [...]string{"none", "1xx", "2xx", "3xx", "4xx", "5xx"}

func (s *series) init(r prometheus.Registerer, bound int) {
	if bound <= 0 {
		bound = DefaultMaxSeries
	}
	labels := []string{"host", "route", "team", "code"}
	s.requests = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: prefix + "requests_total", Help: "Requests by host, route, team and class of status.",
	}, labels)
	s.duration = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: prefix + "request_duration_seconds", Help: "Time from a request's head to the end of its response.",
		Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60},
	}, labels)
	r.MustRegister(s.requests, s.duration)
	s.left.Store(int64(bound))
	s.rest = &counted{series: s, labels: [3]string{other, other, other}}
	s.hosts = map[string]map[routeKey]*counted{}
}

// of is what a request is counted under.
func (s *series) of(r *observe.Record) *class {
	code := uint(r.Status) / 100
	if code >= uint(len(classNames)) {
		code = 0
	}
	if c := s.route(r).class(code); c != nil {
		return c
	}
	return s.rest.class(code)
}

func (s *series) route(r *observe.Record) *counted {
	if r.Slot != nil {
		if held, ok := r.Slot.Get().(*counted); ok && held.series == s {
			return held
		}
	}
	found := s.find(r.SiteName, routeKey{r.Route, r.Team})
	if r.Slot != nil {
		r.Slot.Put(found)
	}
	return found
}

func (s *series) find(host string, key routeKey) *counted {
	s.mu.RLock()
	found := s.hosts[host][key]
	s.mu.RUnlock()
	if found != nil {
		return found
	}
	if s.left.Load() <= 0 {
		return s.rest
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if found = s.hosts[host][key]; found != nil {
		return found
	}
	if s.hosts[host] == nil {
		s.hosts[host] = map[routeKey]*counted{}
	}
	found = &counted{series: s, labels: [3]string{label(host), label(key.route), label(key.team)}}
	s.hosts[host][routeKey{strings.Clone(key.route), strings.Clone(key.team)}] = found
	return found
}

// label makes any text one that Prometheus takes.
func label(text string) string { return strings.ToValidUTF8(strings.Clone(text), "\uFFFD") }

// class is one label set of a route; nil if there is no room for it, or the route is gone.
func (r *counted) class(code uint) *class {
	if c := r.classes[code].Load(); c != nil {
		return c
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.classes[code].Load(); c != nil {
		return c
	}
	if r.gone || r != r.series.rest && !r.series.take() {
		return nil
	}
	values := []string{r.labels[0], r.labels[1], r.labels[2], classNames[code]}
	c := &class{r.series.requests.WithLabelValues(values...), r.series.duration.WithLabelValues(values...)}
	r.classes[code].Store(c)
	return c
}

// take takes the room of one label set, if there is any.
func (s *series) take() bool {
	if s.left.Add(-1) >= 0 {
		return true
	}
	s.left.Add(1)
	return false
}

func (c *class) observe(r *observe.Record) {
	c.requests.Inc()
	c.duration.Observe(r.Duration.Seconds())
}

// retain drops the routes of a host that are not to be kept.
func (s *series) retain(host string, keep func(route string) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, r := range s.hosts[host] {
		if keep == nil || !keep(key.route) {
			r.drop()
			delete(s.hosts[host], key)
		}
	}
	if len(s.hosts[host]) == 0 {
		delete(s.hosts, host)
	}
}

// drop takes a route's label sets away. A request that ends later is counted under "other"
// if its class was not known, else nowhere.
func (r *counted) drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gone = true
	for code := range r.classes {
		if r.classes[code].Load() == nil {
			continue
		}
		values := []string{r.labels[0], r.labels[1], r.labels[2], classNames[code]}
		r.series.requests.DeleteLabelValues(values...)
		r.series.duration.DeleteLabelValues(values...)
		r.series.left.Add(1)
	}
}
