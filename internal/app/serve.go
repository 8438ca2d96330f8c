package app

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"recado/channels"
	"recado/channels/webchat"
	"recado/flows/nodes"
	"recado/internal/api"
	"recado/internal/assistant"
	"recado/internal/auth"
	"recado/internal/channel"
	"recado/internal/commerce/checkout"
	"recado/internal/db"
	"recado/internal/dispatch"
	"recado/internal/file"
	"recado/internal/flow"
	"recado/internal/flow/trial"
	"recado/internal/health"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/media"
	"recado/internal/outbox"
	"recado/internal/outside"
	"recado/internal/realtime"
	"recado/internal/seal"
	"recado/internal/session"
	"recado/internal/web"
	"recado/internal/web/hooks"
	"recado/internal/web/visitor"
)

// stopWithin is how long a stop may take: requests and calls in flight are finished, the
// rest is given back to the database for whoever comes next.
const stopWithin = 20 * time.Second

// server is everything a serving process runs.
type server struct {
	cfg      Config
	log      *slog.Logger
	node     string
	db       *db.DB
	keys     *seal.Keys
	list     []channels.Adapter
	adapters map[channels.Kind]channels.Adapter
	tables   *sql.DB // of the WhatsApp library
	sims     *Simulators
	base     string // public address for platforms; "" when none is known

	hub       *realtime.Hub
	bots      *assistant.Service
	flows     *flow.Service
	outside   *outside.Outside
	dispatch  *dispatch.Dispatcher
	outbox    *outbox.Worker
	intake    *inbox.Intake
	files     *file.Files
	channels  *channel.Directory
	open      channel.Opener
	keeper    *session.Keeper
	media     *media.Media
	wire      *health.Log
	attending chan struct{}
	stopping  chan struct{} // closed when it does
	links     *links
	watch     *health.Watch
	auth      *auth.Service
	live      *api.Live
	door      *visitor.Door
	jobs      *jobs
	http      *http.Server
}

// Serve runs a node until ctx ends. out gets the addresses and, when all is up, a line that
// begins with "ready".
func Serve(ctx context.Context, c Config, sc ServeConfig, log *slog.Logger, out io.Writer) error {
	if err := c.check(); err != nil {
		return err
	}
	started := time.Now()
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; choose another with RECADO_ADDR", c.Addr, err)
	}
	defer listener.Close()
	pg, err := openDatabase(ctx, c, log)
	if err != nil {
		return err
	}
	defer pg.stop(log)
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	s, err := assemble(work, c, sc, listener.Addr(), pg.url, log)
	if err != nil {
		return err
	}
	defer s.close()
	seeded, err := s.demo(ctx, sc)
	if err != nil {
		return fmt.Errorf("demo company: %w", err)
	}
	if err := s.routes(seeded); err != nil {
		return err
	}
	if s.sims != nil {
		if err := s.connectSimulators(ctx); err != nil {
			return fmt.Errorf("simulated platforms: %w", err)
		}
	}
	var running sync.WaitGroup
	running.Go(func() { pg.keep(work, log) })
	s.start(work, &running)
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(listener) }()
	if s.sims != nil {
		s.subscribeDemo(ctx)
	}
	announce(out, c, listener.Addr(), seeded, sc, time.Since(started))
	debug.FreeOSMemory() // what starting took is not needed again, and the runtime would keep it for minutes
	select {
	case <-ctx.Done():
		log.Info("stopping")
		err = nil
	case err = <-failed:
	}
	s.stop(stopWork, &running)
	return err
}

// assemble makes the rooms and joins them; nothing runs yet but the inbox's flushers.
func assemble(ctx context.Context, c Config, sc ServeConfig, addr net.Addr, url string, log *slog.Logger) (*server, error) {
	s := &server{cfg: c, log: log, node: rand.Text()[:12], adapters: map[channels.Kind]channels.Adapter{}, attending: make(chan struct{}, attendMost), stopping: make(chan struct{}), base: strings.TrimRight(c.BaseURL, "/")}
	var err error
	if sc.Demo && c.Simulators == "" {
		if s.sims, err = NewSimulators(); err != nil {
			return nil, err
		}
		s.cfg.Simulators = "http://" + local(addr) + demoPlatforms
		s.sims.Served(s.cfg.Simulators)
	}
	if s.base == "" && s.cfg.Simulators != "" {
		s.base = "http://" + local(addr) // they stand beside us
	}
	if s.keys, err = c.keys(); err != nil {
		return nil, err
	}
	if s.db, err = db.Open(ctx, url, db.Options{Log: log}); err != nil {
		return nil, err
	}
	blobs, err := c.blobs()
	if err != nil {
		return nil, err
	}
	if s.files, err = file.New(s.db, blobs, s.keys.Derive("files"), file.Limits{}); err != nil {
		return nil, err
	}
	if err := s.speak(ctx, url); err != nil {
		return nil, err
	}
	s.hub = realtime.New(s.db, s.node, log)
	s.auth = auth.New(s.db, auth.Limits{}, log)
	s.flows = flow.New(s.db, nodes.Table, flow.Options{Files: s.files, Fit: s.way().Fit, Globals: globalFields})
	s.bots = assistant.New(s.db, s.files, s.flows, assistant.Options{Globals: globalValues})
	if s.outside, err = s.calls(); err != nil {
		return nil, err
	}
	s.dispatch = dispatch.New(s.db, dispatch.Config{Node: s.node, Bots: s.bots, Hosts: hosts{s.outside}, Way: s.way(), Done: s.changed, Elapsed: s.elapsed, Log: log})
	if s.intake, err = inbox.NewIntake(ctx, s.db, c.spoolDir(), log, inbox.Told{Arrived: s.arrived, Risen: s.risen}); err != nil {
		return nil, err
	}
	s.keeper = session.New(s.db, session.Config{Node: s.node, Adapter: s.adapter, Load: s.channels.Load, Sink: s.intake.Take, Changed: s.sessionChanged, Log: log})
	s.links = &links{Keeper: s.keeper, codes: map[id.Channel]string{}}
	s.wire = health.NewLog(s.db, log)
	s.watch = &health.Watch{DB: s.db, Changed: s.incident, Log: log}
	s.media = media.New(s.db, media.Config{Adapter: s.adapter, Load: s.channels.Load, Files: s.files, Stored: s.stored, Record: s.wire.Record, Log: log})
	s.outbox = outbox.New(s.db, outbox.Config{Node: s.node, Adapter: s.adapter, Open: s.open.Open, Held: s.keeper.Held, File: s.file,
		Record: s.wire.Record, Done: s.sent, Log: log})
	s.live = api.NewLive(s.db, s.hub, s.files)
	s.jobs, err = newJobs(s)
	return s, err
}

func (s *server) adapter(k channels.Kind) channels.Adapter { return s.adapters[k] }

// routes makes the HTTP server.
func (s *server) routes(demo *demoShop) error {
	rest := api.New(api.Deps{
		DB: s.db, Auth: s.auth, Log: s.log, BaseURL: s.cfg.BaseURL, Files: s.files, Keys: s.keys, Live: s.live, Bots: s.bots,
		Flows: s.flows, Trials: trial.New(s.db, s.bots, s.flows, hosts{s.outside}.pretend), Outside: s.outside,
		Adapters: s.list, Way: s.way(), Open: s.open, Sessions: s.links, Refresh: s.refresh, Attend: s.attend, Record: s.wire.Record, Voice: s.media.Voice, Changed: s.changed, Online: s.live.Online,
	})
	s.door = visitor.New(visitor.Config{
		DB: s.db, Intake: s.intake, Hub: s.hub, Files: s.files, Tokens: webchat.Tokens{Key: s.keys.Derive("visitor")},
		Secret: s.secret, BaseURL: s.baseURL, Refuse: api.Refuse, Log: s.log,
	})
	root := web.Root{API: rest, Visitor: s.door, Scope: rest.Scope, Media: s.files.Handler(s.log), Ready: s.ready, Metrics: s.metrics()}
	root.Cart = checkout.Handler(checkout.Config{DB: s.db, Links: outside.CartLinks(s.keys, s.base), Told: s.dispatch.Wake, Log: s.log})
	root.Hooks = hooks.Config{Adapter: s.adapter, Find: s.channels.ByID, Lookup: s.channels.ByRef, Take: s.intake.Take,
		Record: func(ctx context.Context, c channels.Channel) context.Context {
			return s.wire.Record(ctx, c, id.Message{})
		}, Log: s.log}
	switch {
	case s.sims != nil:
		var err error
		if root.Demo, err = s.demoRoutes(demo); err != nil {
			return err
		}
	case demo != nil:
		root.Demo = demo.handler
	}
	s.http = &http.Server{
		Handler: web.RealIP(s.cfg.Proxies, root.Handler()), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 20 * time.Second, WriteTimeout: 2 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	return nil
}

func (s *server) start(ctx context.Context, wg *sync.WaitGroup) {
	wg.Go(func() { s.hub.Run(ctx, s.dispatch.Wake) })
	wg.Go(func() { s.dispatch.Run(ctx) })
	wg.Go(func() { s.outbox.Run(ctx) })
	wg.Go(func() { s.relay(ctx) })
	wg.Go(func() { s.intake.Run(ctx) })
	wg.Go(func() { s.keeper.Run(ctx) })
	wg.Go(func() { s.media.Run(ctx) })
	wg.Go(func() { s.wire.Run(ctx) })
	wg.Go(func() { s.watch.Run(ctx) })
	wg.Go(func() { s.jobs.run(ctx) })
	s.dispatch.Wake()
}

// stop takes nothing new, finishes what runs, and waits for it.
func (s *server) stop(stopWork context.CancelFunc, running *sync.WaitGroup) {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	close(s.stopping)
	s.door.Stop()
	s.live.Stop()
	if err := s.http.Shutdown(ctx); err != nil {
		s.log.Warn("requests were cut", "err", err)
		_ = s.http.Close()
	}
	stopWork()
	done := make(chan struct{})
	go func() { running.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		s.log.Warn("stopping took too long; the next start finishes the rest")
	}
}

// arrived, changed, sent and elapsed are told after commits, and pass on who must know.

func (s *server) arrived(as []inbox.Arrival) {
	evs := make([]realtime.Event, len(as))
	turn, file, past := false, false, map[id.Channel]int{}
	for i, a := range as {
		turn, file = turn || a.Turn, file || a.File
		if a.Past {
			past[a.Channel]++
		}
		evs[i] = realtime.Event{Kind: realtime.Changed, Company: a.Company, Conversation: a.Conversation}
		if a.Seq <= 3 { // the visitor's socket may not know its conversation yet
			evs[i].Address = realtime.AddressOf(a.Channel, a.Identity)
		}
	}
	if turn {
		s.dispatch.Wake()
	}
	if file {
		s.media.Wake()
	}
	for c, n := range past {
		s.keeper.Fetched(c, n)
	}
	s.hub.Publish(evs...)
}

func (s *server) changed(c id.Company, ch inbox.Change) {
	evs := []realtime.Event{{Kind: realtime.Changed, Company: c, Conversation: ch.Conversation}}
	for _, m := range ch.Cancelled {
		evs = append(evs, realtime.Event{Kind: realtime.State, Company: c, Conversation: ch.Conversation, Message: m})
	}
	if !ch.Lane.IsZero() {
		s.outbox.Wake(ch.Lane)
		evs = append(evs, realtime.Event{Kind: realtime.Work, Lane: ch.Lane})
	}
	s.hub.Publish(evs...)
}

func (s *server) sent(rs []outbox.Result) {
	evs := make([]realtime.Event, len(rs))
	for i, r := range rs {
		evs[i] = realtime.Event{Kind: realtime.State, Company: r.Company, Conversation: r.Conversation, Message: r.Message}
	}
	s.hub.Publish(evs...)
}

func (s *server) elapsed(c id.Company, conversation id.Conversation) {
	s.changed(c, inbox.Change{Conversation: conversation})
}

// relay wakes the outbox for lanes that other nodes queued work for.
func (s *server) relay(ctx context.Context) {
	sub := s.hub.Subscribe(realtime.Topic{})
	defer sub.Close()
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-sub.C:
			s.outbox.Wake(e.Lane)
		}
	}
}

func (s *server) secret(ctx context.Context, c channels.Channel) (secret []byte, err error) {
	err = s.db.ForCompany(ctx, c.Company, func(tx db.CompanyTx) error {
		secret, err = channel.Secret(ctx, tx, s.keys, c.ID)
		return err
	})
	return secret, err
}

func (s *server) baseURL(r *http.Request) string {
	if s.cfg.BaseURL != "" {
		return s.cfg.BaseURL
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// ready says whether this node should be given work.
func (s *server) ready(ctx context.Context) error {
	if _, err := db.Now(ctx, s.db.Direct(db.Pipeline)); err != nil {
		return errors.New("the database cannot be reached")
	}
	if n := s.intake.Spooled(); n > 0 {
		return fmt.Errorf("%d inbound messages wait in the spool", n)
	}
	return nil
}
