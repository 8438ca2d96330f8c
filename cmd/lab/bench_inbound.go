package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"recado/channels/webchat"
	"recado/internal/id"
	"recado/internal/seal"
)

// callers is how many visitors the load is spread over: their limit is 600 messages a
// minute, and nobody's phone is faster.
const callers = 1500

// inbound measures POST of a visitor's message to 200. The conversations belong to a person,
// so nothing follows but the ledger; then the same with a bot, where a turn, an answer and
// its hand-over follow.
func (c *benchCommand) inbound(b *bench) error {
	n, _, err := b.serve("inbound")
	if err != nil {
		return err
	}
	s, err := found(b.lab, n, "Tienda Entrada", 2)
	if err != nil {
		return err
	}
	people, err := openCallers(b, n, s, s.sites[0], true)
	if err != nil {
		return err
	}
	for _, clients := range []int{1, 8, 32} {
		before := b.cost(n)
		samples, took, err := pour(b.lab, people, clients, c.Each)
		if err != nil {
			return err
		}
		name, g := fmt.Sprintf("inbound_cpu_us_c%d", clients), goal{}
		if clients == 32 {
			name, g = "inbound_cpu_us", atMost(200).held()
		}
		b.spent(name, n, before, len(samples), g)
		rate := float64(len(samples)) / took.Seconds()
		b.tell(fmt.Sprintf("inbound_rate_c%d", clients), rate, "/s", map[int]goal{32: atLeast(2000)}[clients])
		b.tell(fmt.Sprintf("inbound_p50_ms_c%d", clients), ms(quantile(samples, 0.5)), "ms", goal{})
		b.tell(fmt.Sprintf("inbound_p99_ms_c%d", clients), ms(quantile(samples, 0.99)), "ms", map[int]goal{32: atMost(150)}[clients])
	}
	withBot, err := openCallers(b, n, s, s.sites[1], false)
	if err != nil {
		return err
	}
	before := b.cost(n)
	samples, took, err := pour(b.lab, withBot, 32, c.Each)
	if err != nil {
		return err
	}
	b.tell("inbound_bot_rate_c32", float64(len(samples))/took.Seconds(), "/s", goal{})
	b.tell("inbound_bot_p99_ms_c32", ms(quantile(samples, 0.99)), "ms", goal{})
	begun := time.Now()
	if err := b.lab.drained(b.lab, 2*time.Minute, n); err != nil {
		return err
	}
	b.spent("conversation_cpu_us", n, before, len(samples), goal{}) // message, turn, answer, hand-over
	b.tell("conversation_rate", float64(len(samples))/(took+time.Since(begun)).Seconds(), "/s", goal{})
	return nil
}

// caller is a visitor that only posts.
type caller struct {
	url, token string
	number, n  int
}

// openCallers makes visitors with tokens that the lab signs itself, and has each write once,
// so that they are known. With human their conversations are then given to the owner.
func openCallers(b *bench, n *node, s *shop, to site, human bool) ([]*caller, error) {
	keys, err := seal.FromText(b.lab.secret)
	if err != nil {
		return nil, err
	}
	channel, err := id.Parse[id.Channel](to.channel)
	if err != nil {
		return nil, err
	}
	tokens := webchat.Tokens{Key: keys.Derive("visitor")}
	out := make([]*caller, callers)
	for i := range out {
		out[i] = &caller{url: n.base + "/webchat/" + to.key + "/messages", token: tokens.Issue(webchat.Anonymous(channel, time.Now())), number: i}
	}
	if _, _, err := pour(b.lab, out, 32, 0); err != nil {
		return nil, err
	}
	if err := b.settled(b.lab, n); err != nil {
		return nil, err
	}
	if human {
		_, err = b.lab.db.Exec(b.lab, `update conversation set state = 'human', assignee_id = $2, waiting_since = null where channel_id = $1`, to.channel, s.user)
	}
	return out, err
}

// pour has clients post as fast as they are answered for a while, or once per caller when
// that is zero. It returns how long each took.
func pour(ctx context.Context, from []*caller, clients int, lasts time.Duration) (all []time.Duration, took time.Duration, err error) {
	var wg sync.WaitGroup
	samples := make([][]time.Duration, clients)
	var failed atomic.Pointer[error]
	begun := time.Now()
	for i := range clients {
		wg.Go(func() {
			for at := i; failed.Load() == nil; at += clients {
				if lasts == 0 && at >= len(from) || lasts > 0 && time.Since(begun) > lasts {
					return
				}
				t, err := from[at%len(from)].post(ctx)
				if err != nil {
					failed.Store(&err)
					return
				}
				samples[i] = append(samples[i], t)
			}
		})
	}
	wg.Wait()
	took = time.Since(begun)
	for _, s := range samples {
		all = append(all, s...)
	}
	if e := failed.Load(); e != nil {
		err = *e
	}
	return all, took, err
}

func (c *caller) post(ctx context.Context) (time.Duration, error) {
	c.n++ // a caller is one client's: clients take every nth of them
	body, err := json.Marshal(object{"client_id": uuid.NewString(), "content": object{"type": "text", "text": text(c.number, c.n)}})
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	got, err := ask(ctx, http.MethodPost, c.url, c.token, nil, body)
	if err == nil && got.status != http.StatusOK {
		err = fmt.Errorf("a message was answered %d: %s", got.status, got.body)
	}
	return time.Since(begun), err
}
