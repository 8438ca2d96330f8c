package api

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/inbox/inboxtest"
)

// readsOf is a feed with one panel, driven by hand.
func readsOf(k *inboxtest.Kit) (f *feed, lines func() (texts []string)) {
	p := &panel{out: make(chan []byte, 1000), slow: make(chan struct{})}
	f = &feed{live: NewLive(k.DB, nil, nil), company: k.Company, panels: map[*panel]struct{}{p: {}}, shown: map[id.Conversation]int64{}}
	return f, func() (texts []string) {
		for {
			select {
			case b := <-p.out:
				if s := string(b); strings.Contains(s, `"t":"message"`) {
					texts = append(texts, s)
				}
			default:
				return texts
			}
		}
	}
}

// A reading that fails half way has shown nothing, so that the next one brings all.
func TestFeedShowsAgainWhatFailed(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	owner, err := pgx.Connect(t.Context(), k.Owner)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close(t.Context())
	broken := k.Write(t, "leo", "1", "roto")
	if _, err := owner.Exec(t.Context(), `update message set content = '7'`); err != nil { // cannot be read
		t.Fatal(err)
	}
	good := k.Write(t, "eva", "2", "hola")
	f, lines := readsOf(k)
	changed := map[id.Conversation]map[id.Message]bool{good.Conversation: {}, broken.Conversation: {}}
	f.tell(t.Context(), changed)
	if got := lines(); len(got) != 0 {
		t.Fatalf("a failed reading showed %v", got)
	}
	if _, err := owner.Exec(t.Context(), `update message set content = '{"type":"text","text":"roto"}' where content = '7'`); err != nil {
		t.Fatal(err)
	}
	f.tell(t.Context(), changed)
	if got := lines(); len(got) != 2 {
		t.Errorf("after a failed reading %d lines are shown, want 2", len(got))
	}
	f.tell(t.Context(), changed)
	if got := lines(); len(got) != 0 {
		t.Errorf("shown again: %v", got)
	}
}

// More lines than one reading takes are shown by the next ones.
func TestFeedShowsABurst(t *testing.T) {
	t.Parallel()
	k := inboxtest.New(t)
	a := k.Write(t, "eva", "0", "hola")
	f, lines := readsOf(k)
	changed := map[id.Conversation]map[id.Message]bool{a.Conversation: {}}
	f.tell(t.Context(), changed)
	lines()
	const burst = 2*newLines + 7
	for i := range burst {
		k.Write(t, "eva", fmt.Sprint("b", i), "hola")
	}
	n := 0
	for range 3 {
		f.tell(t.Context(), changed)
		n += len(lines())
	}
	if n != burst {
		t.Errorf("%d lines of a burst of %d are shown", n, burst)
	}
}

func TestRevoked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, false},
		{errs.New(errs.Unauthenticated, "auth.required"), true},
		{errs.New(errs.Forbidden, "auth.forbidden"), true},
		{errs.New(errs.TooMany, "rate.exceeded"), false},
		{io.ErrUnexpectedEOF, false},
		{errors.New("boom"), false},
	} {
		if got := revoked(c.err); got != c.want {
			t.Errorf("revoked(%v) = %v", c.err, got)
		}
	}
}
