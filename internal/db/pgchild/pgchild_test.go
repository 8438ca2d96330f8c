package pgchild_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"recado/internal/db/pgchild"
)

// dataFolder is a place for a data directory that the lowered account of a root process can reach:
// t.TempDir makes folders that only we may enter.
func dataFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "pg")
}

func start(t *testing.T, data string) *pgchild.Server {
	t.Helper()
	s, err := pgchild.Start(t.Context(), pgchild.Config{Data: data, Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// ask runs SQL on a connection of its own; the last statement yields one text.
func ask(t *testing.T, url string, statements ...string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var answer string
	for i, sql := range statements {
		if i < len(statements)-1 {
			_, err = conn.Exec(t.Context(), sql)
		} else {
			err = conn.QueryRow(t.Context(), sql).Scan(&answer)
		}
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	return answer
}

const (
	makeNote = "create table note as select 'kept' as words"
	readNote = "select words from note"
)

func TestStartStopStart(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	s := start(t, data)
	if got := ask(t, s.URL(), makeNote, "create extension vector", "select '[1,2,3]'::vector <=> '[1,2,3]' || ''"); got != "0" {
		t.Errorf("cosine distance of a vector to itself = %s", got)
	}
	if got := ask(t, s.URL(), "select current_database() || ' ' || current_user || ' ' || current_setting('listen_addresses')"); got != "recado postgres " {
		t.Errorf("database, user and TCP addresses = %q", got)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.Pid() != 0 {
		t.Errorf("stopped, yet Pid = %d", s.Pid())
	}
	if err := s.Restart(t.Context()); err == nil {
		t.Error("Restart after Stop took a data directory that was given up")
	}
	if got := ask(t, start(t, data).URL(), readNote); got != "kept" {
		t.Errorf("after a second start: %q", got)
	}
}

func TestDurability(t *testing.T) {
	t.Parallel()
	for durable, want := range map[bool]string{true: "on on on", false: "off off off"} {
		s, err := pgchild.Start(t.Context(), pgchild.Config{Data: dataFolder(t), Durable: durable})
		if err != nil {
			t.Fatal(err)
		}
		const sql = "select concat_ws(' ', current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes'))"
		if got := ask(t, s.URL(), sql); got != want {
			t.Errorf("durable %t: fsync, synchronous_commit, full_page_writes = %s", durable, got)
		}
		if err := s.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestSecondOwnerIsRefused(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	s := start(t, data)
	_, err := pgchild.Start(t.Context(), pgchild.Config{Data: data})
	if err == nil || !strings.Contains(err.Error(), "in use by another process (pid "+fmt.Sprint(os.Getpid())+")") {
		t.Errorf("second Start: %v", err)
	}
	if got := ask(t, s.URL(), makeNote, readNote); got != "kept" {
		t.Errorf("the first owner's server after the refusal: %q", got)
	}
}

func TestKillAndRestart(t *testing.T) {
	t.Parallel()
	s := start(t, dataFolder(t))
	ask(t, s.URL(), makeNote, readNote)
	first, done := s.Pid(), s.Done()
	s.Kill()
	select {
	case <-done:
	default:
		t.Error("Done is open after Kill")
	}
	if s.Pid() != 0 {
		t.Errorf("killed, yet Pid = %d", s.Pid())
	}
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.Pid() == first || s.Pid() == 0 {
		t.Errorf("Pid after Restart = %d, before %d", s.Pid(), first)
	}
	if got := ask(t, s.URL(), readNote); got != "kept" {
		t.Errorf("after kill -9 of the postmaster: %q", got)
	}
}

func TestForeignDataIsRefusedAndKept(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, content, want string }{
		{"other major", "PG_VERSION", "9\n", "made by PostgreSQL 9"},
		{"not a database", "letters.txt", "dear", "not a PostgreSQL data directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			data := dataFolder(t)
			if err := os.Mkdir(data, 0o700); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(data, c.file)
			if err := os.WriteFile(file, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := pgchild.Start(t.Context(), pgchild.Config{Data: data})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Start: %v, want %q", err, c.want)
			}
			if got, err := os.ReadFile(file); err != nil || string(got) != c.content {
				t.Errorf("the file now holds %q, %v", got, err)
			}
		})
	}
}

func TestStartTemp(t *testing.T) {
	t.Parallel()
	s, err := pgchild.StartTemp(t.Context(), pgchild.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, s.URL(), makeNote, readNote); got != "kept" {
		t.Errorf("note = %q", got)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(s.Data())); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a throw-away cluster's folder after Stop: %v", err)
	}
}

func TestFindHonoursTheEnvironment(t *testing.T) {
	empty := t.TempDir()
	t.Setenv("RECADO_PG_BIN", empty)
	if found, err := pgchild.Find(0); err == nil || !strings.Contains(err.Error(), "make setup-pg") {
		t.Errorf("in an empty folder Find = %v, %v", found, err)
	}
	t.Setenv("RECADO_PG_BIN", "")
	found, err := pgchild.Find(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("RECADO_PG_BIN", found.Bin)
	if again, err := pgchild.Find(found.Major); err != nil || again != found {
		t.Errorf("Find in %s = %v, %v", found.Bin, again, err)
	}
	if _, err := pgchild.Find(found.Major + 1); err == nil || !strings.Contains(err.Error(), "dump with the old one") {
		t.Errorf("Find of another major version: %v", err)
	}
}
