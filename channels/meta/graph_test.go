package meta

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"recado/channels"
	"recado/internal/errs"
)

var channel = channels.Channel{Ref: "1", Secrets: channels.Secrets{"access_token": "EAAGtoken"}}

func rawList(list ...string) (out []json.RawMessage) {
	for _, s := range list {
		out = append(out, json.RawMessage(s))
	}
	return out
}

func graph(t *testing.T, h http.HandlerFunc) Graph {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return Graph{HTTP: srv.Client(), Base: func(channels.Channel) string { return srv.URL }}
}

// TestErrors holds the codes that matter most to what the queue does about them.
func TestErrors(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		status int
		header http.Header
		body   string
		want   errs.Send // Op and Err aside
	}{
		"token":              {401, nil, `{"error":{"code":190,"error_subcode":463,"message":"expired"}}`, errs.Send{Class: errs.ChannelDown, Code: "190"}},
		"permission":         {403, nil, `{"error":{"code":10}}`, errs.Send{Class: errs.ChannelDown, Code: "10"}},
		"outside the window": {403, nil, `{"error":{"code":10,"error_subcode":2018278}}`, errs.Send{Class: errs.Permanent, Code: "10.2018278"}},
		"no such account":    {400, nil, `{"error":{"code":100,"error_subcode":33}}`, errs.Send{Class: errs.ChannelDown, Code: "100.33"}},
		"bad parameter":      {400, nil, `{"error":{"code":100,"error_subcode":99}}`, errs.Send{Class: errs.Permanent, Code: "100"}},
		"throughput":         {429, nil, `{"error":{"code":130429}}`, errs.Send{Class: errs.RateLimited, Code: "130429", RetryAfter: time.Second}},
		"throughput, told":   {429, http.Header{"Retry-After": {"9"}}, `{"error":{"code":130429}}`, errs.Send{Class: errs.RateLimited, Code: "130429", RetryAfter: 9 * time.Second}},
		"usage told in minutes": {400, http.Header{"X-Business-Use-Case-Usage": {`{"7":[{"estimated_time_to_regain_access":3},{"estimated_time_to_regain_access":19}]}`}},
			`{"error":{"code":80007}}`, errs.Send{Class: errs.RateLimited, Code: "80007", RetryAfter: 19 * time.Minute}},
		"one person":        {400, nil, `{"error":{"code":131056}}`, errs.Send{Class: errs.RateLimited, Code: "131056", Pair: true, RetryAfter: 6 * time.Second}},
		"window":            {400, nil, `{"error":{"code":131047}}`, errs.Send{Class: errs.Permanent, Code: "131047"}},
		"marketing stopped": {400, nil, `{"error":{"code":131050}}`, errs.Send{Class: errs.Refused, Code: "131050"}},
		"blocked":           {400, nil, `{"error":{"code":551,"error_subcode":1545041}}`, errs.Send{Class: errs.Refused, Code: "551"}},
		"unknown failure":   {500, nil, `{"error":{"code":131000}}`, errs.Send{Class: errs.Retryable, Code: "131000", MaybeSent: true}},
		"outage, 500":       {500, nil, `{"error":{"code":2}}`, errs.Send{Class: errs.Retryable, Code: "2", MaybeSent: true}},
		"outage, 503":       {503, nil, `{"error":{"code":2}}`, errs.Send{Class: errs.Retryable, Code: "2"}},
		"try later":         {500, nil, `{"error":{"code":131016}}`, errs.Send{Class: errs.Retryable, Code: "131016"}},
		"transient":         {400, nil, `{"error":{"code":99999,"is_transient":true}}`, errs.Send{Class: errs.Retryable, Code: "99999"}},
		"new code":          {400, nil, `{"error":{"code":99999}}`, errs.Send{Class: errs.Permanent, Code: "99999"}},
		"a proxy's 502":     {502, nil, `<html>`, errs.Send{Class: errs.Retryable, Code: "http_502", MaybeSent: true}},
		"a proxy's 429":     {429, nil, ``, errs.Send{Class: errs.RateLimited, Code: "http_429", RetryAfter: time.Second}},
		"200 cut short":     {200, nil, `{"messages":[{"id":`, errs.Send{Class: errs.Retryable, Code: "bad_answer", MaybeSent: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := graph(t, func(w http.ResponseWriter, _ *http.Request) {
				for k, v := range x.header {
					w.Header()[k] = v
				}
				w.WriteHeader(x.status)
				_, _ = io.WriteString(w, x.body)
			})
			for method, sends := range map[string]bool{http.MethodPost: true, http.MethodGet: false} {
				var out struct{}
				var got *errs.Send
				if err := g.Call(t.Context(), channel, method, "/1/messages", nil, &out); !errors.As(err, &got) {
					t.Fatalf("Call = %v, want an *errs.Send", err)
				}
				want := x.want
				want.MaybeSent = want.MaybeSent && sends
				want.Op, want.Err = method+" /1/messages", got.Err
				if *got != want {
					t.Errorf("%s: %+v\nwant %+v", method, *got, want)
				}
			}
		})
	}
}

func TestMaybeSentOnlyWhenWritten(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 1)
	hanging := graph(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	for name, x := range map[string]struct {
		g     Graph
		ctx   func() context.Context
		maybe bool
	}{
		"nobody listens": {Graph{HTTP: http.DefaultClient, Base: func(channels.Channel) string { return gone.URL }}, t.Context, false},
		"stopped before": {hanging, func() context.Context { return stopped }, false},
		"stopped after": {hanging, func() context.Context {
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-arrived; cancel() }()
			return ctx
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			var got *errs.Send
			if err := x.g.Call(x.ctx(), channel, http.MethodPost, "/1/messages", map[string]string{"a": "b"}, nil); !errors.As(err, &got) {
				t.Fatalf("Call = %v, want an *errs.Send", err)
			}
			if got.Class != errs.Retryable || got.MaybeSent != x.maybe {
				t.Errorf("class %d, MaybeSent %v, want Retryable and %v", got.Class, got.MaybeSent, x.maybe)
			}
		})
	}
}

func TestCallIsRecordedWithoutTheToken(t *testing.T) {
	t.Parallel()
	g := graph(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer EAAGtoken" || r.URL.Path != "/"+DefaultVersion+"/1/messages" {
			w.WriteHeader(http.StatusTeapot)
		}
		_, _ = io.WriteString(w, `{"ok":true}`)
	})
	var seen []channels.Exchange
	ctx := channels.WithWire(t.Context(), func(x channels.Exchange) { seen = append(seen, x) })
	if err := g.Call(ctx, channel, http.MethodPost, "/1/messages", map[string]string{"text": strings.Repeat("x", 40<<10)}, nil); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1 || seen[0].Status != 200 || len(seen[0].Request) != maxWire || string(seen[0].Reply) != `{"ok":true}` {
		t.Errorf("recorded %d exchanges", len(seen))
	}
	if b, _ := json.Marshal(seen); strings.Contains(string(b), "EAAGtoken") {
		t.Error("the token is in the record")
	}
}

func TestUpload(t *testing.T) {
	t.Parallel()
	g := graph(t, func(w http.ResponseWriter, r *http.Request) {
		f, head, err := r.FormFile("file")
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		b, _ := io.ReadAll(f)
		answer, _ := json.Marshal(map[string]string{"name": head.Filename, "type": head.Header.Get("Content-Type"), "bytes": string(b), "field": r.FormValue("type")})
		_, _ = w.Write(answer)
	})
	var got map[string]string
	err := g.Upload(t.Context(), channel, "/1/media", map[string]string{"type": "image/png"}, File{"file", "foto \"1\"\r\n.png", "image/png", strings.NewReader("PNG")}, &got)
	if err != nil || got["name"] != `foto "1".png` || got["type"] != "image/png" || got["bytes"] != "PNG" || got["field"] != "image/png" {
		t.Errorf("Upload = %v, %v", got, err)
	}
	broken := graph(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	var said *errs.Send
	if err := broken.Upload(t.Context(), channel, "/1/media", nil, File{"file", "a", "image/png", strings.NewReader("x")}, nil); !errors.As(err, &said) || said.MaybeSent {
		t.Errorf("a failed upload is %v, want an *errs.Send that is not MaybeSent", err)
	}
}

// TestDownloadKeepsTheToken sends it to the Graph's own host and to nobody else.
func TestDownloadKeepsTheToken(t *testing.T) {
	t.Parallel()
	seen := make(chan string, 2)
	note := func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Get("Authorization")
		_, _ = io.WriteString(w, "bytes")
	}
	g, stranger := graph(t, note), httptest.NewServer(http.HandlerFunc(note))
	t.Cleanup(stranger.Close)
	for address, want := range map[string]string{g.Base(channel) + "/file": "Bearer EAAGtoken", stranger.URL + "/file": ""} {
		body, err := g.Download(t.Context(), channel, address)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(body)
		_ = body.Close()
		if got := <-seen; got != want || string(b) != "bytes" {
			t.Errorf("%s saw the token %q, want %q", address, got, want)
		}
	}
	if _, err := g.Download(t.Context(), channel, "http://\x00"); err == nil {
		t.Error("an address that is none gives no error")
	}
}
