package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// replayCommand gives a shop conversations by the thousand and runs them again: with nothing
// changed, with one changed rule, with one changed sentence of a flow. A change must show
// exactly at its own turns, and nothing may be written.
type replayCommand struct {
	Conversations int           `default:"1000" help:"Conversations, each of 5 turns and more"`
	Limit         time.Duration `default:"20s" help:"How long one replay may take"`
}

// The kinds of broken promises of a replay.
const (
	wrote     = "rows written by a replay"
	elsewhere = "turns shown as changed that the change has nothing to do with"
	unnoticed = "turns that the change changes, and that were not shown"
	tooSlow   = "replays that took too long"
)

// talks are what people of the lab write, by turns: to the rule, to the flow and its
// question, to the questions of the bot, and past all of them.
var talks = [][]string{
	{"hola", "¿dónde está mi pedido?", "¿Cuánto tarda el envío?", "gracias", "¿Puedo devolver una prenda?", "adiós"},
	{"buenas", "quiero ver el catálogo", "sí", "¿Cuánto tarda el envío?", "gracias"},
	{"quiero ver el catálogo", "no", "mi pedido no llega", "¿Puedo devolver una prenda?", "quiero ver el catálogo", "sí", "gracias"},
	{"hola", "¿hacen arreglos de costura?", "¿Cuánto tarda el envío?", "mi pedido", "vale"},
}

const catalogueFlow = `{"format":1,"name":"Catálogo","language":"es","start":"ask","variables":[],
	"triggers":[{"id":"t","type":"keyword","match":"contains","words":["catálogo"]}],
	"nodes":[{"id":"ask","type":"buttons","at":[0,0],"data":{"text":{"es":"¿Te lo mando?"},"items":[{"id":"yes","label":{"es":"Sí"}},{"id":"no","label":{"es":"No"}}]},"next":{"yes":"link","no":"bye","other":"bye"}},
		{"id":"link","type":"message","at":[0,100],"data":{"content":{"type":"text","text":{"es":"Aquí está el catálogo."}}}},
		{"id":"bye","type":"message","at":[0,200],"data":{"content":{"type":"text","text":{"es":"Como quieras."}}}}]}`

func (c *replayCommand) Run(l *lab) error {
	n, err := l.newNode("a")
	if err != nil {
		return err
	}
	if _, err := n.start(l); err != nil {
		return err
	}
	s, err := found(l, n, "Tienda Memoria", 1)
	if err != nil {
		return err
	}
	t := &replayTrial{lab: l, shop: s, limit: c.Limit}
	if err := t.prepare(c.Conversations); err != nil {
		return err
	}
	before, err := t.rows()
	if err != nil {
		return err
	}
	rule := object{"id": t.rule, "name": "Pedidos", "enabled": true, "priority": 10, "match": "contains", "patterns": []string{question},
		"answers": []object{{"type": "text", "text": "Tu pedido llega mañana."}}, "active": object{"when": "always"}, "then": "stay"}
	for _, x := range []struct {
		name, path string
		in         object
		changes    func(turn string) bool
	}{
		{"nothing changed", "/flows/" + t.flow + "/replay", object{}, func(string) bool { return false }},
		{"one rule changed", "/bots/" + s.bot + "/replay", object{"rules": []object{rule}}, func(text string) bool { return strings.Contains(text, question) }},
		{"one sentence of a flow changed", "/flows/" + t.flow + "/replay", nil, func(text string) bool { return text == "sí" }},
	} {
		if x.in == nil {
			if err := t.redraw(); err != nil {
				return err
			}
			x.in = object{}
		}
		x.in["conversations"] = c.Conversations
		if err := t.replay(x.name, x.path, x.in, x.changes); err != nil {
			return fmt.Errorf("%s: %w", x.name, err)
		}
	}
	after, err := t.rows()
	if err != nil {
		return err
	}
	if before != after {
		t.found.add(wrote, "%s before, %s after", before, after)
	}
	return t.found.report(l)
}

// replayTrial is a shop with a past.
type replayTrial struct {
	lab        *lab
	shop       *shop
	rule, flow string
	limit      time.Duration
	found      findings
}

// prepare publishes the flow and writes the conversations, in one statement.
func (t *replayTrial) prepare(n int) error {
	var flow struct {
		ID       string
		Revision int64 `json:"draft_revision"`
	}
	owner := t.shop.owner
	err := owner.call(t.lab, http.MethodPost, "/bots/"+t.shop.bot+"/flows", object{"name": "Catálogo", "definition": json.RawMessage(catalogueFlow)}, &flow, nil)
	if err != nil {
		return err
	}
	t.flow = flow.ID
	if err := owner.call(t.lab, http.MethodPost, "/flows/"+t.flow+"/publish", object{"revision": flow.Revision, "why": "ensayo"}, nil, nil); err != nil {
		return err
	}
	if err := t.lab.db.QueryRow(t.lab, `select id::text from rule where bot_id = $1`, t.shop.bot).Scan(&t.rule); err != nil {
		return err
	}
	all, err := json.Marshal(talks)
	if err != nil {
		return err
	}
	_, err = t.lab.db.Exec(t.lab, `with talk as (
			select i, gen_random_uuid() as id, gen_random_uuid() as contact, $4::jsonb -> (i % jsonb_array_length($4::jsonb)) as lines from generate_series(1, $3) i
		), people as (
			insert into contact (id, company_id, name) select contact, $1, 'Persona ' || i from talk returning id
		), threads as (
			insert into conversation (id, company_id, channel_id, contact_id, address, last_seq)
			select t.id, $1, $2, p.id, 'persona ' || t.i, 2 * jsonb_array_length(t.lines) from people p join talk t on t.contact = p.id returning id
		)
		insert into message (id, company_id, conversation_id, channel_id, seq, direction, author_kind, author_id, content, trace, state, at)
		select gen_random_uuid(), $1, h.id, $2, 2 * n - who, case who when 1 then 'in' else 'out' end, case who when 1 then 'contact' else 'bot' end, case who when 0 then $5::uuid end,
			jsonb_build_object('type', 'text', 'text', case who when 1 then line else 'lo que se dijo entonces' end),
			case who when 0 then '{"source": "faq", "took_us": 1}'::jsonb end, case who when 1 then 'received' else 'sent' end, now() - interval '1 day' + n * interval '10 seconds'
		from threads h join talk t on t.id = h.id, jsonb_array_elements_text(t.lines) with ordinality as l(line, n), generate_series(0, 1) who`,
		t.shop.company, t.shop.sites[0].channel, n, string(all), t.shop.bot)
	if err != nil {
		return err
	}
	_, err = t.lab.db.Exec(t.lab, `analyze`)
	return err
}

// redraw changes one sentence of the flow's draft.
func (t *replayTrial) redraw() error {
	changed := strings.Replace(catalogueFlow, "Aquí está el catálogo.", "Toma el catálogo.", 1)
	return t.shop.owner.call(t.lab, http.MethodPut, "/flows/"+t.flow+"/draft", object{"revision": 1, "definition": json.RawMessage(changed)}, nil, nil)
}

// rows counts whatever a turn of the real bot would write.
func (t *replayTrial) rows() (n string, err error) {
	err = t.lab.db.QueryRow(t.lab, `select format('%s messages, %s in the outbox, %s runs, %s turns, %s memories, %s timers', (select count(*) from message), (select count(*) from outbox),
		(select count(*) from flow_run), (select count(*) from turn), (select count(*) from conversation where memory <> '{}'), (select count(*) from flow_timer))`).Scan(&n)
	return n, err
}

// replay runs one and holds it to what it must show.
func (t *replayTrial) replay(name, path string, in object, changes func(string) bool) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	begun := time.Now()
	got, err := ask(t.lab, http.MethodPost, t.shop.owner.node.base+"/api/v1"+path, t.shop.owner.token, nil, body)
	if err != nil {
		return err
	}
	took := time.Since(begun)
	if got.status != http.StatusOK {
		return fmt.Errorf("%d %s", got.status, brief(got.body))
	}
	var last struct {
		Result *struct {
			Turns, Changed int
			LeftOff        int `json:"left_off"`
			Counts         map[string]int
			Items          []struct {
				Kind    string
				Message struct{ Text string }
			}
		}
	}
	lines := bufio.NewScanner(bytes.NewReader(got.body))
	lines.Buffer(nil, 256<<20)
	for lines.Scan() {
		if err := json.Unmarshal(lines.Bytes(), &last); err != nil {
			return err
		}
	}
	r := last.Result
	if r == nil {
		return fmt.Errorf("no result: %s", brief(got.body))
	}
	n := turnsOf(in["conversations"].(int), changes)
	t.lab.say("%s: %d turns of %v conversations in %.2f s, %d changed %v", name, r.Turns, in["conversations"], took.Seconds(), r.Changed, r.Counts)
	for _, i := range r.Items {
		if !changes(i.Message.Text) || i.Kind != "answer" {
			t.found.add(elsewhere, "%s: %s at %q", name, i.Kind, i.Message.Text)
		}
	}
	if r.Changed != n || len(r.Items)+r.LeftOff != n {
		t.found.add(unnoticed, "%s: %d shown, %d there are", name, r.Changed, n)
	}
	if took > t.limit {
		t.found.add(tooSlow, "%s: %v, want %v", name, took, t.limit)
	}
	return nil
}

// turnsOf counts the turns that a change changes.
func turnsOf(conversations int, changes func(string) bool) (n int) {
	for i := 1; i <= conversations; i++ {
		for _, text := range talks[i%len(talks)] {
			if changes(text) {
				n++
			}
		}
	}
	return n
}
