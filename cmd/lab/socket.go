package main

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// As in widget/src/socket.ts and conversation.ts.
const (
	beatEvery = 25 * time.Second // between pings; something must come before the next
	gotAfter  = 200 * time.Millisecond
)

// frame is what the server says on the socket.
type frame struct {
	T    string  `json:"t"`
	M    message `json:"m"`
	Code string  `json:"code"`
}

// socket keeps one connection open until ctx ends, resuming from the highest number seen.
func (v *visitor) socket(ctx context.Context) {
	for tries := 0; ctx.Err() == nil; {
		if v.connect(ctx) {
			tries = 0
		}
		_ = sleep(ctx, backoff(tries))
		tries++
	}
}

// connect is one connection from hello to its end. It reports whether it became ready.
func (v *visitor) connect(ctx context.Context) (ready bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dial, done := context.WithTimeout(ctx, patience)
	defer done()
	url := "ws" + strings.TrimPrefix(v.base(), "http") + "/webchat/" + v.site + "/socket"
	conn, _, err := websocket.Dial(dial, url, &websocket.DialOptions{HTTPClient: client})
	if err != nil {
		return false
	}
	defer conn.CloseNow() //nolint:errcheck // it is over either way
	conn.SetReadLimit(1 << 20)
	v.mu.Lock()
	v.drop = cancel
	hello := object{"t": "hello", "token": v.token, "after": v.view.top, "lang": "es"}
	v.mu.Unlock()
	if write(ctx, conn, hello) != nil {
		return false
	}
	got := time.AfterFunc(time.Hour, func() { v.acknowledge(ctx, conn) })
	defer got.Stop()
	heard := make(chan struct{}, 1)
	go beat(ctx, cancel, conn, heard)
	for {
		_, b, err := conn.Read(ctx)
		if err != nil {
			return ready
		}
		select {
		case heard <- struct{}{}:
		default:
		}
		var f frame
		if json.Unmarshal(b, &f) != nil {
			v.noted.refused("visitor %d: a frame that is no JSON: %q", v.number, b)
			return ready
		}
		switch f.T {
		case "ready":
			ready = true
			v.once.Do(func() { close(v.connected) })
		case "message":
			v.hear(f.M)
			got.Reset(gotAfter)
		}
	}
}

func (v *visitor) hear(m message) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.view.take(m)
	if _, ok := v.received[m.ID]; !ok {
		v.received[m.ID] = time.Now()
	}
}

// acknowledge says what was received and, as the visitor is looking, seen.
func (v *visitor) acknowledge(ctx context.Context, conn *websocket.Conn) {
	v.mu.Lock()
	top := v.view.top
	v.mu.Unlock()
	if write(ctx, conn, object{"t": "got", "seq": top}) == nil {
		_ = write(ctx, conn, object{"t": "seen", "seq": top}) // the reader notices a broken connection
	}
}

// beat pings, and gives a connection up that has gone silent.
func beat(ctx context.Context, cancel context.CancelFunc, conn *websocket.Conn, heard <-chan struct{}) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		select {
		case <-heard:
		default:
			cancel()
			return
		}
		_ = write(ctx, conn, object{"t": "ping"}) // the reader notices a broken connection
	}
}

func write(ctx context.Context, conn *websocket.Conn, f object) error {
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, b)
}
