// Command greetings schedules jobs, runs them, and watches them end.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	tickwire "github.com/tickwire/tickwire/clients/go"
)

const kind = "greet"

var (
	names    = []string{"Ada", "Grace", "Linus", "Barbara", "Dennis"}
	errUsage = errors.New("usage: greetings schedule [n] | work | watch [n]")
)

type greeting struct {
	Name string `json:"name"`
}

func main() {
	ctx, forget := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer forget()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		if errors.Is(err, errUsage) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, words []string) error {
	if len(words) == 0 {
		return errUsage
	}
	count := 0
	if len(words) > 1 {
		n, err := strconv.Atoi(words[1])
		if err != nil || n < 1 {
			return errUsage
		}
		count = n
	}
	switch words[0] {
	case "schedule":
		if count == 0 {
			count = 3
		}
		return schedule(ctx, count)
	case "work":
		return work(ctx)
	case "watch":
		return watch(ctx, count)
	default:
		return errUsage
	}
}

func address() tickwire.ConnectionOption {
	if given := os.Getenv("TICKWIRE_ADDRESS"); given != "" {
		return tickwire.WithAddress(given)
	}
	return tickwire.WithAddress("127.0.0.1:7070")
}

// schedule stores jobs that run once, now. Each is durable when its line is printed.
func schedule(ctx context.Context, count int) error {
	client, err := tickwire.NewClient(address())
	if err != nil {
		return err
	}
	defer client.Close()
	for n := range count {
		scheduled, err := client.ScheduleJob(ctx, tickwire.JobInput{Kind: kind, Payload: greeting{names[n%len(names)]}})
		if err != nil {
			return err
		}
		fmt.Println("scheduled", scheduled.Job.Slug)
	}
	return nil
}

func greet(_ context.Context, task *tickwire.Task) error {
	var who greeting
	if err := task.JSON(&who); err != nil {
		return tickwire.Permanent(err)
	}
	fmt.Println("greeting", who.Name)
	task.SetResult(fmt.Sprintf("Hello, %s, from Go", who.Name))
	return nil
}

// work runs tasks until ^C or SIGTERM; then ends those in hand first.
func work(ctx context.Context) error {
	worker, err := tickwire.NewWorker(address(), tickwire.WithLogger(slog.Default()))
	if err != nil {
		return err
	}
	worker.Handle(kind, greet)
	return worker.Run(ctx)
}

// watch prints runs as they end, count of them; 0: until ^C.
func watch(ctx context.Context, count int) error {
	client, err := tickwire.NewClient(address())
	if err != nil {
		return err
	}
	defer client.Close()
	runs, err := client.WatchRuns(ctx, tickwire.WatchInput{Filter: &tickwire.RunFilter{Kinds: []string{kind}}, View: tickwire.ViewFull})
	if err != nil {
		return err
	}
	fmt.Println("watching")
	seen := 0
	for run, err := range runs.All() {
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		fmt.Println(run.State, string(run.Result))
		if seen++; seen == count {
			break
		}
	}
	return nil
}
