package tickwire

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

// toWire converts what a caller gave, and remembers the first field that is wrong.
type toWire struct{ err error }

func (w *toWire) fail(err error) {
	if err != nil && w.err == nil {
		w.err = err
	}
}

// time is unset where it is zero.
func (w *toWire) time(t time.Time, field string) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return w.timeSet(t, field)
}

func (w *toWire) timeSet(t time.Time, field string) *timestamppb.Timestamp {
	stamp := timestamppb.New(t)
	if stamp.CheckValid() != nil {
		w.fail(badField(field, "not a time from year 1 to 9999: %s", t))
	}
	return stamp
}

func span(d *time.Duration) *durationpb.Duration {
	if d == nil {
		return nil
	}
	return durationpb.New(*d)
}

func number[Name ~string, Number ~int32](w *toWire, table enumTable[Name, Number], name Name, field string) Number {
	n, err := table.number(name, field)
	w.fail(err)
	return n
}

func (w *toWire) trigger(t *Trigger, field string) *pb.Trigger {
	if t == nil {
		return nil
	}
	wire := &pb.Trigger{
		StartTime:      w.time(t.StartTime, field+".start_time"),
		EndTime:        w.time(t.EndTime, field+".end_time"),
		MaxOccurrences: t.MaxOccurrences,
	}
	if t.Jitter != 0 {
		wire.Jitter = durationpb.New(t.Jitter)
	}
	set := 0
	if c := t.Cron; c != nil {
		set++
		dialect := number(w, cronDialects, c.Dialect, field+".cron.dialect")
		wire.Schedule = &pb.Trigger_Cron{Cron: &pb.CronTrigger{Expression: c.Expression, TimeZone: c.TimeZone, Dialect: dialect}}
	}
	if i := t.Interval; i != nil {
		set++
		wire.Schedule = &pb.Trigger_Interval{Interval: &pb.IntervalTrigger{
			Every:      durationpb.New(i.Every),
			Basis:      number(w, intervalBases, i.Basis, field+".interval.basis"),
			AnchorTime: w.time(i.AnchorTime, field+".interval.anchor_time"),
		}}
	}
	if o := t.Once; o != nil {
		set++
		wire.Schedule = &pb.Trigger_Once{Once: &pb.OnceTrigger{Time: w.time(o.Time, field+".once.time")}}
	}
	if set != 1 {
		w.fail(badField(field, "exactly one of cron, interval and once must be set, not %d", set))
	}
	return wire
}

func (w *toWire) policy(p *Policy, field string) *pb.Policy {
	if p == nil {
		return nil
	}
	wire := &pb.Policy{
		Timeout:      span(p.Timeout),
		Misfire:      number(w, misfirePolicies, p.Misfire, field+".misfire"),
		MisfireGrace: span(p.MisfireGrace),
		MaxReplays:   p.MaxReplays,
		JobRetention: span(p.JobRetention),
		RunRetention: span(p.RunRetention),
	}
	if r := p.Retry; r != nil {
		wire.Retry = &pb.RetryPolicy{
			MaxAttempts:    r.MaxAttempts,
			InitialBackoff: span(r.InitialBackoff),
			MaxBackoff:     span(r.MaxBackoff),
			Multiplier:     r.Multiplier,
			OnExhausted:    number(w, exhaustedActions, r.OnExhausted, field+".retry.on_exhausted"),
		}
	}
	return wire
}

// payload gives bytes, and their content type where none was said.
func (w *toWire) payload(payload any, contentType string) ([]byte, string) {
	data, suggested, err := encodePayload(payload)
	if err != nil {
		w.fail(badField("job.payload", "%v", err))
	}
	if contentType == "" {
		contentType = suggested
	}
	return data, contentType
}

func toScheduleRequest(job JobInput) (*pb.ScheduleJobRequest, error) {
	w := &toWire{}
	payload, contentType := w.payload(job.Payload, job.ContentType)
	request := &pb.ScheduleJobRequest{
		Job: &pb.Job{
			Slug:        job.Slug,
			Kind:        job.Kind,
			Payload:     payload,
			ContentType: contentType,
			Labels:      maps.Clone(job.Labels),
			Trigger:     w.trigger(job.Trigger, "job.trigger"),
			Policy:      w.policy(job.Policy, "job.policy"),
			Priority:    number(w, priorities, job.Priority, "job.priority"),
		},
		Delay:        span(job.Delay),
		OnConflict:   number(w, conflictPolicies, job.OnConflict, "on_conflict"),
		ValidateOnly: job.ValidateOnly,
		RequestId:    job.RequestID,
	}
	return request, w.err
}

func toScheduleRequests(jobs []JobInput) (*pb.ScheduleJobsRequest, error) {
	requests := make([]*pb.ScheduleJobRequest, len(jobs))
	for i, job := range jobs {
		request, err := toScheduleRequest(job)
		if err != nil {
			return nil, inItem(fmt.Sprintf("requests[%d]", i), err)
		}
		requests[i] = request
	}
	return &pb.ScheduleJobsRequest{Requests: requests}, nil
}

func toUpdateRequest(slug string, u JobUpdate) (*pb.UpdateJobRequest, error) {
	w := &toWire{}
	payload, contentType := w.payload(u.Payload, u.ContentType)
	request := &pb.UpdateJobRequest{
		Job: &pb.Job{
			Slug:        slug,
			Payload:     payload,
			ContentType: contentType,
			Labels:      maps.Clone(u.Labels),
			Trigger:     w.trigger(u.Trigger, "job.trigger"),
			Policy:      w.policy(u.Policy, "job.policy"),
			Priority:    number(w, priorities, u.Priority, "job.priority"),
			Etag:        u.Etag,
		},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: slices.Clone(u.Mask)},
	}
	switch {
	case u.Delay != nil && !u.NextTime.IsZero():
		w.fail(badField("next", "delay and next_time exclude each other"))
	case u.Delay != nil:
		request.Next = &pb.UpdateJobRequest_Delay{Delay: durationpb.New(*u.Delay)}
	case !u.NextTime.IsZero():
		request.Next = &pb.UpdateJobRequest_NextTime{NextTime: w.timeSet(u.NextTime, "next_time")}
	}
	return request, w.err
}

func toWireKind(kind KindInput) (*pb.Kind, error) {
	w := &toWire{}
	wire := &pb.Kind{
		Name:        kind.Name,
		Description: kind.Description,
		Trigger:     w.trigger(kind.Trigger, "kind.trigger"),
		Policy:      w.policy(kind.Policy, "kind.policy"),
		MaxRunning:  kind.MaxRunning,
		Etag:        kind.Etag,
	}
	return wire, w.err
}

func (w *toWire) jobFilter(f *JobFilter) *pb.JobFilter {
	if f == nil {
		return nil
	}
	states := make([]pb.JobState, len(f.States))
	for i, state := range f.States {
		states[i] = number(w, jobStates, state, "filter.states")
	}
	return &pb.JobFilter{
		Slugs:      slices.Clone(f.Slugs),
		SlugPrefix: f.SlugPrefix,
		Kinds:      slices.Clone(f.Kinds),
		States:     states,
		Labels:     maps.Clone(f.Labels),
		DueAfter:   w.time(f.DueAfter, "filter.due_after"),
		DueBefore:  w.time(f.DueBefore, "filter.due_before"),
	}
}

func (w *toWire) runFilter(f *RunFilter) *pb.RunFilter {
	if f == nil {
		return nil
	}
	states := make([]pb.RunState, len(f.States))
	for i, state := range f.States {
		states[i] = number(w, runStates, state, "filter.states")
	}
	return &pb.RunFilter{
		Slug:        f.Slug,
		Kinds:       slices.Clone(f.Kinds),
		States:      states,
		EndedAfter:  w.time(f.EndedAfter, "filter.ended_after"),
		EndedBefore: w.time(f.EndedBefore, "filter.ended_before"),
	}
}
