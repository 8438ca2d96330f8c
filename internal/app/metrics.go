package app

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"recado/internal/db"
)

// metrics is the handler of /metrics. Gauges of the queues are read when asked for, so
// they tell the truth of the whole installation, not of one node's counters.
func (s *server) metrics() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), queueGauges{s})
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{ErrorLog: nil, MaxRequestsInFlight: 2})
}

type queueGauges struct{ s *server }

var (
	descWaiting = prometheus.NewDesc("recado_outbox_waiting", "Messages waiting to be sent.", []string{"priority"}, nil)
	descAge     = prometheus.NewDesc("recado_outbox_oldest_seconds", "Age of the oldest message waiting to be sent.", []string{"priority"}, nil)
	descUnsure  = prometheus.NewDesc("recado_outbox_unsure", "Messages whose platform call was cut off.", nil, nil)
	descTurns   = prometheus.NewDesc("recado_turns_waiting", "Conversations with messages a bot has not handled.", nil, nil)
	descTurnAge = prometheus.NewDesc("recado_turns_oldest_seconds", "How long the oldest of them is overdue.", nil, nil)
	descLanes   = prometheus.NewDesc("recado_lanes", "Outbound lanes by state.", []string{"state"}, nil)
	descSpool   = prometheus.NewDesc("recado_spool_messages", "Inbound messages on this node's disk, waiting for the database.", nil, nil)
	descDead    = prometheus.NewDesc("recado_dead_tuples", "Dead rows in the busiest tables.", []string{"table"}, nil)
)

// Describe implements prometheus.Collector.
func (q queueGauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descWaiting, descAge, descUnsure, descTurns, descTurnAge, descLanes, descSpool, descDead} {
		ch <- d
	}
}

var priorities = []string{"", "agent", "bot", "transactional", "campaign"}

// Collect implements prometheus.Collector. A database that is away leaves out its gauges.
func (q queueGauges) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(descSpool, float64(q.s.intake.Spooled()))
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	var n, unsure [5]float64
	var age [5]float64
	rows, err := q.s.db.Direct(db.Pipeline).Query(ctx, `select priority, count(*) filter (where state <> 'unsure'), count(*) filter (where state = 'unsure'),
		coalesce(extract(epoch from now() - min(created_at) filter (where state = 'queued')), 0)::float8 from outbox group by priority`)
	if err != nil {
		return
	}
	for rows.Next() {
		var p int
		var w, u, a float64
		if rows.Scan(&p, &w, &u, &a) == nil && p > 0 && p < len(n) {
			n[p], unsure[0], age[p] = w, unsure[0]+u, a
		}
	}
	rows.Close()
	for p := 1; p < len(n); p++ {
		gauge(descWaiting, n[p], priorities[p])
		gauge(descAge, age[p], priorities[p])
	}
	gauge(descUnsure, unsure[0])
	q.collectLanes(ctx, gauge)
}

func (q queueGauges) collectLanes(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string)) {
	var turns, overdue, held, stopped, all float64
	err := q.s.db.Direct(db.Pipeline).QueryRow(ctx, `select (select count(*) from turn),
		(select coalesce(greatest(extract(epoch from now() - min(due_at)), 0), 0)::float8 from turn),
		count(*) filter (where lease_until > now()), count(*) filter (where stopped is not null), count(*) from lane`).
		Scan(&turns, &overdue, &held, &stopped, &all)
	if err != nil {
		return
	}
	gauge(descTurns, turns)
	gauge(descTurnAge, overdue)
	gauge(descLanes, held, "held")
	gauge(descLanes, stopped, "stopped")
	gauge(descLanes, all-held-stopped, "idle")
	rows, err := q.s.db.Direct(db.Pipeline).Query(ctx, `select relname, n_dead_tup::float8 from pg_stat_user_tables
		where relname in ('outbox', 'turn', 'lane', 'conversation')`)
	if err != nil {
		return
	}
	defer rows.Close()
	for rows.Next() {
		var table string
		var dead float64
		if rows.Scan(&table, &dead) == nil {
			gauge(descDead, dead, table)
		}
	}
}
