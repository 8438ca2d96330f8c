package sms

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"recado/channels"
	"recado/channels/channeltest"
	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/httpx"
	"recado/internal/id"
	"recado/internal/sim"
	"recado/internal/sim/smsgw"
)

const hookToken = "clave-de-los-avisos-0001"

// settings are a good account's with each gateway, at a base address.
func settings(preset, base string) (open map[string]string, secrets channels.Secrets) {
	switch preset {
	case "infobip":
		return map[string]string{"preset": preset, "url": base, "sender": "+525500000000"},
			channels.Secrets{"api_key": "llave-de-infobip-0001", "hook_token": hookToken}
	case "smsgate":
		return map[string]string{"preset": preset, "url": base + "/3rdparty/v1", "username": "ABCDEF"},
			channels.Secrets{"password": "clave-del-telefono-01", "hook_token": hookToken}
	}
	return map[string]string{
		"preset": "generic", "url": base + "/send?to={{to}}", "method": "POST", "content_type": "application/x-www-form-urlencoded",
		"headers": "Authorization: Bearer {{api_key}}", "body": "text={{text}}&from={{from}}", "sender": "Tienda & Co",
		"id_path": "result.id", "check_url": base + "/balance", "success": "200",
	}, channels.Secrets{"api_key": "llave-de-otro-00001", "hook_token": hookToken}
}

func shop(preset, base, hook string) channels.Channel {
	open, secrets := settings(preset, base)
	raw, err := json.Marshal(open)
	if err != nil {
		panic(err)
	}
	return channels.Channel{
		ID: id.New[id.Channel](), Company: id.New[id.Company](), Kind: Kind, Name: "Avisos", Ref: "avisos",
		Settings: raw, Secrets: secrets, Hook: hook,
	}
}

func accountOf(c channels.Channel) sim.Account {
	fields := map[string]string{}
	if err := json.Unmarshal(c.Settings, &fields); err != nil {
		panic(err)
	}
	maps.Copy(fields, c.Secrets)
	return sim.Account{Kind: "sms", Ref: c.Ref, Name: c.Name, Fields: fields, Hook: c.Hook}
}

func open(t testing.TB, hook string, serve func(sim.Platform) string) channeltest.Bench {
	p := smsgw.New()
	c := shop("smsgate", serve(p), hook)
	return channeltest.Bench{
		Adapter: New(Options{HTTP: http.DefaultClient}), Channel: c, Platform: p, Account: accountOf(c),
		Customer: sim.Person{ID: "+525512345678", Name: "Ana"},
	}
}

// TestSuite runs the suite over SMS Gate; TestGateways takes all three through what differs.
func TestSuite(t *testing.T) { channeltest.Run(t, open) }

// bench is a channel with one gateway's simulator behind it and its webhooks taken.
type bench struct {
	*Adapter
	channels.Channel
	*smsgw.Platform

	mu     sync.Mutex
	events []channels.Inbound
	calls  []*http.Request
	bodies [][]byte
}

func newBench(t *testing.T, preset string) *bench {
	t.Helper()
	b := &bench{Adapter: New(Options{HTTP: http.DefaultClient}), Platform: smsgw.New()}
	gateway := httptest.NewServer(b.Platform)
	t.Cleanup(gateway.Close)
	ours := httptest.NewServer(http.HandlerFunc(b.take))
	t.Cleanup(ours.Close)
	t.Cleanup(b.Hooks().Forget)
	b.Channel = shop(preset, gateway.URL, ours.URL+"/hook")
	if err := b.Platform.Connect(accountOf(b.Channel)); err != nil {
		t.Fatal(err)
	}
	if err := b.Subscribe(t.Context(), b.Channel); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) take(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	evs, _, err := b.Receive(r.Context(), b.Channel, nil, r, body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.events = append(b.events, evs...)
	b.calls, b.bodies = append(b.calls, r), append(b.bodies, body)
}

// heard is everything that has come once nothing more is on its way.
func (b *bench) heard(t *testing.T) []channels.Inbound {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := b.Hooks().Idle(ctx); err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.events)
}

func message(text string) channels.Outgoing {
	return channels.Outgoing{ID: id.New[id.Message](), To: "+525512345678", Content: chat.Plain(text), Attempt: 1}
}

var presets = []string{"infobip", "smsgate", "generic"}

const oddText = "Hola, \"Ana\" & Co. {{to}} \\ 5 > 3 100%\n<b>ñandú</b> 👍🏽 x=1&y=2"

func TestGateways(t *testing.T) {
	t.Parallel()
	for _, preset := range presets {
		t.Run(preset, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, preset)
			got, err := b.Do(t.Context(), sim.Action{Act: sim.SayText, Ref: b.Ref, Customer: sim.Person{ID: "+525512345678"}, Text: oddText})
			if err != nil {
				t.Fatal(err)
			}
			evs := b.heard(t)
			if len(evs) != 1 || evs[0].ExternalID != got || evs[0].Message.Content.Text != oddText || evs[0].From.Identity != "+525512345678" ||
				evs[0].From.Phone != "+525512345678" || time.Since(evs[0].At).Abs() > time.Minute || evs[0].Channel.ID != b.Channel.ID {
				t.Fatalf("incoming: %+v", evs)
			}
			m := message(oddText)
			var seen []channels.Exchange
			sent, err := b.Send(channels.WithWire(t.Context(), func(x channels.Exchange) { seen = append(seen, x) }), b.Channel, m)
			if err != nil {
				t.Fatalf("Send: %v", err)
			}
			thread := b.Thread(b.Ref, "+525512345678")
			if last := thread[len(thread)-1]; last.Text != oddText || last.ID != sent.ProviderID {
				t.Errorf("the phone shows %+v, sent as %+v", last, sent)
			}
			b.toldOf(t, m.ID, sent.ProviderID)
			if len(seen) != 1 {
				t.Fatalf("%d exchanges recorded", len(seen))
			}
			for key, secret := range b.Secrets {
				if record := seen[0].URL + string(seen[0].Request); strings.Contains(record, secret) {
					t.Errorf("the record shows %s: %s", key, record)
				}
			}
		})
	}
}

// toldOf wants a message's reports of sending and of delivery.
func (b *bench) toldOf(t *testing.T, own id.Message, provider string) {
	t.Helper()
	var states []chat.State
	for _, e := range b.heard(t) {
		if r := e.Receipt; r != nil && r.ProviderID == provider {
			states = append(states, r.State)
			if b.Value("preset") != "generic" && r.Message != own {
				t.Errorf("the report is of %v, want %v", r.Message, own)
			}
		}
	}
	if !slices.Equal(states, []chat.State{chat.Sent, chat.Delivered}) {
		t.Errorf("reported %v", states)
	}
}

func TestFaultsOfEachGateway(t *testing.T) {
	t.Parallel()
	for _, preset := range presets {
		for fault, want := range map[sim.Fault]errs.Send{
			sim.Busy:       {Class: errs.RateLimited, Code: "429", RetryAfter: 7 * time.Second},
			sim.Revoked:    {Class: errs.ChannelDown, Code: "401"},
			sim.Rejected:   {Class: errs.Permanent, Code: "400"},
			sim.BrokenLate: {Class: errs.Retryable, Code: "500", MaybeSent: true},
			sim.HalfBody:   {Class: errs.Retryable, Code: "connection", MaybeSent: true},
			sim.Unplugged:  {Class: errs.Retryable, Code: "connection", MaybeSent: true},
		} {
			t.Run(preset+"/"+string(fault), func(t *testing.T) {
				t.Parallel()
				b := newBench(t, preset)
				b.Faults().SetRetryAfter(7 * time.Second)
				b.Faults().Next(fault)
				m := message("Hola")
				sent, err := b.Send(t.Context(), b.Channel, m)
				var got *errs.Send
				if !errors.As(err, &got) || got.Class != want.Class || got.Code != want.Code || got.MaybeSent != want.MaybeSent || got.RetryAfter != want.RetryAfter {
					t.Fatalf("%+v, want %+v", err, want)
				}
				if want.MaybeSent && preset != "generic" && sent.ProviderID != m.ID.String() {
					t.Errorf("reports will name %v, Sent says %q", m.ID, sent.ProviderID)
				}
				if fault.Taken() && b.Capabilities(b.Channel).Idempotent { // sending again is harmless
					again, err := b.Send(t.Context(), b.Channel, m)
					if err != nil || again.ProviderID != m.ID.String() || len(b.Thread(b.Ref, m.To)) != 1 {
						t.Errorf("again: %+v, %v, %d on the phone", again, err, len(b.Thread(b.Ref, m.To)))
					}
				}
			})
		}
	}
}

func TestInfobipRefusesWithinASuccess(t *testing.T) {
	t.Parallel()
	b := newBench(t, "infobip")
	b.Faults().Next(sim.OptedOut)
	_, err := b.Send(t.Context(), b.Channel, message("Hola"))
	var got *errs.Send
	if !errors.As(err, &got) || got.Class != errs.Refused || got.Code != "REJECTED_DESTINATION_BLOCKLISTED" || got.MaybeSent {
		t.Errorf("blocklisted: %+v", err)
	}
	stranger := message("Hola")
	stranger.To = "Ana"
	if _, err := b.Send(t.Context(), b.Channel, stranger); !errors.As(err, &got) || got.Class != errs.Permanent || got.Code != "REJECTED_DESTINATION" {
		t.Errorf("no number: %+v", err)
	}
	for name, want := range map[string]errs.Class{"REJECTED_NOT_ENOUGH_CREDITS": errs.ChannelDown, "REJECTED_SYSTEM_ERROR": errs.Permanent, "REJECTED_NETWORK": errs.Permanent} {
		e := refusedByInfobip([]byte(`{"messages":[{"status":{"groupId":5,"name":"` + name + `"}}]}`))
		if e == nil || e.Class != want {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if e := refusedByInfobip([]byte(`{"messages":[{"status":{"groupId":1,"name":"PENDING_ACCEPTED"}}]}`)); e != nil {
		t.Errorf("accepted: %+v", e)
	}
}

func TestSMSGateSaysThatItsQueueIsFull(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`{"error":"QueueLimitExceeded","message":"queue limits exceeded: too many pending messages: 5 / 5"}`))
	}))
	t.Cleanup(s.Close)
	_, err := New(Options{HTTP: s.Client()}).Send(t.Context(), shop("smsgate", s.URL, ""), message("Hola"))
	var got *errs.Send
	if !errors.As(err, &got) || got.Class != errs.Retryable || got.MaybeSent || !strings.Contains(err.Error(), "too many pending") {
		t.Errorf("%+v", err)
	}
}

func TestSendRefuses(t *testing.T) {
	t.Parallel()
	fine := shop("generic", "https://x.example", "")
	bad := fine
	bad.Settings = json.RawMessage(`{"preset":"generic","url":"https://{{to}}/"}`)
	none := shop("infobip", "https://x.example", "")
	none.Secrets = nil
	photo := message("Hola")
	photo.Content.Type = chat.Image
	nobody := message("Hola")
	nobody.To = ""
	for name, c := range map[string]struct {
		channel channels.Channel
		m       channels.Outgoing
		class   errs.Class
		code    string
	}{
		"a photo":         {fine, photo, errs.Permanent, "unfit"},
		"nobody":          {fine, nobody, errs.Permanent, "unfit"},
		"nothing":         {fine, message(""), errs.Permanent, "unfit"},
		"too much":        {fine, message(strings.Repeat("ñ", maxText+1)), errs.Permanent, "unfit"},
		"a bad template":  {bad, message("Hola"), errs.ChannelDown, "settings"},
		"no key":          {none, message("Hola"), errs.ChannelDown, "settings"},
		"private address": {fine, message("Hola"), errs.ChannelDown, "address"},
	} {
		_, err := New(Options{HTTP: guarded{}}).Send(t.Context(), c.channel, c.m)
		var got *errs.Send
		if !errors.As(err, &got) || got.Class != c.class || got.Code != c.code || got.MaybeSent {
			t.Errorf("%s: %+v", name, err)
		}
	}
}

// guarded is a client that refuses every address.
type guarded struct{}

func (guarded) Do(*http.Request) (*http.Response, error) { return nil, httpx.ErrAddress }

func TestChecks(t *testing.T) {
	t.Parallel()
	codes := func(fs []channels.Finding) (out []string) {
		for _, f := range fs {
			mark := "!"
			if f.OK {
				mark = ""
			}
			out = append(out, mark+f.Code)
		}
		return out
	}
	for _, preset := range presets {
		b := newBench(t, preset)
		want := []string{"account"}
		if preset == "smsgate" {
			want = []string{"account", "webhook"}
		}
		if got := codes(b.Check(t.Context(), b.Channel)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", preset, got, want)
		}
		bad := b.Channel
		bad.Secrets = channels.Secrets{"api_key": "otra", "password": "otra", "hook_token": hookToken}
		if got := codes(b.Check(t.Context(), bad)); !slices.Equal(got, []string{"!account_refused"}) {
			t.Errorf("%s with a bad key: %v", preset, got)
		}
		moved := b.Channel
		moved.Hook = ""
		if got := codes(b.Check(t.Context(), moved)); !slices.Equal(got, []string{"account", "!no_address"}) {
			t.Errorf("%s without an address: %v", preset, got)
		}
		if preset == "smsgate" {
			moved.Hook = b.Hook + "/otro"
			if got := codes(b.Check(t.Context(), moved)); !slices.Equal(got, []string{"account", "!webhook_missing"}) {
				t.Errorf("%s with another address: %v", preset, got)
			}
		}
	}
	a := New(Options{HTTP: http.DefaultClient})
	for settings, want := range map[string]string{
		`{"preset":"generic"}`:                                                       "!settings",
		`{"preset":"infobip","url":"x.api.infobip.com"}`:                             "!settings",
		`{"preset":"generic","url":"https://x.example/{{txt}}"}`:                     "!settings",
		`{"preset":"generic","url":"https://x.example","body":"{\"to\":{{text}}x}"}`: "!settings",
		`{"preset":"generic","url":"https://x.example"}`:                             "unchecked",
	} {
		c := channels.Channel{Settings: json.RawMessage(settings), Hook: "https://tienda.example/h"}
		if got := codes(a.Check(t.Context(), c)); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %v, want %s", settings, got, want)
		}
	}
	for _, code := range []string{"account", "account_refused", "settings", "unreachable", "unchecked", "webhook", "webhook_missing", "no_address"} {
		for lang, words := range a.Describe().Texts {
			if words["check."+code] == "" {
				t.Errorf("%s lacks check.%s", lang, code)
			}
		}
	}
}

func TestSegments(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		n    int
		wide bool
	}{
		{"", 1, false},
		{strings.Repeat("a", 160), 1, false},
		{strings.Repeat("a", 161), 2, false},
		{strings.Repeat("a", 306), 2, false},
		{strings.Repeat("a", 307), 3, false},
		{strings.Repeat("€", 80), 1, false},
		{strings.Repeat("€", 81), 2, false},
		{strings.Repeat("a", 152) + strings.Repeat("€", 77), 3, false}, // no escape is split: 152, 76 x 2, 1 x 2
		{"¿Ñandú?", 1, true},
		{"¡Año nuevo, señor Müller é!", 1, false},
		{strings.Repeat("á", 70), 1, true},
		{strings.Repeat("á", 71), 2, true},
		{strings.Repeat("á", 134), 2, true},
		{strings.Repeat("á", 135), 3, true},
		{strings.Repeat("👍", 35), 1, true},
		{strings.Repeat("👍", 36), 2, true},
		{strings.Repeat("👍", 67), 3, true}, // 33 to a part: no pair is split
		{strings.Repeat("a", maxText), 10, false},
	} {
		if n, wide := Segments(c.text); n != c.n || wide != c.wide {
			t.Errorf("Segments(%d of %.4q) = %d, %v; want %d, %v", len(c.text), c.text, n, wide, c.n, c.wide)
		}
	}
}
