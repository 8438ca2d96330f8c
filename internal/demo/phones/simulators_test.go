package phones

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types/events"
	"go.mau.fi/whatsmeow/util/keys"

	"recado/internal/sim"
	"recado/internal/sim/messaging"
	"recado/internal/sim/meta"
	"recado/internal/sim/smsgw"
	"recado/internal/sim/telegram"
	"recado/internal/sim/twilio"
	"recado/internal/sim/whatsapp"
)

// connected are all the platforms, with one account of each kind.
func connected(t *testing.T) ([]sim.Platform, []sim.Account, *whatsapp.Server) {
	t.Helper()
	qr, err := whatsapp.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(qr.Close)
	platforms := []sim.Platform{qr, meta.New(), messaging.New(), telegram.New(), twilio.New(), smsgw.New()}
	keys := map[string]string{
		"waba_id": "9", "access_token": "a", "app_secret": "s", "token": "700:x", "account_sid": "AC" + strings.Repeat("0", 32), "auth_token": "x",
		"preset": "generic",
	}
	var accounts []sim.Account
	for i, k := range slices.Sorted(maps.Keys(kinds)) {
		a := sim.Account{Kind: k, Ref: "3460000090" + string(rune('0'+i)), Name: k, Fields: maps.Clone(keys)}
		a.Fields["access_token"] += k
		p := (&phones{Config: Config{Platforms: platforms}}).platform(k)
		if p == nil {
			t.Fatalf("nobody plays %s", k)
		}
		if err := p.Connect(a); err != nil {
			t.Fatalf("%s: %v", k, err)
		}
		accounts = append(accounts, a)
	}
	return platforms, accounts, qr
}

// What a phone offers is what its platform's customers can do, neither more nor less.
func TestKindsAreWhatTheSimulatorsCanDo(t *testing.T) {
	t.Parallel()
	platforms, accounts, _ := connected(t)
	for _, a := range accounts {
		p := (&phones{Config: Config{Platforms: platforms}}).platform(a.Kind)
		customer := (&people{}).of(Account{Kind: a.Kind, Ref: a.Ref})[0]
		first, err := p.Do(t.Context(), sim.Action{Act: sim.SayText, Ref: a.Ref, Customer: customer, Text: "Hola"})
		if err != nil {
			t.Errorf("%s: %v", a.Kind, err)
			continue
		}
		for _, act := range acts {
			if act == sim.Opaque {
				continue
			}
			_, err := p.Do(t.Context(), sim.Action{Act: act, Ref: a.Ref, Customer: customer, Text: "👍", Target: first, File: []byte("x"), MIME: "image/png", FileName: "a.png"})
			if all := p.Thread(a.Ref, customer.ID); act == sim.SendFile && err == nil && (all[len(all)-1].Text == "👍") == kinds[a.Kind].Plain {
				t.Errorf("%s: files have no captions: %v, and the platform shows %q", a.Kind, kinds[a.Kind].Plain, all[len(all)-1].Text)
			}
			cannot := errors.As(err, &sim.ErrCannot{})
			if offered := slices.Contains(kinds[a.Kind].Acts, act); offered == cannot {
				t.Errorf("%s: %s is offered %v, and the platform says %v", a.Kind, act, offered, err)
			}
		}
		_, err = p.Do(t.Context(), sim.Action{Act: sim.SayText, Ref: a.Ref, Customer: customer, Text: "Y esto", Quote: first})
		all := p.Thread(a.Ref, customer.ID)
		if quoted := err == nil && all[len(all)-1].Quote == first; quoted != kinds[a.Kind].Quote {
			t.Errorf("%s: quotes %v, and the phone offers %v", a.Kind, quoted, kinds[a.Kind].Quote)
		}
	}
}

// One person writes to a bot and presses its button, over the page's API alone.
func TestTelegram(t *testing.T) {
	t.Parallel()
	updates := make(chan map[string]any, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var u map[string]any
		_ = json.NewDecoder(r.Body).Decode(&u)
		updates <- u
	}))
	defer hook.Close()
	tg := telegram.New()
	if err := tg.Connect(sim.Account{Kind: "telegram", Ref: "700", Name: "Aurora", Hook: hook.URL, Fields: map[string]string{"token": "700:x"}}); err != nil {
		t.Fatal(err)
	}
	defer tg.Hooks().Forget()
	h, _ := door(t, func(c *Config) {
		c.Platforms = []sim.Platform{tg}
		c.Accounts = func(context.Context) ([]Account, error) { return []Account{{"telegram", "700", "Aurora"}}, nil }
	})
	const base = home + "/api/telegram/700"
	const at = base + "/5100000001"
	if w := post(t, h, base+"/trouble", "do", "duplicate", "on", "true"); w.Code != http.StatusNoContent {
		t.Fatalf("trouble: %d %s", w.Code, w.Body)
	}
	if w := post(t, h, at+"/act", "act", "text", "text", "Hola"); w.Code != http.StatusOK {
		t.Fatalf("text: %d %s", w.Code, w.Body)
	}
	if one, two := <-updates, <-updates; one["message"] == nil || one["update_id"] != two["update_id"] {
		t.Errorf("the bot was not told twice of the message: %v, %v", one, two)
	}
	call := func(form url.Values) int {
		r := httptest.NewRequest(http.MethodPost, "/bot700:x/sendMessage", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		tg.ServeHTTP(w, r)
		return w.Code
	}
	says := url.Values{"chat_id": {"5100000001"}, "text": {"¿Qué talla?"}, "reply_markup": {`{"inline_keyboard":[[{"text":"Chica","callback_data":"s"}]]}`}}
	if w := post(t, h, base+"/trouble", "do", "fault", "fault", "5xx", "times", "1"); w.Code != http.StatusNoContent {
		t.Fatalf("trouble: %d %s", w.Code, w.Body)
	}
	if first, second := call(says), call(says); first != 500 || second != 200 {
		t.Errorf("the bot's calls got %d and %d, want the first to fail", first, second)
	}
	s := into[screen](t, get(t, h, at+"/thread"))
	if len(s.Bubbles) != 2 || len(s.Bubbles[1].Buttons) != 1 {
		t.Fatalf("the screen shows %+v", s.Bubbles)
	}
	if w := post(t, h, at+"/act", "act", "press", "target", s.Bubbles[1].ID, "choice", "s"); w.Code != http.StatusOK {
		t.Errorf("press: %d %s", w.Code, w.Body)
	}
	if u := <-updates; u["callback_query"] == nil {
		t.Errorf("the bot was told %v", u)
	}
	w := post(t, h, at+"/act", "sample", "voice")
	s = into[screen](t, w)
	if file := get(t, h, s.Bubbles[len(s.Bubbles)-1].File); file.Header().Get("Content-Type") != "audio/ogg" || file.Body.Len() < 1000 {
		t.Errorf("voice: %d %v, %d bytes", file.Code, file.Header(), file.Body.Len())
	}
	if w := post(t, h, at+"/act", "act", "delete", "target", s.Bubbles[0].ID); into[map[string]string](t, w)["error"] != "cannot" {
		t.Errorf("delete: %d %s", w.Code, w.Body)
	}
}

func TestTrouble(t *testing.T) {
	t.Parallel()
	platforms, accounts, qr := connected(t)
	var list []Account
	for _, a := range accounts {
		list = append(list, Account{a.Kind, a.Ref, a.Name})
	}
	h, _ := door(t, func(c *Config) {
		c.Platforms, c.WhatsApp = platforms, qr
		c.Accounts = func(context.Context) ([]Account, error) { return list, nil }
		c.Pending = func() []string { return []string{"2@x"} }
	})
	at := func(kind string) string {
		i := slices.IndexFunc(list, func(a Account) bool { return a.Kind == kind })
		return home + "/api/" + kind + "/" + list[i].Ref + "/trouble"
	}
	for _, c := range []struct {
		kind   string
		fields []string
		want   int
	}{
		{"sms", []string{"do", "fault", "fault", "hang", "times", "3"}, 204},
		{"sms", []string{"do", "fault", "fault", "hang", "times", "11"}, 422},
		{"sms", []string{"do", "fault", "fault", "", "times", "1"}, 422},
		{"sms", []string{"do", "fault", "fault", "rain", "times", "1"}, 422},
		{"sms", []string{"do", "fault", "fault", "hang"}, 422},
		{"sms", []string{"do", "ban", "on", "true"}, 422},
		{"sms", []string{"do", "reorder", "on", "true"}, 204},
		{"sms", nil, 422},
		{"twilio_sms", []string{"do", "duplicate", "on", "true"}, 204},
		{"whatsapp_qr", []string{"do", "duplicate", "on", "true"}, 422},
		{"whatsapp_qr", []string{"do", "fault", "fault", "429", "times", "1"}, 204},
		{"whatsapp_qr", []string{"do", "drop"}, 204},
		{"whatsapp_qr", []string{"do", "logout"}, 204},
		{"whatsapp_qr", []string{"do", "ban", "on", "true"}, 204},
		{"whatsapp_qr", []string{"do", "outdated", "on", "true"}, 204},
		{"whatsapp_qr", []string{"do", "outdated", "on", "false"}, 204},
		{"whatsapp_qr", []string{"do", "rain"}, 422},
	} {
		if w := post(t, h, at(c.kind), c.fields...); w.Code != c.want {
			t.Errorf("%s %v: %d, want %d", c.kind, c.fields, w.Code, c.want)
		}
	}
	s := into[state](t, get(t, h, home+"/api/phones"))
	if !s.Scan || !slices.Equal(s.Codes, []string{"2@x"}) {
		t.Errorf("scan %v, codes %v", s.Scan, s.Codes)
	}
	want := map[string]map[string]bool{
		"sms": {"reorder": true}, "twilio_sms": {"duplicate": true}, "twilio_whatsapp": {"duplicate": true},
		"whatsapp_qr": {"ban": true, "outdated": false}, "telegram": {},
	}
	for _, p := range s.Phones {
		if mood, asked := want[p.Kind]; asked && !maps.Equal(p.Mood, mood) {
			t.Errorf("%s: mood %v, want %v", p.Kind, p.Mood, mood)
		}
	}
	for code, want := range map[string]string{"": "bad", "2@a,b,c,d": "code", "ABCD-EFGH": "code", "#": "code"} {
		if w := post(t, h, home+"/api/scan", "code", code, "phone", "+34 600 000 001"); into[map[string]string](t, w)["error"] != want {
			t.Errorf("scan %q: %s, want %s", code, w.Body, want)
		}
	}
	if w := post(t, h, home+"/api/scan", "code", "2@a,b,c,d", "phone", "casa"); into[map[string]string](t, w)["error"] != "number" {
		t.Errorf("scan with no number: %s", w.Body)
	}
}

// The stream begins with all there is and goes on with what changes, until the server stops.
func TestLive(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	h, f := door(t, func(c *Config) { c.Done = done })
	s := httptest.NewServer(h)
	defer s.Close()
	watched := url.Values{"watch": {"cloudapi/+1/2/34600000101", "fax/1/1", "nonsense"}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+home+"/api/live?"+watched.Encode(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%v", resp.Header)
	}
	lines := bufio.NewScanner(resp.Body)
	next := func() (event, data string) {
		for lines.Scan() {
			if v, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				event = v
			}
			if v, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return event, v
			}
		}
		return "", ""
	}
	if event, data := next(); event != "state" || !strings.Contains(data, `"ref":"+1/2"`) {
		t.Errorf("first came %s %s", event, data)
	}
	for _, ref := range []string{"+1/2", "1"} {
		if event, data := next(); event != "thread" || !strings.Contains(data, `"ref":"`+ref+`"`) || !strings.Contains(data, `"bubbles":[]`) {
			t.Errorf("then came %s %s", event, data)
		}
	}
	if w := post(t, h, fakePerson+"/act", "act", "text", "text", "línea 1\nlínea 2"); w.Code != http.StatusOK {
		t.Fatal(w.Body)
	}
	if event, data := next(); event != "thread" || !strings.Contains(data, `línea 1\nlínea 2`) {
		t.Errorf("after a message came %s %s", event, data)
	}
	if w := post(t, h, fakeBase+"/people"); w.Code != http.StatusCreated {
		t.Fatal(w.Body)
	}
	if event, data := next(); event != "state" || !strings.Contains(data, names[firstPeople]) {
		t.Errorf("after a new person came %s %s", event, data)
	}
	f.mu.Lock()
	f.bubbles = nil
	f.mu.Unlock()
	if event, _ := next(); event != "thread" {
		t.Errorf("after an empty screen came %s", event)
	}
	close(done)
	if event, _ := next(); event != "" {
		t.Errorf("after the end came %s", event)
	}
}

func TestStreamsAreCounted(t *testing.T) {
	t.Parallel()
	p := &phones{streams: make(chan struct{}, 1)}
	p.streams <- struct{}{}
	w := httptest.NewRecorder()
	p.live(w, httptest.NewRequest(http.MethodGet, home+"/api/live", http.NoBody))
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("one too many: %d", w.Code)
	}
}

// A device that shows its QR code is linked when the page scans it.
func TestScan(t *testing.T) {
	t.Parallel()
	platforms, _, qr := connected(t)
	h, _ := door(t, func(c *Config) { c.Platforms, c.WhatsApp = platforms, qr })
	nothing := &store.NoopStore{}
	device := &store.Device{
		NoiseKey: keys.NewKeyPair(), IdentityKey: keys.NewKeyPair(), AdvSecretKey: make([]byte, 32), RegistrationID: 1, Container: nothing, LIDs: nothing,
	}
	device.SignedPreKey = device.IdentityKey.CreateSignedPreKey(1)
	device.SetAllStores(nothing)
	client := whatsmeow.NewClient(device, nil)
	socket := &http.Client{}
	qr.Rewrite(socket)
	client.SetPreLoginHTTPClient(socket)
	client.SetWebsocketHTTPClient(socket)
	shown, linked := make(chan string, 1), make(chan string, 1)
	client.AddEventHandler(func(e any) {
		switch e := e.(type) {
		case *events.QR:
			shown <- e.Codes[0]
		case *events.PairSuccess:
			linked <- e.ID.User
		case *events.PairError:
			linked <- e.Error.Error()
		}
	})
	if err := client.ConnectContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer client.Disconnect()
	if w := post(t, h, home+"/api/scan", "code", <-shown, "phone", "+34 600 000 001"); w.Code != http.StatusNoContent {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if number := <-linked; number != "34600000001" {
		t.Errorf("linked as %s", number)
	}
}
