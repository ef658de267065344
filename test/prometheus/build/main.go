// Command prometheus does, in memory, what a Prometheus would do with recorded series: it evaluates rules and
// queries, and checks metrics. Reads one request as JSON on stdin and writes one answer as JSON to stdout.
// It is a small part of promtool, whose build takes several times as long: that has every service discovery.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/tsdb"
)

// The series have one value for each step. Their first value is at second 0.
type request struct {
	StepSeconds float64           `json:"stepSeconds"`
	Series      map[string]string `json:"series"` // the values in the notation of promtool's tests
	RuleFile    string            `json:"ruleFile"`
	Queries     []string          `json:"queries"`
	FromSeconds float64           `json:"fromSeconds"` // of the queries
	Metrics     string            `json:"metrics"`     // a scrape, to check
}

type answer struct {
	Alerts  []*firing     `json:"alerts"`
	Queries [][]result    `json:"queries"`
	Metrics []lintProblem `json:"metrics"`
}

// An alert that fired, from one second to another.
type firing struct {
	Alert       string            `json:"alert"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	From        float64           `json:"from"`
	To          float64           `json:"to"`
}

type result struct {
	Labels map[string]string `json:"labels"`
	Points [][2]float64      `json:"points"` // second and value
}

type lintProblem struct {
	Metric string `json:"metric"`
	Text   string `json:"text"`
}

func main() {
	answer, err := handle()
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(answer)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func handle() (*answer, error) {
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return nil, err
	}
	given := &answer{Alerts: []*firing{}, Queries: [][]result{}, Metrics: []lintProblem{}}
	problems, err := promlint.New(strings.NewReader(asked.Metrics)).Lint()
	if err != nil {
		return nil, err
	}
	for _, problem := range problems {
		given.Metrics = append(given.Metrics, lintProblem{problem.Metric, problem.Text})
	}
	directory, err := os.MkdirTemp("", "pillion-prometheus-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(directory)
	// Longer than any recording: nothing is compacted, and alerts may be stored after the series that they are about.
	const month = int64(31 * 24 * time.Hour / time.Millisecond)
	options := &tsdb.Options{MinBlockDuration: month, MaxBlockDuration: month, RetentionDuration: month}
	db, err := tsdb.Open(directory, slog.New(slog.DiscardHandler), nil, options, nil)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	step := time.Duration(asked.StepSeconds * float64(time.Second))
	end, err := load(db, asked.Series, step)
	if err != nil {
		return nil, err
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1e9, Timeout: time.Hour, EnableAtModifier: true})
	if asked.RuleFile != "" {
		if given.Alerts, err = evaluate(db, engine, asked.RuleFile, step, end); err != nil {
			return nil, err
		}
	}
	from := time.UnixMilli(int64(asked.FromSeconds * 1000))
	for _, text := range asked.Queries {
		results, err := query(db, engine, text, from, end, step)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", text, err)
		}
		given.Queries = append(given.Queries, results)
	}
	return given, nil
}

// load appends step by step: the storage takes nothing that is much older than what it has. Gives the time of the last step.
func load(db *tsdb.DB, series map[string]string, step time.Duration) (time.Time, error) {
	type loaded struct {
		labels labels.Labels
		values []parser.SequenceValue
	}
	var all []loaded
	steps := 0
	for name, values := range series {
		labels, sequence, err := parser.ParseSeriesDesc(name + " " + values)
		if err != nil {
			return time.Time{}, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, loaded{labels, sequence})
		steps = max(steps, len(sequence))
	}
	for i := range steps {
		appender := db.Appender(context.Background())
		for _, one := range all {
			if i >= len(one.values) || one.values[i].Omitted {
				continue
			}
			if _, err := appender.Append(0, one.labels, at(i, step).UnixMilli(), one.values[i].Value); err != nil {
				return time.Time{}, err
			}
		}
		if err := appender.Commit(); err != nil {
			return time.Time{}, err
		}
	}
	return at(max(steps-1, 0), step), nil
}

func at(i int, step time.Duration) time.Time {
	return time.UnixMilli(0).Add(time.Duration(i) * step)
}

func evaluate(db *tsdb.DB, engine *promql.Engine, file string, step time.Duration, end time.Time) ([]*firing, error) {
	manager := rules.NewManager(&rules.ManagerOptions{
		QueryFunc:  rules.EngineQueryFunc(engine, db),
		Context:    context.Background(),
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {},
		Logger:     slog.New(slog.DiscardHandler),
		Appendable: db,
		Queryable:  db,
	})
	groups, errs := manager.LoadGroups(step, labels.EmptyLabels(), (&url.URL{}).String(), nil, false, file)
	if len(errs) > 0 {
		return nil, fmt.Errorf("%s: %v", file, errs)
	}
	fired := []*firing{}
	current := map[string]*firing{}
	for now := time.UnixMilli(0); !now.After(end); now = now.Add(step) {
		next := map[string]*firing{}
		for _, group := range groups {
			group.Eval(context.Background(), now)
			for _, rule := range group.AlertingRules() {
				if err := rule.LastError(); err != nil {
					return nil, fmt.Errorf("%s: %w", rule.Name(), err)
				}
				for _, active := range rule.ActiveAlerts() {
					if active.State != rules.StateFiring {
						continue
					}
					key := active.Labels.String()
					one := current[key]
					if one == nil {
						seconds := float64(now.UnixMilli()) / 1000
						one = &firing{rule.Name(), active.Labels.Map(), active.Annotations.Map(), seconds, seconds}
						fired = append(fired, one)
					}
					one.To = float64(now.UnixMilli()) / 1000
					next[key] = one
				}
			}
		}
		current = next
	}
	return fired, nil
}

func query(db *tsdb.DB, engine *promql.Engine, text string, from, to time.Time, step time.Duration) ([]result, error) {
	asked, err := engine.NewRangeQuery(context.Background(), db, nil, text, from, to, step)
	if err != nil {
		return nil, err
	}
	defer asked.Close()
	matrix, err := asked.Exec(context.Background()).Matrix()
	if err != nil {
		return nil, err
	}
	results := []result{}
	for _, series := range matrix {
		points := [][2]float64{}
		for _, point := range series.Floats {
			if !math.IsNaN(point.F) && !math.IsInf(point.F, 0) { // JSON has neither
				points = append(points, [2]float64{float64(point.T) / 1000, point.F})
			}
		}
		results = append(results, result{series.Metric.Map(), points})
	}
	return results, nil
}
