package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"recado/internal/auth"
)

// sweepCommand asks every operation of the API's own document, as every role, for the
// company's own things, for another company's and for things that do not exist. Two
// companies have one of everything; whatever the other one has is marked.
type sweepCommand struct {
	Least float64 `default:"98" help:"Percent of the cases that must get past validation"`
}

const (
	broken = "calls that were not answered as they must be"
	leaked = "answers with something of another company"
	failed = "answers of 500 and above"
)

func (c *sweepCommand) Run(l *lab) error {
	n, err := l.newNode("node")
	if err != nil {
		return err
	}
	if _, err := n.start(l); err != nil {
		return err
	}
	s := &sweep{lab: l, people: map[auth.Role]*agent{anonymous: {node: n}}}
	if err := s.prepare(n); err != nil {
		return err
	}
	for _, o := range s.ops {
		if err := s.operation(o); err != nil {
			return fmt.Errorf("%s: %w", o.ID, err)
		}
	}
	if err := s.atOnce(); err != nil {
		return err
	}
	share := 100 * float64(s.done) / float64(s.possible)
	l.say("%d operations by %d roles: %d of %d cases got past validation, %.1f %%; %d requests; load %s",
		len(s.ops), len(s.people), s.done, s.possible, share, s.requests, load())
	for _, m := range s.missed {
		l.say("not proved: %s", m)
	}
	if share < c.Least {
		s.found.add("coverage too low", "%.1f %% of the cases, want %.1f", share, c.Least)
	}
	return s.found.report(l)
}

// sweep is the state of one run.
type sweep struct {
	lab            *lab
	doc            document
	ops            []*operation
	ours, theirs   *estate
	secrets        []string // of the other company
	people         map[auth.Role]*agent
	possible, done int
	requests       int
	missed         []string
	found          findings
}

func (s *sweep) prepare(n *node) error {
	got, err := ask(s.lab, http.MethodGet, n.base+"/api/openapi.json", "", nil, nil)
	if err != nil {
		return err
	}
	if s.doc, s.ops, err = readDocument(got.body); err != nil {
		return err
	}
	if s.theirs, err = settle(s.lab, s.lab, n, "Otra Empresa CANARIO", "CANARIO"); err != nil {
		return err
	}
	if s.ours, err = settle(s.lab, s.lab, n, "Nuestra Tienda", "PROPIO"); err != nil {
		return err
	}
	if s.secrets, err = s.theirs.all(s.lab); err != nil {
		return err
	}
	for _, role := range auth.Roles {
		if role == auth.Owner {
			s.people[role] = s.ours.owner
		} else if s.people[role], err = s.ours.member(s.lab, string(role)); err != nil {
			return err
		}
	}
	return nil
}

// operation asks one operation as every role, in every way.
func (s *sweep) operation(o *operation) error {
	need, err := o.need()
	if err != nil {
		return err
	}
	for _, role := range append(slices.Clone(auth.Roles), anonymous) {
		c := cell{op: o, need: need, role: role, what: "own"}
		got, err := s.call(c, func(map[string]string, url.Values, object) {})
		if err != nil {
			return err
		}
		s.note(c, got.named, got.answer)
		s.tally(judgeOwn(c, got.answer))(c)
		for _, way := range s.ways(o) {
			c.what = way.what
			other, err := s.call(c, func(ids map[string]string, q url.Values, in object) { way.put(ids, q, in, s.theirs.ids[way.kind]) })
			if err != nil {
				return err
			}
			missing, err := s.call(c, func(ids map[string]string, q url.Values, in object) { way.put(ids, q, in, newID()) })
			if err != nil {
				return err
			}
			s.note(c, other.named, other.answer)
			s.tally(way.judge(c, other.answer, missing.answer))(c)
		}
	}
	return nil
}

// way is one place of a request where another company's id can stand.
type way struct {
	what, kind string
	put        func(ids map[string]string, q url.Values, in object, id string)
	judge      func(c cell, other, missing answer) (bool, string)
}

// ways are all such places of an operation: path, query and body.
func (s *sweep) ways(o *operation) (out []way) {
	kinds := things(o)
	for _, name := range o.names("path", true) {
		out = append(out, way{"another's {" + name + "}", kinds[name], func(ids map[string]string, _ url.Values, _ object, id string) {
			ids["{"+name+"}"] = id
		}, judgeForeign})
	}
	for _, name := range o.names("query", true) {
		out = append(out, way{"another's ?" + name, name, func(_ map[string]string, q url.Values, _ object, id string) { q.Set(name, id) }, judgeReference})
	}
	if _, schema := o.json(); schema != nil {
		for _, name := range slices.Sorted(maps.Keys(s.doc.resolve(schema).Properties)) {
			if kind := references[name]; kind != "" {
				many := kindOf(s.doc.resolve(s.doc.resolve(schema).Properties[name])) == "array"
				out = append(out, way{"another's body." + name, kind, func(_ map[string]string, _ url.Values, in object, id string) {
					if in[name] = any(id); many {
						in[name] = []string{id}
					}
				}, judgeReference})
			}
		}
		if _, ok := s.doc.resolve(schema).Properties["content"]; ok && o.ID == "sendMessage" {
			out = append(out, way{"another's body.content.quote", "message", func(_ map[string]string, _ url.Values, in object, id string) {
				in["content"] = object{"type": "text", "text": "Hola", "quote": id}
			}, judgeReference}, way{"another's body.content.media.file", "file", func(_ map[string]string, _ url.Values, in object, id string) {
				in["content"] = object{"type": "document", "media": object{"file": id}}
			}, judgeReference})
		}
	}
	return out
}

// references is what the ids in bodies are of.
var references = map[string]string{"user": "user", "bot_id": "bot", "labels": "label", "label_ids": "label", "ids": "rule",
	"mentions": "user", "company": "company", "member_ids": "user", "flow_id": "flow", "conversation_id": "conversation", "contact_id": "contact"}

// plain are the parameters of paths that are no ids.
var plain = map[string]string{"version": "1", "provider": "openai"}

// called is a request's answer, and the request itself as text.
type called struct {
	answer
	named string
}

// call makes one request with fresh things of the company's own, changed by put.
func (s *sweep) call(c cell, put func(ids map[string]string, q url.Values, in object)) (called, error) {
	who := s.people[c.role]
	ids := maps.Clone(s.ours.ids)
	var err error
	// Below a thing of its own the call may change that one, whatever else it names.
	if c.refused() == 0 && (c.what == "own" || len(things(c.op)) > 1) {
		if ids, err = s.ours.own(s.lab, c.op, who); err != nil {
			return called{}, err
		}
	}
	kind, generated := s.doc.body(c.op)
	in, _ := generated.(object)
	if in != nil {
		if err := s.ours.fill(s.lab, c.op, in, string(c.role), ids); err != nil {
			return called{}, err
		}
	}
	query := url.Values{}
	for _, p := range c.op.Parameters {
		if p.In == "query" && p.Required {
			query.Set(p.Name, fmt.Sprint(s.doc.value(p.Schema)))
		}
	}
	put(ids, query, in)
	path := c.op.path
	for name, value := range plain {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	for name, thing := range things(c.op) {
		id := ids["{"+name+"}"]
		if id == "" {
			id = ids[thing]
		}
		path = strings.ReplaceAll(path, "{"+name+"}", id)
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	header := once()
	body := []byte(raw[c.op.ID])
	if kind != "" {
		header["Content-Type"] = []string{kind}
	}
	if in != nil {
		if body, err = json.Marshal(in); err != nil {
			return called{}, err
		}
	}
	s.requests++
	got, err := insist(s.lab, c.op.method, who.node.base+path, who.token, header, body)
	if err != nil {
		return called{}, err
	}
	if got.status < 300 && (c.op.ID == "logOut" || c.op.ID == "changePassword") {
		if s.people[c.role], _, err = logIn(s.lab, who.node, s.ours.email[string(c.role)], password); err != nil {
			return called{}, err
		}
		if c.role == auth.Owner {
			*s.ours.owner = *s.people[c.role] // the estate goes on with the same person
			s.people[c.role] = s.ours.owner
		}
	}
	return called{got, path + string(body)}, nil
}

// insist is ask, again when the company has asked too often.
func insist(ctx context.Context, method, url, token string, header http.Header, body []byte) (answer, error) {
	for {
		got, err := ask(ctx, method, url, token, header, body)
		if err != nil || got.status != http.StatusTooManyRequests {
			return got, err
		}
		seconds, _ := strconv.Atoi(got.header.Get("Retry-After")) // absent: 0
		if err := sleep(ctx, time.Duration(seconds)*time.Second+100*time.Millisecond); err != nil {
			return got, err
		}
	}
}

// note holds what every answer must keep, whoever asked for whatever.
func (s *sweep) note(c cell, named string, got answer) {
	if got.status >= 500 {
		s.found.add(failed, "%v: %d %s", c, got.status, brief(got.body))
	}
	if secret := leaks(got.body, s.secrets, named); secret != "" {
		s.found.add(leaked, "%v: %s in %s", c, secret, brief(got.body))
	}
}

func (s *sweep) tally(done bool, wrong string) func(cell) {
	return func(c cell) {
		s.possible++
		if done {
			s.done++
		} else {
			s.missed = append(s.missed, c.String())
		}
		if wrong != "" {
			s.found.add(broken, "%s", wrong)
		}
	}
}

// atOnce lists everything as both companies at the same time: a connection that kept the
// other's setting would show here.
func (s *sweep) atOnce() error {
	ours, err := s.ours.all(s.lab)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var askers sync.WaitGroup
	lists, failures := 0, []error(nil)
	for range 4 {
		for _, side := range []struct {
			who    *agent
			hidden []string
		}{{s.ours.owner, s.secrets}, {s.theirs.owner, ours}} {
			askers.Go(func() {
				n, leak, err := listAll(s.lab, s.ops, side.who, side.hidden)
				mu.Lock()
				defer mu.Unlock()
				lists += n
				failures = append(failures, err)
				if leak != "" {
					s.found.add(leaked, "at once: %s", leak)
				}
			})
		}
	}
	askers.Wait()
	s.lab.say("%d lists read by both companies at the same time", lists)
	return errors.Join(failures...)
}

// listAll reads every list eight times over.
func listAll(ctx context.Context, ops []*operation, who *agent, hidden []string) (n int, leak string, err error) {
	for range 8 {
		for _, o := range ops {
			if o.method != http.MethodGet || strings.Contains(o.path, "{") {
				continue
			}
			got, err := insist(ctx, o.method, who.node.base+o.path, who.token, nil, nil)
			if err == nil && got.status != http.StatusOK {
				err = fmt.Errorf("%s: %d %s", o.ID, got.status, brief(got.body))
			}
			if err != nil {
				return n, leak, err
			}
			n++
			if secret := leaks(got.body, hidden, ""); secret != "" {
				leak = fmt.Sprintf("%s shows %s", o.ID, secret)
			}
		}
	}
	return n, leak, nil
}
