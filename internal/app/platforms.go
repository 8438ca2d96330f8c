package app

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"

	"github.com/jackc/pgx/v5"

	"recado/channels"
	"recado/internal/db"
	"recado/internal/id"
	"recado/internal/sim"
)

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
	rows, err := s.db.Direct(db.Pipeline).Query(ctx, `select id, company_id, kind, name, ref, settings, sealed_settings from channel
		where deleted_at is null and ($1::uuid is null or company_id = $1) order by id`, c)
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

// demoRoutes adds the platforms to what stands under /demo.
func (s *server) demoRoutes(shop http.Handler) http.Handler {
	platforms := s.sims.Handler(demoPlatforms)
	mux := http.NewServeMux()
	mux.Handle(demoPlatforms+"/", platforms)
	if shop != nil {
		mux.Handle("/", shop)
	}
	return mux
}
