package meta

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"recado/channels"
	"recado/internal/errs"
)

// Host is where the Graph API lives.
const Host = "https://graph.facebook.com"

// DefaultVersion is the Graph API's version that the adapters are written for.
const DefaultVersion = "v26.0"

const (
	maxReply = 2 << 20  // bytes of an answer that are read
	maxWire  = 16 << 10 // bytes of a body that the channel's log gets
)

// Graph calls the Graph API with a channel's access_token. The zero value but HTTP works.
type Graph struct {
	HTTP    channels.Doer
	Base    func(channels.Channel) string // scheme and host; nil: Host
	Version string                        // "v26.0"; "": DefaultVersion
}

// Call makes one call: path is below the version and may have a query ("/123/messages"), in
// becomes the JSON body (nil: none) and the answer is read into out (nil: thrown away). An
// error is an *errs.Send; MaybeSent is only ever set for POST, the one method that sends.
func (g Graph) Call(ctx context.Context, c channels.Channel, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return &errs.Send{Op: op(method, path), Class: errs.Permanent, Code: "unfit", Err: err}
		}
		body = b
	}
	req, err := g.request(ctx, c, method, g.url(c, path), bytes.NewReader(body))
	if err != nil {
		return err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return g.do(req, op(method, path), method == http.MethodPost, body, out)
}

// File is what Upload posts. Part is the form's part that the path looks for it in, "file" in
// most of the Graph API.
type File struct {
	Part, Name, MIME string
	Bytes            io.Reader
}

// Upload posts a file after the form's fields. It is never MaybeSent: what was uploaded but
// not sent is seen by nobody.
func (g Graph) Upload(ctx context.Context, c channels.Channel, path string, fields map[string]string, f File, out any) error {
	var head bytes.Buffer
	w := multipart.NewWriter(&head)
	for k, v := range fields {
		_ = w.WriteField(k, v) // writes to memory do not fail
	}
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\n", "").Replace(f.Name)
	_, _ = w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="` + f.Part + `"; filename="` + quoted + `"`},
		"Content-Type":        {f.MIME},
	})
	tail := "\r\n--" + w.Boundary() + "--\r\n"
	req, err := g.request(ctx, c, http.MethodPost, g.url(c, path), io.MultiReader(&head, f.Bytes, strings.NewReader(tail)))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	about, _ := json.Marshal(map[string]any{"fields": fields, "file": f.Name, "type": f.MIME})
	return g.do(req, op(http.MethodPost, path), false, about, out)
}

// Download opens a file at the whole address that Meta gave for it; the caller closes it
// and bounds what it reads. The token goes to Meta's own hosts only: the address is out of
// a body that we do not trust.
func (g Graph) Download(ctx context.Context, c channels.Channel, address string) (io.ReadCloser, error) {
	req, err := g.request(ctx, c, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	if !g.trusted(c, req.URL) {
		req.Header.Del("Authorization")
	}
	x := channels.Exchange{At: time.Now(), Method: http.MethodGet, URL: address}
	resp, err := g.HTTP.Do(req)
	x.Took = time.Since(x.At)
	if err != nil {
		x.Error = err.Error()
		channels.Wire(ctx, x)
		return nil, lost("GET media", err, false)
	}
	x.Status = resp.StatusCode
	if resp.StatusCode/100 != 2 {
		defer resp.Body.Close()
		reply, _ := io.ReadAll(io.LimitReader(resp.Body, maxWire))
		x.Reply = reply
		channels.Wire(ctx, x)
		return nil, refusal("GET media", resp, reply, false)
	}
	channels.Wire(ctx, x)
	return resp.Body, nil
}

// trusted reports whether an address may see the channel's token.
func (g Graph) trusted(c channels.Channel, u *url.URL) bool {
	if base, err := url.Parse(g.base(c)); err == nil && u.Scheme == base.Scheme && u.Host == base.Host {
		return true
	}
	return u.Scheme == "https" && slices.ContainsFunc([]string{".facebook.com", ".fbsbx.com", ".fbcdn.net", ".whatsapp.net"},
		func(domain string) bool { return strings.HasSuffix(u.Host, domain) })
}

func (g Graph) base(c channels.Channel) string {
	if g.Base == nil {
		return Host
	}
	return strings.TrimSuffix(g.Base(c), "/")
}

func (g Graph) url(c channels.Channel, path string) string {
	version := g.Version
	if version == "" {
		version = DefaultVersion
	}
	return g.base(c) + "/" + version + path
}

func (g Graph) request(ctx context.Context, c channels.Channel, method, address string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, &errs.Send{Op: method, Class: errs.Permanent, Code: "unfit", Err: errors.New("the address cannot be called")}
	}
	req.Header.Set("Authorization", "Bearer "+c.Value("access_token"))
	req.Header.Set("Accept", "application/json")
	return req, nil
}

// do makes the call and judges how it ended. sends says that Meta may do what a person
// sees; sent is the body as the log shows it.
func (g Graph) do(req *http.Request, op string, sends bool, sent []byte, out any) error {
	var written atomic.Bool
	ctx := req.Context()
	req = req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(i httptrace.WroteRequestInfo) { written.Store(i.Err == nil) },
	}))
	x := channels.Exchange{At: time.Now(), Method: req.Method, URL: req.URL.String(), Request: cut(sent)}
	resp, err := g.HTTP.Do(req)
	if err != nil {
		x.Took, x.Error = time.Since(x.At), err.Error()
		channels.Wire(ctx, x)
		return lost(op, err, sends && written.Load())
	}
	defer resp.Body.Close()
	reply, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	x.Took, x.Status, x.Reply = time.Since(x.At), resp.StatusCode, cut(reply)
	if err != nil {
		x.Error = err.Error()
	}
	channels.Wire(ctx, x)
	if resp.StatusCode/100 != 2 {
		return refusal(op, resp, reply, sends)
	}
	if err != nil {
		return lost(op, err, sends)
	}
	if out != nil {
		if err := json.Unmarshal(reply, out); err != nil {
			return &errs.Send{Op: op, Class: errs.Retryable, MaybeSent: sends, Code: "bad_answer", Err: err}
		}
	}
	return nil
}

// lost is a call without a whole answer.
func lost(op string, err error, maybe bool) error {
	code := "connection"
	var slow interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &slow) && slow.Timeout() {
		code = "timeout"
	}
	return &errs.Send{Op: op, Class: errs.Retryable, MaybeSent: maybe, Code: code, Err: err}
}

func op(method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	return method + " " + path
}

func cut(b []byte) []byte { return b[:min(len(b), maxWire)] }
