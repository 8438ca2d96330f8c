package twilio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"recado/channels"
	"recado/internal/errs"
)

// Twilio's hosts. Their paths do not overlap, so Options.Base may serve them all.
const (
	apiHost       = "https://api.twilio.com"
	contentHost   = "https://content.twilio.com"
	messagingHost = "https://messaging.twilio.com"
)

const (
	maxAnswer = 4 << 20  // a page of a hundred templates has far less
	maxLogged = 16 << 10 // of each body, in the channel's log
)

// call is one request to Twilio.
type call struct {
	op, method, host, path string
	form                   url.Values // sent as a form, when not nil
	json                   any        // else sent as JSON, when not nil
	sends                  bool       // a lost answer may mean a sent message
}

func accountPath(c channels.Channel) string {
	return "/2010-04-01/Accounts/" + url.PathEscape(c.Value("account_sid"))
}

func (l *line) address(c channels.Channel, host, path string) string {
	if l.Base != nil {
		host = l.Base(c)
	}
	return strings.TrimSuffix(host, "/") + path
}

// request makes a signed-in request; the second value is its body.
func (l *line) request(ctx context.Context, c channels.Channel, k call) (*http.Request, []byte, error) {
	var body []byte
	var kind string
	switch {
	case k.form != nil:
		body, kind = []byte(k.form.Encode()), "application/x-www-form-urlencoded"
	case k.json != nil:
		b, err := json.Marshal(k.json)
		if err != nil {
			return nil, nil, err
		}
		body, kind = b, "application/json"
	}
	r, err := http.NewRequestWithContext(ctx, k.method, l.address(c, k.host, k.path), bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	r.Header.Set("Accept", "application/json")
	r.SetBasicAuth(c.Value("account_sid"), c.Value("auth_token"))
	return r, body, nil
}

// call makes a request and reads the answer into out, when that is not nil. Errors are
// *errs.Send.
func (l *line) call(ctx context.Context, c channels.Channel, k call, out any) error {
	fail := func(code string, maybe bool, err error) error {
		return &errs.Send{Op: k.op, Code: code, MaybeSent: maybe && k.sends, Err: err}
	}
	// What matters of a lost answer is whether the question had left.
	var wrote atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { wrote.Store(true) }})
	r, body, err := l.request(ctx, c, k)
	if err != nil {
		return &errs.Send{Op: k.op, Class: errs.Permanent, Code: "request", Err: err}
	}
	x := channels.Exchange{At: time.Now(), Method: r.Method, URL: r.URL.String(), Request: clip(body)}
	defer func() {
		x.Took = time.Since(x.At)
		channels.Wire(ctx, x)
	}()
	resp, err := l.HTTP.Do(r)
	if err != nil {
		x.Error = err.Error()
		return fail("no_answer", wrote.Load(), err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	x.Status, x.Reply = resp.StatusCode, clip(answer)
	if resp.StatusCode/100 != 2 {
		return k.refused(resp, answer)
	}
	if err == nil && out != nil {
		err = json.Unmarshal(answer, out)
	}
	if err != nil {
		x.Error = err.Error()
		return fail("cut_answer", true, err)
	}
	return nil
}

func clip(b []byte) []byte { return b[:min(len(b), maxLogged)] }

// refused reads Twilio's error, {"code", "message", "more_info", "status"}.
func (k call) refused(resp *http.Response, answer []byte) error {
	var p struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(answer, &p) // a proxy's page has neither: the status speaks then
	e := &errs.Send{Op: k.op, Code: strconv.Itoa(p.Code), Err: errors.New(p.Message)}
	if p.Code == 0 {
		e.Code, e.Err = "http_"+strconv.Itoa(resp.StatusCode), errors.New(resp.Status)
	}
	var maybe bool
	e.Class, maybe = classify(resp.StatusCode, p.Code)
	e.MaybeSent = maybe && k.sends
	if e.Class == errs.RateLimited {
		e.RetryAfter = retryAfter(resp.Header.Get("Retry-After"))
	}
	return e
}

// classes are Twilio's codes by what the queue is to do; each has its page at
// https://www.twilio.com/docs/api/errors/<code>. Any other 4xx is Permanent.
var classes = map[int]errs.Class{
	20003: errs.ChannelDown, // wrong SID or token
	20005: errs.ChannelDown, // the account is not active
	20006: errs.ChannelDown, // access denied
	20403: errs.ChannelDown, // forbidden
	21606: errs.ChannelDown, // From is not ours or cannot send
	21659: errs.ChannelDown, // From is not a Twilio number
	21660: errs.ChannelDown, // From is another account's
	21703: errs.ChannelDown, // the messaging service has no sender
	63007: errs.ChannelDown, // From is no WhatsApp sender of this account

	21610: errs.Refused, // the recipient has written STOP

	14107: errs.RateLimited, // too many messages from this number
	20429: errs.RateLimited, // too many requests at once; not processed
	21611: errs.RateLimited, // the number's queue is full
	63018: errs.RateLimited, // too fast for the WhatsApp sender

	20503: errs.Retryable, // temporarily unavailable: try again, says its page
}

// classify says what to do with a refusal, and whether the platform may have acted on it
// all the same. A 500 is no answer: "if you retry the request, it is possible for a customer
// to receive multiple messages" (errors/20500).
func classify(status, code int) (class errs.Class, maybe bool) {
	if class, ok := classes[code]; ok {
		return class, false
	}
	switch {
	case status == http.StatusUnauthorized:
		return errs.ChannelDown, false
	case status == http.StatusTooManyRequests:
		return errs.RateLimited, false
	case status == http.StatusServiceUnavailable, status == http.StatusRequestTimeout:
		return errs.Retryable, false
	case status >= 500:
		return errs.Retryable, true
	}
	return errs.Permanent, false
}

// pause is how long to wait where Twilio does not say.
const pause = 2 * time.Second

func retryAfter(h string) time.Duration {
	if n, err := strconv.Atoi(h); err == nil && n >= 0 {
		return time.Duration(min(n, 24*3600)) * time.Second
	}
	if at, err := http.ParseTime(h); err == nil {
		return max(time.Until(at), 0)
	}
	return pause
}
