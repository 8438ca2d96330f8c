package channels

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestWindowAt(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	day, week := 24*time.Hour, 7*24*time.Hour
	whatsapp := Capabilities{ReplyWindow: day, Start: ByTemplate}
	messenger := Capabilities{ReplyWindow: day, HumanWindow: week, Start: OnlyToAnswer}
	for name, x := range map[string]struct {
		caps  Capabilities
		heard time.Time
		want  Window
	}{
		"no window, never heard":       {Capabilities{}, time.Time{}, Window{Open: true, Start: Free}},
		"no window, heard":             {Capabilities{Start: Free}, ago(10 * week), Window{Open: true, Start: Free}},
		"answers only, never heard":    {Capabilities{Start: OnlyToAnswer}, time.Time{}, Window{Start: OnlyToAnswer}},
		"answers only, heard long ago": {Capabilities{Start: OnlyToAnswer}, ago(10 * week), Window{Open: true, Start: OnlyToAnswer}},
		"day, never heard":             {whatsapp, time.Time{}, Window{Start: ByTemplate}},
		"day, an hour ago":             {whatsapp, ago(time.Hour), Window{Open: true, Until: now.Add(23 * time.Hour), Start: ByTemplate}},
		"day, a second left":           {whatsapp, ago(day - time.Second), Window{Open: true, Until: now.Add(time.Second), Start: ByTemplate}},
		"day, just over":               {whatsapp, ago(day), Window{Start: ByTemplate}},
		"day, a clock ahead":           {whatsapp, now.Add(time.Minute), Window{Open: true, Until: now.Add(day + time.Minute), Start: ByTemplate}},
		"a person's week":              {messenger, ago(day), Window{Open: true, Human: true, Until: now.Add(6 * day), Start: OnlyToAnswer}},
		"a person's week within a day": {messenger, ago(time.Hour), Window{Open: true, Until: now.Add(23 * time.Hour), Start: OnlyToAnswer}},
		"a person's week, over":        {messenger, ago(week), Window{Start: OnlyToAnswer}},
	} {
		if got := x.caps.WindowAt(now, x.heard); got != x.want {
			t.Errorf("%s: %+v, want %+v", name, got, x.want)
		}
	}
}

func TestValue(t *testing.T) {
	t.Parallel()
	for _, settings := range []struct {
		text string
		want map[string]string
	}{
		{`{"region":"eu","token":"stale"}`, map[string]string{"region": "eu", "token": "fresh", "other": ""}},
		{`{"region":"eu","limits":{"n":1}}`, map[string]string{"region": "", "limits": "", "token": "fresh"}}, // no flat object
		{`null`, map[string]string{"region": "", "token": "fresh"}},
		{``, map[string]string{"region": "", "token": "fresh"}},
	} {
		c := Channel{Settings: json.RawMessage(settings.text), Secrets: Secrets{"token": "fresh"}}
		prepared := c
		prepared.Prepare()
		for key, want := range settings.want {
			if got := c.Value(key); got != want {
				t.Errorf("of %s Value(%q) = %q, want %q", settings.text, key, got, want)
			}
			if got := prepared.Value(key); got != want {
				t.Errorf("of %s, prepared, Value(%q) = %q, want %q", settings.text, key, got, want)
			}
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	c := Channel{Name: "Tienda", Secrets: Secrets{"token": "s3cr3t-value"}}
	in := Inbound{Channel: c}
	for name, v := range map[string]any{"secrets": c.Secrets, "channel": c, "pointer": &c, "inbound": in, "slice": []Inbound{in}, "map": map[string]Secrets{"a": c.Secrets}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, "s3cr3t") || strings.Contains(got, fmt.Sprintf("%x", "s3cr3t")) {
				t.Errorf("%s prints %s with %s", name, got, verb)
			}
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		b, err := json.Marshal(v)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if out := log.String() + string(b); strings.Contains(out, "s3cr3t") {
			t.Errorf("%s comes out in %s", name, out)
		}
	}
}

func TestWire(t *testing.T) {
	t.Parallel()
	Wire(context.Background(), Exchange{Method: "POST"}) // nobody listens
	var outer, inner []string
	ctx := WithWire(context.Background(), func(x Exchange) { outer = append(outer, x.Method) })
	Wire(ctx, Exchange{Method: "GET"})
	within, cancel := context.WithCancel(WithWire(ctx, func(x Exchange) { inner = append(inner, x.Method) }))
	cancel()
	Wire(within, Exchange{Method: "PUT"}) // a call that was stopped is told all the same
	if fmt.Sprint(outer, inner) != "[GET] [PUT]" {
		t.Errorf("recorded %v and %v, want the nearest recorder to hear each call", outer, inner)
	}
}
