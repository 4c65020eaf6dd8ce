// Command river stores jobs by River ("caller") or runs them ("worker"), and says its facts to the benchmark that started it.
package main

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

type benchArgs struct {
	DueAt   float64 `json:"dueAt"`
	Payload string  `json:"payload"`
}

func (benchArgs) Kind() string { return "bench" }

type fact map[string]any

func main() {
	ctx := context.Background()
	// os.Args[1] is this program, as Node's fork has it.
	args := os.Args[2:]
	// It ends with its bench.
	go func() {
		_, _ = io.Copy(io.Discard, channel)
		os.Exit(0)
	}()
	config := must(pgxpool.ParseConfig(args[1]))
	config.MaxConns = 10
	pool := must(pgxpool.NewWithConfig(ctx, config))
	migrator := must(rivermigrate.New(riverpgxv5.New(pool), nil))
	must(migrator.Migrate(ctx, rivermigrate.DirectionUp, nil))
	if args[0] == "caller" {
		store(ctx, pool, number(args[2]), number(args[3]), number(args[4]))
	} else {
		run(ctx, pool, number(args[2]), number(args[3]))
	}
}

// store stores so many jobs in batches of 500, four calls out. perSecond 0: due at once; else so many each second, from afterMs on.
func store(ctx context.Context, pool *pgxpool.Pool, total, perSecond, afterMs int) {
	client := must(river.NewClient[pgx.Tx](riverpgxv5.New(pool), &river.Config{Logger: quiet()}))
	began := time.Now()
	first := began.Add(time.Duration(afterMs) * time.Millisecond)
	batches := make(chan int, total/500+1)
	for start := 0; start < total; start += 500 {
		batches <- start
	}
	close(batches)
	var lanes sync.WaitGroup
	for range 4 {
		lanes.Go(func() {
			for start := range batches {
				var jobs []river.InsertManyParams
				for n := start; n < min(start+500, total); n++ {
					due := time.Now()
					opts := &river.InsertOpts{}
					if perSecond > 0 {
						due = first.Add(time.Duration(n) * time.Second / time.Duration(perSecond))
						opts.ScheduledAt = due
					}
					jobs = append(jobs, river.InsertManyParams{Args: benchArgs{ms(due), "0123456789abcdef"}, InsertOpts: opts})
				}
				must(client.InsertManyFast(ctx, jobs))
			}
		})
	}
	lanes.Wait()
	say(fact{"beganAt": ms(began), "ms": ms(time.Now()) - ms(began)})
}

// run runs so many, each doing nothing. Its last fact comes when all are stored as completed.
func run(ctx context.Context, pool *pgxpool.Pool, total, places int) {
	var lock sync.Mutex
	var late []float64
	var first, last int64
	all := make(chan struct{})
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(_ context.Context, job *river.Job[benchArgs]) error {
		lock.Lock()
		defer lock.Unlock()
		if late = append(late, ms(time.Now())-job.Args.DueAt); len(late) == 1 {
			first = job.ID
		}
		first, last = min(first, job.ID), max(last, job.ID)
		if len(late) == total {
			close(all)
		}
		return nil
	}))
	client := must(river.NewClient[pgx.Tx](riverpgxv5.New(pool), &river.Config{
		Logger:            quiet(),
		Workers:           workers,
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: places}},
		FetchCooldown:     time.Millisecond,
		FetchPollInterval: 10 * time.Millisecond,
	}))
	started := time.Now()
	if err := client.Start(ctx); err != nil {
		log.Fatal(err)
	}
	say(fact{"connected": true})
	<-all
	for left := true; left; {
		// By their key: others may be stored besides.
		query := "SELECT EXISTS (SELECT FROM river_job WHERE id BETWEEN $1 AND $2 AND state <> 'completed')"
		err := pool.QueryRow(ctx, query, first, last).Scan(&left)
		if err != nil {
			log.Fatal(err)
		}
		if left {
			time.Sleep(2 * time.Millisecond)
		}
	}
	ended := time.Now()
	slices.Sort(late)
	quantile := func(q float64) float64 { return late[min(len(late)-1, int(q*float64(len(late))))] }
	say(fact{"sinceStartMs": ms(ended) - ms(started), "endedAt": ms(ended), "p50": quantile(0.5), "p99": quantile(0.99)})
	select {}
}

// channel stays open while the program runs: a file that nothing refers to is closed.
var channel = os.NewFile(uintptr(number(os.Getenv("NODE_CHANNEL_FD"))), "channel")

func say(what fact) {
	if err := json.NewEncoder(channel).Encode(what); err != nil {
		log.Fatal(err)
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func ms(at time.Time) float64 { return float64(at.UnixMicro()) / 1_000 }

func number(text string) int { return must(strconv.Atoi(text)) }

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
