package outbox

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
)

//go:embed queries/lanes.sql
var lanesSQL string

//go:embed queries/recover.sql
var recoverSQL string

//go:embed queries/claim.sql
var claimSQL string

//go:embed queries/promote.sql
var promoteSQL string

// Result is told after a commit what became of a message.
type Result struct {
	Company      id.Company
	Conversation id.Conversation
	Message      id.Message
	Outcome      Outcome
}

// Config is what a Worker needs. Adapter returns nil for a kind this program does not know;
// its lanes are left alone.
type Config struct {
	Node    string // unique to this process
	Adapter func(channels.Kind) channels.Adapter
	// Open completes a channel with its secrets, which are sealed; nil where none have any.
	Open func(c *channels.Channel, sealed []byte) error
	// Held are the channels whose sockets this node holds; nil where none have any.
	Held func() []id.Channel
	// File gives the bytes of a file and an address at which a platform can fetch it; nil
	// where none are sent.
	File func(id.Company, chat.Media) (open func(context.Context) (io.ReadCloser, error), link string)
	// Record lets the channel's log listen to a call; may be nil.
	Record func(context.Context, channels.Channel, id.Message) context.Context
	Done   func([]Result) // after each commit; must not block
	Log    *slog.Logger
}

const (
	leaseFor    = 10 * time.Second // as in queries/lanes.sql
	renewEvery  = 3 * time.Second
	pollEvery   = time.Second // a backstop: work is announced by Wake
	idleRelease = 15 * time.Second
	maxLanes    = 2000 // of one node
	maxInFlight = 512  // calls of one node
	perLane     = 200  // items of one lane in one claim
	callTimeout = 20 * time.Second
	headOfLane  = 500           // items a claim looks at
	wholeLane   = math.MaxInt32 // once per poll
)

// Worker sends what waits in the lanes this node holds.
type Worker struct {
	db   *db.DB
	cfg  Config
	wake chan struct{}

	mu    sync.Mutex
	woken map[id.Channel]bool
	doubt map[id.Channel]bool // see disown

	lanes    map[id.Channel]*lane // touched by Run's goroutine only
	dry      bool                 // the last claim found nothing; likewise
	inFlight chan struct{}
	results  chan attemptResult
	calls    sync.WaitGroup
}

// lane is one this node holds.
type lane struct {
	channel  channels.Channel
	fence    int64
	adapter  channels.Adapter
	lastWork time.Time
	out      *atomic.Int64 // items claimed whose outcome is not written yet
}

// attempt is one claimed item, with its lane as it was when it was claimed.
type attempt struct {
	msg     channels.Outgoing
	company id.Company
	lane    lane
	fence   int64
	resent  bool // an unsure attempt came before this one
}

// New makes a Worker; Run starts it.
func New(d *db.DB, c Config) *Worker {
	return &Worker{
		db: d, cfg: c, wake: make(chan struct{}, 1), woken: map[id.Channel]bool{}, doubt: map[id.Channel]bool{}, lanes: map[id.Channel]*lane{},
		inFlight: make(chan struct{}, maxInFlight), results: make(chan attemptResult, maxInFlight),
	}
}

// Wake says that lanes have new work. It never blocks.
func (w *Worker) Wake(lanes ...id.Channel) {
	w.mu.Lock()
	for _, l := range lanes {
		w.woken[l] = true
	}
	w.mu.Unlock()
	w.nudge()
}

func (w *Worker) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends, then lets running calls finish, records them and gives the
// lanes back.
func (w *Worker) Run(ctx context.Context) {
	done := make(chan struct{})
	go func() { w.complete(); close(done) }()
	poll, renew := time.NewTicker(pollEvery), time.NewTicker(renewEvery)
	defer poll.Stop()
	defer renew.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-w.wake:
			w.work(ctx, w.takeWoken())
		case <-renew.C:
			w.release(ctx)
			w.lease(ctx, w.held())
		case <-poll.C:
			w.promote(ctx)
			w.lease(ctx, nil)
			w.work(ctx, nil)
			w.dig(ctx)
		}
	}
	w.calls.Wait()
	close(w.results)
	<-done
	w.giveBack(context.WithoutCancel(ctx))
}

func (w *Worker) takeWoken() []id.Channel {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]id.Channel, 0, len(w.woken))
	for l := range w.woken {
		out = append(out, l)
	}
	clear(w.woken)
	return out
}

func (w *Worker) held() []id.Channel {
	out := make([]id.Channel, 0, len(w.lanes))
	for l := range w.lanes {
		out = append(out, l)
	}
	return out
}

// work leases the woken lanes this node does not hold yet, then claims and sends until
// nothing is ready or every call slot is taken.
func (w *Worker) work(ctx context.Context, woken []id.Channel) {
	var foreign []id.Channel
	for _, l := range woken {
		if _, ok := w.lanes[l]; !ok {
			foreign = append(foreign, l)
		}
	}
	if len(foreign) > 0 {
		w.lease(ctx, foreign)
	}
	for ctx.Err() == nil && len(w.lanes) > 0 {
		free := maxInFlight - len(w.inFlight)
		if free == 0 {
			return // a finished call nudges
		}
		n := w.claim(ctx, free, headOfLane)
		w.dry = n == 0
		if n < free {
			return
		}
	}
}

// dig looks behind the heads of the lanes, where all may belong to conversations that wait.
func (w *Worker) dig(ctx context.Context) {
	if free := maxInFlight - len(w.inFlight); w.dry && free > 0 && len(w.lanes) > 0 {
		w.claim(ctx, free, wholeLane)
	}
}

// disown says that an attempt stands on record in this lane whose outcome was lost. The lane
// is leased anew under another fence, and what has the old one is recovered as if this node
// had died.
func (w *Worker) disown(l id.Channel) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.doubt[l] = true
}

// forgetDoubtful gives up the leases that disown named.
func (w *Worker) forgetDoubtful() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for l := range w.doubt {
		delete(w.lanes, l)
	}
	clear(w.doubt)
}

// lease takes and renews lanes: those named, those held with work, and any with work that
// nobody holds.
func (w *Worker) lease(ctx context.Context, named []id.Channel) {
	w.forgetDoubtful()
	fences := make([]int64, 0, len(w.lanes))
	for _, l := range w.lanes {
		fences = append(fences, l.fence)
	}
	var held []id.Channel
	if w.cfg.Held != nil {
		held = w.cfg.Held()
	}
	rows, err := w.db.Direct(db.Pipeline).Query(ctx, lanesSQL, w.cfg.Node, db.UUIDs(named), maxLanes, fences, db.UUIDs(held))
	if err != nil {
		w.failed(ctx, "lease lanes", err)
		return
	}
	var fresh []*lane
	_, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (struct{}, error) {
		var l lane
		var sealed []byte
		err := r.Scan(&l.channel.ID, &l.channel.Company, &l.fence, (*string)(&l.channel.Kind), &l.channel.Name, &l.channel.Ref, &l.channel.Settings, &sealed)
		if err != nil {
			return struct{}{}, err
		}
		if w.cfg.Open != nil {
			if err := w.cfg.Open(&l.channel, sealed); err != nil {
				w.cfg.Log.Error("open channel", "channel", l.channel.ID, "err", err)
				return struct{}{}, nil // its lane waits until the key is there
			}
		}
		if l.adapter = w.cfg.Adapter(l.channel.Kind); l.adapter == nil {
			return struct{}{}, nil
		}
		if old, ok := w.lanes[l.channel.ID]; ok && old.fence == l.fence {
			old.channel = l.channel // settings may have changed
			return struct{}{}, nil
		}
		l.lastWork, l.out = time.Now(), new(atomic.Int64)
		w.lanes[l.channel.ID] = &l
		fresh = append(fresh, &l)
		return struct{}{}, nil
	})
	if err != nil {
		w.failed(ctx, "lease lanes", err)
		return
	}
	w.recover(ctx, fresh)
}

// recover settles what the lanes' former owner left in the middle of a call.
func (w *Worker) recover(ctx context.Context, fresh []*lane) {
	if len(fresh) == 0 {
		return
	}
	ids, fences, idem := make([]pgtype.UUID, len(fresh)), make([]int64, len(fresh)), make([]bool, len(fresh))
	for i, l := range fresh {
		ids[i] = pgtype.UUID{Bytes: l.channel.ID, Valid: true}
		fences[i], idem[i] = l.fence, l.adapter.Capabilities(l.channel).Idempotent
	}
	var lost []Result
	rows, err := w.db.Direct(db.Pipeline).Query(ctx, recoverSQL, ids, fences, idem)
	if err == nil { // what the server refuses shows only when the rows are read
		lost, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r Result, err error) {
			err = row.Scan(&r.Message, &r.Company, &r.Conversation, (*string)(&r.Outcome))
			return r, err
		})
	}
	if err != nil {
		w.failed(ctx, "recover lanes", err)
		for _, l := range fresh { // lease them anew: recovery comes before any claim
			delete(w.lanes, l.channel.ID)
		}
		return
	}
	if len(lost) > 0 {
		w.cfg.Log.Warn("took over attempts of another node", "messages", len(lost))
		w.cfg.Done(lost)
	}
}

// claim takes up to n items among the first depth of each lane and starts their calls; it
// returns how many it got.
func (w *Worker) claim(ctx context.Context, n, depth int) int {
	ids, fences, limits := []pgtype.UUID{}, []int64{}, []int32{}
	for _, l := range w.lanes {
		ids = append(ids, pgtype.UUID{Bytes: l.channel.ID, Valid: true})
		fences = append(fences, l.fence)
		limits = append(limits, int32(min(perLane, max(1, n/len(w.lanes)))))
	}
	var got []attempt
	// A claim under way while stopping is awaited: its items go back uncalled, not unsure.
	qctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseFor)
	defer cancel()
	rows, err := w.db.Direct(db.Pipeline).Query(qctx, claimSQL, ids, fences, limits, depth)
	if err == nil {
		got, err = pgx.CollectRows(rows, w.scan)
	}
	if err != nil {
		w.failed(ctx, "claim items", err)
		if !db.Refused(err) {
			clear(w.lanes) // the claim may stand although its answer was lost: as in disown
		}
		return 0
	}
	if err := w.refs(qctx, got); err != nil { // a quote is lost, not the message
		w.failed(ctx, "find quoted messages", err)
	}
	chains := map[id.Conversation][]attempt{}
	var order []id.Conversation
	for _, a := range got {
		a.lane.out.Add(1)
		c := a.msg.Conversation
		if chains[c] == nil {
			order = append(order, c)
		}
		chains[c] = append(chains[c], a)
	}
	for _, c := range order {
		w.start(ctx, chains[c])
	}
	return len(got)
}

func (w *Worker) scan(r pgx.CollectableRow) (a attempt, err error) {
	var lane id.Channel
	var content json.RawMessage
	var since int64
	err = r.Scan(&a.msg.ID, &a.company, &lane, &a.msg.Conversation, &a.msg.Attempt, &a.fence, &a.resent, &a.msg.To, &content, (*string)(&a.msg.Author), &since)
	if err != nil {
		return a, err
	}
	a.msg.Since = time.Duration(since) * time.Millisecond
	l := w.lanes[lane]
	l.lastWork = time.Now()
	a.lane = *l
	return a, json.Unmarshal(content, &a.msg.Content)
}

// start sends one conversation's items one after the other.
func (w *Worker) start(ctx context.Context, chain []attempt) {
	w.inFlight <- struct{}{}
	w.calls.Add(1)
	go func() {
		defer w.calls.Done()
		defer func() { <-w.inFlight }()
		for i, a := range chain {
			r := w.call(ctx, a)
			w.results <- r
			if r.outcome == Delivered || r.outcome == Failed || r.outcome == Refused {
				continue
			}
			for _, rest := range chain[i+1:] { // order within the conversation: what follows waits
				w.results <- attemptResult{attempt: rest, outcome: Released}
			}
			return
		}
	}()
}

func (w *Worker) call(ctx context.Context, a attempt) attemptResult {
	if ctx.Err() != nil {
		return attemptResult{attempt: a, outcome: Released} // stopping: not called, so nothing to wonder about
	}
	// A call that has begun is finished even while stopping: its outcome would be unknown.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	if w.cfg.Record != nil {
		ctx = w.cfg.Record(ctx, a.lane.channel, a.msg.ID)
	}
	if m := a.msg.Content.Media; m != nil && w.cfg.File != nil {
		a.msg.Open, a.msg.Link = w.cfg.File(a.company, *m)
	}
	sent, err := send(ctx, a)
	return judge(a, sent, err)
}

// send calls the adapter. A panic in it is an error of this attempt, not the end of the
// process: the same message would end the next one too.
func send(ctx context.Context, a attempt) (sent channels.Sent, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &errs.Send{Op: "send", Class: errs.Retryable, MaybeSent: true, Code: "panic", Err: fmt.Errorf("%v\n%s", p, debug.Stack())}
		}
	}()
	return a.lane.adapter.Send(ctx, a.lane.channel, a.msg)
}

// refs finds what platforms call the messages that these quote or react to.
func (w *Worker) refs(ctx context.Context, as []attempt) error {
	var ids []id.Message
	for _, a := range as {
		if q := a.msg.Content.Quote; !q.IsZero() {
			ids = append(ids, q)
		}
		if r := a.msg.Content.Reaction; r != nil {
			ids = append(ids, r.Message)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := w.db.Direct(db.Pipeline).Query(ctx, `select id, coalesce(provider_id, '') from message where id = any($1::uuid[])`, db.UUIDs(ids))
	if err != nil {
		return err
	}
	names := map[id.Message]string{}
	for rows.Next() {
		var m id.Message
		var ref string
		if err := rows.Scan(&m, &ref); err != nil {
			rows.Close()
			return err
		}
		names[m] = ref
	}
	for i := range as {
		as[i].msg.Refs.Quote = names[as[i].msg.Content.Quote]
		if r := as[i].msg.Content.Reaction; r != nil {
			as[i].msg.Refs.React = names[r.Message]
		}
	}
	return rows.Err()
}

// promote puts back in line what has waited long enough.
func (w *Worker) promote(ctx context.Context) {
	rows, err := w.db.Direct(db.Pipeline).Query(ctx, promoteSQL)
	if err == nil {
		_, err = pgx.CollectRows(rows, pgx.RowTo[id.Channel])
	}
	if err != nil {
		w.failed(ctx, "promote items", err)
	}
}

// release gives idle lanes back, so that they are not renewed for nothing.
func (w *Worker) release(ctx context.Context) {
	var idle []id.Channel
	for k, l := range w.lanes {
		if l.out.Load() == 0 && time.Since(l.lastWork) > idleRelease {
			idle = append(idle, k)
		}
	}
	w.drop(ctx, idle)
}

func (w *Worker) giveBack(ctx context.Context) { w.drop(ctx, w.held()) }

func (w *Worker) drop(ctx context.Context, ids []id.Channel) {
	if len(ids) == 0 {
		return
	}
	for _, k := range ids {
		delete(w.lanes, k)
	}
	_, err := w.db.Direct(db.Pipeline).Exec(ctx,
		`update lane set lease_until = now() where id = any($1::uuid[]) and lease_node = $2`, db.UUIDs(ids), w.cfg.Node)
	if err != nil {
		w.failed(ctx, "release lanes", err)
	}
}

func (w *Worker) failed(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		w.cfg.Log.Error(what, "err", err)
	}
}

// State is what the interface shows for an outcome.
func (o Outcome) State() chat.State {
	switch o {
	case Delivered:
		return chat.Sent
	case Failed:
		return chat.Failed
	case Refused:
		return chat.Cancelled
	case Unsure:
		return chat.Unsure
	}
	return chat.Queued
}
