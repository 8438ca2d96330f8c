package channeltest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/internal/sim"
)

func TestGoodAdapterPasses(t *testing.T) {
	Run(t, opening("", nil))
}

func TestGoodSessionPasses(t *testing.T) {
	t.Parallel()
	Run(t, sitting(""))
}

// recorder is a testing.TB that keeps what a case says against an adapter.
type recorder struct {
	testing.TB
	mu       sync.Mutex
	said     []string
	cleanups []func()
}

func (r *recorder) Helper()                   {}
func (r *recorder) Cleanup(f func())          { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Error(a ...any)            { r.add(fmt.Sprint(a...)) }
func (r *recorder) Errorf(f string, a ...any) { r.add(fmt.Sprintf(f, a...)) }
func (r *recorder) Fatal(a ...any)            { r.add(fmt.Sprint(a...)); runtime.Goexit() }
func (r *recorder) Fatalf(f string, a ...any) { r.add(fmt.Sprintf(f, a...)); runtime.Goexit() }

func (r *recorder) add(s string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = append(r.said, s)
}

// trial is one case to be played on a bench.
type trial struct {
	name   string
	open   Open
	golden string        // "" for the bench's
	wait   time.Duration // 0 for the suite's patience
}

// judge plays one case and gives what was said against the adapter.
func judge(t *testing.T, x trial) string {
	t.Helper()
	if x.wait == 0 {
		x.wait = patience
	}
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for i := len(r.cleanups) - 1; i >= 0; i-- {
				r.cleanups[i]()
			}
		}()
		for _, c := range cases() {
			if c.name == x.name {
				s := newStage(r, x.open, x.wait)
				if x.golden != "" {
					s.golden = x.golden
				}
				s.play(c)
				return
			}
		}
		r.add("there is no case " + x.name)
	}()
	<-done
	return strings.Join(r.said, "\n")
}

func TestBrokenAdaptersFail(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		wrong, name, want string
		wait              time.Duration // where what is waited for never comes
	}{
		{"id", "inbound/text", "waited in vain", 100 * time.Millisecond},
		{"again", "inbound/duplicate", "a repeat has ExternalID", 0},
		{"lost", "inbound/reorder", "came in as", 0},
		{"clock", "inbound/text", "At is", 0},
		{"person", "inbound/text", "want the customer", 0},
		{"mime", "inbound/image", "the reference says", 0},
		{"refs", "inbound/quote", "Refs.Quote", 0},
		{"refs", "inbound/press", "Refs.Answer", 0},
		{"refs", "inbound/reaction", "Refs.React", 0},
		{"state", "inbound/receipts", "would be dropped", 0},
		{"own", "inbound/own", "not marked Own", 0},
		{"opaque", "inbound/unknown", "became a text", 0},
		{"unsigned", "inbound/bad_signature", "without a signature", 0},
		{"unsigned", "inbound/wrong_account", "want ErrSignature or nothing", 0},
		{"address", "inbound/wrong_account", "want ErrSignature or nothing", 0},
		{"words", "send/text", "does not show", 0},
		{"labels", "send/buttons", "does not show", 0},
		{"file", "send/document", "other bytes", 0},
		{"quote", "send/quote", "no bubble quotes", 0},
		{"silent", "send/text", "channels.Wire is missing", 0},
		{"class", "error/429", "class is Permanent", 0},
		{"class", "error/opted_out", "class is Permanent", 0},
		{"maybe", "error/hang", "MaybeSent is false", 0},
		{"maybe", "error/revoked", "MaybeSent, but", 0},
		{"code", "error/rejected", "code is missing", 0},
		{"wait", "error/429", "RetryAfter", 0},
		{"bare", "error/5xx", "want an *errs.Send", 0},
		{"twice", "error/5xx_after", "want an *errs.Send", 0},
		{"leak", "redaction", `the secret "token" comes out`, 0},
		{"cut", "fetch", "comes back", 0},
		{"blind", "check", "finds nothing wrong", 0},
		{"nameless", "check", "has no sentence", 0},
		{"mute", "texts", "es lacks", 0},
		{"label", "texts", "no label", 0},
		{"orphan", "texts", "no such field", 0},
		{"untold", "texts", `es lacks "lacks.inbound/edit"`, 0},
		{"overtold", "texts", "which nobody reads", 0},
		{"connect", "texts", "not what channels.ConnectField says", 0},
		{"spelling", "address", "want the customer", 0},
	} {
		t.Run(x.wrong+"/"+x.name, func(t *testing.T) {
			t.Parallel()
			if got := judge(t, trial{name: x.name, open: opening(x.wrong, nil), wait: x.wait}); !strings.Contains(got, x.want) {
				t.Errorf("the suite says %q, want %q", got, x.want)
			}
		})
	}
}

func TestBrokenSessionsFail(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ wrong, want string }{
		{"never online", "waited in vain until the session is online"},
		{"ends", "the session ended: kicked out"},
		{"stays", "Connect does not return"},
	} {
		t.Run(x.wrong, func(t *testing.T) {
			t.Parallel()
			if got := judge(t, trial{name: "inbound/text", open: sitting(x.wrong), wait: 200 * time.Millisecond}); !strings.Contains(got, x.want) {
				t.Errorf("the suite says %q, want %q", got, x.want)
			}
		})
	}
}

func TestLacksAreHeldTo(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		name, want string
		open       Open
	}{
		"not named":        {"inbound/edit", "name the case in Capabilities.Lacks", opening("", map[string]string{"inbound/edit": "-"})},
		"named wrongly":    {"inbound/voice", "but the platform knows", opening("", map[string]string{"inbound/voice": "nobody speaks"})},
		"named rightly":    {"inbound/voice", "", opening("", map[string]string{"inbound/voice": "nobody speaks"}, sim.SendVoice)},
		"no reason":        {"inbound/text", "gives no reason", opening("", map[string]string{"inbound/edit": " "})},
		"no such case":     {"inbound/text", "no such case", opening("", map[string]string{"inbound/txet": "a slip"})},
		"a whole family":   {"inbound/text", "without a platform", opening("", map[string]string{"inbound": "lazy"})},
		"but receipts":     {"inbound/receipts", "but Capabilities.Receipts", opening("", map[string]string{"inbound/receipts": "no"})},
		"but a fetcher":    {"fetch", "MediaFetcher", opening("", map[string]string{"fetch": "no"})},
		"but a checker":    {"check", "Checker", opening("", map[string]string{"check": "no"})},
		"but it carries":   {"send/text", "carries it", opening("", map[string]string{"send/text": "no"})},
		"a fault left out": {"error/window", "", opening("", map[string]string{"error/window": "no window"})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := judge(t, trial{name: x.name, open: x.open})
			if x.want == "" && got != "" || !strings.Contains(got, x.want) {
				t.Errorf("the suite says %q, want %q", got, x.want)
			}
		})
	}
}

func TestTableIsPublished(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "table")
	t.Setenv("RECADO_SUITE_TABLE", dir)
	publish(t, "post", map[string]string{"inbound/text": passed, "inbound/edit": lacking + "a letter is not edited"})
	got, err := os.ReadFile(filepath.Join(dir, "post.json"))
	if want := "{\n  \"inbound/edit\": \"lacks: a letter is not edited\",\n  \"inbound/text\": \"ok\"\n}\n"; err != nil || string(got) != want {
		t.Errorf("the table is %s (%v), want %s", got, err, want)
	}
}

func TestGoldenFilesAreHeldTo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if got := judge(t, trial{name: "send/text", open: opening("", nil), golden: dir}); !strings.Contains(got, "is missing") {
		t.Errorf("with no golden file the suite says %q", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "text.json"), []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := judge(t, trial{name: "send/text", open: opening("", nil), golden: dir}); !strings.Contains(got, "differs") {
		t.Errorf("with another golden file the suite says %q", got)
	}
}
