// Package seed fills a database with the demo company of package demo: its people, bot,
// files and channel, and six weeks of conversations as the live program would have left
// them.
//
// Seeding is done once. The company, each of its people and each of its files are
// transactions of their own that a later seeding finds and keeps; all the rest is one
// transaction, so that the demo's channel is there when, and only when, everything is. A
// seeding that was killed is finished by the next one.
package seed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/channels/webchat"
	"recado/internal/assistant"
	"recado/internal/auth"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/demo"
	"recado/internal/file"
	"recado/internal/id"
)

// SiteKey is the demo channel's public reference.
const SiteKey = "tienda-aurora-demo"

// Seeder is what seeding needs.
type Seeder struct {
	DB       *db.DB
	Auth     *auth.Service
	Files    *file.Files
	Bots     *assistant.Service
	Content  *demo.Content
	Pictures *demo.Files
	Now      func() time.Time // nil: time.Now
}

// Report is what a seeding made. Only Company is set when everything was there.
type Report struct {
	Company                            id.Company
	Fresh                              bool
	People, Files, Labels, Rules, FAQs int
	Contacts, Conversations, Messages  int
	FirstMessageAt, LastMessageAt      time.Time
}

// Find returns the demo company; ok is false when it is not there or not complete. A demo
// whose channel was disconnected since is still complete.
func Find(ctx context.Context, d *db.DB) (c id.Company, ok bool, err error) {
	err = d.Direct(db.Pipeline).QueryRow(ctx, `select co.id from company co join channel ch on ch.company_id = co.id
		where co.demo and ch.kind = $1 and (ch.ref = $2 or starts_with(ch.ref, $2 || ' deleted ')) limit 1`,
		string(webchat.Kind), SiteKey).Scan(&c)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, false, nil
	}
	return c, err == nil, err
}

// Seed fills the demo company unless it is there. password becomes that of all its people.
// Of several nodes that seed at once one works and the others wait.
func (s *Seeder) Seed(ctx context.Context, password string) (Report, error) {
	c, ok, err := Find(ctx, s.DB)
	if err != nil || ok {
		return Report{Company: c}, err
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return Report{}, err
	}
	defer unlock()
	if c, ok, err = Find(ctx, s.DB); err != nil || ok {
		return Report{Company: c}, err
	}
	r := Report{Fresh: true}
	if r.Company, err = s.found(ctx); err != nil {
		return r, fmt.Errorf("found the demo company: %w", err)
	}
	people, err := s.hire(ctx, r.Company, password)
	if err != nil {
		return r, fmt.Errorf("demo people: %w", err)
	}
	files, err := s.upload(ctx, r.Company)
	if err != nil {
		return r, fmt.Errorf("demo files: %w", err)
	}
	r.People, r.Files = len(people), len(files)
	return r, s.DB.ForCompany(ctx, r.Company, func(tx db.CompanyTx) error {
		return s.fill(ctx, tx, people, files, &r)
	})
}

// lock keeps other seedings of this database out. Its connection's end frees it too.
func (s *Seeder) lock(ctx context.Context) (unlock func(), err error) {
	for {
		// Asked for again and again and not waited for: our connections let no statement
		// wait long, and one that waits is one less for who has the lock.
		conn, err := s.DB.Pool(db.Door).Acquire(ctx)
		if err != nil {
			return nil, err
		}
		var got bool
		err = conn.QueryRow(ctx, `select pg_try_advisory_lock($1)`, lockKey).Scan(&got)
		if err == nil && got {
			return func() {
				_, _ = conn.Exec(context.WithoutCancel(ctx), `select pg_advisory_unlock($1)`, lockKey)
				conn.Release()
			}, nil
		}
		conn.Release()
		if err != nil {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

const lockKey int64 = 7_301_202_613 // any number no other lock uses

// found makes the company, or finds what an earlier seeding made.
func (s *Seeder) found(ctx context.Context) (c id.Company, err error) {
	err = s.DB.System(ctx, db.Door, func(tx db.SystemTx) error {
		err := tx.QueryRow(ctx, `select id from company where demo order by id limit 1`).Scan(&c)
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		shop := s.Content.Shop
		c, err = company.Found(ctx, tx, company.New{Name: shop.Name, Language: shop.Language, TimeZone: shop.TimeZone, Demo: true})
		return err
	})
	return c, err
}

// hire adds the people who are not there yet and returns all of them by e-mail.
func (s *Seeder) hire(ctx context.Context, c id.Company, password string) (map[string]id.User, error) {
	people := map[string]id.User{}
	err := s.DB.ForCompany(ctx, c, func(tx db.CompanyTx) error {
		members, err := company.Members(ctx, tx)
		for _, m := range members {
			people[m.Email] = m.ID
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, m := range s.Content.Team {
		if _, ok := people[m.Email]; ok {
			continue
		}
		u := auth.User{Name: m.Name, Email: m.Email, Language: s.Content.Shop.Language, Password: password}
		if people[m.Email], err = s.Auth.AddMember(ctx, c, u, auth.Role(m.Role)); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Email, err)
		}
	}
	return people, nil
}
