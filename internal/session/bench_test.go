package session

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/db/dbtest"
	"recado/internal/id"
)

const many = 1000

// waiting is a database with n sessions that want to be taken.
func waiting(b testing.TB, n int) *db.DB {
	b.Helper()
	d, err := db.Open(b.Context(), dbtest.New(b).URL, db.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(d.Close)
	company := id.New[id.Company]()
	err = d.System(b.Context(), db.Door, func(tx db.SystemTx) error {
		_, err := tx.Exec(b.Context(), `insert into company (id, name) values ($1, 'x')`, company)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	err = d.ForCompany(b.Context(), company, func(tx db.CompanyTx) error {
		q := &pgx.Batch{}
		for i := range n {
			c := id.New[id.Channel]()
			q.Queue(`insert into channel (id, company_id, kind, name, ref) values ($1, $2, 'line', 'x', $3)`, c, company, fmt.Sprint(i))
			q.Queue(`insert into lane (id, company_id) values ($1, $2)`, c, company)
			q.Queue(`insert into channel_session (id, company_id, linked, phase) values ($1, $2, true, 'connecting')`, c, company)
		}
		return tx.SendBatch(b.Context(), q).Close()
	})
	if err != nil {
		b.Fatal(err)
	}
	return d
}

// benchKeeper holds many sessions online, on record.
func benchKeeper(b *testing.B) *Keeper {
	d := waiting(b, many)
	l := line{at: make(chan time.Time, many)}
	k := New(d, Config{
		Node: "bench", ConnectsPerSecond: 100 * many, Adapter: func(channels.Kind) channels.Adapter { return l },
		Load: func(context.Context, id.Channel) (channels.Channel, error) { return channels.Channel{}, nil },
		Sink: func(context.Context, ...channels.Inbound) error { return nil },
	})
	k.take(b.Context(), context.WithoutCancel(b.Context()))
	b.Cleanup(func() { k.stop(context.WithoutCancel(b.Context())) })
	for range many {
		<-l.at
	}
	for len(k.Held()) < many {
		runtime.Gosched()
	}
	k.write(b.Context())
	return k
}

// BenchmarkRenew is what a node does every three seconds for a thousand sessions.
func BenchmarkRenew(b *testing.B) {
	k := benchKeeper(b)
	b.ReportAllocs()
	for b.Loop() {
		k.renew(b.Context())
	}
	if len(k.Held()) != many {
		b.Fatalf("%d held", len(k.Held()))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/many, "ns/session")
}

// BenchmarkLook is a look for free sessions that finds none, about once a second.
func BenchmarkLook(b *testing.B) {
	k := benchKeeper(b)
	b.ReportAllocs()
	for b.Loop() {
		k.take(b.Context(), b.Context())
	}
}

// BenchmarkWrite is a change of all thousand sessions at once.
func BenchmarkWrite(b *testing.B) {
	k := benchKeeper(b)
	b.ReportAllocs()
	phases := []channels.Phase{channels.Retrying, channels.Online}
	for i := 0; b.Loop(); i++ {
		now := time.Now()
		for _, s := range k.held {
			k.report(s, channels.SessionState{Phase: phases[i%2]}, now)
		}
		k.write(b.Context())
		k.renew(b.Context()) // else their leases end under a long run
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/many, "ns/session")
}

// BenchmarkProbe is an answered probe: nothing is written.
func BenchmarkProbe(b *testing.B) {
	k := benchKeeper(b)
	var s *session
	for _, s = range k.held {
	}
	s.until = time.Now().Add(time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		k.report(s, channels.SessionState{Phase: channels.Online}, time.Now())
	}
}

// BenchmarkIdle is what a thousand idle sessions cost of ours beside their sockets.
func BenchmarkIdle(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	goroutines := runtime.NumGoroutine()
	for b.Loop() {
		k := New(nil, Config{ConnectsPerSecond: 1e9, Load: func(context.Context, id.Channel) (channels.Channel, error) { return channels.Channel{}, nil }})
		l := line{at: make(chan time.Time, many)}
		for range many {
			k.start(context.WithoutCancel(b.Context()), &session{id: id.New[id.Channel](), until: time.Now().Add(time.Hour), done: make(chan struct{}), waiting: true}, l)
		}
		for range many {
			<-l.at
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapInuse+after.StackInuse-before.HeapInuse-before.StackInuse)/many, "B/session")
		b.ReportMetric(float64(runtime.NumGoroutine()-goroutines)/many, "goroutines/session")
		k.expire(time.Now().Add(2 * time.Hour))
		k.running.Wait()
	}
}
