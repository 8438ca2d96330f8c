package api

import (
	"strings"
	"testing"

	"recado/internal/id"
	"recado/internal/inbox"
)

func TestPassOverHTTP(t *testing.T) {
	t.Parallel()
	h := newHub(t)
	token, me := h.found(t, "tienda")
	stranger, _ := h.found(t, "otra")
	official := strings.TrimPrefix(h.connect(t, token, cloudBody), "/channels/")
	own, contact := id.New[id.Channel](), id.New[id.Contact]()
	from, to := id.New[id.Conversation](), id.New[id.Conversation]()
	h.exec(t, `insert into channel (id, company_id, kind, name, ref) values ($1, $2, 'whatsapp_qr', 'Ana', 'own')`, own, me.Company.ID)
	h.exec(t, `insert into channel_session (id, company_id, linked, phase, number) values ($1, $2, true, 'online', '+573009998877')`, own, me.Company.ID)
	h.exec(t, `insert into contact (id, company_id, name, phone) values ($1, $2, 'Eva', '+573001112233')`, contact, me.Company.ID)
	h.exec(t, `insert into identity (channel_id, value, company_id, contact_id, verified) values ($1, '573001112233', $2, $3, true)`, official, me.Company.ID, contact)
	h.exec(t, `insert into conversation (id, company_id, channel_id, contact_id, address, last_seq, heard_at) values ($1, $2, $3, $4, '573001112233', 1, now())`, from, me.Company.ID, official, contact)
	h.exec(t, `insert into message (id, company_id, conversation_id, channel_id, seq, direction, author_kind, content, state)
		values ($1, $2, $3, $4, 1, 'in', 'contact', '{"type":"text","text":"quiero información"}', 'received')`, id.New[id.Message](), me.Company.ID, from, official)
	path, key := "/conversations/"+from.String(), map[string]string{"Idempotency-Key": id.New[id.Message]().String()}
	body := `{"channel_id":"` + own.String() + `","text":"Escríbeme a mi número"}`

	h.do(t, call{name: "no such channel", method: "POST", path: path + "/pass", token: token, header: key, body: `{"channel_id":"` + id.New[id.Channel]().String() + `"}`, status: 404, code: "not_found"})
	h.do(t, call{name: "another company", method: "POST", path: path + "/pass", token: stranger, header: key, body: body, status: 404, code: "not_found"})
	h.do(t, call{name: "without a key", method: "POST", path: path + "/pass", token: token, body: body, status: 400})
	h.do(t, call{name: "the same channel", method: "POST", path: path + "/pass", token: token, header: key, body: `{"channel_id":"` + official + `"}`, status: 422, code: "pass.same_channel"})
	h.exec(t, `update conversation set heard_at = now() - interval '25 hours' where id = $1`, from)
	h.do(t, call{name: "window closed", method: "POST", path: path + "/pass", token: token, header: key, body: body, status: 409, code: "window.template"})
	h.exec(t, `update conversation set heard_at = now() where id = $1`, from)
	sent := read[inbox.Message](t, h.do(t, call{name: "pass", method: "POST", path: path + "/pass", token: token, header: key, body: body, status: 201,
		has: []string{"https://wa.me/573009998877?text=", "Escríbeme a mi número", `"state":"queued"`}}))
	again := read[inbox.Message](t, h.do(t, call{name: "repeat", method: "POST", path: path + "/pass", token: token, header: key, body: body, status: 201}))
	if again.ID != sent.ID {
		t.Errorf("a repeat made %s, want %s", again.ID, sent.ID)
	}

	h.exec(t, `insert into conversation (id, company_id, channel_id, contact_id, address, last_seq) values ($1, $2, $3, $4, '573001112233', 1)`, to, me.Company.ID, own, contact)
	h.exec(t, `update pass set accepted_at = now(), to_conversation = $1, from_seq = 4`, to)
	next := "/conversations/" + to.String()
	h.do(t, call{name: "what it follows", method: "GET", path: next, token: token, status: 200, has: []string{`"before":{"conversation_id":"` + from.String(), `"name":"Oficial"`}, hasNot: []string{`"after"`}})
	h.do(t, call{name: "what follows it", method: "GET", path: path, token: token, status: 200, has: []string{`"after":{"conversation_id":"` + to.String()}, hasNot: []string{`"before"`}})
	page := read[List[inbox.HistoryLine]](t, h.do(t, call{name: "history", method: "GET", path: next + "/history?limit=3", token: token, status: 200, has: []string{"Escríbeme a mi número", `"name":"Oficial"`}}))
	rest := read[List[inbox.HistoryLine]](t, h.do(t, call{name: "older history", method: "GET", path: next + "/history?limit=3&cursor=" + page.Next, token: token, status: 200, has: []string{"quiero información"}}))
	if len(page.Items) != 3 || page.Items[0].Seq != 4 || len(rest.Items) != 1 || rest.Next != "" {
		t.Errorf("pages of %d and %d lines, next %q", len(page.Items), len(rest.Items), rest.Next)
	}
	h.do(t, call{name: "no history", method: "GET", path: path + "/history", token: token, status: 200, has: []string{`"items":[]`}})
	h.do(t, call{name: "another company's history", method: "GET", path: next + "/history", token: stranger, status: 404, code: "not_found"})
}
