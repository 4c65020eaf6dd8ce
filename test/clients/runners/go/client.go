package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	tickwire "github.com/tickwire/tickwire/clients/go"
)

// codeNames are the codes as the contract spells them.
var codeNames = [...]string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
	"RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
	"UNAUTHENTICATED",
}

type call struct {
	ID      int             `json:"id"`
	Method  string          `json:"method"`
	Args    json.RawMessage `json:"args"`
	Options struct {
		TimeoutMs *float64 `json:"timeoutMs"`
		Retry     *bool    `json:"retry"`
	} `json:"options"`
}

type jobArgs struct {
	Slug      string   `json:"slug"`
	Kind      string   `json:"kind"`
	Payload   *string  `json:"payload"`
	DelayMs   *float64 `json:"delayMs"`
	Trigger   *trigger `json:"trigger"`
	Policy    *policy  `json:"policy"`
	Labels    map[string]string
	Priority  tickwire.Priority       `json:"priority"`
	Conflict  tickwire.ConflictPolicy `json:"onConflict"`
	RequestID string                  `json:"requestId"`
	Validate  bool                    `json:"validateOnly"`
}

type trigger struct {
	Cron *struct {
		Expression string `json:"expression"`
		TimeZone   string `json:"timeZone"`
	} `json:"cron"`
	Interval *struct {
		EveryMs float64 `json:"everyMs"`
	} `json:"interval"`
	Once *time.Time `json:"once"`
}

type policy struct {
	TimeoutMs   *float64 `json:"timeoutMs"`
	MaxAttempts *int32   `json:"maxAttempts"`
}

type args struct {
	jobArgs
	Jobs         []jobArgs `json:"jobs"`
	Etag         string    `json:"etag"`
	AllowMissing bool      `json:"allowMissing"`
	Reason       string    `json:"reason"`
	RunID        string    `json:"runId"`
	Name         string    `json:"name"`
	MaxAttempts  *int32    `json:"maxAttempts"`
	Kinds        []string  `json:"kinds"`
	All          bool      `json:"all"`
	PageSize     int32     `json:"pageSize"`
	Count        int32     `json:"count"`
	StartTime    time.Time `json:"startTime"`
	EndTime      time.Time `json:"endTime"`
	MaxRuns      int32     `json:"maxRuns"`
	Cron         string    `json:"cron"`
}

func (p *policy) of() *tickwire.Policy {
	if p == nil {
		return nil
	}
	given := &tickwire.Policy{}
	if p.TimeoutMs != nil {
		given.Timeout = new(ms(*p.TimeoutMs))
	}
	if p.MaxAttempts != nil {
		given.Retry = &tickwire.RetryPolicy{MaxAttempts: p.MaxAttempts}
	}
	return given
}

func (j jobArgs) input() tickwire.JobInput {
	input := tickwire.JobInput{
		Slug: j.Slug, Kind: j.Kind, Labels: j.Labels, Priority: j.Priority, OnConflict: j.Conflict, RequestID: j.RequestID,
		ValidateOnly: j.Validate, Policy: j.Policy.of(),
	}
	if j.Payload != nil {
		input.Payload = *j.Payload
	}
	if j.DelayMs != nil {
		input.Delay = new(ms(*j.DelayMs))
	}
	switch t := j.Trigger; {
	case t == nil:
	case t.Cron != nil:
		input.Trigger = tickwire.Cron(t.Cron.Expression, t.Cron.TimeZone)
	case t.Interval != nil:
		input.Trigger = tickwire.Every(ms(t.Interval.EveryMs))
	case t.Once != nil:
		input.Trigger = tickwire.Once(*t.Once)
	}
	return input
}

// clients has the one client, made at the first call.
type clients struct {
	connection []tickwire.ConnectionOption
	timeoutMs  float64

	mu     sync.Mutex
	client *tickwire.Client
	// calls are those under way.
	calls sync.WaitGroup
}

func (c *clients) get() (*tickwire.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client != nil {
		return c.client, nil
	}
	var options []tickwire.ClientOption
	for _, one := range c.connection {
		options = append(options, one)
	}
	if c.timeoutMs != 0 {
		options = append(options, tickwire.WithClientTimeout(ms(c.timeoutMs)))
	}
	var err error
	c.client, err = tickwire.NewClient(options...)
	return c.client, err
}

// close returns once the calls under way have said how they ended.
func (c *clients) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client != nil {
		c.client.Close()
	}
	c.calls.Wait()
}

func (c *clients) begin(one *call) {
	client, err := c.get()
	if err != nil {
		fail(err)
	}
	c.calls.Go(func() {
		value, err := one.make(client)
		if err == nil {
			say("answered", fields{"id": one.ID, "ok": true, "value": value})
			return
		}
		var e *tickwire.Error
		if !errors.As(err, &e) {
			fail(err)
		}
		say("answered", fields{"id": one.ID, "ok": false, "error": errorOf(e)})
	})
}

func errorOf(e *tickwire.Error) fields {
	violations := []fields{}
	for _, one := range e.Violations {
		violations = append(violations, fields{"field": one.Field, "description": one.Description})
	}
	return fields{"code": codeNames[e.Code], "reason": e.Reason, "violations": violations, "message": e.Message}
}

func (c *call) make(client *tickwire.Client) (any, error) {
	var a args
	if len(c.Args) > 0 {
		if err := json.Unmarshal(c.Args, &a); err != nil {
			return nil, err
		}
	}
	var o []tickwire.CallOption
	if c.Options.TimeoutMs != nil {
		o = append(o, tickwire.WithTimeout(ms(*c.Options.TimeoutMs)))
	}
	if c.Options.Retry != nil {
		o = append(o, tickwire.WithRetry(*c.Options.Retry))
	}
	ctx := context.Background()
	switch c.Method {
	case "scheduleJob":
		scheduled, err := client.ScheduleJob(ctx, a.input(), o...)
		if err != nil {
			return nil, err
		}
		return fields{"slug": scheduled.Job.Slug, "outcome": scheduled.Outcome, "dueTime": orNull(scheduled.Job.DueTime)}, nil
	case "scheduleJobs":
		var jobs []tickwire.JobInput
		for _, one := range a.Jobs {
			jobs = append(jobs, one.input())
		}
		results, err := client.ScheduleJobs(ctx, jobs, o...)
		return scheduleResults(results), err
	case "getJob":
		return jobValue(client.GetJob(ctx, a.Slug, o...))
	case "listJobs":
		query := tickwire.JobQuery{PageInput: tickwire.PageInput{PageSize: a.PageSize}}
		if a.Kinds != nil {
			query.Filter = &tickwire.JobFilter{Kinds: a.Kinds}
		}
		return each(client.ListJobs(ctx, query, o...), func(job *tickwire.Job) string { return job.Slug })
	case "listJobSlugs":
		return each(client.ListJobSlugs(ctx, filterOf(a.Kinds), o...), func(slug string) string { return slug })
	case "updateJob":
		change := tickwire.JobUpdate{Etag: a.Etag}
		if a.DelayMs != nil {
			change.Delay = new(ms(*a.DelayMs))
		}
		return jobValue(client.UpdateJob(ctx, a.Slug, change, o...))
	case "deleteJob":
		if a.Etag != "" {
			o = append(o, tickwire.WithEtag(a.Etag))
		}
		if a.AllowMissing {
			o = append(o, tickwire.WithAllowMissing())
		}
		return nil, client.DeleteJob(ctx, a.Slug, o...)
	case "clearJobs":
		return bulkValue(client.ClearJobs(ctx, bulkOf(a), o...))
	case "requeueJobs":
		return bulkValue(client.RequeueJobs(ctx, bulkOf(a), o...))
	case "pauseJob":
		if a.Reason != "" {
			o = append(o, tickwire.WithReason(a.Reason))
		}
		return jobValue(client.PauseJob(ctx, a.Slug, o...))
	case "resumeJob":
		return jobValue(client.ResumeJob(ctx, a.Slug, o...))
	case "runJob":
		if a.RequestID != "" {
			o = append(o, tickwire.WithRequestID(a.RequestID))
		}
		job, _, err := client.RunJob(ctx, a.Slug, o...)
		return jobValue(job, err)
	case "backfillJob":
		input := tickwire.BackfillInput{StartTime: a.StartTime, EndTime: a.EndTime, MaxRuns: a.MaxRuns}
		stored, err := client.BackfillJob(ctx, a.Slug, input, o...)
		if err != nil {
			return nil, err
		}
		return append([]string{}, stored.Slugs...), nil
	case "previewTrigger":
		preview, err := client.PreviewTrigger(ctx, *tickwire.Cron(a.Cron, ""), tickwire.PreviewInput{Count: a.Count}, o...)
		if err != nil {
			return nil, err
		}
		times := []string{}
		for _, one := range preview.Times {
			times = append(times, moment(one))
		}
		return fields{"times": times, "description": preview.Description}, nil
	case "listRuns":
		query := tickwire.RunQuery{PageInput: tickwire.PageInput{PageSize: a.PageSize}}
		if a.Kinds != nil {
			query.Filter = &tickwire.RunFilter{Kinds: a.Kinds}
		}
		return each(client.ListRuns(ctx, query, o...), func(run *tickwire.Run) string { return run.RunID })
	case "watchRuns":
		return watch(ctx, client, a, o)
	case "cancelRun":
		if a.RunID != "" {
			o = append(o, tickwire.WithRunID(a.RunID))
		}
		return client.CancelRun(ctx, a.Slug, o...)
	case "registerKind":
		kind := tickwire.KindInput{Name: a.Name, Etag: a.Etag}
		if a.MaxAttempts != nil {
			kind.Policy = &tickwire.Policy{Retry: &tickwire.RetryPolicy{MaxAttempts: a.MaxAttempts}}
		}
		_, _, err := client.RegisterKind(ctx, kind, o...)
		return nil, err
	case "getKind":
		_, err := client.GetKind(ctx, a.Name, o...)
		return nil, err
	case "listKinds":
		page := tickwire.PageInput{PageSize: a.PageSize}
		return each(client.ListKinds(ctx, page, o...), func(kind *tickwire.Kind) string { return kind.Name })
	case "deleteKind":
		return nil, client.DeleteKind(ctx, a.Name, o...)
	case "pauseKind":
		if a.Reason != "" {
			o = append(o, tickwire.WithReason(a.Reason))
		}
		_, err := client.PauseKind(ctx, a.Name, o...)
		return nil, err
	case "resumeKind":
		_, err := client.ResumeKind(ctx, a.Name, o...)
		return nil, err
	case "listWorkers":
		page := tickwire.PageInput{PageSize: a.PageSize}
		return each(client.ListWorkers(ctx, page, o...), func(worker *tickwire.WorkerStatus) string { return worker.WorkerID })
	case "getStats":
		_, err := client.GetStats(ctx, a.Kinds, o...)
		return nil, err
	case "getServerInfo":
		info, err := client.GetServerInfo(ctx, o...)
		if err != nil {
			return nil, err
		}
		return fields{"version": info.Version}, nil
	default:
		return nil, fmt.Errorf("there is no method %q", c.Method)
	}
}

func watch(ctx context.Context, client *tickwire.Client, a args, o []tickwire.CallOption) (any, error) {
	input := tickwire.WatchInput{}
	if a.Kinds != nil {
		input.Filter = &tickwire.RunFilter{Kinds: a.Kinds}
	}
	runs, err := client.WatchRuns(ctx, input, o...)
	if err != nil {
		return nil, err
	}
	defer runs.Close()
	ids := []string{}
	for len(ids) < int(a.Count) {
		run, err := runs.Next()
		if err != nil {
			return nil, err
		}
		ids = append(ids, run.RunID)
	}
	return ids, nil
}

func filterOf(kinds []string) *tickwire.JobFilter {
	if kinds == nil {
		return nil
	}
	return &tickwire.JobFilter{Kinds: kinds}
}

func bulkOf(a args) tickwire.BulkInput {
	return tickwire.BulkInput{Filter: filterOf(a.Kinds), All: a.All, ValidateOnly: a.Validate}
}

func bulkValue(result *tickwire.BulkResult, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return fields{"count": result.Count, "more": result.More}, nil
}

func each[T any](items iter.Seq2[T, error], of func(T) string) (any, error) {
	all := []string{}
	for item, err := range items {
		if err != nil {
			return nil, err
		}
		all = append(all, of(item))
	}
	return all, nil
}

func jobValue(job *tickwire.Job, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return fields{
		"slug": job.Slug, "kind": job.Kind, "state": job.State, "payload": string(job.Payload), "dueTime": orNull(job.DueTime),
	}, nil
}

func scheduleResults(results []tickwire.ScheduleResult) []fields {
	all := []fields{}
	for _, one := range results {
		value := fields{"slug": one.Slug, "outcome": nil, "reason": nil}
		if one.Outcome != "" {
			value["outcome"] = one.Outcome
		}
		if one.Err != nil {
			value["reason"] = one.Err.Reason
		}
		all = append(all, value)
	}
	return all
}

func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return moment(t)
}
