package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"recado/channels"
	"recado/internal/errs"
)

// call is one call of the Bot API. Params are JSON values; with a file they travel as a
// form, else as one JSON object.
type call struct {
	method string
	params map[string]any
	file   *upload
}

// upload is a file that goes with a call, under the parameter's name.
type upload struct {
	param, name, mime string
	open              func(context.Context) (io.ReadCloser, error)
}

// result is the envelope of every answer.
type result struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	ErrorCode   int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter int `json:"retry_after"` // seconds
	} `json:"parameters"`
}

const (
	maxAnswer = 1 << 20
	maxRecord = 16 << 10
)

// do makes a call and returns its result, or an *errs.Send. MaybeSent is true when the
// request had gone out in full and Telegram's word on it did not come.
func (a *Adapter) do(ctx context.Context, c channels.Channel, q call) (json.RawMessage, error) {
	fail := func(class errs.Class, code string, err error) error {
		return &errs.Send{Op: "telegram." + q.method, Class: class, Code: code, Err: err}
	}
	token := c.Value("token")
	if token == "" {
		return nil, fail(errs.ChannelDown, "401", errors.New("the channel has no token"))
	}
	body, record, contentType, err := q.body(ctx)
	if err != nil {
		return nil, fail(errs.Retryable, "file", err)
	}
	if file, ok := body.(io.Closer); ok {
		defer file.Close()
	}
	base := a.base(c)
	var wrote atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(i httptrace.WroteRequestInfo) { wrote.Store(i.Err == nil) },
	})
	req, err := http.NewRequestWithContext(traced, http.MethodPost, base+"/bot"+url.PathEscape(token)+"/"+q.method, body)
	if err != nil {
		return nil, fail(errs.ChannelDown, "address", errors.New("the address of the Bot API cannot be used"))
	}
	req.Header.Set("Content-Type", contentType)
	// The token is part of the path; the record does without it.
	x := channels.Exchange{At: time.Now(), Method: req.Method, URL: base + "/bot/" + q.method}
	resp, err := a.http.Do(req)
	var answer []byte
	if err == nil {
		answer, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
		_ = resp.Body.Close()
		x.Status = resp.StatusCode
	}
	x.Took, x.Request, x.Reply = time.Since(x.At), record.bytes(), answer[:min(len(answer), maxRecord)]
	if err != nil {
		err = bare(err)
		x.Error = err.Error()
		channels.Wire(ctx, x)
		return nil, &errs.Send{Op: "telegram." + q.method, Class: errs.Retryable, Code: "connection", MaybeSent: wrote.Load(), Err: err}
	}
	channels.Wire(ctx, x)
	return q.read(resp, answer)
}

// bare takes the address, and with it the token, off a client's error.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// read gives an answer its meaning. The codes are those of the manual's "Making requests"
// and of the server's source, which is public (github.com/tdlib/telegram-bot-api): 401 and
// 404 mean a token that does not or no longer exists, 403 a person who blocked the bot, left
// or never wrote to it, 429 a pause of retry_after seconds. A 5xx promises nothing.
func (q call) read(resp *http.Response, answer []byte) (json.RawMessage, error) {
	out := &errs.Send{Op: "telegram." + q.method, Class: errs.Retryable, Code: strconv.Itoa(resp.StatusCode)}
	var r result
	if err := json.Unmarshal(answer, &r); err != nil {
		out.Err = fmt.Errorf("status %d with no answer of the Bot API", resp.StatusCode)
		out.MaybeSent = resp.StatusCode < 300 || resp.StatusCode >= 500
		return nil, out
	}
	if r.OK {
		return r.Result, nil
	}
	code := r.ErrorCode
	if code == 0 {
		code = resp.StatusCode
	}
	out.Code, out.Err = strconv.Itoa(code), errors.New(clean(r.Description, 500))
	switch {
	case code == http.StatusTooManyRequests:
		out.Class, out.RetryAfter = errs.RateLimited, retryAfter(r, resp)
	case code == http.StatusUnauthorized, code == http.StatusNotFound:
		out.Class = errs.ChannelDown
	case code == http.StatusForbidden:
		out.Class = errs.Refused
	case code >= 500:
		out.MaybeSent = true
	case code >= 400:
		out.Class = errs.Permanent
	}
	return nil, out
}

func retryAfter(r result, resp *http.Response) time.Duration {
	s := r.Parameters.RetryAfter
	if s <= 0 {
		s, _ = strconv.Atoi(resp.Header.Get("Retry-After"))
	}
	return time.Duration(min(max(s, 1), 24*3600)) * time.Second
}

// body is the request's, the record of its beginning and its content type. A file is
// streamed: what is before and after it is made first, and nothing is held in memory.
func (q call) body(ctx context.Context) (io.Reader, *head, string, error) {
	record := &head{}
	if q.file == nil {
		b, err := json.Marshal(q.params)
		if err != nil {
			return nil, nil, "", err
		}
		_, _ = record.Write(b)
		return bytes.NewReader(b), record, "application/json", nil
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for _, k := range slices.Sorted(maps.Keys(q.params)) {
		v := q.params[k]
		s, ok := v.(string)
		if !ok {
			b, err := json.Marshal(v)
			if err != nil {
				return nil, nil, "", err
			}
			s = string(b)
		}
		if err := w.WriteField(k, s); err != nil {
			return nil, nil, "", err
		}
	}
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", multipart.FileContentDisposition(q.file.param, q.file.name))
	h.Set("Content-Type", q.file.mime)
	if _, err := w.CreatePart(h); err != nil {
		return nil, nil, "", err
	}
	before := form.Len()
	if err := w.Close(); err != nil {
		return nil, nil, "", err
	}
	content, err := q.file.open(ctx)
	if err != nil {
		return nil, nil, "", fmt.Errorf("the file cannot be read: %w", err)
	}
	all := io.MultiReader(bytes.NewReader(form.Bytes()[:before]), content, bytes.NewReader(form.Bytes()[before:]))
	return struct {
		io.Reader
		io.Closer
	}{io.TeeReader(all, record), content}, record, w.FormDataContentType(), nil
}

// head keeps the beginning of what is written. The client may still be writing when its
// call has ended, hence the lock.
type head struct {
	mu sync.Mutex
	b  []byte
}

// Write implements io.Writer.
func (h *head) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.b = append(h.b, p[:min(len(p), maxRecord-len(h.b))]...)
	return len(p), nil
}

func (h *head) bytes() []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return bytes.Clone(h.b)
}
