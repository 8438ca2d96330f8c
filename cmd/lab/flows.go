package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// flowsCommand starts a flow in many conversations at once. Each says a word at one time,
// another at a second time, and then asks a question that nobody answers. The node is killed
// between the times and comes back with its own clock a day ahead.
type flowsCommand struct {
	Sessions int           `default:"10000" help:"Conversations, each with a flow that waits"`
	Spread   time.Duration `default:"40s" help:"Over how long the first times are spread"`
	Away     time.Duration `default:"5s" help:"How long the node is gone"`
	Skew     time.Duration `default:"24h" help:"By how much its clock is ahead when it comes back"`
}

// punctual is how late a session may resume while a node runs: a poll, and the work of those
// that are due at the same time.
const punctual = 5 * time.Second

func (c *flowsCommand) Run(l *lab) error {
	n, err := l.newNode("a")
	if err != nil {
		return err
	}
	ahead, err := l.moved(c.Skew)
	if err != nil {
		return err
	}
	if _, err := n.start(l); err != nil {
		return err
	}
	s, err := found(l, n, "Tienda Puntual", 1)
	if err != nil {
		return err
	}
	t := &waits{lab: l, shop: s, node: n}
	if err := t.draw(); err != nil {
		return err
	}
	if err := t.people(c.Sessions); err != nil {
		return err
	}
	begun := time.Now()
	if err := t.begin(c.Spread); err != nil {
		return err
	}
	l.say("%d sessions started by the API in %.1f s", c.Sessions, time.Since(begun).Seconds())
	if err := t.kill(ahead, c); err != nil {
		return err
	}
	if err := t.finish(c); err != nil {
		return err
	}
	return t.judge(c)
}

// waits is a shop whose conversations wait.
type waits struct {
	lab    *lab
	shop   *shop
	node   *node
	flow   string
	ids    []string  // conversations
	first  time.Time // the earliest first time, by the database's clock
	second time.Time
	away   [2]time.Time // when no node ran
}

// draw publishes the flow: until one date, a word, until another, a word, then a question
// whose minute runs out.
func (t *waits) draw() error {
	def := object{
		"format": 1, "name": "Esperas", "language": "es", "start": "w1", "triggers": []object{{"id": "api", "type": "api"}},
		"variables": []object{{"name": "one", "type": "date"}, {"name": "two", "type": "date"}, {"name": "answer", "type": "text"}},
		"nodes": []object{
			{"id": "w1", "type": "wait", "at": []int{0, 0}, "data": object{"for": "until", "until": "vars.one"}, "next": object{"next": "m1", "past": "m1"}},
			{"id": "m1", "type": "message", "at": []int{0, 1}, "data": object{"content": object{"type": "text", "text": object{"es": "uno"}}}, "next": object{"next": "w2"}},
			{"id": "w2", "type": "wait", "at": []int{0, 2}, "data": object{"for": "until", "until": "vars.two"}, "next": object{"next": "m2", "past": "m2"}},
			{"id": "m2", "type": "message", "at": []int{0, 3}, "data": object{"content": object{"type": "text", "text": object{"es": "dos"}}}, "next": object{"next": "q"}},
			{"id": "q", "type": "question", "at": []int{0, 4}, "data": object{"text": object{"es": "¿Sigues ahí?"}, "type": "text", "variable": "answer", "timeout_minutes": 1},
				"next": object{"timeout": "m3"}},
			{"id": "m3", "type": "message", "at": []int{0, 5}, "data": object{"content": object{"type": "text", "text": object{"es": "tres"}}}},
		},
	}
	var flow struct {
		ID       string
		Revision int64 `json:"draft_revision"`
	}
	if err := t.shop.owner.call(t.lab, http.MethodPost, "/bots/"+t.shop.bot+"/flows", object{"name": "Esperas", "definition": def}, &flow, nil); err != nil {
		return err
	}
	t.flow = flow.ID
	return t.shop.owner.call(t.lab, http.MethodPost, "/flows/"+flow.ID+"/publish", object{"revision": flow.Revision, "why": "ensayo"}, nil, nil)
}

// people makes contacts with conversations in which nobody has written yet.
func (t *waits) people(n int) error {
	rows, err := t.lab.db.Query(t.lab, `with made as (
			insert into contact (id, company_id, name) select gen_random_uuid(), $1, 'Persona ' || i from generate_series(1, $3) i returning id
		), known as (
			insert into identity (channel_id, value, company_id, contact_id) select $2, id::text, $1, id from made returning contact_id, value
		)
		insert into conversation (id, company_id, channel_id, contact_id, address)
		select gen_random_uuid(), $1, $2, contact_id, value from known returning id::text`, t.shop.company, t.shop.sites[0].channel, n)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		t.ids = append(t.ids, id)
	}
	return rows.Err()
}

// begin starts the flow everywhere, the first time far enough ahead for all to have begun.
func (t *waits) begin(spread time.Duration) error {
	var now time.Time
	if err := t.lab.db.QueryRow(t.lab, `select clock_timestamp()`).Scan(&now); err != nil {
		return err
	}
	t.first = now.Add(10*time.Second + time.Duration(len(t.ids))*4*time.Millisecond)
	t.second = t.first.Add(spread)
	type job struct {
		id       string
		one, two time.Time
	}
	jobs := make([]job, len(t.ids))
	for i, id := range t.ids {
		at := t.first.Add(spread * time.Duration(i) / time.Duration(len(t.ids)))
		jobs[i] = job{id, at, at.Add(spread)}
	}
	return each(jobs, 16, func(j job) error {
		return t.shop.owner.call(t.lab, http.MethodPost, "/flows/"+t.flow+"/start", object{"conversation_id": j.id,
			"vars": object{"one": j.one.Format(time.RFC3339Nano), "two": j.two.Format(time.RFC3339Nano)}}, nil, nil)
	})
}

// kill takes the node away in the middle of the first times.
func (t *waits) kill(ahead string, c *flowsCommand) error {
	if err := sleep(t.lab, time.Until(t.first.Add(c.Spread/2))); err != nil {
		return err
	}
	if time.Now().After(t.first.Add(c.Spread)) {
		t.lab.say("starting took longer than planned; the node is killed late")
	}
	t.node.kill()
	t.away[0] = time.Now()
	if err := sleep(t.lab, c.Away); err != nil {
		return err
	}
	t.lab.binary = ahead
	if _, err := t.node.supervise(t.lab); err != nil {
		return err
	}
	t.away[1] = time.Now()
	t.lab.say("killed with SIGKILL, back after %.1f s with its clock %v ahead", t.away[1].Sub(t.away[0]).Seconds(), c.Skew)
	return nil
}

// finish waits until every session is over: the last question's minute has run out.
func (t *waits) finish(c *flowsCommand) error {
	patience := time.Until(t.second.Add(c.Spread)) + 3*time.Minute
	return until(t.lab, patience, time.Second, "every session ends", func(ctx context.Context) (bool, error) {
		var open int
		err := t.lab.db.QueryRow(ctx, `select count(*) filter (where ended_at is null) + ($1 - count(*)) from flow_run`, len(t.ids)).Scan(&open)
		return open == 0, err
	})
}

// word is one message that a flow said.
type word struct {
	conversation, text string
	at                 time.Time
}

func (t *waits) judge(c *flowsCommand) error {
	rows, err := t.lab.db.Query(t.lab, `select m.conversation_id::text, m.content ->> 'text', m.at from message m
		where m.company_id = $1 and m.direction = 'out' and m.kind = 'message' order by m.conversation_id, m.seq`, t.shop.company)
	if err != nil {
		return err
	}
	defer rows.Close()
	said := map[string][]word{}
	for rows.Next() {
		var w word
		if err := rows.Scan(&w.conversation, &w.text, &w.at); err != nil {
			return err
		}
		said[w.conversation] = append(said[w.conversation], w)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	var f findings
	var late []time.Duration
	for i, id := range t.ids {
		one := t.first.Add(c.Spread * time.Duration(i) / time.Duration(len(t.ids)))
		due := []time.Time{one, one.Add(c.Spread), one.Add(c.Spread), one.Add(c.Spread)}
		got := said[id]
		var words []string
		for _, w := range got {
			words = append(words, w.text)
		}
		if !slices.Equal(words, []string{"uno", "dos", "¿Sigues ahí?", "tres"}) {
			f.add("words", "conversation %s: %q", id, words)
			continue
		}
		// A question's minute runs from the turn that asked it, which began after the second
		// time and before its words were stored.
		due[3] = got[2].at.Add(time.Minute)
		for k, w := range got {
			behind := w.at.Sub(due[k])
			switch {
			case behind < 0 && (k < 3 || w.at.Before(due[1].Add(time.Minute))):
				f.add("early", "%s of conversation %s: %v before its time", w.text, id, -behind)
			case t.excused(due[k]):
			default:
				late = append(late, behind)
			}
		}
	}
	t.lab.say("%d sessions, %d messages, each word once and in order: %v", len(t.ids), 4*len(t.ids), len(f.kinds) == 0)
	slices.Sort(late)
	if len(late) > 0 {
		p := func(q float64) time.Duration { return late[int(q*float64(len(late)-1))].Round(time.Millisecond) }
		t.lab.say("late while a node ran: p50 %v, p99 %v, most %v (promise %v)", p(.5), p(.99), p(1), punctual)
		if p(1) > punctual {
			f.add("late", "one came %v after its time", p(1))
		}
	}
	return f.report(t.lab)
}

// excused: it was due while no node ran, or while what had piled up was worked off; or the
// node that was killed had just leased it, for ten seconds.
func (t *waits) excused(due time.Time) bool {
	return due.After(t.away[0].Add(-punctual)) && due.Before(t.away[1].Add(2*punctual))
}

// moved builds a recado whose clock is ahead: the standard library's time.Now of this one
// build is overlaid. Nothing else differs.
func (l *lab) moved(by time.Duration) (path string, err error) {
	root, err := exec.CommandContext(l, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	text, err := os.ReadFile(source)
	if err != nil {
		return "", err
	}
	const now = "sec, nsec, mono := runtimeNow()"
	if !bytes.Contains(text, []byte(now)) {
		return "", fmt.Errorf("%s: no %q to move", source, now)
	}
	text = bytes.ReplaceAll(text, []byte(now), []byte(now+fmt.Sprintf("\n\tsec += %d", int64(by.Seconds()))))
	changed := filepath.Join(l.dir, "time.go")
	if err := os.WriteFile(changed, text, 0o644); err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {source: changed}})
	if err != nil {
		return "", err
	}
	list := filepath.Join(l.dir, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o644); err != nil {
		return "", err
	}
	path = filepath.Join(l.dir, "recado-ahead")
	build := exec.CommandContext(l, "go", "build", "-overlay", list, "-o", path, "recado/cmd/recado")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build with a moved clock: %w\n%s", err, strings.TrimSpace(string(out)))
	}
	return path, nil
}
