package messenger

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/id"
	"recado/internal/sim/messaging"
)

// silent is a platform that tells nothing: no names.
type silent struct{ calls int }

func (s *silent) Do(*http.Request) (*http.Response, error) {
	s.calls++
	return nil, errors.New("no platform here")
}

// envelope is a webhook's body with these events of the page.
func envelope(events ...string) []byte {
	return []byte(`{"object":"page","entry":[{"id":"` + pageID + `","time":1770000000500,"messaging":[` + strings.Join(events, ",") + `]}]}`)
}

// from is an event of the customer's; what is `"message":{…}`.
func from(what string) string {
	return `{"sender":{"id":"` + customer + `"},"recipient":{"id":"` + pageID + `"},"timestamp":1770000000123,` + what + `}`
}

func receive(t testing.TB, a *Adapter, c channels.Channel, body []byte) ([]channels.Inbound, error) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/hook", nil)
	r.Header.Set("X-Hub-Signature-256", messaging.Sign(secret, body))
	nobody := func(context.Context, channels.Kind, string) (channels.Channel, bool, error) {
		return channels.Channel{}, false, nil
	}
	out, _, err := a.Receive(t.Context(), c, nobody, r, body)
	return out, err
}

// said is a line on an event.
func said(e channels.Inbound) string {
	head := e.ExternalID + " " + e.From.Identity + " "
	switch {
	case e.Receipt != nil:
		return head + fmt.Sprintf("%s %q %v %d", e.Receipt.State, e.Receipt.ProviderID, !e.Receipt.Message.IsZero(), e.Receipt.At.UnixMilli())
	case e.Edit != nil:
		return head + "edit " + e.Edit.Of + " " + e.Edit.Content.Text
	case e.Deletion != nil:
		return head + "delete " + e.Deletion.Of
	}
	m := e.Message
	out := head + string(m.Content.Type) + fmt.Sprintf(" %q", m.Content.Text)
	if m.Own {
		out += " own"
	}
	if m.Media != nil {
		out += " " + m.Media.MIME + " " + m.Media.Name + " " + m.Media.Ref
	}
	if a := m.Content.Answer; a != nil {
		out += fmt.Sprintf(" %s=%s %v", a.ID, a.Label, !a.To.IsZero())
	}
	if r := m.Content.Reaction; r != nil {
		out += " " + r.Emoji + " on " + m.Refs.React
	}
	if m.Refs.Quote != "" {
		out += " quotes " + m.Refs.Quote
	}
	return out
}

func TestReceive(t *testing.T) {
	t.Parallel()
	ours := id.New[id.Message]().String()
	for name, tc := range map[string]struct {
		event string
		want  []string
	}{
		"text":    {from(`"message":{"mid":"m1","text":"hola"}`), []string{`m1 C text "hola"`}},
		"quote":   {from(`"message":{"mid":"m1","text":"ese","reply_to":{"mid":"m0"}}`), []string{`m1 C text "ese" quotes m0`}},
		"NUL":     {from(`"message":{"mid":"m1","text":"ho\u0000la"}`), []string{`m1 C text "hola"`}},
		"nothing": {from(`"message":{"mid":"m1"}`), []string{`m1 C unsupported "Envió un mensaje que Meta no deja ver aquí"`}},
		"no id":   {from(`"message":{"text":"hola"}`), nil},
		"quick reply of ours": {from(`"message":{"mid":"m1","text":"Sí","quick_reply":{"payload":"recado:` + ours + `:a:b"}}`),
			[]string{`m1 C answer "" a:b=Sí true`}},
		"quick reply of another's": {from(`"message":{"mid":"m1","text":"Sí","quick_reply":{"payload":"recado:x:y"}}`),
			[]string{`m1 C answer "" recado:x:y=Sí false`}},
		"get started":         {from(`"postback":{"mid":"m1","title":"Empezar","payload":"GET_STARTED"}`), []string{`m1 C answer "" GET_STARTED=Empezar false`}},
		"postback without id": {from(`"postback":{"title":"Empezar"}`), []string{`postback:C:1770000000123 C text "Empezar"`}},
		"empty postback":      {from(`"postback":{"mid":"m1"}`), []string{`m1 C unsupported "Tocó un botón"`}},
		"two pictures": {from(`"message":{"mid":"m1","attachments":[{"type":"image","payload":{"url":"https://cdn/a.png?x=1"}},{"type":"image","payload":{"url":"https://cdn/b"}}]}`),
			[]string{`m1 C image "" image/png  https://cdn/a.png?x=1`, `m1/2 C image "" image/jpeg  https://cdn/b`}},
		"recording": {from(`"message":{"mid":"m1","attachments":[{"type":"audio","payload":{"url":"https://cdn/audioclip.mp4"}}]}`),
			[]string{`m1 C voice "" audio/mp4  https://cdn/audioclip.mp4`}},
		"document": {from(`"message":{"mid":"m1","attachments":[{"type":"file","payload":{"url":"https://cdn/x/factura.PDF?oh=1"}}]}`),
			[]string{`m1 C document "" application/pdf factura.PDF https://cdn/x/factura.PDF?oh=1`}},
		"sticker": {from(`"message":{"mid":"m1","attachments":[{"type":"sticker","payload":{"url":"https://cdn/s.png","sticker_id":1}}]}`),
			[]string{`m1 C image "" image/png  https://cdn/s.png`}},
		"link with preview": {from(`"message":{"mid":"m1","text":"mira https://a.example","attachments":[{"type":"fallback","title":"A","payload":{"url":"https://a.example"}}]}`),
			[]string{`m1 C text "mira https://a.example"`}},
		"place as a link": {from(`"message":{"mid":"m1","attachments":[{"type":"fallback","title":"Ubicación de Ana","url":"https://maps.example/1"}]}`),
			[]string{`m1 C text "Ubicación de Ana\nhttps://maps.example/1"`}},
		"share": {from(`"message":{"mid":"m1","attachments":[{"type":"post","payload":{"url":"https://fb.example/p/1"}}]}`),
			[]string{`m1 C unsupported "Compartió una publicación\nhttps://fb.example/p/1"`}},
		"new type": {from(`"message":{"mid":"m1","attachments":[{"type":"hologram","payload":{}}]}`), []string{`m1 C unsupported "[hologram]"`}},
		"one bad attachment": {from(`"message":{"mid":"m1","attachments":[7,{"type":"image","payload":{"url":"https://cdn/a.png"}}]}`),
			[]string{`m1 C image "" image/png  https://cdn/a.png`}},
		"reaction":       {from(`"reaction":{"mid":"m1","action":"react","reaction":"love","emoji":"❤"}`), []string{`reaction:m1:1770000000123 C reaction "" ❤ on m1`}},
		"named reaction": {from(`"reaction":{"mid":"m1","action":"react","reaction":"wow"}`), []string{`reaction:m1:1770000000123 C reaction "" 😮 on m1`}},
		"unreact":        {from(`"reaction":{"mid":"m1","action":"unreact"}`), []string{`reaction:m1:1770000000123 C reaction ""  on m1`}},
		"edit":           {from(`"message_edit":{"mid":"m1","text":"tres","num_edit":"2"}`), []string{`edit:m1:2 C edit m1 tres`}},
		"deleted":        {from(`"message":{"mid":"m1","is_deleted":true}`), []string{`delete:m1 C delete m1`}},
		"delivery": {from(`"delivery":{"mids":["m1","m2"],"watermark":1770000000100}`),
			[]string{`delivered:m1 C delivered "m1" false 1770000000123`, `delivered:m2 C delivered "m2" false 1770000000123`}},
		"delivery without ids": {from(`"delivery":{"watermark":1770000000100}`), []string{`delivered:C:1770000000100 C delivered "" false 1770000000100`}},
		"read":                 {from(`"read":{"watermark":1770000000100}`), []string{`read:C:1770000000100 C read "" false 1770000000100`}},
		"referral":             {from(`"referral":{"ref":"promo","source":"SHORTLINK","type":"OPEN_THREAD"}`), nil},
		"opt-in":               {from(`"optin":{"type":"notification_messages"}`), nil},
		"from tomorrow":        {from(`"hologram_call":{"length":3}`), nil},
		"echo of ours": {`{"sender":{"id":"` + pageID + `"},"recipient":{"id":"` + customer + `"},"timestamp":1770000000123,"message":{"mid":"m1","is_echo":true,"app_id":1,"metadata":"recado:` + ours + `","text":"hola"}}`,
			[]string{`echo:m1 C sent "m1" true 1770000000123`}},
		"echo of another's": {`{"sender":{"id":"` + pageID + `"},"recipient":{"id":"` + customer + `"},"timestamp":1770000000123,"message":{"mid":"m1","is_echo":true,"metadata":"x","attachments":[{"type":"template","payload":{"template_type":"button","text":"¿Te ayudo?"}}]}}`,
			[]string{`m1 C text "¿Te ayudo?" own`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := channel(pageID, token, secret, "")
			events, err := receive(t, New(Options{HTTP: &silent{}}), c, envelope(tc.event))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range events {
				if e.Channel.ID != c.ID || e.At.IsZero() || !e.From.Verified {
					t.Errorf("the event lacks its channel, time or person: %+v", e)
				}
				got = append(got, strings.ReplaceAll(said(e), customer, "C"))
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
			}
		})
	}
}

func TestReceiveKeepsTheRestOfABatch(t *testing.T) {
	t.Parallel()
	body := envelope(`7`, from(`"message":{"mid":7}`), from(`"message":{"mid":"m1","text":"uno"}`), `{"sender":{}}`, from(`"message":{"mid":"m2","text":"dos"}`))
	events, err := receive(t, New(Options{HTTP: &silent{}}), channel(pageID, token, secret, ""), body)
	if err != nil || len(events) != 2 {
		t.Fatalf("got %d events and %v, want the two good ones", len(events), err)
	}
}

func TestReceiveWhose(t *testing.T) {
	t.Parallel()
	ours, other, alien := channel(pageID, token, secret, ""), channel("105330000000001", "t2", secret, ""), channel("105330000000002", "t3", strings.Repeat("9", 32), "")
	find := func(_ context.Context, k channels.Kind, ref string) (channels.Channel, bool, error) {
		for _, c := range []channels.Channel{other, alien} {
			if k == Kind && ref == c.Ref {
				return c, true, nil
			}
		}
		return channels.Channel{}, false, nil
	}
	entry := func(ref string) string {
		return `{"id":"` + ref + `","messaging":[` + from(`"message":{"mid":"m`+ref+`","text":"hola"}`) + `]}`
	}
	for name, tc := range map[string]struct {
		object string
		refs   []string
		sign   string
		want   []id.Channel
		err    error
	}{
		"ours":                     {"page", []string{pageID}, secret, []id.Channel{ours.ID}, nil},
		"another page of the app":  {"page", []string{pageID, other.Ref}, secret, []id.Channel{ours.ID, other.ID}, nil},
		"a page of another app":    {"page", []string{pageID, alien.Ref}, secret, []id.Channel{ours.ID}, nil},
		"only that page":           {"page", []string{alien.Ref}, secret, nil, channels.ErrSignature},
		"a page nobody has":        {"page", []string{"1"}, secret, nil, nil},
		"signed by the other app":  {"page", []string{pageID, alien.Ref}, strings.Repeat("9", 32), []id.Channel{alien.ID}, nil},
		"signed by a stranger":     {"page", []string{pageID}, "stranger", nil, channels.ErrSignature},
		"another product's object": {"instagram", []string{pageID}, secret, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var entries []string
			for _, ref := range tc.refs {
				entries = append(entries, entry(ref))
			}
			body := []byte(`{"object":"` + tc.object + `","entry":[` + strings.Join(entries, ",") + `]}`)
			r := httptest.NewRequest(http.MethodPost, "/hook", nil)
			r.Header.Set("X-Hub-Signature-256", messaging.Sign(tc.sign, body))
			events, _, err := New(Options{HTTP: &silent{}}).Receive(t.Context(), ours, find, r, body)
			var got []id.Channel
			for _, e := range events {
				got = append(got, e.Channel.ID)
			}
			if !errors.Is(err, tc.err) || !slices.Equal(got, tc.want) {
				t.Errorf("got %v, %v; want %v, %v", got, err, tc.want, tc.err)
			}
		})
	}
}

func TestReceiveRefuses(t *testing.T) {
	t.Parallel()
	c := channel(pageID, token, secret, "")
	if _, err := receive(t, New(Options{HTTP: &silent{}}), c, []byte(`{"object":`)); !errors.Is(err, channels.ErrMalformed) {
		t.Errorf("half a body: %v, want ErrMalformed", err)
	}
	a := New(Options{HTTP: &silent{}})
	for query, want := range map[string]int{
		"hub.mode=subscribe&hub.verify_token=verificame&hub.challenge=42": http.StatusOK,
		"hub.mode=subscribe&hub.verify_token=otro&hub.challenge=42":       http.StatusForbidden,
	} {
		r := httptest.NewRequest(http.MethodGet, "/hook?"+query, nil)
		_, reply, err := a.Receive(t.Context(), c, nil, r, nil)
		if err != nil || reply == nil || reply.Status != want || want == http.StatusOK && string(reply.Body) != "42" {
			t.Errorf("%s: %+v, %v; want %d", query, reply, err, want)
		}
	}
}

// A name is asked for once, also when it is not told: webhooks must not wait for it again.
func TestNameIsAskedOnce(t *testing.T) {
	t.Parallel()
	platform := &silent{}
	a, c := New(Options{HTTP: platform}), channel(pageID, token, secret, "")
	for i := range 3 {
		if _, err := receive(t, a, c, envelope(from(fmt.Sprintf(`"message":{"mid":"m%d","text":"hola"}`, i)))); err != nil {
			t.Fatal(err)
		}
	}
	if platform.calls != 1 {
		t.Errorf("the name was asked for %d times, want once", platform.calls)
	}
}

func FuzzReceive(f *testing.F) {
	for _, e := range []string{
		`"message":{"mid":"m1","text":"hola","reply_to":{"mid":"m0"}}`,
		`"message":{"mid":"m1","text":"Sí","quick_reply":{"payload":"recado:x:y"}}`,
		`"message":{"mid":"m1","attachments":[{"type":"image","payload":{"url":"https://cdn/a.png"}},{"type":"fallback","title":"A","url":"https://a.example"}]}`,
		`"message":{"mid":"m1","is_echo":true,"metadata":"recado:0198c0de-0000-7000-8000-000000000000"}`,
		`"postback":{"mid":"m1","title":"Empezar","payload":"GET_STARTED"}`,
		`"reaction":{"mid":"m1","action":"react","emoji":"❤"}`,
		`"message_edit":{"mid":"m1","text":"tres","num_edit":1}`,
		`"delivery":{"mids":["m1"],"watermark":1}`, `"read":{"watermark":1e3}`, `"read":{"mid":"m1"}`,
	} {
		f.Add(envelope(from(e)))
	}
	a, c := New(Options{HTTP: &silent{}}), channel(pageID, token, secret, "")
	f.Fuzz(func(t *testing.T, body []byte) {
		events, err := receive(t, a, c, body)
		if err != nil && !errors.Is(err, channels.ErrMalformed) {
			t.Fatalf("a signed body is refused: %v", err)
		}
		for _, e := range events {
			if e.ExternalID == "" || e.From.Identity == "" {
				t.Fatalf("an event without its id or person: %+v", e)
			}
			m := e.Message
			if m == nil {
				continue
			}
			if strings.ContainsRune(m.Content.Text, 0) {
				t.Fatalf("NUL in %q", m.Content.Text)
			}
			if m.Media == nil && m.Content.Type != chat.ReactionMsg {
				if err := m.Content.Check(); err != nil {
					t.Fatalf("the content cannot be stored: %v: %+v", err, m.Content)
				}
			}
		}
	})
}

func BenchmarkReceive(b *testing.B) {
	a, c := New(Options{HTTP: &silent{}}), channel(pageID, token, secret, "")
	body := envelope(from(`"message":{"mid":"m_165f0b90f7d375703ee18516c65db528","text":"Hola, ¿tienen la talla 38?"}`))
	r := httptest.NewRequest(http.MethodPost, "/hook", nil)
	r.Header.Set("X-Hub-Signature-256", messaging.Sign(secret, body))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if out, _, err := a.Receive(b.Context(), c, nil, r, body); err != nil || len(out) != 1 {
			b.Fatalf("%d events, %v", len(out), err)
		}
	}
}
