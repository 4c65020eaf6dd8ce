package tickwire

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/tickwire/tickwire/clients/go/tickwire/v1"
)

// demo is as much of a server as the examples need: every job runs once, at once.
type demo struct {
	pb.UnimplementedSchedulerServer
	tasks chan *pb.Task
	runs  chan *pb.Run

	mu   sync.Mutex
	jobs map[string]*pb.Job
}

// StartDemo is for the examples, which are in a package of their own.
func StartDemo() (address string, stop func()) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	server := grpc.NewServer()
	pb.RegisterSchedulerServer(server, &demo{tasks: make(chan *pb.Task, 100), runs: make(chan *pb.Run, 100), jobs: map[string]*pb.Job{}})
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	return listener.Addr().String(), func() {
		server.Stop()
		serving.Wait()
	}
}

func (d *demo) ScheduleJob(_ context.Context, r *pb.ScheduleJobRequest) (*pb.ScheduleJobResponse, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.Job.Slug == "" {
		r.Job.Slug = fmt.Sprintf("job-%d", len(d.jobs)+1)
	}
	if d.jobs[r.Job.Slug] != nil {
		return nil, refusal(codes.AlreadyExists, "JOB_EXISTS")
	}
	r.Job.DueTime = timestamppb.New(time.Date(2026, 1, 1, 1, 30, 0, 0, time.UTC))
	r.Job.State = pb.JobState_JOB_STATE_SCHEDULED
	d.jobs[r.Job.Slug] = r.Job
	d.tasks <- &pb.Task{Slug: r.Job.Slug, Kind: r.Job.Kind, Payload: r.Job.Payload, Token: []byte(r.Job.Slug), RunId: r.Job.Slug, Attempt: 1}
	return &pb.ScheduleJobResponse{Job: r.Job, Outcome: pb.ScheduleOutcome_SCHEDULE_OUTCOME_CREATED}, nil
}

func (d *demo) find(slug string) (*pb.Job, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if job := d.jobs[slug]; job != nil {
		return job, nil
	}
	return nil, refusal(codes.NotFound, "JOB_NOT_FOUND")
}

func (d *demo) GetJob(_ context.Context, r *pb.GetJobRequest) (*pb.GetJobResponse, error) {
	job, err := d.find(r.Slug)
	return &pb.GetJobResponse{Job: job}, err
}

func (d *demo) UpdateJob(_ context.Context, r *pb.UpdateJobRequest) (*pb.UpdateJobResponse, error) {
	job, err := d.find(r.Job.Slug)
	return &pb.UpdateJobResponse{Job: job}, err
}

func (d *demo) PauseJob(_ context.Context, r *pb.PauseJobRequest) (*pb.PauseJobResponse, error) {
	job, err := d.find(r.Slug)
	return &pb.PauseJobResponse{Job: job}, err
}

func (d *demo) ResumeJob(_ context.Context, r *pb.ResumeJobRequest) (*pb.ResumeJobResponse, error) {
	job, err := d.find(r.Slug)
	return &pb.ResumeJobResponse{Job: job}, err
}

func (d *demo) ListJobs(context.Context, *pb.ListJobsRequest) (*pb.ListJobsResponse, error) {
	return &pb.ListJobsResponse{}, nil
}

func (d *demo) WatchRuns(_ *pb.WatchRunsRequest, stream grpc.ServerStreamingServer[pb.WatchRunsResponse]) error {
	if err := stream.Send(&pb.WatchRunsResponse{}); err != nil {
		return err
	}
	for {
		select {
		case run := <-d.runs:
			if err := stream.Send(&pb.WatchRunsResponse{Runs: []*pb.Run{run}, Cursor: run.RunId}); err != nil {
				return err
			}
		case <-stream.Context().Done():
			return nil
		}
	}
}

func (d *demo) Work(stream pb.Scheduler_WorkServer) error {
	results := make(chan *pb.Result, 100)
	go func() {
		defer close(results)
		for {
			frame, err := stream.Recv()
			if err != nil {
				return
			}
			if frame.GetHello() != nil {
				results <- nil
			}
			for _, result := range frame.GetResults().GetResults() {
				results <- result
			}
		}
	}()
	<-results
	welcome := &pb.Welcome{WorkerId: "w", PingInterval: durationpb.New(time.Minute)}
	if err := stream.Send(&pb.WorkResponse{Frame: &pb.WorkResponse_Welcome{Welcome: welcome}}); err != nil {
		return err
	}
	for {
		var frame *pb.WorkResponse
		select {
		case task := <-d.tasks:
			frame = &pb.WorkResponse{Frame: &pb.WorkResponse_Tasks{Tasks: &pb.Tasks{Tasks: []*pb.Task{task}}}}
		case result, ok := <-results:
			if !ok {
				return nil
			}
			frame = d.record(result)
		}
		if err := stream.Send(frame); err != nil {
			return err
		}
	}
}

func (d *demo) record(result *pb.Result) *pb.WorkResponse {
	job, _ := d.find(result.Slug)
	run := &pb.Run{RunId: result.Slug, Slug: result.Slug, Kind: job.GetKind(), State: pb.RunState_RUN_STATE_FAILED, Error: result.GetFailure().GetError()}
	if success := result.GetSuccess(); success != nil {
		run.State, run.Result = pb.RunState_RUN_STATE_SUCCEEDED, success.Result
	}
	d.runs <- run
	receipt := &pb.Receipt{Token: result.Token, State: pb.ReceiptState_RECEIPT_STATE_RECORDED}
	return &pb.WorkResponse{Frame: &pb.WorkResponse_Receipts{Receipts: &pb.Receipts{Receipts: []*pb.Receipt{receipt}}}}
}
