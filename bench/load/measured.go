package main

import (
	"bytes"
	"math"
	"slices"
	"time"
)

type measured struct {
	Requests   int     `json:"requests"`
	Errors     int     `json:"errors"`
	Seconds    float64 `json:"seconds"`
	PerSecond  float64 `json:"perSecond"`
	P50        float64 `json:"p50"`
	P95        float64 `json:"p95"`
	P99        float64 `json:"p99"`
	P999       float64 `json:"p999"`
	Max        float64 `json:"max"`
	FirstError string  `json:"firstError,omitempty"`
}

// summary counts what was answered as expected; errors are counted, and in no percentile.
func summary(workers []*worker, took time.Duration) measured {
	var all []time.Duration
	var result measured
	for _, each := range workers {
		all = append(all, each.latencies...)
		result.Errors += each.errors
		if result.FirstError == "" {
			result.FirstError = each.firstError
		}
	}
	slices.Sort(all)
	result.Requests = len(all) + result.Errors
	result.Seconds = took.Seconds()
	result.PerSecond = float64(len(all)) / took.Seconds()
	result.P50 = quantile(all, 0.5)
	result.P95 = quantile(all, 0.95)
	result.P99 = quantile(all, 0.99)
	result.P999 = quantile(all, 0.999)
	result.Max = quantile(all, 1)
	return result
}

// quantile gives milliseconds: the smallest latency that so large a part of all does not exceed.
func quantile(sorted []time.Duration, part float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := max(0, int(math.Ceil(part*float64(len(sorted))))-1)
	return float64(sorted[at].Nanoseconds()) / 1e6
}

func holds(answer []byte, text string) bool {
	return text == "" || bytes.Contains(answer, []byte(text))
}
