package app

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/demo/phones"
	"recado/internal/id"
	"recado/internal/session"
	"recado/internal/sim"
)

// subscribeDemo tells the simulated platforms where we are, once we are there.
func (s *server) subscribeDemo(ctx context.Context) {
	rows, err := s.db.Direct(db.Pipeline).Query(ctx, `select id from channel where deleted_at is null and enabled`)
	if err != nil {
		s.log.Error("simulated platforms", "err", err)
		return
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[id.Channel])
	if err != nil {
		s.log.Error("simulated platforms", "err", err)
	}
	for _, c := range ids {
		s.subscribe(c)
	}
}

// connectSimulators makes the simulated platforms know every channel, as its owner would in
// the platform's console. A channel linked by QR code is met when its code is scanned.
func (s *server) connectSimulators(ctx context.Context) error {
	list, err := s.accounts(ctx, id.Company{})
	if err != nil {
		return err
	}
	for _, a := range list {
		p := s.sims.Of(a.Kind)
		if _, holds := s.adapter(channels.Kind(a.Kind)).(channels.Session); p == nil || holds {
			continue
		}
		if err := p.Connect(a); err != nil {
			s.log.Warn("a simulated platform does not take a channel", "channel", a.Name, "kind", a.Kind, "err", err)
		}
	}
	return nil
}

// accounts are the channels of a company, or of all, as their platforms know them.
func (s *server) accounts(ctx context.Context, c id.Company) ([]sim.Account, error) {
	rows, err := s.db.Direct(db.Pipeline).Query(ctx, `select c.id, c.company_id, c.kind, c.name,
			case when s.id is null then c.ref else ltrim(s.number, '+') end, c.settings, c.sealed_settings
		from channel c left join channel_session s on s.id = c.id
		where c.deleted_at is null and (s.id is null or s.linked) and ($1::uuid is null or c.company_id = $1) order by c.id`, c)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(r pgx.CollectableRow) (sim.Account, error) {
		var v channels.Channel
		var sealed []byte
		if err := r.Scan(&v.ID, &v.Company, (*string)(&v.Kind), &v.Name, &v.Ref, &v.Settings, &sealed); err != nil {
			return sim.Account{}, err
		}
		if err := s.open.Open(&v, sealed); err != nil {
			return sim.Account{}, err
		}
		fields := map[string]string{}
		_ = json.Unmarshal(v.Settings, &fields) // a webchat's are not strings, and it has no platform
		maps.Copy(fields, v.Secrets)
		return sim.Account{Kind: string(v.Kind), Ref: v.Ref, Name: v.Name, Fields: fields, Hook: v.Hook}, nil
	})
}

// demoRoutes adds the platforms and the page that plays their customers to what stands under
// /demo.
func (s *server) demoRoutes(shop *demoShop) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.Handle(demoPlatforms+"/", s.sims.Handler(demoPlatforms))
	page, err := phones.Handler(phones.Config{
		Platforms: slices.Collect(maps.Values(s.sims.ByName)), Files: shop.files, WhatsApp: s.sims.WhatsApp, Pending: s.links.pending, Done: s.stopping, Log: s.log,
		Accounts: func(ctx context.Context) ([]phones.Account, error) {
			list, err := s.accounts(ctx, shop.company)
			out := make([]phones.Account, len(list))
			for i, a := range list {
				out[i] = phones.Account{Kind: a.Kind, Ref: a.Ref, Name: a.Name}
			}
			return out, err
		},
	})
	if err != nil {
		return nil, err
	}
	mux.Handle("/demo/phones", page)
	mux.Handle("/demo/phones/", page)
	mux.Handle("/", shop.handler)
	return mux, nil
}

// links is the keeper as the API uses it. It remembers the codes being shown, so that a
// simulated phone can scan them.
type links struct {
	*session.Keeper
	mu    sync.Mutex
	codes map[id.Channel]string
}

// Link implements api.Sessions.
func (l *links) Link(ctx context.Context, company id.Company, c id.Channel, method, arg string, step func(channels.LinkStep)) error {
	defer l.show(c, "")
	return l.Keeper.Link(ctx, company, c, method, arg, func(st channels.LinkStep) {
		if st.Kind == "qr" {
			l.show(c, st.Payload)
		}
		step(st)
	})
}

func (l *links) show(c id.Channel, code string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.codes, c)
	if code != "" {
		l.codes[c] = code
	}
}

func (l *links) pending() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Values(l.codes))
}
