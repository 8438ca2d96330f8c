package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/jackc/pgx/v5"

	"recado/internal/commerce/checkout"
	"recado/internal/db"
	"recado/internal/inbox"
	"recado/migrations"
)

// jobs is the work nobody waits for. River keeps it: one leader for all nodes enqueues what
// is periodic, and a job that fails comes again. Messages are never jobs.
type jobs struct {
	client *river.Client[pgx.Tx]
	log    *slog.Logger
}

// tidyArgs asks for one of the periodic chores by name.
type tidyArgs struct {
	Chore string `json:"chore"`
}

// Kind implements river.JobArgs.
func (tidyArgs) Kind() string { return "tidy" }

type tidyWorker struct {
	river.WorkerDefaults[tidyArgs]
	chores map[string]func(context.Context) error
}

// Work implements river.Worker.
func (w *tidyWorker) Work(ctx context.Context, job *river.Job[tidyArgs]) error {
	chore, ok := w.chores[job.Args.Chore]
	if !ok {
		return river.JobCancel(fmt.Errorf("no chore %q", job.Args.Chore))
	}
	return chore(ctx)
}

// Timeout implements river.Worker.
func (w *tidyWorker) Timeout(*river.Job[tidyArgs]) time.Duration { return 10 * time.Minute }

func newJobs(s *server) (*jobs, error) {
	w := &tidyWorker{chores: map[string]func(context.Context) error{
		"partitions": s.makePartitions,
		"sessions":   s.auth.Sweep,
		"files":      func(ctx context.Context) error { _, err := s.files.Sweep(ctx); return err },
		"refs":       s.forgetRefs,
		"wire":       s.wire.Turn,
		"carts":      func(ctx context.Context) error { return checkout.Abandoned(ctx, s.db) },
		"schedules":  func(ctx context.Context) error { return inbox.Schedule(ctx, s.db) },
	}}
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	var periodic []*river.PeriodicJob
	for chore, every := range map[string]time.Duration{"partitions": 12 * time.Hour, "sessions": time.Hour, "files": 6 * time.Hour, "refs": time.Hour, "wire": 6 * time.Hour, "schedules": time.Minute, "carts": time.Minute} {
		periodic = append(periodic, river.NewPeriodicJob(river.PeriodicInterval(every),
			func() (river.JobArgs, *river.InsertOpts) {
				return tidyArgs{chore}, &river.InsertOpts{MaxAttempts: 3, UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: every / 2}}
			}, &river.PeriodicJobOpts{ID: "tidy_" + chore, RunOnStart: true}))
	}
	client, err := river.NewClient(riverpgxv5.New(s.db.Pool(db.Pipeline)), &river.Config{
		ID: s.node, Schema: migrations.JobsSchema, Workers: workers, PeriodicJobs: periodic,
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 2}},
		Logger: slog.New(levelAbove{s.log.Handler(), slog.LevelWarn}),
	})
	return &jobs{client, s.log}, err
}

// run works until ctx ends. A database that is away at the start is waited for.
func (j *jobs) run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := j.client.Start(ctx); err == nil {
			break
		} else if ctx.Err() == nil {
			j.log.Warn("background jobs cannot start yet", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Second):
		}
	}
	<-ctx.Done()
	<-j.client.Stopped()
}

func (s *server) makePartitions(ctx context.Context) error {
	var made int
	err := s.db.Direct(db.Pipeline).QueryRow(ctx, `select ensure_partitions(now() + interval '2 months')`).Scan(&made)
	if err == nil && made > 0 {
		s.log.Info("made partitions", "n", made)
	}
	return err
}

// refsFor is how long a platform may repeat an event or report on a message: WhatsApp does
// for 7 days.
const refsFor = 30 * 24 * time.Hour

// forgetRefs drops the names of old messages, a few thousand a transaction.
func (s *server) forgetRefs(ctx context.Context) error {
	for {
		tag, err := s.db.Direct(db.Pipeline).Exec(ctx, `delete from message_ref where ctid = any(array(
			select ctid from message_ref where created_at < now() - $1::interval limit 5000))`, refsFor)
		if err != nil || tag.RowsAffected() < 5000 {
			return err
		}
	}
}

// levelAbove hides what a chatty library logs below a level.
type levelAbove struct {
	slog.Handler
	least slog.Level
}

// Enabled implements slog.Handler.
func (h levelAbove) Enabled(_ context.Context, l slog.Level) bool { return l >= h.least }
