package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"countersign/service"
)

// Metrics are the operator's numbers, on their own registry and their own port.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	loops    loopMetrics
}

// loopMetrics are of the background work, by the names of its loops.
type loopMetrics struct {
	last, took       *prometheus.GaugeVec
	failures, panics *prometheus.CounterVec
}

// NewMetrics makes the registry with the process's own numbers.
func NewMetrics() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "countersign_http_request_seconds", Help: "Time to answer, by route.", Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"method", "route", "status"})}
	m.loops = newLoopMetrics(m.registry)
	m.registry.MustRegister(m.requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func newLoopMetrics(r *prometheus.Registry) (m loopMetrics) {
	label := []string{"loop"}
	m.last = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "countersign_loop_last_tick_timestamp_seconds", Help: "When the last tick of a loop ended."}, label)
	m.took = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "countersign_loop_last_tick_seconds", Help: "How long the last tick of a loop took."}, label)
	m.failures = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "countersign_loop_failures_total", Help: "Turns of a loop that failed."}, label)
	m.panics = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "countersign_loop_panics_total", Help: "Panics in the work of a loop; it went on."}, label)
	r.MustRegister(m.last, m.took, m.failures, m.panics)
	for _, name := range service.LoopNames() { // a counter is there before it counts: the first panic is a rise
		m.failures.WithLabelValues(string(name))
		m.panics.WithLabelValues(string(name))
	}
	return m
}

// Ticked notes a tick of a loop of the background work.
func (m *Metrics) Ticked(name service.LoopName, at time.Time, took time.Duration, err error) {
	m.loops.last.WithLabelValues(string(name)).Set(float64(at.UnixMilli()) / 1000)
	m.loops.took.WithLabelValues(string(name)).Set(took.Seconds())
	if err != nil {
		m.loops.failures.WithLabelValues(string(name)).Inc()
	}
}

// Panicked counts a panic in the work of a loop.
func (m *Metrics) Panicked(name service.LoopName) {
	m.loops.panics.WithLabelValues(string(name)).Inc()
}

// Gauge adds a number that is read when the metrics are.
func (m *Metrics) Gauge(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, read))
}

// Handler serves them in Prometheus' text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// request counts one answer; an unknown path has no route and shares one label.
func (m *Metrics) request(method, route string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}
