package upstream

import (
	"math"
	"sync"
	"time"
)

const (
	// scoreDecay is how fast latencies are forgotten, as in ingress-nginx.
	scoreDecay = 10 * time.Second
	// failureLatency is the least that a failed request counts as: an endpoint that refuses
	// at once must not look like the fastest one.
	failureLatency = time.Second
)

// score is a moving average of latencies in seconds, which decays with time: of two old
// samples the later one weighs more, and an endpoint that was slow is tried again.
type score struct {
	mu      sync.Mutex
	average float64
	touched int64
}

// add counts the latency of a request that ended at a time.
func (s *score) add(latency time.Duration, at int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keep := s.kept(at)
	s.average = s.average*keep + latency.Seconds()*(1-keep)
	s.touched = max(at, s.touched)
}

// at is the score at a time; less is better.
func (s *score) at(at int64) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.average * s.kept(at)
}

// kept is the part of the average that is left at a time.
func (s *score) kept(at int64) float64 {
	return math.Exp(-float64(max(at-s.touched, 0)) / float64(scoreDecay))
}

// typicalScore is the mean score of endpoints, where a new one begins: with 0 it would get
// all requests at once.
func typicalScore(endpoints []*Endpoint) float64 {
	sum, at := 0.0, now()
	for _, e := range endpoints {
		sum += e.score.at(at)
	}
	return sum / float64(max(len(endpoints), 1))
}
