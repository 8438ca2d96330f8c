package telegram

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/channels"
	"recado/channels/channeltest"
	"recado/internal/id"
	"recado/internal/sim"
	telegramsim "recado/internal/sim/telegram"
)

const (
	token  = "7012345678:AAHprueba_de_token-0123456789abcdefg"
	secret = "una-clave_larga-para-los-avisos-00"
)

func open(t testing.TB, hook string, serve func(sim.Platform) string) channeltest.Bench {
	p := telegramsim.New()
	base := serve(p)
	c := shop(hook)
	return channeltest.Bench{
		Adapter:  New(Options{HTTP: http.DefaultClient, Base: func(channels.Channel) string { return base }}),
		Channel:  c,
		Platform: p,
		Account:  sim.Account{Kind: "telegram", Ref: c.Ref, Name: c.Name, Fields: map[string]string{"token": token, "username": "zapateria_bot"}},
		Customer: sim.Person{ID: "100200300", Name: "Ana López"},
	}
}

func shop(hook string) channels.Channel {
	return channels.Channel{
		ID: id.New[id.Channel](), Company: id.New[id.Company](), Kind: Kind, Name: "Zapatería", Ref: "zapateria",
		Settings: json.RawMessage(`{"username":"zapateria_bot"}`),
		Secrets:  channels.Secrets{"token": token, "secret_token": secret}, Hook: hook,
	}
}

func TestSuite(t *testing.T) { channeltest.Run(t, open) }

func TestEveryFindingHasASentence(t *testing.T) {
	t.Parallel()
	d := New(Options{}).Describe()
	for _, code := range []string{"bot", "token", "unreachable", "webhook", "webhook_other", "webhook_error", "no_address"} {
		for lang, words := range d.Texts {
			if words["check."+code] == "" {
				t.Errorf("%s lacks check.%s", lang, code)
			}
		}
	}
}

// api answers every call with one status and body, and keeps the paths called.
func api(t *testing.T, status int, body string) (*Adapter, *[]string) {
	t.Helper()
	var paths []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return New(Options{HTTP: s.Client(), Base: func(channels.Channel) string { return s.URL }}), &paths
}

func TestCheckReadsWebhookInfo(t *testing.T) {
	t.Parallel()
	const hook = "https://tienda.example/hooks/1"
	for name, c := range map[string]struct {
		info, hook, code string
		ok               bool
	}{
		"ours":                 {`{"url":"` + hook + `","pending_update_count":2}`, hook, "webhook", true},
		"another program's":    {`{"url":"https://otro.example"}`, hook, "webhook_other", false},
		"none":                 {`{"url":""}`, hook, "webhook_other", false},
		"cannot deliver":       {`{"url":"` + hook + `","pending_update_count":7,"last_error_date":1760000000,"last_error_message":"Connection refused"}`, hook, "webhook_error", false},
		"an old error is past": {`{"url":"` + hook + `","pending_update_count":0,"last_error_date":1760000000,"last_error_message":"Connection refused"}`, hook, "webhook", true},
		"no address":           {`{"url":""}`, "", "no_address", false},
		"not to be read":       {`[]`, hook, "unreachable", false},
	} {
		f := hooked(json.RawMessage(c.info), c.hook)
		if f.Code != c.code || f.OK != c.ok {
			t.Errorf("%s: %+v, want %s", name, f, c.code)
		}
	}
}

func TestCheckTellsABadTokenFromNoConnection(t *testing.T) {
	t.Parallel()
	down, _ := api(t, http.StatusUnauthorized, `{"ok":false,"error_code":401,"description":"Unauthorized"}`)
	if got := down.Check(t.Context(), shop("https://x.example")); len(got) != 1 || got[0].Code != "token" || got[0].OK {
		t.Errorf("with a bad token: %+v", got)
	}
	gone := New(Options{HTTP: refusing{}, Base: func(channels.Channel) string { return "https://api.example" }})
	if got := gone.Check(t.Context(), shop("https://x.example")); len(got) != 1 || got[0].Code != "unreachable" || got[0].OK {
		t.Errorf("without a connection: %+v", got)
	}
}

// refusing is a network that is not there.
type refusing struct{}

func (refusing) Do(*http.Request) (*http.Response, error) { return nil, context.DeadlineExceeded }

func TestSubscribeNeedsAnAddress(t *testing.T) {
	t.Parallel()
	a, paths := api(t, http.StatusOK, `{"ok":true,"result":true}`)
	if err := a.Subscribe(t.Context(), shop("")); err == nil || len(*paths) != 0 {
		t.Errorf("without an address: error %v, calls %v", err, *paths)
	}
	if err := a.Subscribe(t.Context(), shop("https://x.example/h")); err != nil || !slices.Equal(*paths, []string{"/bot" + token + "/setWebhook"}) {
		t.Errorf("error %v, calls %v", err, *paths)
	}
}

func TestFetchRefusesPathsThatClimb(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"../../etc/passwd", "photos/../x", "", "/photos/x", "photos//x"} {
		b, _ := json.Marshal(map[string]any{"ok": true, "result": map[string]string{"file_path": path}})
		a, paths := api(t, http.StatusOK, string(b))
		body, err := a.Fetch(t.Context(), shop(""), channels.MediaRef{Ref: "f"})
		if err == nil {
			_ = body.Close()
			t.Errorf("%q was downloaded", path)
		}
		if len(*paths) != 1 {
			t.Errorf("%q: called %v", path, *paths)
		}
	}
}

func TestTyping(t *testing.T) {
	t.Parallel()
	a, paths := api(t, http.StatusOK, `{"ok":true,"result":true}`)
	if err := a.Typing(t.Context(), shop(""), "1", ""); err != nil || len(*paths) != 1 || !strings.HasSuffix((*paths)[0], "/sendChatAction") {
		t.Errorf("Typing: %v, %v", err, *paths)
	}
	if err := a.Seen(t.Context(), shop(""), "1", "1:2"); err != nil || len(*paths) != 1 {
		t.Errorf("Seen: %v, %v", err, *paths)
	}
}

func TestTheRecordHasNoToken(t *testing.T) {
	t.Parallel()
	a, _ := api(t, http.StatusOK, `{"ok":true,"result":true}`)
	var seen []channels.Exchange
	ctx := channels.WithWire(t.Context(), func(x channels.Exchange) { seen = append(seen, x) })
	if err := a.Typing(ctx, shop(""), "1", ""); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1 || strings.Contains(seen[0].URL, "AAH") || seen[0].Status != 200 || seen[0].Took <= 0 || seen[0].Took > time.Minute {
		t.Errorf("recorded %+v", seen)
	}
}
