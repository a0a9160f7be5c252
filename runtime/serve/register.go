package serve

import "github.com/prometheus/client_golang/prometheus"

// prefix begins the names of all metrics that are ours.
const prefix = "split_ingress_"

// counter makes and registers a counter. Those of one name have the same help.
func (m *Metrics) counter(name, help string, labels prometheus.Labels) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: prefix + name, Help: help, ConstLabels: labels})
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) gauge(name, help string, labels prometheus.Labels) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: prefix + name, Help: help, ConstLabels: labels})
	m.registry.MustRegister(g)
	return g
}

func (m *Metrics) gaugeFunc(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: prefix + name, Help: help}, value))
}

// connections registers the gauge of a listener's open connections; it is given back to be
// unregistered.
func (m *Metrics) connections(listener string, value func() float64) prometheus.Collector {
	g := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: prefix + "connections", Help: "Open connections of clients, by listener.",
		ConstLabels: prometheus.Labels{"listener": listener},
	}, value)
	m.registry.MustRegister(g)
	return g
}
