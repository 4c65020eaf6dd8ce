package tickwire

import (
	"slices"
	"strings"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

// unknown is a number that this version has no name for. It can be read and sent back, and then says nothing.
const unknown = "unknown"

// enumTable has an enum's names in the order of its numbers; number 0 is always "not said", and the empty name.
type enumTable[Name ~string, Number ~int32] []Name

func (t enumTable[Name, Number]) name(number Number) Name {
	if number == 0 {
		return ""
	}
	if number < 0 || int(number) > len(t) {
		return unknown
	}
	return t[number-1]
}

// said is name, where an answer must say one.
func (t enumTable[Name, Number]) said(number Number) Name {
	if number == 0 {
		return unknown
	}
	return t.name(number)
}

func (t enumTable[Name, Number]) number(name Name, field string) (Number, error) {
	if name == "" || name == unknown {
		return 0, nil
	}
	at := slices.Index(t, name)
	if at < 0 {
		names := make([]string, len(t))
		for i, one := range t {
			names[i] = string(one)
		}
		return 0, badField(field, "%q is none of %s", string(name), strings.Join(names, ", "))
	}
	return Number(at + 1), nil
}

var (
	jobStates        = enumTable[JobState, pb.JobState]{JobScheduled, JobRunning, JobRetrying, JobPaused, JobDead, JobCompleted}
	deadReasons      = enumTable[DeadReason, pb.DeadReason]{DeadExhausted, DeadPermanentFailure, DeadTriggerError, DeadCancelled}
	waitReasons      = enumTable[WaitReason, pb.WaitReason]{WaitNoWorker, WaitWorkersFull, WaitMaxRunning, WaitKindPaused}
	priorities       = enumTable[Priority, pb.Priority]{PriorityLow, PriorityNormal, PriorityHigh, PriorityUrgent}
	cronDialects     = enumTable[CronDialect, pb.CronDialect]{DialectUnix, DialectQuartz}
	intervalBases    = enumTable[IntervalBasis, pb.IntervalBasis]{BasisFixedRate, BasisFixedDelay}
	exhaustedActions = enumTable[ExhaustedAction, pb.ExhaustedAction]{ExhaustedNextOccurrence, ExhaustedDead}
	misfirePolicies  = enumTable[MisfirePolicy, pb.MisfirePolicy]{MisfireFireOnce, MisfireSkip, MisfireReplay}
	runStates        = enumTable[RunState, pb.RunState]{RunSucceeded, RunFailed, RunTimedOut, RunLost, RunCancelled, RunReleased, RunSnoozed}
	runCauses        = enumTable[RunCause, pb.RunCause]{CauseTrigger, CauseRunJob, CauseBackfill}
	conflictPolicies = enumTable[ConflictPolicy, pb.ConflictPolicy]{ConflictFail, ConflictKeep, ConflictUpdate, ConflictReplace}
	scheduleOutcomes = enumTable[ScheduleOutcome, pb.ScheduleOutcome]{OutcomeCreated, OutcomeKept, OutcomeUpdated, OutcomeReplaced, OutcomeRepeated}
	views            = enumTable[View, pb.View]{ViewBasic, ViewFull}
)
