package tickwire_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	tickwire "github.com/tickwire/tickwire/clients/go"
)

// The README's snippets, word for word but for the address; TestReadme compares them, and the others run them.

func schedule(ctx context.Context) error {
	client, err := tickwire.NewClient(tickwire.WithAddress(address))
	if err != nil {
		return err
	}
	defer client.Close()

	// Every night at half past two in Berlin.
	scheduled, err := client.ScheduleJob(ctx, tickwire.JobInput{
		Slug:    "nightly-report",
		Kind:    "report",
		Payload: map[string]string{"format": "pdf"},
		Trigger: tickwire.Cron("30 2 * * *", "Europe/Berlin"),
		Policy: &tickwire.Policy{
			Timeout: new(time.Minute),
			Retry:   &tickwire.RetryPolicy{MaxAttempts: new(int32(5))},
		},
		// What a service says when it starts: what differs is changed, and how the job stands is kept.
		OnConflict: tickwire.ConflictUpdate,
	})
	if err != nil {
		return err
	}
	fmt.Println(scheduled.Job.Slug, "is due at", scheduled.Job.DueTime)

	// Once, in ten seconds.
	_, err = client.ScheduleJob(ctx, tickwire.JobInput{
		Kind:    "mail",
		Payload: mail{To: "ada@example.com"},
		Delay:   new(10 * time.Second),
	})
	if err != nil {
		return err
	}

	// Every five seconds.
	_, err = client.ScheduleJob(ctx, tickwire.JobInput{
		Slug:       "beat",
		Kind:       "beat",
		Trigger:    tickwire.Every(5 * time.Second),
		OnConflict: tickwire.ConflictUpdate,
	})
	return err
}

type mail struct {
	To string `json:"to"`
}

func work(ctx context.Context) error {
	worker, err := tickwire.NewWorker(
		tickwire.WithAddress(address),
		tickwire.WithMaxTasks(50),
		tickwire.WithLogger(slog.Default()),
	)
	if err != nil {
		return err
	}
	worker.Handle("mail", func(ctx context.Context, task *tickwire.Task) error {
		var m mail
		if err := task.JSON(&m); err != nil {
			return tickwire.Permanent(err)
		}
		task.Note("connected")
		if err := send(ctx, m); err != nil {
			return err
		}
		task.SetResult("sent to " + m.To)
		return nil
	})
	return worker.Run(ctx) // until ctx ends: signal.NotifyContext gives one that SIGTERM ends
}

func sync(ctx context.Context, task *tickwire.Task) error {
	// The attempt before this one got so far.
	done, _ := strconv.Atoi(string(task.PreviousCheckpoint))

	switch status := fetch(ctx, done); status {
	case http.StatusNotFound:
		return tickwire.Permanent(errors.New("the table is gone")) // no retry helps
	case http.StatusTooManyRequests:
		return tickwire.RetryAfter(time.Minute, errors.New("too many requests")) // instead of the policy's wait
	case http.StatusServiceUnavailable:
		return tickwire.Snooze(30 * time.Second) // not now; no attempt is counted
	}

	// For the next attempt, if this one fails.
	if err := task.Checkpoint([]byte(strconv.Itoa(done + 100))); err != nil {
		return err
	}
	if err := task.Progress(1, "100 rows"); err != nil {
		return err
	}
	task.Complete(tickwire.Completion{
		Result:   "100 rows",
		Payload:  map[string]int{"after": done + 100}, // of the next run
		NextTime: time.Now().Add(time.Minute),         // instead of the trigger's
		LastRun:  false,
	})
	return nil
}

func look(ctx context.Context, client *tickwire.Client) error {
	query := tickwire.JobQuery{Filter: &tickwire.JobFilter{Kinds: []string{"report", "mail"}}, View: tickwire.ViewFull}
	for job, err := range client.ListJobs(ctx, query) {
		if err != nil {
			return err
		}
		fmt.Println(job.Slug, job.State, job.DueTime)
	}

	// Runs as they end. What ends once WatchRuns has returned is not missed.
	watch, err := client.WatchRuns(ctx, tickwire.WatchInput{
		Filter: &tickwire.RunFilter{Kinds: []string{"mail"}},
		View:   tickwire.ViewFull,
	})
	if err != nil {
		return err
	}
	defer watch.Close()
	if _, err := client.ScheduleJob(ctx, tickwire.JobInput{Kind: "mail", Payload: mail{To: "bob@example.com"}}); err != nil {
		return err
	}
	run, err := watch.Next()
	if err != nil {
		return err
	}
	fmt.Println(run.Kind, run.State, string(run.Result))
	return nil
}

func change(ctx context.Context, client *tickwire.Client) error {
	// At four; and its timeout is again what its kind or the server says. What the mask does not name stays as it is.
	job, err := client.UpdateJob(ctx, "nightly-report", tickwire.JobUpdate{
		Mask:    []string{"trigger.cron.expression", "policy.timeout"},
		Trigger: tickwire.Cron("0 4 * * *", ""),
	})
	if err != nil {
		return err
	}

	// Its next run is in an hour, this once; the trigger goes on after it.
	if _, err := client.UpdateJob(ctx, job.Slug, tickwire.JobUpdate{Delay: new(time.Hour)}); err != nil {
		return err
	}
	if _, err := client.PauseJob(ctx, job.Slug, tickwire.WithReason("the printer is out of paper")); err != nil {
		return err
	}
	_, err = client.ResumeJob(ctx, job.Slug)
	return err
}

func ask(ctx context.Context, client *tickwire.Client) error {
	_, err := client.GetJob(ctx, "no-such-job", tickwire.WithTimeout(2*time.Second))
	if errors.Is(err, tickwire.ErrJobNotFound) {
		fmt.Println("it is gone")
		return nil
	}
	var e *tickwire.Error
	if errors.As(err, &e) {
		fmt.Println(e.Code, e.Reason, e.Violations)
	}
	return err
}

// What the snippets leave out.

var address string

func send(context.Context, mail) error { return nil }

func fetch(context.Context, int) int { return http.StatusOK }

func TestReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	own, err := os.ReadFile("readme_test.go")
	if err != nil {
		t.Fatal(err)
	}
	snippets := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(snippets) < 5 {
		t.Fatalf("%d snippets", len(snippets))
	}
	for _, one := range snippets {
		snippet := strings.ReplaceAll(one[1], `"localhost:7070"`, "address")
		snippet = strings.TrimPrefix(snippet, "import ")
		if !strings.Contains(string(own), snippet) {
			t.Errorf("not in readme_test.go:\n%s", snippet)
		}
	}
}

func TestReadmeRuns(t *testing.T) {
	var stop func()
	address, stop = tickwire.StartDemo()
	defer stop()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	client, err := tickwire.NewClient(tickwire.WithAddress(address))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for name, err := range map[string]error{
		"schedule": schedule(ctx), "change": change(ctx, client), "ask": ask(ctx, client),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	done := make(chan error)
	go func() { done <- work(ctx) }()
	if err := look(ctx, client); err != nil {
		t.Errorf("look: %v", err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("work: %v", err)
	}
	worker, err := tickwire.NewWorker()
	if err != nil {
		t.Fatal(err)
	}
	worker.Handle("sync", sync)
}
