package tickwire

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

// timeOf is in UTC, and zero where it is unset.
func timeOf(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

func spanOf(d *durationpb.Duration) *time.Duration {
	if d == nil {
		return nil
	}
	return new(d.AsDuration())
}

func fromWireTrigger(wire *pb.Trigger) *Trigger {
	if wire.GetSchedule() == nil {
		return nil
	}
	t := &Trigger{
		StartTime:      timeOf(wire.StartTime),
		EndTime:        timeOf(wire.EndTime),
		MaxOccurrences: wire.MaxOccurrences,
		Jitter:         wire.Jitter.AsDuration(),
	}
	switch s := wire.Schedule.(type) {
	case *pb.Trigger_Cron:
		t.Cron = &CronTrigger{Expression: s.Cron.GetExpression(), TimeZone: s.Cron.GetTimeZone(), Dialect: cronDialects.name(s.Cron.GetDialect())}
	case *pb.Trigger_Interval:
		t.Interval = &IntervalTrigger{
			Every:      s.Interval.GetEvery().AsDuration(),
			Basis:      intervalBases.name(s.Interval.GetBasis()),
			AnchorTime: timeOf(s.Interval.GetAnchorTime()),
		}
	case *pb.Trigger_Once:
		t.Once = &OnceTrigger{Time: timeOf(s.Once.GetTime())}
	}
	return t
}

func fromWirePolicy(wire *pb.Policy) *Policy {
	if wire == nil {
		return nil
	}
	p := &Policy{
		Timeout:      spanOf(wire.Timeout),
		Misfire:      misfirePolicies.name(wire.Misfire),
		MisfireGrace: spanOf(wire.MisfireGrace),
		MaxReplays:   wire.MaxReplays,
		JobRetention: spanOf(wire.JobRetention),
		RunRetention: spanOf(wire.RunRetention),
	}
	if r := wire.Retry; r != nil {
		p.Retry = &RetryPolicy{
			MaxAttempts:    r.MaxAttempts,
			InitialBackoff: spanOf(r.InitialBackoff),
			MaxBackoff:     spanOf(r.MaxBackoff),
			Multiplier:     r.Multiplier,
			OnExhausted:    exhaustedActions.name(r.OnExhausted),
		}
	}
	return p
}

// policyOr gives an empty one for none.
func policyOr(p *Policy) Policy {
	if p == nil {
		return Policy{}
	}
	return *p
}

func fromWirePause(wire *pb.Pause) *Pause {
	if wire == nil {
		return nil
	}
	return &Pause{Reason: wire.Reason, PauseTime: timeOf(wire.PauseTime)}
}

func fromWireJob(wire *pb.Job) *Job {
	job := &Job{
		Slug:            wire.Slug,
		Kind:            wire.Kind,
		Payload:         wire.Payload,
		ContentType:     wire.ContentType,
		Labels:          wire.Labels,
		Trigger:         fromWireTrigger(wire.Trigger),
		Policy:          policyOr(fromWirePolicy(wire.Policy)),
		Priority:        priorities.name(wire.Priority),
		UID:             wire.Uid,
		Etag:            wire.Etag,
		State:           jobStates.said(wire.State),
		Pause:           fromWirePause(wire.Pause),
		DeadReason:      deadReasons.name(wire.DeadReason),
		ScheduledTime:   timeOf(wire.ScheduledTime),
		DueTime:         timeOf(wire.DueTime),
		Failures:        int(wire.Failures),
		LastError:       wire.LastError,
		LastResult:      wire.LastResult,
		LastEndTime:     timeOf(wire.LastEndTime),
		LastSuccessTime: timeOf(wire.LastSuccessTime),
		Counts: JobCounts{
			Succeeded:   wire.Counts.GetSucceeded(),
			Failed:      wire.Counts.GetFailed(),
			Lost:        wire.Counts.GetLost(),
			Cancelled:   wire.Counts.GetCancelled(),
			Occurrences: wire.Counts.GetOccurrences(),
			Missed:      wire.Counts.GetMissed(),
			Exhausted:   wire.Counts.GetExhausted(),
			Released:    wire.Counts.GetReleased(),
			Snoozed:     wire.Counts.GetSnoozed(),
		},
		CreateTime:      timeOf(wire.CreateTime),
		UpdateTime:      timeOf(wire.UpdateTime),
		ExpireTime:      timeOf(wire.ExpireTime),
		BackfillOf:      wire.BackfillOf,
		EffectivePolicy: fromWirePolicy(wire.EffectivePolicy),
		WaitingFor:      waitReasons.name(wire.WaitingFor),
	}
	if t := wire.CurrentTask; t != nil {
		job.CurrentTask = &CurrentTask{
			RunID:        t.RunId,
			OccurrenceID: t.OccurrenceId,
			Attempt:      int(t.Attempt),
			WorkerID:     t.WorkerId,
			ServerID:     t.ServerId,
			StartTime:    timeOf(t.StartTime),
			Progress:     t.Progress,
			ProgressNote: t.ProgressNote,
			ProgressTime: timeOf(t.ProgressTime),
		}
	}
	return job
}

func fromWireKind(wire *pb.Kind) *Kind {
	return &Kind{
		Name:        wire.Name,
		Description: wire.Description,
		Trigger:     fromWireTrigger(wire.Trigger),
		Policy:      policyOr(fromWirePolicy(wire.Policy)),
		MaxRunning:  wire.MaxRunning,
		Etag:        wire.Etag,
		Pause:       fromWirePause(wire.Pause),
		CreateTime:  timeOf(wire.CreateTime),
		UpdateTime:  timeOf(wire.UpdateTime),
	}
}

func fromWireRun(wire *pb.Run) *Run {
	return &Run{
		RunID:           wire.RunId,
		OccurrenceID:    wire.OccurrenceId,
		Slug:            wire.Slug,
		JobUID:          wire.JobUid,
		Kind:            wire.Kind,
		Attempt:         int(wire.Attempt),
		State:           runStates.said(wire.State),
		Cause:           runCauses.said(wire.Cause),
		ScheduledTime:   timeOf(wire.ScheduledTime),
		DueTime:         timeOf(wire.DueTime),
		StartTime:       timeOf(wire.StartTime),
		EndTime:         timeOf(wire.EndTime),
		Error:           wire.Error,
		Result:          wire.Result,
		ResultTruncated: wire.ResultTruncated,
		WorkerID:        wire.WorkerId,
		ServerID:        wire.ServerId,
	}
}

func fromWireWorker(wire *pb.WorkerStatus) *WorkerStatus {
	w := &WorkerStatus{
		WorkerID:     wire.WorkerId,
		ServerID:     wire.ServerId,
		Client:       wire.Client,
		Info:         wire.Info,
		MaxTasks:     int(wire.Capacity.GetMaxTasks()),
		Running:      int(wire.Running),
		Draining:     wire.Draining,
		ConnectTime:  timeOf(wire.ConnectTime),
		LastSeenTime: timeOf(wire.LastSeenTime),
	}
	for _, kind := range wire.Capacity.GetKinds() {
		w.Kinds = append(w.Kinds, KindCapacity{Kind: kind.Kind, MaxTasks: kind.MaxTasks})
	}
	return w
}

func fromWireStats(wire *pb.GetStatsResponse) *Stats {
	stats := &Stats{}
	for _, kind := range wire.Kinds {
		stats.Kinds = append(stats.Kinds, KindStats{
			Kind:           kind.Kind,
			Scheduled:      kind.Scheduled,
			Running:        kind.Running,
			Retrying:       kind.Retrying,
			Paused:         kind.Paused,
			Dead:           kind.Dead,
			Completed:      kind.Completed,
			Estimated:      kind.Estimated,
			Workers:        int(kind.Workers),
			Free:           int(kind.Free),
			OldestLateness: kind.OldestLateness.AsDuration(),
		})
	}
	for _, one := range wire.Servers {
		stats.Servers = append(stats.Servers, ServerStatus{
			ServerID:  one.ServerId,
			Version:   one.Version,
			StartTime: timeOf(one.StartTime),
			RenewTime: timeOf(one.RenewTime),
			Workers:   int(one.Workers),
		})
	}
	return stats
}
