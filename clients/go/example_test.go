package tickwire_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	tickwire "github.com/tickwire/tickwire/clients/go"
)

// A job that runs every night, and a look at what was stored.
func ExampleClient_ScheduleJob() {
	address, stop := tickwire.StartDemo()
	defer stop()

	client, err := tickwire.NewClient(tickwire.WithAddress(address))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	scheduled, err := client.ScheduleJob(context.Background(), tickwire.JobInput{
		Slug:    "nightly-report",
		Kind:    "report",
		Payload: map[string]string{"format": "pdf"},
		Trigger: tickwire.Cron("30 2 * * *", "Europe/Berlin"),
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(scheduled.Outcome, scheduled.Job.Slug, scheduled.Job.DueTime)
	// Output: created nightly-report 2026-01-01 01:30:00 +0000 UTC
}

// A worker that runs one task, and stops.
func ExampleWorker() {
	address, stop := tickwire.StartDemo()
	defer stop()
	client, err := tickwire.NewClient(tickwire.WithAddress(address))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	worker, err := tickwire.NewWorker(tickwire.WithAddress(address), tickwire.WithMaxTasks(50))
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	worker.Handle("greet", func(_ context.Context, task *tickwire.Task) error {
		fmt.Printf("hello, %s\n", task.Payload)
		cancel() // a service's context is ended by SIGTERM, see signal.NotifyContext
		return nil
	})
	if _, err := client.ScheduleJob(ctx, tickwire.JobInput{Kind: "greet", Payload: "Ada"}); err != nil {
		log.Fatal(err)
	}
	if err := worker.Run(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println("drained, with", worker.InHand(), "tasks in hand")
	// Output:
	// hello, Ada
	// drained, with 0 tasks in hand
}

// Runs as they end: one that succeeds, and one that no retry helps.
func ExampleClient_WatchRuns() {
	address, stop := tickwire.StartDemo()
	defer stop()
	ctx, cancel := context.WithCancel(context.Background())
	client, err := tickwire.NewClient(tickwire.WithAddress(address))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	worker, err := tickwire.NewWorker(tickwire.WithAddress(address))
	if err != nil {
		log.Fatal(err)
	}
	worker.Handle("divide", func(_ context.Context, task *tickwire.Task) error {
		var by int
		if err := task.JSON(&by); err != nil {
			return tickwire.Permanent(err)
		}
		if by == 0 {
			return tickwire.Permanent(errors.New("nothing divides by 0"))
		}
		task.SetResult(100 / by)
		return nil
	})
	done := make(chan error)
	go func() { done <- worker.Run(ctx) }()

	watch, err := client.WatchRuns(ctx, tickwire.WatchInput{View: tickwire.ViewFull})
	if err != nil {
		log.Fatal(err)
	}
	for _, by := range []int{5, 0} {
		if _, err := client.ScheduleJob(ctx, tickwire.JobInput{Kind: "divide", Payload: by}); err != nil {
			log.Fatal(err)
		}
		run, err := watch.Next()
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s %s%s\n", run.State, run.Result, run.Error)
	}
	watch.Close()
	cancel()
	if err := <-done; err != nil {
		log.Fatal(err)
	}
	// Output:
	// succeeded 20
	// failed nothing divides by 0
}

// What a call fails with.
func ExampleError() {
	address, stop := tickwire.StartDemo()
	defer stop()
	client, err := tickwire.NewClient(tickwire.WithAddress(address))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	_, err = client.GetJob(context.Background(), "no-such-job")
	fmt.Println(errors.Is(err, tickwire.ErrJobNotFound))
	var e *tickwire.Error
	if errors.As(err, &e) {
		fmt.Println(e.Code, e.Reason)
	}
	// Output:
	// true
	// NotFound JOB_NOT_FOUND
}
