// Command runner plays the behaviour suite's part of a Go program: a worker and a client, told what to do by JSON lines on its standard
// input; it tells what happens by JSON lines on its standard output.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	tickwire "github.com/tickwire/tickwire/clients/go"
)

type config struct {
	Addresses []string `json:"addresses"`
	Mode      string   `json:"mode"`
	Kinds     map[string]struct {
		MaxTasks *int `json:"maxTasks"`
	} `json:"kinds"`
	MaxTasks int               `json:"maxTasks"`
	WorkerID string            `json:"workerId"`
	Info     map[string]string `json:"info"`
	Define   []string          `json:"define"`
	GraceMs  *float64          `json:"graceMs"`
	Token    string            `json:"token"`
	TLS      *struct {
		CA         string `json:"ca"`
		Cert       string `json:"cert"`
		Key        string `json:"key"`
		ServerName string `json:"serverName"`
	} `json:"tls"`
	Ledger    string  `json:"ledger"`
	MostMs    float64 `json:"mostMs"`
	TimeoutMs float64 `json:"timeoutMs"`
}

type command struct {
	Open string `json:"open"`
	Stop *struct {
		GraceMs *float64 `json:"graceMs"`
	} `json:"stop"`
	Call  *call `json:"call"`
	Close bool  `json:"close"`
}

type fields map[string]any

var out sync.Mutex

// say writes one event, at once.
func say(event string, more fields) {
	out.Lock()
	defer out.Unlock()
	all := fields{"event": event}
	for name, value := range more {
		all[name] = value
	}
	line, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	_, _ = os.Stdout.Write(append(line, '\n'))
}

func ms(n float64) time.Duration { return time.Duration(n * float64(time.Millisecond)) }

func main() {
	var c config
	if err := json.Unmarshal([]byte(os.Args[1]), &c); err != nil {
		fail(err)
	}
	code, err := run(c)
	if err != nil {
		fail(err)
	}
	os.Exit(code)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "runner:", err)
	os.Exit(1)
}

func run(c config) (int, error) {
	connection, err := connectionOf(c)
	if err != nil {
		return 1, err
	}
	clients := &clients{connection: connection, timeoutMs: c.TimeoutMs}
	gates := newGates()
	var worker *tickwire.Worker
	if c.Mode != "client" {
		if worker, err = workerOf(c, connection, gates); err != nil {
			return 1, err
		}
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		lines := bufio.NewScanner(os.Stdin)
		lines.Buffer(nil, 16*1024*1024)
		for lines.Scan() {
			var one command
			if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
				fail(err)
			}
			switch {
			case one.Open != "":
				gates.open(one.Open)
			case one.Stop != nil && worker != nil:
				worker.Stop(graceOf(one.Stop.GraceMs, c))
			case one.Call != nil:
				clients.begin(one.Call)
			case one.Close:
				return
			}
		}
	}()
	if worker == nil {
		<-ended
		clients.close()
		return 0, nil
	}
	return serve(worker, c)
}

func graceOf(given *float64, c config) time.Duration {
	switch {
	case given != nil:
		return ms(*given)
	case c.GraceMs != nil:
		return ms(*c.GraceMs)
	default:
		return 30 * time.Second
	}
}

func serve(worker *tickwire.Worker, c config) (int, error) {
	ctx, forget := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer forget()
	go func() {
		<-worker.Ready()
		say("ready", fields{"workerId": worker.ID()})
	}()
	err := worker.Run(ctx)
	var refused *tickwire.Error
	if errors.As(err, &refused) {
		say("refused", fields{"code": codeNames[refused.Code], "reason": refused.Reason})
		return 3, nil
	}
	if err != nil {
		return 1, err
	}
	say("drained", nil)
	return 0, nil
}

func connectionOf(c config) ([]tickwire.ConnectionOption, error) {
	options := []tickwire.ConnectionOption{tickwire.WithAddress(c.Addresses...)}
	if c.Token != "" {
		options = append(options, tickwire.WithToken(c.Token))
	}
	if c.TLS != nil {
		settings := &tls.Config{ServerName: c.TLS.ServerName}
		if c.TLS.CA != "" {
			ca, err := os.ReadFile(c.TLS.CA)
			if err != nil {
				return nil, err
			}
			settings.RootCAs = x509.NewCertPool()
			settings.RootCAs.AppendCertsFromPEM(ca)
		}
		if c.TLS.Cert != "" {
			own, err := tls.LoadX509KeyPair(c.TLS.Cert, c.TLS.Key)
			if err != nil {
				return nil, err
			}
			settings.Certificates = []tls.Certificate{own}
		}
		options = append(options, tickwire.WithTLS(settings))
	}
	return options, nil
}

func workerOf(c config, connection []tickwire.ConnectionOption, gates *gates) (*tickwire.Worker, error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	options := []tickwire.WorkerOption{tickwire.WithLogger(log), tickwire.WithGrace(graceOf(nil, c))}
	for _, one := range connection {
		options = append(options, one)
	}
	if c.MaxTasks != 0 {
		options = append(options, tickwire.WithMaxTasks(c.MaxTasks))
	}
	if c.WorkerID != "" {
		options = append(options, tickwire.WithWorkerID(c.WorkerID))
	}
	if c.Info != nil {
		options = append(options, tickwire.WithInfo(c.Info))
	}
	for _, name := range c.Define {
		options = append(options, tickwire.WithDefine(tickwire.KindInput{Name: name}))
	}
	worker, err := tickwire.NewWorker(options...)
	if err != nil {
		return nil, err
	}
	handler, err := handlerOf(c, gates)
	if err != nil {
		return nil, err
	}
	for name, kind := range c.Kinds {
		if kind.MaxTasks != nil {
			worker.Handle(name, handler, tickwire.WithMaxTasks(*kind.MaxTasks))
		} else {
			worker.Handle(name, handler)
		}
	}
	return worker, nil
}
