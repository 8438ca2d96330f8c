package channeltest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"testing"
	"time"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/sim"
)

// poster is an adapter for post. With a fault named it is wrong in that one way.
type poster struct {
	base  string
	wrong string
	turns atomic.Int32 // events read
	lacks map[string]string
}

var good = map[string]string{
	"inbound/edit": "a letter is not edited", "send/template": "it approves nothing beforehand",
}

func (a *poster) Kind() channels.Kind { return "post" }

func (a *poster) Addresses(written string) []string {
	if n, ok := channels.Phone(written); ok && a.wrong != "spelling" {
		return []string{n}
	}
	return nil
}

func (a *poster) Capabilities(channels.Channel) channels.Capabilities {
	lacks := maps.Clone(good)
	maps.Copy(lacks, a.lacks)
	maps.DeleteFunc(lacks, func(_, reason string) bool { return reason == "-" })
	return channels.Capabilities{
		MaxText: 1000, MaxCaption: 200, MaxButtons: 3, MaxButtonLabel: 20, MaxListRows: 10, MaxRowTitle: 24, MaxRowText: 72, MaxListOpen: 20, MaxLinkButtons: 1,
		Media: map[string]int64{"*/*": 1 << 20}, Voice: true, Locations: true, Contacts: true, Reactions: true, Quotes: true, Receipts: true, Lacks: lacks,
	}
}

func (a *poster) Send(ctx context.Context, c channels.Channel, m channels.Outgoing) (channels.Sent, error) {
	l := letter{Person: m.To, Type: string(m.Content.Type), Text: m.Content.Text, Quote: m.Refs.Quote, Client: m.ID.String()}
	for _, b := range m.Content.Buttons {
		l.Buttons = append(l.Buttons, sim.Choice{ID: b.ID, Label: b.Label, URL: b.URL})
	}
	if m.Content.List != nil {
		for _, s := range m.Content.List.Sections {
			for _, r := range s.Rows {
				l.Rows = append(l.Rows, sim.Choice{ID: r.ID, Label: r.Title, Text: r.Description})
			}
		}
	}
	switch m.Content.Type {
	case chat.LocationMsg:
		l.Lat, l.Lng, l.Text = m.Content.Location.Latitude, m.Content.Location.Longitude, m.Content.Location.Name
	case chat.ContactCard:
		l.Text = m.Content.Contact.Name
	case chat.ReactionMsg:
		l.Target, l.Text = m.Refs.React, m.Content.Reaction.Emoji
	}
	if m.Content.Media != nil {
		r, err := m.Open(ctx)
		if err != nil {
			return channels.Sent{}, err
		}
		defer r.Close()
		l.File, _ = io.ReadAll(r)
		l.MIME, l.Name = m.Content.Media.MIME, m.Content.Media.Name
	}
	switch a.wrong {
	case "words":
		l.Text = "Hola"
	case "labels":
		l.Buttons = nil
	case "file":
		l.File = bytes.ToUpper(l.File)
	case "quote":
		l.Quote = ""
	}
	return a.post(ctx, c, l)
}

func (a *poster) post(ctx context.Context, c channels.Channel, l letter) (channels.Sent, error) {
	body, _ := json.Marshal(l)
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { written.Store(true) }})
	r, _ := http.NewRequestWithContext(ctx, http.MethodPost, a.base+"/send", bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+c.Value("token"))
	failed := func(class errs.Class, code string, err error) error {
		e := &errs.Send{Op: "send", Class: class, Code: code, Err: err, MaybeSent: class == errs.Retryable && written.Load()}
		switch a.wrong {
		case "class":
			e.Class = errs.Permanent
		case "maybe":
			e.MaybeSent = !e.MaybeSent
		case "code":
			e.Code = ""
		case "leak":
			e.Err = fmt.Errorf("with %s: %w", c.Value("token"), err)
		case "bare":
			return err
		}
		if class == errs.RateLimited && a.wrong != "wait" {
			e.RetryAfter = 7 * time.Second
		}
		return e
	}
	if a.wrong == "twice" {
		again := r.Clone(ctx)
		again.Body = io.NopCloser(bytes.NewReader(body))
		if resp, err := http.DefaultClient.Do(r); err == nil {
			resp.Body.Close()
		}
		r = again
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return channels.Sent{}, failed(errs.Retryable, "net", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return channels.Sent{}, failed(errs.Retryable, "net", err)
	}
	if a.wrong != "silent" {
		channels.Wire(ctx, channels.Exchange{Method: r.Method, URL: r.URL.String(), Request: body, Reply: answer, Status: resp.StatusCode})
	}
	if resp.StatusCode == http.StatusOK {
		var got struct{ ID string }
		if err := json.Unmarshal(answer, &got); err != nil {
			return channels.Sent{}, failed(errs.Retryable, "json", err)
		}
		return channels.Sent{ProviderID: got.ID}, nil
	}
	var told struct{ Code string }
	_ = json.Unmarshal(answer, &told)
	class := map[string]errs.Class{"429": errs.RateLimited, "revoked": errs.ChannelDown, "token": errs.ChannelDown, "opted_out": errs.Refused, "rejected": errs.Permanent, "window": errs.Permanent}[told.Code]
	return channels.Sent{}, failed(class, told.Code, errors.New(resp.Status))
}

func (a *poster) Receive(ctx context.Context, c channels.Channel, find channels.Lookup, r *http.Request, body []byte) ([]channels.Inbound, *channels.Reply, error) {
	var l letter
	bad := json.Unmarshal(body, &l) != nil
	owner, known, err := find(ctx, "post", l.Account)
	switch {
	case err != nil:
		return nil, nil, err
	case a.wrong == "address": // trusts the address called, whoever it is about
		owner, known = c, true
	}
	secret := c.Value("secret")
	if known {
		secret = owner.Value("secret")
	}
	if a.wrong != "unsigned" && (secret == "" || r.Header.Get("X-Post-Signature") != sign(secret, body)) {
		return nil, nil, channels.ErrSignature
	}
	if bad {
		return nil, nil, channels.ErrMalformed
	}
	if !known {
		return nil, nil, nil
	}
	e := channels.Inbound{Channel: owner, ExternalID: l.ID, At: time.Unix(l.At, 0), From: channels.Sender{Identity: l.Person}}
	a.read(l, &e)
	if e.Message == nil && e.Receipt == nil && e.Edit == nil && e.Deletion == nil {
		return nil, nil, nil
	}
	return []channels.Inbound{e}, nil, nil
}

func (a *poster) read(l letter, e *channels.Inbound) {
	switch l.Event {
	case "state":
		e.ExternalID = l.Target + "/" + l.State
		if a.wrong == "state" {
			e.ExternalID = l.Target
		}
		e.Receipt = &chat.Receipt{ProviderID: l.Target, State: chat.State(l.State), At: e.At}
	case "edit":
		e.Edit = &channels.Edit{Of: l.Target, Content: chat.Plain(l.Text)}
	case "delete":
		e.Deletion = &channels.Deletion{Of: l.Target}
	case "opaque":
		if a.wrong == "opaque" {
			e.Message = &channels.Message{Content: chat.Plain("[opaque]")}
		}
	case "own":
		e.Message = &channels.Message{Content: chat.Plain(l.Text), Own: a.wrong != "own"}
	case "message":
		a.message(l, e)
		if a.wrong == "lost" && l.Text == "tres" {
			e.Message = nil
		}
	}
	switch a.wrong {
	case "id":
		e.ExternalID = id.New[id.Message]().String()
	case "again":
		if a.turns.Add(1) > 1 {
			e.ExternalID += "+"
		}
	case "clock":
		e.At = e.At.Add(-1000 * time.Hour)
	case "person":
		e.From.Identity = "somebody"
	}
}

func (a *poster) message(l letter, e *channels.Inbound) {
	m := &channels.Message{Content: chat.Content{Type: chat.Type(l.Type), Text: l.Text}, Refs: channels.Refs{Quote: l.Quote}}
	switch sim.Act(l.Type) {
	case sim.Press, sim.Pick:
		m.Content = chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: l.Choice, Label: l.Text}}
		m.Refs.Answer = l.Target
	case sim.React:
		m.Content = chat.Content{Type: chat.ReactionMsg, Reaction: &chat.Reaction{Emoji: l.Text}}
		m.Refs.React = l.Target
	case sim.SendPlace:
		m.Content.Location = &chat.Location{Latitude: l.Lat, Longitude: l.Lng}
	case sim.SendCard:
		m.Content.Contact = &chat.Card{Name: l.Text}
	case sim.SendImage, sim.SendAudio, sim.SendVoice, sim.SendVideo, sim.SendFile:
		m.Media = &channels.MediaRef{Ref: l.ID, MIME: l.MIME, Name: l.Name}
		if a.wrong == "mime" {
			m.Media.MIME = ""
		}
	}
	if a.wrong == "refs" {
		m.Refs = channels.Refs{}
	}
	e.Message = m
}

func (a *poster) Fetch(ctx context.Context, c channels.Channel, m channels.MediaRef) (io.ReadCloser, error) {
	resp, err := a.get(ctx, c, "/files/"+m.Ref)
	if err != nil {
		return nil, err
	}
	if a.wrong == "cut" {
		defer resp.Body.Close()
		return io.NopCloser(io.LimitReader(bytes.NewReader(jpegFile.bytes), 10)), nil
	}
	return resp.Body, nil
}

func (a *poster) get(ctx context.Context, c channels.Channel, path string) (*http.Response, error) {
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, a.base+path, nil)
	r.Header.Set("Authorization", "Bearer "+c.Value("token"))
	return http.DefaultClient.Do(r)
}

func (a *poster) Check(ctx context.Context, c channels.Channel) []channels.Finding {
	resp, err := a.get(ctx, c, "/me")
	if err != nil {
		return []channels.Finding{{Code: "token", Detail: err.Error()}}
	}
	resp.Body.Close()
	f := channels.Finding{Code: "token", OK: resp.StatusCode == http.StatusOK || a.wrong == "blind", Detail: resp.Status}
	if a.wrong == "nameless" {
		f.Code = "other"
	}
	return []channels.Finding{f}
}

func (a *poster) Describe() channels.Description {
	words := func(name, about string) map[string]string {
		return map[string]string{"name": name, "about": about, "field.token": "Token", "field.secret": "Secret", "field.ref": "Account", "check.token": "Token", "step.1": "1"}
	}
	d := channels.Description{
		Fields: []channels.Field{{Key: "ref", Type: "text", Ref: true}, {Key: "token", Type: "secret"}, {Key: "secret", Type: "secret"}},
		Texts:  map[string]map[string]string{"es": words("Correo", "Cartas"), "en": words("Post", "Letters")},
	}
	for name := range good {
		d.Texts["es"]["lacks."+name] = "No se puede"
	}
	switch a.wrong {
	case "untold":
		delete(d.Texts["es"], "lacks.inbound/edit")
	case "overtold":
		d.Texts["es"]["lacks.inbound/edti"] = "No se puede"
	case "mute":
		delete(d.Texts["es"], "about")
	case "label":
		delete(d.Texts["es"], "field.token")
		delete(d.Texts["en"], "field.token")
	case "connect": // a webhook has no connection to choose
		d.Fields = append(d.Fields, channels.Field{Key: channels.ConnectField, Type: "select", Options: []string{channels.ConnectAlways, channels.ConnectNeeded}, Default: channels.ConnectAlways})
		d.Texts["es"]["field.connect"], d.Texts["en"]["field.connect"] = "Conexión", "Connection"
	case "orphan":
		d.Texts["es"]["help.gone"], d.Texts["en"]["help.gone"] = "?", "?"
	}
	return d
}

// opening opens a bench of post with an adapter that is wrong in one way.
func opening(wrong string, lacks map[string]string, cannot ...sim.Act) Open {
	return func(t testing.TB, hook string, serve func(sim.Platform) string) Bench {
		p := &post{files: map[string][]byte{}, cannot: map[sim.Act]bool{sim.EditText: true}}
		for _, act := range cannot {
			p.cannot[act] = true
		}
		secrets := channels.Secrets{"token": "tok-en-abcdef", "secret": "s3cr3t-of-post"}
		return Bench{
			Adapter: &poster{base: serve(p), wrong: wrong, lacks: lacks}, Platform: p,
			Channel:  channels.Channel{ID: id.New[id.Channel](), Kind: "post", Ref: "shop", Secrets: secrets, Hook: hook},
			Account:  sim.Account{Kind: "post", Ref: "shop", Hook: hook, Fields: secrets},
			Customer: sim.Person{ID: "+525500000001", Name: "Ana"},
			Other: channels.Channel{ID: id.New[id.Channel](), Kind: "post", Ref: "other", Hook: hook + "/other",
				Secrets: channels.Secrets{"token": "tok-en-fedcba", "secret": "an0ther-secret"}},
		}
	}
}
