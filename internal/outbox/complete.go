package outbox

import (
	"context"
	_ "embed"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/errs"
)

//go:embed queries/complete.sql
var completeSQL string

// Outcome is what came of one attempt. The words stand in delivery_event.
type Outcome string

const (
	Delivered Outcome = "sent"     // the platform took it
	Failed    Outcome = "failed"   // it never will
	Refused   Outcome = "refused"  // the recipient does not want it
	Retry     Outcome = "retry"    // again later; the conversation waits, the lane goes on
	Unsure    Outcome = "unsure"   // it may have been taken
	Held      Outcome = "held"     // the platform said wait for this recipient: their conversation waits, no attempt counted
	Limited   Outcome = "limited"  // the platform said wait: the lane waits, no attempt counted
	Stopped   Outcome = "stopped"  // the channel is down until a person acts
	Released  Outcome = "released" // not called
)

type attemptResult struct {
	attempt
	outcome  Outcome
	provider string
	at       *time.Time
	code     string
	detail   string
	wait     time.Duration
}

const (
	maxTries      = 6
	baseDelay     = 2 * time.Second
	maxDelay      = 5 * time.Minute
	unsureReply   = 10 * time.Second
	limitFallback = 5 * time.Second
)

// judge turns a Send's return into an outcome.
func judge(a attempt, sent channels.Sent, err error) attemptResult {
	r := attemptResult{attempt: a, provider: sent.ProviderID}
	if err == nil {
		r.outcome = Delivered
		if !sent.At.IsZero() {
			r.at = &sent.At
		}
		return r
	}
	var e *errs.Send
	if !errors.As(err, &e) {
		e = &errs.Send{Op: "send", Class: errs.Retryable, Code: "unknown", Err: err}
	}
	r.code = e.Code
	if e.Err != nil {
		r.detail = e.Err.Error()
	}
	switch {
	case e.MaybeSent && !a.lane.adapter.Capabilities(a.lane.channel).Idempotent:
		if a.resent { // once is enough: who wants a third try asks for it
			r.outcome = Failed
			break
		}
		r.outcome, r.wait = Unsure, unsureReply
	case e.Class == errs.Permanent:
		r.outcome = Failed
	case e.Class == errs.Refused:
		r.outcome = Refused
	case e.Class == errs.ChannelDown:
		r.outcome = Stopped
	case e.Class == errs.RateLimited && e.Pair:
		r.outcome, r.wait = Held, jitter(max(e.RetryAfter, 0), limitFallback)
	case e.Class == errs.RateLimited:
		r.outcome, r.wait = Limited, jitter(max(e.RetryAfter, 0), limitFallback)
	case a.msg.Attempt >= maxTries:
		r.outcome = Failed
	default:
		r.outcome, r.wait = Retry, backoff(a.msg.Attempt)
	}
	return r
}

// backoff is exponential with full jitter, at least half a second.
func backoff(attempt int) time.Duration {
	top := min(baseDelay<<min(attempt-1, 10), maxDelay)
	return 500*time.Millisecond + rand.N(top)
}

// jitter adds up to a tenth, never less than what the platform asked for.
func jitter(d, fallback time.Duration) time.Duration {
	if d == 0 {
		d = fallback
	}
	return d + rand.N(d/10+1)
}

const (
	maxDetail   = 500 // bytes
	maxProvider = 400 // as message_ref allows
)

// clip makes a platform's words storable: a database refuses broken UTF-8 and NUL, and with
// them every other outcome of the batch.
func clip(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}

// complete commits results, many at a time: while one batch is being written the next one
// gathers. It ends when the results are closed. A batch the database could not take is
// tried again: the outcome of a call that was made must not be lost while we live.
func (w *Worker) complete() {
	for r := range w.results {
		batch := []attemptResult{r}
	gather:
		for len(batch) < maxInFlight {
			select {
			case r, ok := <-w.results:
				if !ok {
					break gather
				}
				batch = append(batch, r)
			default:
				break gather
			}
		}
		w.record(batch)
	}
}

const recordFor = 15 * time.Second // longer than a lease: after that the fence has moved on

func (w *Worker) record(batch []attemptResult) {
	ctx, cancel := context.WithTimeout(context.Background(), recordFor)
	defer cancel()
	defer func() {
		for _, r := range batch {
			r.lane.out.Add(-1)
		}
		w.nudge() // what waited behind these in their conversations may leave now
	}()
	for try := 0; ; try++ {
		done, err := w.write(ctx, batch)
		if err == nil {
			if len(done) > 0 {
				w.cfg.Done(done)
			}
			if missed := len(batch) - len(done); missed > 0 {
				w.cfg.Log.Warn("lease lost: results not written", "messages", missed)
			}
			return
		}
		if ctx.Err() != nil {
			w.cfg.Log.Error("results not written; their messages will be unsure", "messages", len(batch), "err", err)
			for _, r := range batch {
				w.disown(r.lane.channel.ID)
			}
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(min(50*time.Millisecond<<min(try, 5), time.Second)):
		}
	}
}

func (w *Worker) write(ctx context.Context, batch []attemptResult) ([]Result, error) {
	n := len(batch)
	ids, fences, waits := make([]pgtype.UUID, n), make([]int64, n), make([]int64, n)
	outcomes, providers, codes, details := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	ats := make([]*time.Time, n)
	for i, r := range batch {
		ids[i], fences[i], waits[i] = pgtype.UUID{Bytes: r.msg.ID, Valid: true}, r.fence, r.wait.Milliseconds()
		outcomes[i], providers[i], codes[i], details[i], ats[i] = string(r.outcome), clip(r.provider, maxProvider), clip(r.code, maxDetail), clip(r.detail, maxDetail), r.at
	}
	rows, err := w.db.Direct(db.Pipeline).Query(ctx, completeSQL, ids, fences, outcomes, providers, codes, details, waits, ats)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r Result, err error) {
		err = row.Scan(&r.Message, &r.Company, &r.Conversation, (*string)(&r.Outcome))
		return r, err
	})
}
