package tickwire

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

// Client calls Tickwire's servers, each in its turn; one that can't be reached is left out. Every method fails with an [*Error] and
// nothing else. A call that found a server UNAVAILABLE is tried again within its deadline, at once at the next server, where a repeat
// can't hurt: reads; ScheduleJob, ScheduleJobs and RunJob, which carry a request id drawn before the first try; RegisterKind without an
// etag; BackfillJob; DeleteJob with an etag; CancelRun with a run id; ClearJobs and RequeueJobs with ValidateOnly. Others fail at once,
// unless [WithRetry] is given. A client is safe for concurrent use.
type Client struct{ calls *calls }

// NewClient makes a client, which connects with its first call. It fails on an option that is wrong.
func NewClient(options ...ClientOption) (*Client, error) {
	o := &clientOptions{timeout: 30 * time.Second}
	for _, option := range options {
		option.toClient(o)
	}
	if o.timeout < 0 {
		return nil, fmt.Errorf("tickwire: the timeout must be at least 0, not %s", o.timeout)
	}
	l, err := newLink(o.connection)
	if err != nil {
		return nil, err
	}
	return &Client{newCalls(l, o.timeout, o.retry)}, nil
}

// Close closes the connections; calls in progress fail as [ErrClientClosed]. Closing twice is fine.
func (c *Client) Close() {
	c.calls.close()
	c.calls.pool.close()
}

// ScheduleJob stores one job. It is durable when this returns.
func (c *Client) ScheduleJob(ctx context.Context, job JobInput, options ...CallOption) (*Scheduled, error) {
	o, err := optionsOf(options)
	if err != nil {
		return nil, err
	}
	request, err := toScheduleRequest(job)
	if err != nil {
		return nil, err
	}
	nameRequest(request)
	m := method[*pb.ScheduleJobRequest, *pb.ScheduleJobResponse]{
		call: pb.SchedulerClient.ScheduleJob, repeatable: true, repeat: func(r *pb.ScheduleJobRequest) { r.Retry = true },
	}
	response, err := unary(c.calls, ctx, m, request, o)
	if err != nil {
		return nil, err
	}
	stored, err := jobOf(response.Job)
	if err != nil {
		return nil, err
	}
	return &Scheduled{Job: stored, Outcome: scheduleOutcomes.said(response.Outcome), Warnings: response.Warnings}, nil
}

// nameRequest draws a request id before the first try, so that a repeat is known as one.
func nameRequest(request *pb.ScheduleJobRequest) {
	if request.RequestId == "" {
		request.RequestId = newRequestID()
	}
}

// ScheduleJobs stores up to 1000 jobs of 4 MiB in all, each on its own, in order: some may fail while others are stored.
func (c *Client) ScheduleJobs(ctx context.Context, jobs []JobInput, options ...CallOption) ([]ScheduleResult, error) {
	o, err := optionsOf(options)
	if err != nil {
		return nil, err
	}
	request, err := toScheduleRequests(jobs)
	if err != nil {
		return nil, err
	}
	for _, one := range request.Requests {
		nameRequest(one)
	}
	m := method[*pb.ScheduleJobsRequest, *pb.ScheduleJobsResponse]{
		call: pb.SchedulerClient.ScheduleJobs, repeatable: true, repeat: func(r *pb.ScheduleJobsRequest) {
			for _, one := range r.Requests {
				one.Retry = true
			}
		},
	}
	response, err := unary(c.calls, ctx, m, request, o)
	if err != nil {
		return nil, err
	}
	results := make([]ScheduleResult, len(response.Results))
	for i, one := range response.Results {
		results[i] = ScheduleResult{Slug: one.Slug, Outcome: scheduleOutcomes.name(one.Outcome), DueTime: timeOf(one.DueTime)}
		if one.Error != nil {
			results[i].Err = fromStatus(one.Error)
		}
	}
	return results, nil
}

// GetJob takes [WithView].
func (c *Client) GetJob(ctx context.Context, slug string, options ...CallOption) (*Job, error) {
	o, err := optionsOf(options, "view")
	if err != nil {
		return nil, err
	}
	view, err := views.number(o.view, "view")
	if err != nil {
		return nil, err
	}
	m := method[*pb.GetJobRequest, *pb.GetJobResponse]{call: pb.SchedulerClient.GetJob, repeatable: true}
	response, err := unary(c.calls, ctx, m, &pb.GetJobRequest{Slug: slug, View: view}, o)
	if err != nil {
		return nil, err
	}
	return jobOf(response.Job)
}

// ListJobs gives jobs in the order of their slugs, bytewise, page after page as they are read. An error is the last that it gives.
func (c *Client) ListJobs(ctx context.Context, query JobQuery, options ...CallOption) iter.Seq2[*Job, error] {
	return items(query.PageInput, func(page PageInput) (*Page[*Job], error) {
		query := query
		query.PageInput = page
		return c.ListJobsPage(ctx, query, options...)
	})
}

// ListJobsPage gives one page of ListJobs.
func (c *Client) ListJobsPage(ctx context.Context, query JobQuery, options ...CallOption) (*Page[*Job], error) {
	o, err := optionsOf(options)
	if err != nil {
		return nil, err
	}
	w := &toWire{}
	request := &pb.ListJobsRequest{
		Filter: w.jobFilter(query.Filter), View: number(w, views, query.View, "view"), PageSize: query.PageSize, PageToken: query.PageToken,
	}
	if w.err != nil {
		return nil, w.err
	}
	m := method[*pb.ListJobsRequest, *pb.ListJobsResponse]{call: pb.SchedulerClient.ListJobs, repeatable: true}
	response, err := unary(c.calls, ctx, m, request, o)
	if err != nil {
		return nil, err
	}
	return pageOf(response.Jobs, fromWireJob, response.NextPageToken), nil
}

// ListJobSlugs gives every slug, in order, streamed; a nil filter: of all jobs. An error is the last that it gives.
func (c *Client) ListJobSlugs(ctx context.Context, filter *JobFilter, options ...CallOption) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		o, err := optionsOf(options)
		w := &toWire{err: err}
		request := &pb.ListJobSlugsRequest{Filter: w.jobFilter(filter)}
		if w.err != nil {
			yield("", w.err)
			return
		}
		last := ""
		again := func() *pb.ListJobSlugsRequest { return request }
		for response, err := range stream(c.calls, ctx, pb.SchedulerClient.ListJobSlugs, again, o) {
			if err != nil {
				yield("", err)
				return
			}
			for _, slug := range response.Slugs {
				// After a reconnect the list begins anew; slugs are ASCII, so this order is the server's.
				if slug <= last {
					continue
				}
				last = slug
				if !yield(slug, nil) {
					return
				}
			}
		}
	}
}

// UpdateJob changes what the mask names, and moves the next occurrence.
func (c *Client) UpdateJob(ctx context.Context, slug string, change JobUpdate, options ...CallOption) (*Job, error) {
	o, err := optionsOf(options)
	if err != nil {
		return nil, err
	}
	request, err := toUpdateRequest(slug, change)
	if err != nil {
		return nil, err
	}
	m := method[*pb.UpdateJobRequest, *pb.UpdateJobResponse]{call: pb.SchedulerClient.UpdateJob}
	response, err := unary(c.calls, ctx, m, request, o)
	if err != nil {
		return nil, err
	}
	return jobOf(response.Job)
}

// DeleteJob removes the job. Its task, if one is out, is cancelled. It takes [WithEtag] and [WithAllowMissing].
func (c *Client) DeleteJob(ctx context.Context, slug string, options ...CallOption) error {
	o, err := optionsOf(options, "etag", "allow_missing")
	if err != nil {
		return err
	}
	m := method[*pb.DeleteJobRequest, *pb.DeleteJobResponse]{call: pb.SchedulerClient.DeleteJob, repeatable: o.etag != ""}
	_, err = unary(c.calls, ctx, m, &pb.DeleteJobRequest{Slug: slug, Etag: o.etag, AllowMissing: o.allowMissing}, o)
	return err
}

// ClearJobs deletes what the filter matches, as DeleteJob does.
func (c *Client) ClearJobs(ctx context.Context, input BulkInput, options ...CallOption) (*BulkResult, error) {
	o, err := optionsOf(options)
	w := &toWire{err: err}
	request := &pb.ClearJobsRequest{Filter: w.jobFilter(input.Filter), All: input.All, ValidateOnly: input.ValidateOnly}
	if w.err != nil {
		return nil, w.err
	}
	m := method[*pb.ClearJobsRequest, *pb.ClearJobsResponse]{call: pb.SchedulerClient.ClearJobs, repeatable: input.ValidateOnly}
	response, err := unary(c.calls, ctx, m, request, o)
	if err != nil {
		return nil, err
	}
	return &BulkResult{response.DeletedCount, response.More}, nil
}

// PauseJob stops the job's next runs; a task that is out ends first. On a paused job it replaces the reason. It takes [WithReason].
func (c *Client) PauseJob(ctx context.Context, slug string, options ...CallOption) (*Job, error) {
	o, err := optionsOf(options, "reason")
	if err != nil {
		return nil, err
	}
	m := method[*pb.PauseJobRequest, *pb.PauseJobResponse]{call: pb.SchedulerClient.PauseJob}
	response, err := unary(c.calls, ctx, m, &pb.PauseJobRequest{Slug: slug, Reason: o.reason}, o)
	if err != nil {
		return nil, err
	}
	return jobOf(response.Job)
}

// ResumeJob lets a paused job go on; what came due meanwhile runs as its misfire policy says.
func (c *Client) ResumeJob(ctx context.Context, slug string, options ...CallOption) (*Job, error) {
	o, err := optionsOf(options)
	if err != nil {
		return nil, err
	}
	m := method[*pb.ResumeJobRequest, *pb.ResumeJobResponse]{call: pb.SchedulerClient.ResumeJob}
	response, err := unary(c.calls, ctx, m, &pb.ResumeJobRequest{Slug: slug}, o)
	if err != nil {
		return nil, err
	}
	return jobOf(response.Job)
}

// RunJob runs the job now, beside its trigger, and gives the occurrence's id. It takes [WithRequestID].
func (c *Client) RunJob(ctx context.Context, slug string, options ...CallOption) (job *Job, occurrenceID string, err error) {
	o, err := optionsOf(options, "request_id")
	if err != nil {
		return nil, "", err
	}
	request := &pb.RunJobRequest{Slug: slug, RequestId: o.requestID}
	if request.RequestId == "" {
		request.RequestId = newRequestID()
	}
	m := method[*pb.RunJobRequest, *pb.RunJobResponse]{call: pb.SchedulerClient.RunJob, repeatable: true}
	response, err := unary(c.calls, ctx, m, request, o)
	if err != nil {
		return nil, "", err
	}
	job, err = jobOf(response.Job)
	return job, response.OccurrenceId, err
}

// RequeueJobs makes dead jobs due now, with a new set of attempts.
func (c *Client) RequeueJobs(ctx context.Context, input BulkInput, options ...CallOption) (*BulkResult, error) {
	o, err := optionsOf(options)
	w := &toWire{err: err}
	request := &pb.RequeueJobsRequest{Filter: w.jobFilter(input.Filter), All: input.All, ValidateOnly: input.ValidateOnly}
	if w.err != nil {
		return nil, w.err
	}
	m := method[*pb.RequeueJobsRequest, *pb.RequeueJobsResponse]{call: pb.SchedulerClient.RequeueJobs, repeatable: input.ValidateOnly}
	response, err := unary(c.calls, ctx, m, request, o)
	if err != nil {
		return nil, err
	}
	return &BulkResult{response.RequeuedCount, response.More}, nil
}

// BackfillJob runs the occurrences of a span again, as jobs of their own that run once; one that is there already is left as it is.
func (c *Client) BackfillJob(ctx context.Context, slug string, input BackfillInput, options ...CallOption) (*Backfill, error) {
	o, err := optionsOf(options)
	w := &toWire{err: err}
	request := &pb.BackfillJobRequest{
		Slug: slug, StartTime: w.timeSet(input.StartTime, "start_time"), EndTime: w.timeSet(input.EndTime, "end_time"), MaxRuns: input.MaxRuns,
	}
	if w.err != nil {
		return nil, w.err
	}
	// Its jobs are named by slug and occurrence, and kept for a day: a repeat stores none twice.
	m := method[*pb.BackfillJobRequest, *pb.BackfillJobResponse]{call: pb.SchedulerClient.BackfillJob, repeatable: true}
	response, err := unary(c.calls, ctx, m, request, o)
	if err != nil {
		return nil, err
	}
	return &Backfill{response.Slugs, int(response.CreatedCount)}, nil
}

// PreviewTrigger gives run times of a trigger; it stores nothing.
func (c *Client) PreviewTrigger(ctx context.Context, trigger Trigger, input PreviewInput, options ...CallOption) (*Preview, error) {
	o, err := optionsOf(options)
	w := &toWire{err: err}
	request := &pb.PreviewTriggerRequest{
		Trigger: w.trigger(&trigger, "trigger"), AfterTime: w.time(input.AfterTime, "after_time"), Count: input.Count,
	}
	if w.err != nil {
		return nil, w.err
	}
	m := method[*pb.PreviewTriggerRequest, *pb.PreviewTriggerResponse]{call: pb.SchedulerClient.PreviewTrigger, repeatable: true}
	response, err := unary(c.calls, ctx, m, request, o)
	if err != nil {
		return nil, err
	}
	times := make([]time.Time, len(response.Times))
	for i, one := range response.Times {
		times[i] = (*timestamppb.Timestamp).AsTime(one)
	}
	return &Preview{times, response.Description}, nil
}

// ListRuns gives runs, newest first by when they were recorded, page after page as they are read. An error is the last that it gives.
func (c *Client) ListRuns(ctx context.Context, query RunQuery, options ...CallOption) iter.Seq2[*Run, error] {
	return items(query.PageInput, func(page PageInput) (*Page[*Run], error) {
		query := query
		query.PageInput = page
		return c.ListRunsPage(ctx, query, options...)
	})
}

// ListRunsPage gives one page of ListRuns.
func (c *Client) ListRunsPage(ctx context.Context, query RunQuery, options ...CallOption) (*Page[*Run], error) {
	o, err := optionsOf(options)
	w := &toWire{err: err}
	request := &pb.ListRunsRequest{
		Filter: w.runFilter(query.Filter), View: number(w, views, query.View, "view"), PageSize: query.PageSize, PageToken: query.PageToken,
	}
	if w.err != nil {
		return nil, w.err
	}
	m := method[*pb.ListRunsRequest, *pb.ListRunsResponse]{call: pb.SchedulerClient.ListRuns, repeatable: true}
	response, err := unary(c.calls, ctx, m, request, o)
	if err != nil {
		return nil, err
	}
	return pageOf(response.Runs, fromWireRun, response.NextPageToken), nil
}

// CancelRun cancels the task in progress, and returns its run's id when that is stored. It takes [WithRunID].
func (c *Client) CancelRun(ctx context.Context, slug string, options ...CallOption) (runID string, err error) {
	o, err := optionsOf(options, "run_id")
	if err != nil {
		return "", err
	}
	m := method[*pb.CancelRunRequest, *pb.CancelRunResponse]{call: pb.SchedulerClient.CancelRun, repeatable: o.runID != ""}
	response, err := unary(c.calls, ctx, m, &pb.CancelRunRequest{Slug: slug, RunId: o.runID}, o)
	if err != nil {
		return "", err
	}
	return response.RunId, nil
}

// RegisterKind stores what holds for a kind. created is false where it was stored before, equal.
func (c *Client) RegisterKind(ctx context.Context, kind KindInput, options ...CallOption) (stored *Kind, created bool, err error) {
	o, err := optionsOf(options)
	if err != nil {
		return nil, false, err
	}
	wire, err := toWireKind(kind)
	if err != nil {
		return nil, false, err
	}
	m := method[*pb.RegisterKindRequest, *pb.RegisterKindResponse]{call: pb.SchedulerClient.RegisterKind, repeatable: kind.Etag == ""}
	response, err := unary(c.calls, ctx, m, &pb.RegisterKindRequest{Kind: wire, Replace: kind.Replace}, o)
	if err != nil {
		return nil, false, err
	}
	stored, err = kindOf(response.Kind)
	return stored, response.Created, err
}

// GetKind gives a kind as it is registered.
func (c *Client) GetKind(ctx context.Context, name string, options ...CallOption) (*Kind, error) {
	o, err := optionsOf(options)
	if err != nil {
		return nil, err
	}
	m := method[*pb.GetKindRequest, *pb.GetKindResponse]{call: pb.SchedulerClient.GetKind, repeatable: true}
	response, err := unary(c.calls, ctx, m, &pb.GetKindRequest{Name: name}, o)
	if err != nil {
		return nil, err
	}
	return kindOf(response.Kind)
}

// ListKinds gives kinds in the order of their names, page after page as they are read. An error is the last that it gives.
func (c *Client) ListKinds(ctx context.Context, query PageInput, options ...CallOption) iter.Seq2[*Kind, error] {
	return items(query, func(page PageInput) (*Page[*Kind], error) { return c.ListKindsPage(ctx, page, options...) })
}

// ListKindsPage gives one page of ListKinds.
func (c *Client) ListKindsPage(ctx context.Context, query PageInput, options ...CallOption) (*Page[*Kind], error) {
	o, err := optionsOf(options)
	if err != nil {
		return nil, err
	}
	m := method[*pb.ListKindsRequest, *pb.ListKindsResponse]{call: pb.SchedulerClient.ListKinds, repeatable: true}
	response, err := unary(c.calls, ctx, m, &pb.ListKindsRequest{PageSize: query.PageSize, PageToken: query.PageToken}, o)
	if err != nil {
		return nil, err
	}
	return pageOf(response.Kinds, fromWireKind, response.NextPageToken), nil
}

// DeleteKind is refused as [ErrKindInUse] while jobs of the kind exist.
func (c *Client) DeleteKind(ctx context.Context, name string, options ...CallOption) error {
	o, err := optionsOf(options)
	if err != nil {
		return err
	}
	m := method[*pb.DeleteKindRequest, *pb.DeleteKindResponse]{call: pb.SchedulerClient.DeleteKind}
	_, err = unary(c.calls, ctx, m, &pb.DeleteKindRequest{Name: name}, o)
	return err
}

// PauseKind stops handing out the kind's tasks, on every server. It takes [WithReason].
func (c *Client) PauseKind(ctx context.Context, name string, options ...CallOption) (*Kind, error) {
	o, err := optionsOf(options, "reason")
	if err != nil {
		return nil, err
	}
	m := method[*pb.PauseKindRequest, *pb.PauseKindResponse]{call: pb.SchedulerClient.PauseKind}
	response, err := unary(c.calls, ctx, m, &pb.PauseKindRequest{Name: name, Reason: o.reason}, o)
	if err != nil {
		return nil, err
	}
	return kindOf(response.Kind)
}

// ResumeKind lets a paused kind go on.
func (c *Client) ResumeKind(ctx context.Context, name string, options ...CallOption) (*Kind, error) {
	o, err := optionsOf(options)
	if err != nil {
		return nil, err
	}
	m := method[*pb.ResumeKindRequest, *pb.ResumeKindResponse]{call: pb.SchedulerClient.ResumeKind}
	response, err := unary(c.calls, ctx, m, &pb.ResumeKindRequest{Name: name}, o)
	if err != nil {
		return nil, err
	}
	return kindOf(response.Kind)
}

// ListWorkers gives the workers of every server, page after page as they are read. An error is the last that it gives.
func (c *Client) ListWorkers(ctx context.Context, query PageInput, options ...CallOption) iter.Seq2[*WorkerStatus, error] {
	return items(query, func(page PageInput) (*Page[*WorkerStatus], error) { return c.ListWorkersPage(ctx, page, options...) })
}

// ListWorkersPage gives one page of ListWorkers.
func (c *Client) ListWorkersPage(ctx context.Context, query PageInput, options ...CallOption) (*Page[*WorkerStatus], error) {
	o, err := optionsOf(options)
	if err != nil {
		return nil, err
	}
	m := method[*pb.ListWorkersRequest, *pb.ListWorkersResponse]{call: pb.SchedulerClient.ListWorkers, repeatable: true}
	response, err := unary(c.calls, ctx, m, &pb.ListWorkersRequest{PageSize: query.PageSize, PageToken: query.PageToken}, o)
	if err != nil {
		return nil, err
	}
	return pageOf(response.Workers, fromWireWorker, response.NextPageToken), nil
}

// GetStats says how these kinds stand, at most 100; none: every kind that is registered, has jobs or is served, up to 1000. And every
// server that runs on the store.
func (c *Client) GetStats(ctx context.Context, kinds []string, options ...CallOption) (*Stats, error) {
	o, err := optionsOf(options)
	if err != nil {
		return nil, err
	}
	m := method[*pb.GetStatsRequest, *pb.GetStatsResponse]{call: pb.SchedulerClient.GetStats, repeatable: true}
	response, err := unary(c.calls, ctx, m, &pb.GetStatsRequest{Kinds: slices.Clone(kinds)}, o)
	if err != nil {
		return nil, err
	}
	return fromWireStats(response), nil
}

// GetServerInfo gives version, protocol revisions and every limit of the server.
func (c *Client) GetServerInfo(ctx context.Context, options ...CallOption) (*ServerInfo, error) {
	o, err := optionsOf(options)
	if err != nil {
		return nil, err
	}
	m := method[*pb.GetServerInfoRequest, *pb.GetServerInfoResponse]{call: pb.SchedulerClient.GetServerInfo, repeatable: true}
	response, err := unary(c.calls, ctx, m, &pb.GetServerInfoRequest{}, o)
	if err != nil {
		return nil, err
	}
	return &ServerInfo{
		Version:             response.Version,
		ServerID:            response.ServerId,
		MinProtocolRevision: int(response.MinProtocolRevision),
		MaxProtocolRevision: int(response.MaxProtocolRevision),
		Store:               response.Store,
		Limits:              response.Limits,
	}, nil
}

func jobOf(wire *pb.Job) (*Job, error) {
	if wire == nil {
		return nil, codeError(codes.Internal, "the server's answer holds no job", nil)
	}
	return fromWireJob(wire), nil
}

func kindOf(wire *pb.Kind) (*Kind, error) {
	if wire == nil {
		return nil, codeError(codes.Internal, "the server's answer holds no kind", nil)
	}
	return fromWireKind(wire), nil
}

func pageOf[Wire, T any](wire []Wire, from func(Wire) T, token string) *Page[T] {
	page := &Page[T]{Items: make([]T, len(wire)), NextPageToken: token}
	for i, one := range wire {
		page.Items[i] = from(one)
	}
	return page
}

// items are every page's; the next page is asked for when it is needed.
func items[T any](input PageInput, fetch func(PageInput) (*Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		input := input
		for {
			page, err := fetch(input)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, one := range page.Items {
				if !yield(one, nil) {
					return
				}
			}
			if input.PageToken = page.NextPageToken; input.PageToken == "" {
				return
			}
		}
	}
}
