package smsgw

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"recado/internal/sim"
)

var phone = regexp.MustCompile(`^\+?[1-9][0-9]{6,14}$`)

// Infobip ------------------------------------------------------------------------------

func infobipError(status int) []byte {
	return encode(map[string]any{
		"errorCode": "E" + strconv.Itoa(status), "description": http.StatusText(status),
		"action": "Check the request.", "violations": []any{}, "resources": []any{},
	})
}

const infobipTime = "2006-01-02T15:04:05.000-0700"

func status(group int, groupName string, id int, name, description string) map[string]any {
	return map[string]any{"groupId": group, "groupName": groupName, "id": id, "name": name, "description": description}
}

func (p *Platform) infobip(w http.ResponseWriter, r *http.Request) {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "App ")
	a := p.find("infobip", func(f map[string]string) bool { return ok && key != "" && f["api_key"] == key })
	switch {
	case a == nil:
		answer(w, http.StatusUnauthorized, infobipError(http.StatusUnauthorized))
	case r.URL.Path == "/account/1/balance":
		answer(w, http.StatusOK, encode(map[string]any{"balance": 47.79, "currency": "EUR"}))
	case r.Method != http.MethodPost:
		answer(w, http.StatusMethodNotAllowed, infobipError(http.StatusMethodNotAllowed))
	default:
		p.serve(w, r, func() (int, []byte) { return p.infobipSend(a, r.Body) }, infobipError, blocklisted)
	}
}

// blocklisted is Infobip's answer for a number on a blocklist: a success with a rejection in it.
func blocklisted() (int, []byte) {
	return http.StatusOK, encode(map[string]any{"bulkId": newID(), "messages": []any{map[string]any{
		"messageId": newID(), "status": status(5, "REJECTED", 14, "REJECTED_DESTINATION_BLOCKLISTED", "Destination blocklisted"),
	}}})
}

func (p *Platform) infobipSend(a *account, body io.Reader) (int, []byte) {
	var in struct {
		Messages []struct {
			Sender       string `json:"sender"`
			Destinations []struct {
				To        string `json:"to"`
				MessageID string `json:"messageId"`
			} `json:"destinations"`
			Content struct {
				Text string `json:"text"`
			} `json:"content"`
			Webhooks struct {
				Delivery struct {
					URL string `json:"url"`
				} `json:"delivery"`
			} `json:"webhooks"`
		} `json:"messages"`
	}
	if json.NewDecoder(body).Decode(&in) != nil || len(in.Messages) == 0 {
		return http.StatusBadRequest, infobipError(http.StatusBadRequest)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []any
	for _, m := range in.Messages {
		if m.Sender == "" || m.Content.Text == "" || len(m.Destinations) == 0 {
			return http.StatusBadRequest, infobipError(http.StatusBadRequest)
		}
		for _, d := range m.Destinations {
			id := d.MessageID
			if id == "" {
				id = newID()
			}
			st := status(1, "PENDING", 26, "PENDING_ACCEPTED", "Message sent to next instance")
			switch {
			case !phone.MatchString(d.To):
				st = status(5, "REJECTED", 52, "REJECTED_DESTINATION", "Invalid destination address.")
			case a.taken[id]:
				st = status(5, "REJECTED", 23, "REJECTED_DUPLICATE_MESSAGE_ID", "Duplicate message id")
			default:
				p.deliver(a, id, d.To, m.Content.Text, m.Webhooks.Delivery.URL)
			}
			out = append(out, map[string]any{"messageId": id, "status": st, "destination": digits(d.To), "details": map[string]any{"messageCount": 1}})
		}
	}
	return http.StatusOK, encode(map[string]any{"bulkId": newID(), "messages": out})
}

// SMS Gate -----------------------------------------------------------------------------

func smsgateError(status int) []byte {
	return encode(map[string]string{"message": http.StatusText(status)})
}

func (p *Platform) smsgate(w http.ResponseWriter, r *http.Request) {
	user, password, ok := r.BasicAuth()
	a := p.find("smsgate", func(f map[string]string) bool {
		return ok && user != "" && f["username"] == user && f["password"] == password
	})
	path := strings.TrimPrefix(r.URL.Path, "/3rdparty/v1/")
	switch {
	case a == nil:
		answer(w, http.StatusUnauthorized, smsgateError(http.StatusUnauthorized))
	case path == "messages" && r.Method == http.MethodPost:
		p.serve(w, r, func() (int, []byte) { return p.smsgateSend(a, r.Body) }, smsgateError, nil)
	case path == "webhooks" && r.Method == http.MethodGet:
		p.mu.Lock()
		list := []webhook{}
		for _, h := range a.webhooks {
			list = append(list, h)
		}
		p.mu.Unlock()
		answer(w, http.StatusOK, encode(list))
	case path == "webhooks" && r.Method == http.MethodPost:
		p.register(w, r, a)
	default:
		answer(w, http.StatusNotFound, smsgateError(http.StatusNotFound))
	}
}

var smsgateEvents = []string{"sms:received", "sms:sent", "sms:delivered", "sms:failed", "sms:data-received", "mms:received", "system:ping", "app:started"}

// register adds or replaces a webhook. The app wants https and takes plain http only on the
// device itself; this gateway runs on the same machine as who tries it.
func (p *Platform) register(w http.ResponseWriter, r *http.Request, a *account) {
	var h webhook
	err := json.NewDecoder(r.Body).Decode(&h)
	u, badURL := url.Parse(h.URL)
	if err != nil || badURL != nil || len(h.ID) > 36 || !slices.Contains(smsgateEvents, h.Event) || u.Scheme != "https" && !loopback(u) {
		answer(w, http.StatusBadRequest, smsgateError(http.StatusBadRequest))
		return
	}
	if h.ID == "" {
		h.ID = newID()
	}
	p.mu.Lock()
	a.webhooks[h.ID] = h
	p.mu.Unlock()
	answer(w, http.StatusCreated, encode(h))
}

func loopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

func (p *Platform) smsgateSend(a *account, body io.Reader) (int, []byte) {
	var in struct {
		ID          string `json:"id"`
		TextMessage struct {
			Text string `json:"text"`
		} `json:"textMessage"`
		Numbers []string `json:"phoneNumbers"`
		TTL     *int     `json:"ttl"`
	}
	if json.NewDecoder(body).Decode(&in) != nil || len(in.ID) > 36 || in.TextMessage.Text == "" || len(in.TextMessage.Text) > 65535 ||
		len(in.Numbers) == 0 || len(in.Numbers) > 100 || in.TTL != nil && *in.TTL < 5 {
		return http.StatusBadRequest, smsgateError(http.StatusBadRequest)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if in.ID == "" {
		in.ID = newID()
	}
	if a.taken[in.ID] {
		return http.StatusConflict, encode(map[string]string{"message": "duplicate id"})
	}
	recipients := []any{}
	for _, n := range in.Numbers {
		if !phone.MatchString(n) {
			return http.StatusBadRequest, encode(map[string]string{"message": "invalid phone number"})
		}
		recipients = append(recipients, map[string]string{"phoneNumber": n, "state": "Pending"})
		p.deliver(a, in.ID, n, in.TextMessage.Text, "")
	}
	return http.StatusAccepted, encode(map[string]any{
		"id": in.ID, "deviceId": "PyDmBQZZXYmyxMwED8Fzy", "state": "Pending", "isHashed": false, "isEncrypted": false,
		"recipients": recipients, "states": map[string]any{},
	})
}

// event sends an event to the webhooks registered for it, signed with the key in the app.
func (p *Platform) event(a *account, id, event string, payload map[string]any) {
	for _, h := range a.webhooks {
		if h.Event != event && event != "of:tomorrow" {
			continue
		}
		body := encode(map[string]any{"deviceId": "ffffffffceb0b1db0000018e937c815b", "event": event, "id": id, "payload": payload, "webhookId": h.ID})
		stamp := strconv.FormatInt(time.Now().Unix(), 10)
		mac := hmac.New(sha256.New, []byte(a.Fields["hook_token"]))
		mac.Write(body)
		mac.Write([]byte(stamp))
		p.hooks.Push(sim.Hook{URL: h.URL, ContentType: "application/json", Body: body, Header: http.Header{
			"X-Signature": {hex.EncodeToString(mac.Sum(nil))}, "X-Timestamp": {stamp},
		}})
	}
}

// Any other ----------------------------------------------------------------------------

func genericError(status int) []byte {
	return encode(map[string]string{"error": http.StatusText(status)})
}

func (p *Platform) generic(w http.ResponseWriter, r *http.Request) {
	if r.ParseForm() != nil {
		answer(w, http.StatusBadRequest, genericError(http.StatusBadRequest))
		return
	}
	key, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if key == "" {
		key = r.Form.Get("key")
	}
	a := p.find("generic", func(f map[string]string) bool { return key != "" && f["api_key"] == key })
	switch {
	case a == nil:
		answer(w, http.StatusUnauthorized, genericError(http.StatusUnauthorized))
	case r.URL.Path == "/balance":
		answer(w, http.StatusOK, encode(map[string]any{"credits": 100}))
	default:
		p.serve(w, r, func() (int, []byte) {
			to, text := r.Form.Get("to"), r.Form.Get("text")
			if !phone.MatchString(to) || text == "" {
				return http.StatusBadRequest, genericError(http.StatusBadRequest)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			id := newID()
			p.deliver(a, id, to, text, "")
			return http.StatusOK, encode(map[string]any{"result": map[string]string{"id": id}})
		}, genericError, nil)
	}
}

// What the gateways tell us ------------------------------------------------------------

func (p *Platform) incoming(a *account, id, from, text string) {
	now := time.Now().UTC()
	switch a.Fields["preset"] {
	case "infobip":
		p.results(a, a.Hook, map[string]any{
			"messageId": id, "from": digits(from), "to": digits(a.Fields["sender"]), "text": text, "cleanText": text, "keyword": "",
			"receivedAt": now.Format(infobipTime), "smsCount": 1, "price": map[string]any{"pricePerMessage": 0, "currency": "EUR"}, "callbackData": "",
		})
	case "smsgate":
		p.event(a, id, "sms:received", map[string]any{
			"messageId": "c" + id[:min(len(id), 7)], "message": text, "sender": from, "phoneNumber": from, "recipient": nil, "simNumber": 1,
			"receivedAt": now.Format(time.RFC3339Nano),
		})
	default:
		p.form(a, url.Values{"id": {id}, "from": {from}, "text": {text}, "time": {strconv.FormatInt(now.Unix(), 10)}})
	}
}

func (p *Platform) report(a *account, id, to, state, address string) {
	now := time.Now().UTC()
	switch a.Fields["preset"] {
	case "infobip":
		if address == "" {
			return
		}
		st := status(3, "DELIVERED", 5, "DELIVERED_TO_HANDSET", "Message delivered to handset")
		if state == "sent" {
			st = status(3, "DELIVERED", 2, "DELIVERED_TO_OPERATOR", "Message delivered to operator")
		}
		p.results(a, address, map[string]any{
			"bulkId": newID(), "messageId": id, "to": digits(to), "sender": a.Fields["sender"], "sentAt": now.Format(infobipTime), "doneAt": now.Format(infobipTime),
			"messageCount": 1, "status": st,
			"error": map[string]any{"groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR", "description": "No Error", "permanent": false},
		})
	case "smsgate":
		p.event(a, newID(), "sms:"+state, map[string]any{
			"messageId": id, "sender": "", "phoneNumber": to, "recipient": to, "simNumber": nil, state + "At": now.Format(time.RFC3339Nano),
		})
	default:
		p.form(a, url.Values{"id": {id}, "status": {state}, "time": {strconv.FormatInt(now.Unix(), 10)}})
	}
}

// opaque is an event of a kind invented tomorrow, beside one that is not even well formed.
func (p *Platform) opaque(a *account) {
	switch a.Fields["preset"] {
	case "infobip":
		p.results(a, a.Hook, map[string]any{"telepathy": true})
	case "smsgate":
		for _, h := range a.webhooks {
			if h.Event == "sms:received" {
				p.event(a, newID(), "of:tomorrow", map[string]any{"thought": "…"})
				return
			}
		}
	default:
		p.form(a, url.Values{"id": {newID()}, "status": {"teleported"}})
	}
}

// results sends a list of Infobip's. To the account's address it comes with a password; an
// address that a message named carries what proves it.
func (p *Platform) results(a *account, address string, item map[string]any) {
	if address == "" {
		return
	}
	h := http.Header{}
	if address == a.Hook {
		h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("infobip:"+a.Fields["hook_token"])))
	}
	p.hooks.Push(sim.Hook{URL: address, ContentType: "application/json", Header: h, Body: encode(map[string]any{"results": []any{item}, "messageCount": 1, "pendingMessageCount": 0})})
}

func (p *Platform) form(a *account, v url.Values) {
	if a.Hook == "" {
		return
	}
	p.hooks.Push(sim.Hook{URL: a.Hook + "?token=" + url.QueryEscape(a.Fields["hook_token"]), ContentType: "application/x-www-form-urlencoded", Body: []byte(v.Encode())})
}
