package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
)

// duplicateCommand sends copies of one event, all at once, to two nodes that share a
// database. Each copy must get the same answer, and the bot must answer one message.
type duplicateCommand struct {
	Copies int `default:"500" help:"Copies of the event"`
	Rounds int `default:"5" help:"Events, each of a new visitor: the first one also races to make contact and conversation"`
}

func (c *duplicateCommand) Run(l *lab) error {
	a, err := l.newNode("a")
	if err != nil {
		return err
	}
	b, err := l.newNode("b")
	if err != nil {
		return err
	}
	for _, n := range []*node{a, b} {
		if _, err := n.start(l); err != nil {
			return err
		}
	}
	s, err := found(l, a, "Tienda Eco", 1)
	if err != nil {
		return err
	}
	var all []sent
	var f findings
	for round := range c.Rounds {
		one, err := c.round(l, &f, round, s.sites[0].key, []*node{a, b})
		if err != nil {
			return err
		}
		all = append(all, one)
	}
	if err := l.drained(l, 30*time.Second, a, b); err != nil {
		return err
	}
	g, err := read(l, l, s.company)
	if err != nil {
		return err
	}
	g.check(&f, all)
	l.say("%d events, %d copies of each over 2 nodes: %d messages stored, %d answers sent; load %s", c.Rounds, c.Copies, len(g.in), len(g.out), load())
	return f.report(l)
}

// round is one event of a new visitor. It returns what the first copy was told.
func (c *duplicateCommand) round(l *lab, f *findings, round int, site string, nodes []*node) (sent, error) {
	v := newVisitor(round, site, func() string { return nodes[0].base }, newNotes())
	if _, err := v.start(l); err != nil {
		return sent{}, err
	}
	one := sent{visitor: round, number: 1, key: uuid.NewString(), text: text(round, 1), at: time.Now()}
	body, err := json.Marshal(object{"client_id": one.key, "content": object{"type": "text", "text": one.text}})
	if err != nil {
		return sent{}, err
	}
	answers, slowest := c.burst(l, nodes, "/webchat/"+site+"/messages", v.token, body)
	for _, got := range answers {
		var told struct {
			ID  string
			Seq int64
		}
		if got.status != http.StatusOK || json.Unmarshal(got.body, &told) != nil {
			f.add("copies refused", "%d %s", got.status, got.body)
			continue
		}
		if one.id == "" {
			one.id, one.seq = told.ID, told.Seq
		}
		if told.ID != one.id || told.Seq != one.seq {
			f.add("copies told different things", "%s %d and %s %d", one.id, one.seq, told.ID, told.Seq)
		}
	}
	l.say("event %d: %d answers, all %s number %d, the slowest after %d ms", round+1, len(answers), one.id, one.seq, slowest.Milliseconds())
	return one, nil
}

func (c *duplicateCommand) burst(ctx context.Context, nodes []*node, path, token string, body []byte) ([]answer, time.Duration) {
	answers := make([]answer, c.Copies)
	gun := make(chan struct{})
	var copies sync.WaitGroup
	for i := range answers {
		copies.Go(func() {
			<-gun
			var err error
			if answers[i], err = ask(ctx, http.MethodPost, nodes[i%len(nodes)].base+path, token, nil, body); err != nil {
				answers[i].body = fmt.Append(nil, err)
			}
		})
	}
	begun := time.Now()
	close(gun)
	copies.Wait()
	return answers, time.Since(begun)
}
