package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

func newID() string {
	v, err := uuid.NewV7()
	if err != nil {
		panic(err) // the system has no randomness
	}
	return v.String()
}

// estate is a company with one of everything, all of it marked with a word that no other
// company may ever see.
type estate struct {
	*shop
	lab   *lab
	mark  string
	plain site              // a widget without a bot: its conversations wait for people
	email map[string]string // of a member, by role
	ids   map[string]string // of one thing of each kind, as the path's parameters name them
	n     int
}

// settle makes the company and one of each kind of thing.
func settle(ctx context.Context, l *lab, n *node, name, mark string) (*estate, error) {
	s, err := found(ctx, n, name, 1)
	if err != nil {
		return nil, err
	}
	e := &estate{shop: s, lab: l, mark: mark, ids: map[string]string{}, email: map[string]string{}}
	if e.plain, err = s.addSite(ctx, "Sin bot "+mark, ""); err != nil {
		return nil, err
	}
	for _, kind := range []string{"bot", "rule", "faq", "label", "channel", "template", "conversation", "session", "file", "flow", "team", "product"} {
		if _, err := e.make(ctx, s.owner, kind); err != nil {
			return nil, fmt.Errorf("make a %s: %w", kind, err)
		}
	}
	e.ids["user"], e.ids["company"], e.email["owner"] = s.user, s.company, s.email
	e.email["anonymous"] = s.email
	return e, nil
}

// member adds a person by the command line and signs them in.
func (e *estate) member(ctx context.Context, role string) (*agent, error) {
	e.email[role] = role + "-" + e.company[:8] + "@example.com"
	err := e.lab.recado([]string{"RECADO_USER_PASSWORD=" + password}, "user", "add", "--company", e.company,
		"--email", e.email[role], "--name", "Persona "+role+" "+e.mark, "--role", role)
	if err != nil {
		return nil, err
	}
	a, _, err := logIn(ctx, e.owner.node, e.email[role], password)
	return a, err
}

// make adds a thing and remembers its id, and those of what it is made with. who only
// matters to a session, which is its maker's own.
func (e *estate) make(ctx context.Context, who *agent, kind string) (string, error) {
	e.n++
	name := fmt.Sprintf("%s %d", e.mark, e.n)
	switch kind {
	case "conversation", "contact", "message":
		return e.ids[kind], e.talk(ctx, name)
	case "session":
		return e.session(ctx, who)
	case "file":
		return e.file(ctx, name)
	}
	if kind == "template" {
		return e.template(ctx)
	}
	if kind == "flow" {
		return e.flow(ctx, name)
	}
	path, in := "", object{}
	switch kind {
	case "bot":
		path, in = "/bots", object{"name": name, "language": "es"}
	case "rule":
		path, in = "/bots/"+e.ids["bot"]+"/rules", object{"name": name, "enabled": true, "priority": 1, "match": "contains",
			"patterns": []string{"palabra"}, "answers": []object{{"type": "text", "text": name}}, "active": object{"when": "always"}, "then": "stay"}
	case "faq":
		path, in = "/bots/"+e.ids["bot"]+"/faqs", object{"question": name, "answer": name, "variants": []string{name}, "enabled": true}
	case "label":
		path, in = "/labels", object{"name": name, "color": "#0f766e"}
	case "product":
		path, in = "/products", object{"title": name, "sku": fmt.Sprint("P", e.n), "price": 1000}
	case "team":
		path, in = "/teams", object{"name": name, "member_ids": []string{e.user}}
	case "channel":
		path, in = "/channels", object{"kind": "webchat", "name": name}
	}
	var out created
	err := e.owner.call(ctx, http.MethodPost, path, in, &out, once())
	e.ids[kind] = out.ID
	return out.ID, err
}

// drawing is a flow that an integrator may start.
func drawing(words string) object {
	return object{"format": 1, "name": words, "language": "es", "start": "a", "variables": []object{}, "triggers": []object{{"id": "api", "type": "api"}},
		"nodes": []object{{"id": "a", "type": "message", "at": []int{0, 0}, "data": object{"content": object{"type": "text", "text": object{"es": words}}}}}}
}

// flow is one that is published.
func (e *estate) flow(ctx context.Context, words string) (string, error) {
	var out created
	err := e.owner.call(ctx, http.MethodPost, "/bots/"+e.ids["bot"]+"/flows", object{"name": words, "definition": drawing(words)}, &out, nil)
	if err != nil {
		return "", err
	}
	e.ids["flow"] = out.ID
	return out.ID, e.owner.call(ctx, http.MethodPost, "/flows/"+out.ID+"/publish", object{"revision": 1, "why": words}, nil, nil)
}

// template is one as a sync would have left it.
func (e *estate) template(ctx context.Context) (string, error) {
	var made string
	err := e.lab.db.QueryRow(ctx, `insert into template (id, company_id, channel_id, name, language, category, status, body)
		select gen_random_uuid(), company_id, id, 'hola_' || $2::integer, 'es', 'utility', 'approved', 'Hola' from channel where id = $1 returning id::text`,
		e.ids["channel"], e.n).Scan(&made)
	e.ids["template"] = made
	return made, err
}

// session is another sign-in of a person, to be ended.
func (e *estate) session(ctx context.Context, who *agent) (string, error) {
	var me struct{ User struct{ Email string } }
	if err := who.call(ctx, http.MethodGet, "/me", nil, &me, nil); err != nil {
		return "", err
	}
	other, _, err := logIn(ctx, who.node, me.User.Email, password)
	if err != nil {
		return "", err
	}
	var list struct {
		Items []struct {
			ID      string
			Current bool
		}
	}
	if err := other.call(ctx, http.MethodGet, "/me/sessions", nil, &list, nil); err != nil {
		return "", err
	}
	for _, s := range list.Items {
		if s.Current {
			e.ids["session"] = s.ID
		}
	}
	return e.ids["session"], nil
}

// file uploads a small text.
func (e *estate) file(ctx context.Context, words string) (string, error) {
	got, err := ask(ctx, http.MethodPost, e.owner.node.base+"/api/v1/files", e.owner.token,
		http.Header{"Content-Type": {"text/plain"}, "X-File-Name": {"nota.txt"}}, []byte(words))
	if err != nil {
		return "", err
	}
	var out struct{ File string }
	if err := json.Unmarshal(got.body, &out); err != nil || out.File == "" {
		return "", fmt.Errorf("upload: %d %s", got.status, got.body)
	}
	e.ids["file"] = out.File
	return out.File, nil
}

// talk opens a conversation by the widget, with a contact, a message of theirs, and an
// answer that has failed.
func (e *estate) talk(ctx context.Context, words string) error {
	v := newVisitor(e.n, e.plain.key, func() string { return e.owner.node.base }, newNotes())
	if _, err := v.start(ctx); err != nil {
		return err
	}
	if _, err := v.post(ctx, &item{key: uuid.NewString(), text: words}); err != nil {
		return err
	}
	var conversation, contact string
	err := until(ctx, 15*time.Second, 5*time.Millisecond, "the conversation waits for people", func(ctx context.Context) (bool, error) {
		var waits bool
		err := e.lab.db.QueryRow(ctx, `select c.id::text, c.contact_id::text, c.state = 'waiting' and not exists (select from turn t where t.conversation_id = c.id)
			from message m join conversation c on c.id = m.conversation_id where m.id = $1`, v.sent[0].id).Scan(&conversation, &contact, &waits)
		return waits, err
	})
	if err != nil {
		return err
	}
	e.ids["conversation"], e.ids["contact"] = conversation, contact
	if err := e.owner.call(ctx, http.MethodPatch, "/contacts/"+contact, object{"name": words, "notes": words}, nil, nil); err != nil {
		return err
	}
	e.ids["message"] = newID()
	_, err = e.lab.db.Exec(ctx, `with c as (update conversation set last_seq = last_seq + 1 where id = $2 returning *)
		insert into message (id, company_id, conversation_id, channel_id, seq, direction, author_kind, destination, content, state)
		select $1, company_id, id, channel_id, last_seq, 'out', 'system', address, jsonb_build_object('type', 'text', 'text', $3::text), 'failed' from c`,
		e.ids["message"], conversation, words)
	return err
}

// all is every id of the company that its rows have, so that a leak is found whatever it is
// of.
func (e *estate) all(ctx context.Context) (ids []string, err error) {
	err = e.lab.db.QueryRow(ctx, `select array_agg(id::text) from (
		select id from company where id = $1 union all select user_id from member where company_id = $1
		union all select id from bot where company_id = $1 union all select id from rule where company_id = $1
		union all select id from faq where company_id = $1 union all select id from label where company_id = $1
		union all select id from channel where company_id = $1 union all select id from contact where company_id = $1
		union all select id from conversation where company_id = $1 union all select id from message where company_id = $1
		union all select id from flow where company_id = $1 union all select id from team where company_id = $1
		union all select id from session where company_id = $1 union all select id from audit where company_id = $1) t`, e.company).Scan(&ids)
	return append(ids, e.mark), err
}

// modelKey is a key to a language model that nobody serves.
var modelKey = object{"base_url": "https://models.example.com/v1", "model": "modelo", "key": "sk-laboratorio-0001"}

// things are which kind of thing a path's parameters name: "/bots/{id}/rules/{rule}" a bot
// and a rule.
func things(o *operation) map[string]string {
	out := map[string]string{}
	for _, name := range o.names("path", true) {
		out[name] = strings.TrimSuffix(name, "_id")
		if name == "id" {
			out[name] = owners[segment(o.path, 1)]
		}
	}
	return out
}

// owners is what {id} means behind the first word of a path.
var owners = map[string]string{"bots": "bot", "channels": "channel", "contacts": "contact", "conversations": "conversation",
	"labels": "label", "me": "session", "templates": "template", "teams": "team",
	"products": "product"}

// own is the ids for one call of an operation: of fresh things when the call may change
// them, so that no call meets what another has left.
func (e *estate) own(ctx context.Context, o *operation, who *agent) (map[string]string, error) {
	kept := maps.Clone(e.ids)
	defer func() { e.ids = kept }()
	kinds := slices.Collect(maps.Values(things(o)))
	for _, kind := range []string{"bot", "rule", "faq", "label", "channel", "template", "conversation", "contact", "session", "flow", "team", "product"} {
		spared := kind == "bot" && o.ID != "deleteBot" // nothing else uses one up, and a company may have 50
		if o.method == http.MethodGet || !slices.Contains(kinds, kind) || spared {
			continue
		}
		if _, err := e.make(ctx, who, kind); err != nil {
			return nil, err
		}
	}
	if segment(o.path, 1) == "model-keys" && o.method != http.MethodPut {
		if err := e.owner.call(ctx, http.MethodPut, "/model-keys/openai", modelKey, nil, nil); err != nil {
			return nil, err
		}
	}
	if o.ID == "reopenConversation" {
		if err := e.owner.call(ctx, http.MethodPost, "/conversations/"+e.ids["conversation"]+"/close", nil, nil, nil); err != nil {
			return nil, err
		}
	}
	return e.ids, nil
}

// fill replaces what a schema cannot say about a generated body. ids are the call's own
// things; the role's e-mail is whom a sign-in is for.
func (e *estate) fill(ctx context.Context, o *operation, in object, role string, ids map[string]string) (err error) {
	switch o.ID {
	case "logIn":
		in["email"], in["password"] = e.email[role], password
	case "signUp":
		in["password"], in["time_zone"] = password, "Europe/Madrid"
	case "changePassword":
		in["current"], in["password"] = password, password
	case "assignConversation":
		in["user"] = ids["user"]
	case "passConversation":
		in["channel_id"] = ids["channel"]
	case "createChannel":
		in["kind"] = "webchat"
	case "createRule":
		in["answers"], in["active"] = []object{{"type": "text", "text": "Hola"}}, object{"when": "always"}
	case "sendMessage":
		in["content"] = object{"type": "text", "text": "Hola"}
	case "previewMessage":
		in["content"] = object{"type": "text", "text": "Hola"}
	case "createTemplate":
		in["name"], in["language"], in["category"], in["body"], in["samples"] = "hola", "es", "utility", "Hola {{1}}", []string{"Eva"}
	case "pauseConversation":
		in["minutes"] = 10
	case "tryBot":
		in["text"] = "hola"
	case "createFlow", "importFlow", "checkFlow":
		in["definition"] = drawing("Hola")
	case "saveFlowDraft":
		in["revision"], in["definition"] = 1, drawing("Hola")
	case "publishFlow":
		in["revision"] = 1
	case "tryFlow":
		in["input"] = object{"kind": "start"}
	case "startFlow", "tellEvent":
		in["conversation_id"] = ids["conversation"]
	case "setModelKey":
		maps.Copy(in, modelKey)
	case "createProduct":
		in["title"], in["sku"], in["price"] = "Camisa", "C"+newID()[24:], 1000
	case "orderRules":
		var rules []string
		err = e.lab.db.QueryRow(ctx, `select coalesce(array_agg(id::text), '{}') from rule where bot_id = $1`, ids["bot"]).Scan(&rules)
		in["ids"] = rules
	}
	return err
}

// raw are the bodies that are no JSON.
var raw = map[string]string{
	"importFaqs": `{"question":"¿Hay tallas grandes?","answer":"Sí, hasta la 54."}` + "\n",
	"uploadFile": "una nota de texto\n",
}
