package sms

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/httpx"
)

// Send implements channels.Adapter. Where the gateway takes our id, reports name it, so
// Sent has it even when the answer did not come.
func (a *Adapter) Send(ctx context.Context, c channels.Channel, m channels.Outgoing) (channels.Sent, error) {
	fail := func(class errs.Class, code string, err error) (channels.Sent, error) {
		return channels.Sent{}, &errs.Send{Op: "sms.send", Class: class, Code: code, Err: err}
	}
	n := utf8.RuneCountInString(m.Content.Text)
	if m.Content.Type != chat.Text || n == 0 || n > maxText || m.To == "" {
		return fail(errs.Permanent, "unfit", fmt.Errorf("a text message is a text of 1 to %d characters to a number, not a %s of %d", maxText, m.Content.Type, n))
	}
	g := gatewayOf(c)
	for _, key := range g.needs {
		if c.Value(key) == "" {
			return fail(errs.ChannelDown, "settings", fmt.Errorf("the channel has no %s", key))
		}
	}
	t := g.template(c)
	req, err := t.fill(values(c, m, false))
	if err != nil {
		return fail(errs.ChannelDown, "settings", err)
	}
	shown, err := t.fill(values(c, m, true))
	if err != nil {
		return fail(errs.ChannelDown, "settings", err)
	}
	var sent channels.Sent
	if g.ownID {
		sent.ProviderID = m.ID.String()
	}
	status, answer, err := a.call(ctx, c, g, req, shown)
	if err != nil {
		return sent, err
	}
	got, err := g.accepted(c, status, answer)
	if err != nil {
		return sent, err
	}
	if got != "" {
		sent.ProviderID = got
	}
	sent.State = chat.Sent
	return sent, nil
}

// accepted reads an answer of success: the gateway's id of the message, "" where it has none
// or it is ours.
func (g *gateway) accepted(c channels.Channel, status int, answer []byte) (string, error) {
	if g.refused != nil {
		if e := g.refused(answer); e != nil {
			e.Op = "sms.send"
			return "", e
		}
	}
	path := g.idPath(c)
	if path == "" || status == http.StatusConflict {
		return "", nil
	}
	got := clean(at(decode(answer), path), 200)
	if got == "" {
		return "", &errs.Send{Op: "sms.send", Class: errs.Retryable, Code: "no_id", MaybeSent: true,
			Err: fmt.Errorf("the answer has no %s", path)}
	}
	return got, nil
}

const (
	maxAnswer = 1 << 20
	maxRecord = 16 << 10
)

// call makes a request and gives its answer of success, or an *errs.Send. It records what
// shown says, which has no secret in it.
func (a *Adapter) call(ctx context.Context, c channels.Channel, g *gateway, r, shown request) (int, []byte, error) {
	var wrote atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(i httptrace.WroteRequestInfo) { wrote.Store(i.Err == nil) },
	})
	req, err := http.NewRequestWithContext(traced, r.method, a.address(c, r.url), bytes.NewReader(r.body))
	if err != nil {
		return 0, nil, &errs.Send{Op: "sms.send", Class: errs.ChannelDown, Code: "settings", Err: errors.New("the address cannot be used")}
	}
	req.Header = r.header
	x := channels.Exchange{At: time.Now(), Method: r.method, URL: a.address(c, shown.url), Request: shown.body[:min(len(shown.body), maxRecord)]}
	resp, err := a.http.Do(req)
	var answer []byte
	if err == nil {
		answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		_ = resp.Body.Close()
		x.Status = resp.StatusCode
	}
	x.Took, x.Reply = time.Since(x.At), answer[:min(len(answer), maxRecord)]
	if err != nil {
		err = bare(err)
		x.Error = err.Error()
		channels.Wire(ctx, x)
		e := &errs.Send{Op: "sms.send", Class: errs.Retryable, Code: "connection", MaybeSent: wrote.Load(), Err: err}
		if errors.Is(err, httpx.ErrAddress) || errors.Is(err, httpx.ErrURL) {
			e.Class, e.Code, e.MaybeSent = errs.ChannelDown, "address", false
		}
		return 0, nil, e
	}
	channels.Wire(ctx, x)
	if g.success(c, resp.StatusCode) {
		return resp.StatusCode, answer, nil
	}
	e := failed(resp, answer)
	if g.class != nil {
		g.class(resp.StatusCode, answer, e)
	}
	return 0, nil, e
}

// address puts Base in place of the gateway's host.
func (a *Adapter) address(c channels.Channel, s string) string {
	if a.base == nil {
		return s
	}
	_, rest, _ := strings.Cut(s, "://")
	path := ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		path = rest[i:]
	}
	return strings.TrimRight(a.base(c), "/") + path
}

// bare takes the address, which may hold a key, off a client's error.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// failed gives a status its usual meaning. A 5xx promises nothing: the message may be on
// its way.
func failed(resp *http.Response, answer []byte) *errs.Send {
	e := &errs.Send{Op: "sms.send", Class: errs.Permanent, Code: strconv.Itoa(resp.StatusCode), Err: reason(said(answer), "status "+resp.Status)}
	switch s := resp.StatusCode; {
	case s == http.StatusTooManyRequests:
		e.Class, e.RetryAfter = errs.RateLimited, retryAfter(resp.Header.Get("Retry-After"))
	case s == http.StatusUnauthorized, s == http.StatusPaymentRequired, s == http.StatusForbidden,
		s == http.StatusNotFound, s == http.StatusMethodNotAllowed: // key, credit, address: no message will do better
		e.Class = errs.ChannelDown
	case s == http.StatusRequestTimeout, s >= 500, s < 400:
		e.Class, e.MaybeSent = errs.Retryable, true
	}
	return e
}

// said is the human text of an answer of failure, wherever gateways put it.
func said(answer []byte) string {
	v := decode(answer)
	for _, path := range []string{"description", "requestError.serviceException.text", "message", "error.message", "error", "detail"} {
		if s := at(v, path); s != "" {
			return s
		}
	}
	return ""
}

func reason(s, otherwise string) error {
	if s = strings.TrimSpace(clean(s, 500)); s == "" {
		s = otherwise
	}
	return errors.New(s)
}

// retryAfter reads seconds or a date (RFC 9110, 10.2.3). A gateway that names no time gets ten seconds.
func retryAfter(s string) time.Duration {
	d := 10 * time.Second
	if n, err := strconv.Atoi(strings.TrimSpace(s)); err == nil {
		d = time.Duration(min(max(n, 1), 24*3600)) * time.Second
	} else if t, err := http.ParseTime(s); err == nil {
		d = min(max(time.Until(t), time.Second), 24*time.Hour)
	}
	return d
}

// clean takes out of a text what the database refuses and cuts it to so many bytes.
func clean(s string, most int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return s
}
