package instagram

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/sim"
	"recado/internal/sim/messaging"
)

// silent is a platform that tells nothing.
type silent struct{ calls int }

func (s *silent) Do(*http.Request) (*http.Response, error) {
	s.calls++
	return nil, errors.New("no platform here")
}

// What only Instagram sends. The rest is package messenger's.
func TestReceive(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		message, id string
		kind        chat.Type
		text        string
	}{
		"mention in a story": {`{"mid":"m1","attachments":[{"type":"story_mention","payload":{"url":"https://cdn/s"}}]}`, "m1", chat.Unsupported, "Te mencionó en su historia\nhttps://cdn/s"},
		"reply to a story":   {`{"mid":"m1","text":"Lindo","reply_to":{"story":{"id":"1","url":"https://cdn/s"}}}`, "m1", chat.Text, "Lindo"},
		"shared post":        {`{"mid":"m1","text":"¿Lo tienen?","attachments":[{"type":"share","payload":{"url":"https://cdn/p"}}]}`, "m1", chat.Text, "¿Lo tienen?"},
		"heart":              {`{"mid":"m1","attachments":[{"type":"like_heart"}]}`, "m1", chat.Unsupported, "❤️"},
		"gif or sticker":     {`{"mid":"m1","is_unsupported":true}`, "m1", chat.Unsupported, "Envió un mensaje que Instagram no deja ver aquí"},
		"photo seen once":    {`{"mid":"m1","attachments":[{"type":"ephemeral"}]}`, "m1", chat.Unsupported, "[ephemeral]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := []byte(`{"object":"instagram","entry":[{"id":"` + accountID + `","messaging":[{"sender":{"id":"` + customer + `"},"recipient":{"id":"` + accountID + `"},"timestamp":1770000000123,"message":` + tc.message + `}]}]}`)
			r := httptest.NewRequest(http.MethodPost, "/hook", nil)
			r.Header.Set("X-Hub-Signature-256", messaging.Sign(secret, body))
			out, _, err := New(Options{HTTP: &silent{}}).Receive(t.Context(), channel(accountID, token, secret, ""), nil, r, body)
			if err != nil || len(out) == 0 {
				t.Fatalf("%d events, %v", len(out), err)
			}
			m := out[0].Message
			if out[0].ExternalID != tc.id || m == nil || m.Content.Type != tc.kind || m.Content.Text != tc.text {
				t.Errorf("got %q %+v, want %s %q", out[0].ExternalID, m, tc.kind, tc.text)
			}
		})
	}
}

// Instagram counts bytes; what Fit has let through by its characters is refused before the
// call, and ordinary Spanish is not.
func TestTextBytes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text  string
		unfit bool
	}{
		"Spanish": {strings.Repeat("Envío rápido a España. ", 34), false},
		"emojis":  {strings.Repeat("🎉", 260), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			platform := &silent{}
			_, err := New(Options{HTTP: platform}).Send(t.Context(), channel(accountID, token, secret, ""),
				channels.Outgoing{ID: id.New[id.Message](), To: customer, Content: chat.Plain(tc.text), Since: time.Minute})
			var said *errs.Send
			if !errors.As(err, &said) || (said.Code == "unfit") != tc.unfit || (platform.calls == 0) != tc.unfit {
				t.Errorf("got %v after %d calls", err, platform.calls)
			}
		})
	}
}

// A page and an Instagram account that share a token are told apart by whom they know.
func TestSharedPage(t *testing.T) {
	t.Parallel()
	platform := messaging.New()
	srv := httptest.NewServer(platform)
	t.Cleanup(srv.Close)
	c := channel(accountID, token, secret, "")
	if err := errors.Join(platform.Connect(account(c)), platform.Connect(sim.Account{
		Kind: messaging.Messenger, Ref: "1" + accountID, Name: "Página", Fields: map[string]string{"access_token": token, "app_secret": secret},
	})); err != nil {
		t.Fatal(err)
	}
	if _, err := platform.Do(t.Context(), sim.Action{Act: sim.SayText, Ref: accountID, Customer: sim.Person{ID: customer}, Text: "Hola"}); err != nil {
		t.Fatal(err)
	}
	a := New(options(srv.URL))
	if _, err := a.Send(t.Context(), c, channels.Outgoing{ID: id.New[id.Message](), To: customer, Content: chat.Plain("Hola"), Since: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if n := len(platform.Thread(accountID, customer)); n != 2 {
		t.Errorf("the customer sees %d messages, want 2", n)
	}
	var codes []string
	for _, f := range a.Check(context.Background(), c) {
		codes = append(codes, f.Code)
	}
	if !slices.Equal(codes, []string{"account", "unsubscribed"}) {
		t.Errorf("the check tells %q", codes)
	}
}
