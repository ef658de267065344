// Load sends requests to one server and says how long the answers took. It reads one job as JSON from standard
// input and writes one result as JSON to standard output; load.ts is its front end, and says what the fields mean.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

type job struct {
	URL          string            `json:"url"`
	CA           string            `json:"ca"`
	Method       string            `json:"method"`
	Headers      map[string]string `json:"headers"`
	Bodies       []string          `json:"bodies"`
	Connections  int               `json:"connections"`
	Requests     int64             `json:"requests"`
	Seconds      float64           `json:"seconds"`
	PerSecond    float64           `json:"perSecond"`
	ExpectStatus int               `json:"expectStatus"`
	Expect       string            `json:"expect"`
	HTTP2        bool              `json:"http2"`
}

// An exchange sends the body of that number and gives the answer, whose bytes are valid until the next one.
type exchange func(number int64) (status int, answer []byte, err error)

func main() {
	// Little is alive here but the bodies: collecting seldom keeps the generator's pauses out of the figures.
	debug.SetGCPercent(800)
	var todo job
	err := json.NewDecoder(os.Stdin).Decode(&todo)
	if err == nil {
		var done measured
		if done, err = run(todo); err == nil {
			err = json.NewEncoder(os.Stdout).Encode(done)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run opens all connections, then starts the clock.
func run(todo job) (measured, error) {
	workers := make([]*worker, todo.Connections)
	for at := range workers {
		exchange, err := connect(todo)
		if err != nil {
			return measured{}, err
		}
		workers[at] = &worker{job: todo, exchange: exchange}
	}
	started := time.Now()
	due := schedule(todo, started)
	var running sync.WaitGroup
	for _, each := range workers {
		running.Go(func() { each.work(due) })
	}
	running.Wait()
	return summary(workers, time.Since(started)), nil
}

func connect(todo job) (exchange, error) {
	if todo.HTTP2 {
		return connectHTTP2(todo)
	}
	return connectHTTP1(todo)
}

type worker struct {
	job
	exchange   exchange
	latencies  []time.Duration
	errors     int
	firstError string
}

func (w *worker) work(due next) {
	for number, at, ok := due(); ok; number, at, ok = due() {
		status, answer, err := w.exchange(number)
		took := time.Since(at)
		if err == nil {
			err = w.refuse(status, answer)
		}
		if err == nil {
			w.latencies = append(w.latencies, took)
			continue
		}
		w.errors++
		if w.firstError == "" {
			w.firstError = err.Error()
		}
	}
}

func (w *worker) refuse(status int, answer []byte) error {
	if status != w.ExpectStatus {
		return fmt.Errorf("status %d %s: %.300s", status, http.StatusText(status), answer)
	}
	if !holds(answer, w.Expect) {
		return fmt.Errorf("no %q in %.300s", w.Expect, answer)
	}
	return nil
}

// A next gives the number of the next request and the time from which its latency counts; it returns when that
// has come. It is false when the job is done.
type next func() (number int64, at time.Time, ok bool)

func schedule(todo job, started time.Time) next {
	var sent atomic.Int64
	end := started.Add(seconds(todo.Seconds))
	take := func() int64 { return sent.Add(1) - 1 }
	isDone := func(number int64, at time.Time) bool {
		return (todo.Requests > 0 && number >= todo.Requests) || (todo.Seconds > 0 && !at.Before(end))
	}
	if todo.PerSecond == 0 {
		return func() (int64, time.Time, bool) {
			number, at := take(), time.Now()
			return number, at, !isDone(number, at)
		}
	}
	// Open loop: when all connections are busy a request waits for one, and its latency counts from when it
	// was due, so that a server that stalls cannot make the measuring stall with it.
	return func() (int64, time.Time, bool) {
		number := take()
		at := started.Add(seconds(float64(number) / todo.PerSecond))
		if isDone(number, at) {
			return number, at, false
		}
		sleepUntil(at)
		return number, at, true
	}
}

// sleepUntil does what time.Sleep does, but to some 50 µs: the runtime's timers wake up to a millisecond late.
func sleepUntil(at time.Time) {
	for left := time.Until(at); left > 0; left = time.Until(at) {
		pause := syscall.NsecToTimespec(left.Nanoseconds())
		// Interrupted by a signal, it is called again.
		_ = syscall.Nanosleep(&pause, nil)
	}
}

func seconds(count float64) time.Duration {
	return time.Duration(count * float64(time.Second))
}
