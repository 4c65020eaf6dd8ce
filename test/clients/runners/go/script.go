package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	tickwire "github.com/tickwire/tickwire/clients/go"
)

// gates are waited for by name; one that was opened stays open.
type gates struct {
	mu     sync.Mutex
	named  map[string]chan struct{}
	opened map[string]bool
}

func newGates() *gates { return &gates{named: map[string]chan struct{}{}, opened: map[string]bool{}} }

func (g *gates) of(name string) chan struct{} {
	if g.named[name] == nil {
		g.named[name] = make(chan struct{})
	}
	return g.named[name]
}

func (g *gates) wait(name string) {
	g.mu.Lock()
	gate := g.of(name)
	g.mu.Unlock()
	<-gate
}

func (g *gates) open(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.opened[name] {
		g.opened[name] = true
		close(g.of(name))
	}
}

func handlerOf(c config, gates *gates) (tickwire.Handler, error) {
	switch c.Mode {
	case "script":
		return func(ctx context.Context, task *tickwire.Task) error { return play(ctx, task, gates) }, nil
	case "quiet":
		return func(context.Context, *tickwire.Task) error { return nil }, nil
	case "ledger":
		ledger, err := os.OpenFile(c.Ledger, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return nil, err
		}
		return func(_ context.Context, task *tickwire.Task) error { return enter(ledger, task, c.MostMs) }, nil
	default:
		return nil, fmt.Errorf("there is no mode %q", c.Mode)
	}
}

func enter(ledger *os.File, task *tickwire.Task, mostMs float64) error {
	line, err := json.Marshal(struct {
		Slug    string `json:"slug"`
		RunID   string `json:"runId"`
		Attempt int    `json:"attempt"`
	}{task.Slug, task.RunID, task.Attempt})
	if err != nil {
		return err
	}
	if _, err := ledger.Write(append(line, '\n')); err != nil {
		return err
	}
	time.Sleep(ms(rand.Float64() * mostMs))
	return nil
}

type step struct {
	Progress   *float64        `json:"progress"`
	Note       *string         `json:"note"`
	Checkpoint *string         `json:"checkpoint"`
	Await      string          `json:"await"`
	AwaitAbort bool            `json:"awaitAbort"`
	Emit       string          `json:"emit"`
	Return     *string         `json:"return"`
	ReturnJSON json.RawMessage `json:"returnJson"`
	Complete   *struct {
		Result   *string    `json:"result"`
		Payload  *string    `json:"payload"`
		NextTime *time.Time `json:"nextTime"`
		LastRun  bool       `json:"lastRun"`
	} `json:"complete"`
	Fail       *string `json:"fail"`
	Permanent  *string `json:"permanent"`
	RetryAfter *struct {
		Message string  `json:"message"`
		Ms      float64 `json:"ms"`
	} `json:"retryAfter"`
	Snooze  *float64 `json:"snooze"`
	Release bool     `json:"release"`
	Rethrow bool     `json:"rethrow"`
	Panic   *string  `json:"panic"`
}

func play(ctx context.Context, task *tickwire.Task, gates *gates) error {
	var script struct {
		Steps []step `json:"steps"`
	}
	if len(task.Payload) > 0 {
		// What is no script is played as an empty one.
		_ = task.JSON(&script)
	}
	say("began", fields{"task": began(task)})
	for _, one := range script.Steps {
		if ended, err := one.play(ctx, task, gates); ended || err != nil {
			return err
		}
	}
	return nil
}

func began(task *tickwire.Task) fields {
	all := fields{
		"slug": task.Slug, "jobUid": task.JobUID, "kind": task.Kind, "runId": task.RunID, "occurrenceId": task.OccurrenceID,
		"payload": string(task.Payload), "contentType": task.ContentType, "labels": orEmpty(task.Labels),
		"scheduledTime": moment(task.ScheduledTime), "attempt": task.Attempt, "maxAttempts": task.MaxAttempts, "fence": task.Fence,
		"timeoutMs": nil, "previousError": task.PreviousError, "previousCheckpoint": nil, "traceContext": orEmpty(task.TraceContext),
	}
	if task.Timeout > 0 {
		all["timeoutMs"] = float64(task.Timeout) / float64(time.Millisecond)
	}
	if task.PreviousCheckpoint != nil {
		all["previousCheckpoint"] = string(task.PreviousCheckpoint)
	}
	return all
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// play does one step; ended: it was the last.
func (s step) play(ctx context.Context, task *tickwire.Task, gates *gates) (ended bool, err error) {
	switch {
	case s.Progress != nil:
		note := ""
		if s.Note != nil {
			note = *s.Note
		}
		return false, task.Progress(*s.Progress, note)
	case s.Note != nil:
		task.Note(*s.Note)
	case s.Checkpoint != nil:
		return false, task.Checkpoint([]byte(*s.Checkpoint))
	case s.Await != "":
		gates.wait(s.Await)
	case s.AwaitAbort:
		<-ctx.Done()
		var aborted *tickwire.TaskAborted
		errors.As(context.Cause(ctx), &aborted)
		say("aborted", fields{"slug": task.Slug, "why": aborted.Why})
	case s.Emit != "":
		say("step", fields{"slug": task.Slug, "name": s.Emit})
	default:
		return true, s.end(ctx, task)
	}
	return false, nil
}

func (s step) end(ctx context.Context, task *tickwire.Task) error {
	switch {
	case s.Return != nil:
		task.SetResult([]byte(*s.Return))
	case s.ReturnJSON != nil:
		task.SetResult(s.ReturnJSON)
	case s.Complete != nil:
		completion := tickwire.Completion{LastRun: s.Complete.LastRun}
		if s.Complete.Result != nil {
			completion.Result = *s.Complete.Result
		}
		if s.Complete.Payload != nil {
			completion.Payload = *s.Complete.Payload
		}
		if s.Complete.NextTime != nil {
			completion.NextTime = *s.Complete.NextTime
		}
		task.Complete(completion)
	case s.Fail != nil:
		return errors.New(*s.Fail)
	case s.Permanent != nil:
		return tickwire.Permanent(errors.New(*s.Permanent))
	case s.RetryAfter != nil:
		return tickwire.RetryAfter(ms(s.RetryAfter.Ms), errors.New(s.RetryAfter.Message))
	case s.Snooze != nil:
		return tickwire.Snooze(ms(*s.Snooze))
	case s.Release:
		return tickwire.Release()
	case s.Rethrow:
		return ctx.Err()
	case s.Panic != nil:
		panic(*s.Panic)
	}
	return nil
}
