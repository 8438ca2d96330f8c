package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"recado/flows/nodes"
	"recado/internal/assistant"
	"recado/internal/auth"
	"recado/internal/db"
	"recado/internal/demo"
	"recado/internal/demo/seed"
	"recado/internal/demo/shop"
	"recado/internal/file"
	"recado/internal/flow"
)

// demo fills the demo company when it is asked for, and returns its shop when it is there,
// nil when not.
func (s *server) demo(ctx context.Context, sc ServeConfig) (*demoShop, error) {
	c, there, err := seed.Find(ctx, s.db)
	if err != nil || !there && !sc.Demo {
		return nil, err
	}
	content, err := demo.Load()
	if err != nil {
		return nil, err
	}
	pictures := demo.NewFiles(content)
	if !there {
		s.log.Info("filling the demo company")
		seeder := seed.Seeder{DB: s.db, Auth: s.auth, Files: s.files, Bots: s.bots, Content: content, Pictures: pictures}
		made, err := seeder.Seed(ctx, sc.DemoPassword)
		if err != nil {
			return nil, err
		}
		c = made.Company
	}
	if s.sims != nil {
		if err := s.seedChannels(ctx, c); err != nil {
			return nil, fmt.Errorf("channels: %w", err)
		}
		if err := s.seedModel(ctx, c); err != nil {
			return nil, fmt.Errorf("language model: %w", err)
		}
		// A demo seeded by an earlier version has no products yet.
		err := s.db.ForCompany(ctx, c, func(tx db.CompanyTx) error { return seed.Catalogue(ctx, tx, content, time.Now()) })
		if err != nil {
			return nil, fmt.Errorf("catalogue: %w", err)
		}
	}
	out := &demoShop{company: c, files: pictures}
	for _, m := range content.Team {
		out.people = append(out.people, demoPerson{m.Name, m.Role, m.Email})
	}
	out.handler, err = shop.Handler(shop.Config{SiteKey: seed.SiteKey, BaseURL: s.cfg.BaseURL, Content: content, Files: pictures})
	return out, err
}

// SeedDemo fills the demo company and tells out what was made.
func SeedDemo(ctx context.Context, c Config, password string, log *slog.Logger, out io.Writer) error {
	content, err := demo.Load()
	if err != nil {
		return err
	}
	return WithDatabase(ctx, c, log, func(ctx context.Context, _ string, d *db.DB) error {
		keys, err := c.keys()
		if err != nil {
			return err
		}
		blobs, err := c.blobs()
		if err != nil {
			return err
		}
		files, err := file.New(d, blobs, keys.Derive("files"), file.Limits{})
		if err != nil {
			return err
		}
		started := time.Now()
		seeder := seed.Seeder{DB: d, Auth: auth.New(d, auth.Limits{}, log), Files: files, Bots: assistant.New(d, files, flow.New(d, nodes.Table, flow.Options{Files: files}), assistant.Options{}),
			Content: content, Pictures: demo.NewFiles(content)}
		r, err := seeder.Seed(ctx, password)
		if err != nil {
			return err
		}
		if !r.Fresh {
			_, err = fmt.Fprintf(out, "%s is already there (company %s); nothing was changed\n", content.Shop.Name, r.Company)
			return err
		}
		_, err = fmt.Fprintf(out, "%s is ready (company %s): %d people, %d labels, %d rules, %d questions, %d files,\n"+
			"%d contacts with %d messages from %s to %s; it took %.1f s\n",
			content.Shop.Name, r.Company, r.People, r.Labels, r.Rules, r.FAQs, r.Files, r.Contacts, r.Messages,
			r.FirstMessageAt.Format(time.DateOnly), r.LastMessageAt.Format(time.DateOnly), time.Since(started).Seconds())
		return err
	})
}
