package tickwire

import (
	"time"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

// reportInterval: each task's reports are merged, the newest wins, and sent at most so often.
const reportInterval = time.Second

// reports gathers progress reports, in the order in which their tasks came to have one.
type reports struct {
	loop *loop
	// due is called when there are some to be sent.
	due     func()
	waiting []*held
	sentAt  time.Time
	callOff func()
}

func (r *reports) add(h *held, report *pb.ProgressReport) {
	if h.report == nil {
		h.report = &pb.ProgressReport{Slug: h.slug, Token: h.token}
		r.waiting = append(r.waiting, h)
	}
	if report.Progress != nil {
		h.report.Progress = report.Progress
	}
	if report.Note != nil {
		h.report.Note = report.Note
	}
	if report.Checkpoint != nil {
		h.report.Checkpoint = report.Checkpoint
	}
	if r.callOff != nil {
		return
	}
	r.callOff = r.loop.after(reportInterval-time.Since(r.sentAt), func() {
		r.callOff = nil
		r.due()
	})
}

// forget: no word about this task any more.
func (r *reports) forget(h *held) { r.takeOf(h) }

// timely: some wait, and the second since the last ones is over. What waits has a timer until it is; a look at the clock beside it could
// find that timer early, and then nobody would come back for them.
func (r *reports) timely() bool { return len(r.waiting) > 0 && r.callOff == nil }

// take gives everything that waits, in frames, which the caller sends.
func (r *reports) take() []*pb.WorkRequest {
	r.sentAt = time.Now()
	list := make([]*pb.ProgressReport, len(r.waiting))
	for i, h := range r.waiting {
		list[i], h.report = h.report, nil
	}
	r.waiting = nil
	size := func(one *pb.ProgressReport) int { return 64 + len(one.Slug) + len(one.GetNote()) + len(one.Checkpoint) }
	var frames []*pb.WorkRequest
	for _, part := range inFrames(list, size) {
		frames = append(frames, progressFrame(part...))
	}
	return frames
}

// takeOf takes only this task's, so that a checkpoint is there before the failure that it is for. Nil: none waits.
func (r *reports) takeOf(h *held) *pb.WorkRequest {
	if h.report == nil {
		return nil
	}
	for i, one := range r.waiting {
		if one == h {
			r.waiting = append(r.waiting[:i:i], r.waiting[i+1:]...)
			break
		}
	}
	frame := progressFrame(h.report)
	h.report = nil
	return frame
}

func (r *reports) stop() {
	if r.callOff != nil {
		r.callOff()
	}
}

func progressFrame(list ...*pb.ProgressReport) *pb.WorkRequest {
	return &pb.WorkRequest{Frame: &pb.WorkRequest_Progress{Progress: &pb.ProgressReports{Reports: list}}}
}
