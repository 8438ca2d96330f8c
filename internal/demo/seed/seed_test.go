package seed

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"recado/flows/nodes"
	"recado/internal/assistant"
	"recado/internal/auth"
	"recado/internal/blob"
	"recado/internal/blob/mem"
	"recado/internal/db"
	"recado/internal/db/dbtest"
	"recado/internal/demo"
	"recado/internal/file"
	"recado/internal/flow"
)

const password = "una-clave-de-prueba"

// drawn is shared by all tests, because drawing takes its time.
var drawn = sync.OnceValues(func() (*demo.Files, error) {
	c, err := demo.Load()
	return demo.NewFiles(c), err
})

// place is a Seeder with a database and a store of its own.
type place struct {
	*Seeder
	url string
}

func newPlace(t testing.TB, wrap func(blob.Store) blob.Store) *place {
	t.Helper()
	url := dbtest.New(t).URL
	d, err := db.Open(t.Context(), url, db.Options{AppConns: 2, PipelineConns: 2, DoorConns: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	var store blob.Store = mem.New()
	if wrap != nil {
		store = wrap(store)
	}
	files, err := file.New(d, store, bytes.Repeat([]byte("k"), 32), file.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	content, err := demo.Load()
	if err != nil {
		t.Fatal(err)
	}
	pictures, err := drawn()
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	return &place{&Seeder{DB: d, Auth: auth.New(d, auth.Limits{}, log), Files: files,
		Bots: assistant.New(d, files, flow.New(d, nodes.Table, flow.Options{Files: files}), assistant.Options{}), Content: content, Pictures: pictures}, url}
}

// owner runs a query as the schema's owner, whom row-level security does not bind.
func (p *place) owner(t testing.TB, sql string, args ...any) [][]any {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), p.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), sql, args...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var out [][]any
	for rows.Next() {
		v, err := rows.Values()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out
}

// tables returns, for each table of ours, what expression makes of it.
func (p *place) tables(t testing.TB, expression string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, r := range p.owner(t, `select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition`) {
		name := r[0].(string)
		out[name] = fmt.Sprint(p.owner(t, `select `+expression+` from `+name+` t`)[0]...)
	}
	return out
}

func (p *place) counts(t testing.TB) map[string]string { return p.tables(t, `count(*)`) }

func (p *place) sums(t testing.TB) map[string]string {
	return p.tables(t, `count(*), md5(coalesce(string_agg(t::text, chr(10) order by t::text), ''))`)
}

func differences(a, b map[string]string) (out []string) {
	for k, v := range a {
		if b[k] != v {
			out = append(out, fmt.Sprintf("%s: %s and %s", k, v, b[k]))
		}
	}
	slices.Sort(out)
	return out
}

func TestSeedingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	p := newPlace(t, nil)
	if _, ok, err := Find(t.Context(), p.DB); ok || err != nil {
		t.Fatalf("an empty database has a demo company: %v, %v", ok, err)
	}
	made, err := p.Seed(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	if !made.Fresh || made.People != 5 || made.Rules != 11 || made.FAQs != 60 || made.Labels != 8 || made.Files != 2 || made.Conversations < 150 {
		t.Errorf("made %+v", made)
	}
	before := p.sums(t)
	again, err := p.Seed(t.Context(), "another password")
	if err != nil || again.Fresh || again.Company != made.Company {
		t.Errorf("the second time %+v, %v", again, err)
	}
	if d := differences(before, p.sums(t)); d != nil {
		t.Errorf("the second seeding changed %s", strings.Join(d, "; "))
	}
	// A disconnected channel is the shopkeeper's wish, not a demo to be made anew.
	p.owner(t, `update channel set ref = ref || ' deleted ' || id, deleted_at = now(), bot_id = null returning id`)
	if c, ok, err := Find(t.Context(), p.DB); !ok || err != nil || c != made.Company {
		t.Errorf("without its channel: %v, %v, %v", c, ok, err)
	}
}

func TestNodesSeedOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t, nil)
	var wg sync.WaitGroup
	reports := make([]Report, 3)
	for i := range reports {
		wg.Go(func() {
			var err error
			if reports[i], err = p.Seed(t.Context(), password); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	fresh := 0
	for _, r := range reports {
		if r.Company != reports[0].Company {
			t.Error("two companies")
		}
		if r.Fresh {
			fresh++
		}
	}
	if n := p.counts(t)["company"]; n != "1" || fresh != 1 {
		t.Errorf("%s companies, %d seedings", n, fresh)
	}
}

// cutStore ends a seeding when the n-th file is stored.
type cutStore struct {
	blob.Store
	n   int
	cut func()
}

func (s *cutStore) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	if s.n--; s.n == 0 {
		s.cut()
	}
	return s.Store.Put(ctx, key, r, size)
}

// A seeding that was killed, wherever it was, is finished by the next one and leaves what an
// undisturbed one would have.
func TestKilledSeedingIsFinished(t *testing.T) {
	t.Parallel()
	now := time.Now()
	whole := newPlace(t, nil)
	whole.Now = func() time.Time { return now }
	if _, err := whole.Seed(t.Context(), password); err != nil {
		t.Fatal(err)
	}
	want := whole.counts(t)
	for name, kill := range map[string]func(t *testing.T) *place{
		"after the company": func(t *testing.T) *place {
			p := newPlace(t, nil)
			if _, err := p.found(t.Context()); err != nil {
				t.Fatal(err)
			}
			return p
		},
		"among the people": func(t *testing.T) *place {
			p := newPlace(t, nil)
			c, err := p.found(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			team := p.Content.Team
			p.Content.Team = team[:2]
			if _, err := p.hire(t.Context(), c, password); err != nil {
				t.Fatal(err)
			}
			p.Content.Team = team
			return p
		},
		"before the first file":  func(t *testing.T) *place { return killedAtFile(t, 1) },
		"before the second file": func(t *testing.T) *place { return killedAtFile(t, 2) },
		"before the history": func(t *testing.T) *place {
			p := newPlace(t, nil)
			ctx, cut := context.WithCancel(t.Context())
			p.Now = func() time.Time { cut(); return now }
			if _, err := p.Seed(ctx, password); err == nil {
				t.Fatal("it was not killed")
			}
			return p
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := kill(t)
			p.Now = func() time.Time { return now }
			if _, ok, err := Find(t.Context(), p.DB); ok || err != nil {
				t.Errorf("half a demo passes for a whole one: %v", err)
			}
			if n := p.counts(t)["channel"]; n != "0" {
				t.Errorf("%s channels of half a demo", n)
			}
			if r, err := p.Seed(t.Context(), password); err != nil || !r.Fresh {
				t.Fatalf("%+v, %v", r, err)
			}
			if d := differences(want, p.counts(t)); d != nil {
				t.Errorf("whole and finished later: %s", strings.Join(d, "; "))
			}
		})
	}
}

func killedAtFile(t *testing.T, n int) *place {
	ctx, cut := context.WithCancel(t.Context())
	p := newPlace(t, func(s blob.Store) blob.Store { return &cutStore{s, n, cut} })
	if _, err := p.Seed(ctx, password); err == nil {
		t.Fatal("it was not killed")
	}
	return p
}

func TestPeopleSignIn(t *testing.T) {
	t.Parallel()
	p := newPlace(t, nil)
	made, err := p.Seed(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range p.Content.Team {
		in, err := p.Auth.LogIn(t.Context(), auth.Login{Email: m.Email, Password: password}, auth.Client{IP: "192.0.2.1"})
		if err != nil || in.Company != made.Company || string(in.Role) != m.Role || in.Name != m.Name {
			t.Errorf("%s: %+v, %v", m.Email, in.Principal, err)
		}
	}
	if _, err := p.Auth.LogIn(t.Context(), auth.Login{Email: p.Content.Team[0].Email, Password: "no es la clave"}, auth.Client{}); err == nil {
		t.Error("any password will do")
	}
}

func BenchmarkFind(b *testing.B) {
	p := newPlace(b, nil)
	if _, err := p.Seed(b.Context(), password); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, ok, err := Find(b.Context(), p.DB); !ok || err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSeed leaves out the drawing, which is done once before.
func BenchmarkSeed(b *testing.B) {
	f, err := drawn()
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"catalogo.pdf", "guia-de-tallas.png"} {
		if _, _, err := f.Open(name); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		b.StopTimer()
		p := newPlace(b, nil)
		b.StartTimer()
		if _, err := p.Seed(b.Context(), password); err != nil {
			b.Fatal(err)
		}
	}
}
