package app

import (
	"context"
	"io"
	"net"
	"time"

	"recado/channels"
	"recado/internal/channel"
	"recado/internal/chat"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/realtime"
)

// speak makes the adapters and what finds channels for them.
func (s *server) speak(ctx context.Context, url string) error {
	s.open = channel.Opener{Keys: s.keys, Base: s.base}
	s.channels = channel.NewDirectory(s.db, s.open)
	silent := func(_ context.Context, c channels.Channel) time.Duration { return s.keeper.Silent(c.ID) }
	out, tables, err := s.cfg.outside(ctx, url, s.db, s.keys, s.log, silent)
	s.tables = tables
	if err != nil {
		return err
	}
	if s.list, err = Adapters(out); err != nil {
		return err
	}
	for _, a := range s.list {
		s.adapters[a.Kind()] = a
	}
	return nil
}

// close lets go of what outlives the workers.
func (s *server) close() {
	if s.sims != nil {
		s.sims.Close()
	}
	if s.tables != nil {
		_ = s.tables.Close()
	}
	s.db.Close()
}

// local is how this server reaches itself.
func local(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// way is how what is written, by bots and by people, is fitted to channels.
func (s *server) way() inbox.Way { return inbox.WayOf(s.adapter, s.link, "es") }

// linkFor is how long an address given to a platform or a person stays good.
const linkFor = 7 * 24 * time.Hour

// link is where a platform or a person can fetch a file; "" when it is not known where they
// reach us.
func (s *server) link(c id.Company, m chat.Media) string {
	if s.base == "" {
		return ""
	}
	return s.base + s.files.Link(c, m, linkFor)
}

// file is a file as senders need it.
func (s *server) file(c id.Company, m chat.Media) (func(context.Context) (io.ReadCloser, error), string) {
	return func(ctx context.Context) (io.ReadCloser, error) { return s.files.Open(ctx, c, m.File) }, s.link(c, m)
}

const (
	attendTime = 5 * time.Second
	attendMost = 32 // calls at once; more are dropped, as they do no good late
)

// attend tells a platform that somebody is typing or has read, where it shows such things.
func (s *server) attend(to inbox.Addressee, typing bool) {
	select {
	case s.attending <- struct{}{}:
	default:
		return
	}
	go func() {
		defer func() { <-s.attending }()
		ctx, cancel := context.WithTimeout(context.Background(), attendTime)
		defer cancel()
		c, ok, err := s.channels.ByID(ctx, to.Channel)
		t, shows := s.adapter(c.Kind).(channels.Typer)
		if err != nil || !ok || !shows {
			return
		}
		if typing {
			err = t.Typing(ctx, c, to.Identity, to.Last)
		} else if to.Last != "" {
			err = t.Seen(ctx, c, to.Identity, to.Last)
		}
		if err != nil {
			s.log.Debug("attend", "channel", c.ID, "err", err)
		}
	}()
}

// refresh makes this node look at a channel afresh: its owner has changed it. The platform
// is told our address behind the owner's back; the panel's check says whether that went well.
func (s *server) refresh(c id.Channel) {
	s.channels.Forget(c)
	s.keeper.Wake()
	s.media.Wake()
	if s.sims != nil {
		if err := s.connectSimulators(context.Background()); err != nil {
			s.log.Error("simulated platforms", "err", err)
		}
	}
	go s.subscribe(c)
}

// subscribe tells a platform where we are, if it can be told.
func (s *server) subscribe(c id.Channel) {
	ctx, cancel := context.WithTimeout(context.Background(), subscribeTime)
	defer cancel()
	v, ok, err := s.channels.ByID(ctx, c)
	sub, can := s.adapter(v.Kind).(channels.Subscriber)
	if err != nil || !ok || !can || v.Hook == "" {
		return
	}
	if err := sub.Subscribe(ctx, v); err != nil {
		s.log.Warn("a platform was not told our address", "channel", c, "kind", v.Kind, "err", err)
	}
}

const subscribeTime = 20 * time.Second

// incident alerts the operator; the company's own people see it in the panel.
func (s *server) incident(c id.Company, ch id.Channel, kind string, opened bool) {
	if opened {
		s.log.Warn("incident opened", "kind", kind, "channel", ch, "company", c)
		return
	}
	s.log.Info("incident closed", "kind", kind, "channel", ch, "company", c)
}

// sessionChanged, risen and stored are told after commits.

func (s *server) sessionChanged(_ id.Company, c id.Channel) { s.outbox.Wake(c) }

func (s *server) risen(rs []inbox.Risen) {
	evs := make([]realtime.Event, 0, 2*len(rs))
	for _, r := range rs {
		evs = append(evs, realtime.Event{Kind: realtime.State, Company: r.Company, Conversation: r.Conversation, Message: r.Message},
			realtime.Event{Kind: realtime.Changed, Company: r.Company, Conversation: r.Conversation})
	}
	s.hub.Publish(evs...)
}

func (s *server) stored(c id.Company, conversation id.Conversation, m id.Message) {
	s.hub.Publish(realtime.Event{Kind: realtime.State, Company: c, Conversation: conversation, Message: m})
}
