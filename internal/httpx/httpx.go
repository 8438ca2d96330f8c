// Package httpx is the one client for calls to addresses that a company, a platform or a
// web page gave us: webhooks out, flows' HTTP requests, media, shops, model endpoints.
//
// It reaches only the public internet. What counts is the address actually dialled, looked
// at after names are resolved and for every connection, so neither a name that changes its
// mind (DNS rebinding) nor a redirect nor a curious spelling of 127.0.0.1 gets past it.
// Time, size and redirects are bounded whatever the other side does.
package httpx

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Options bound a client. Zero values mean the defaults.
type Options struct {
	Timeout time.Duration // for everything: names, redirects and the body; 10 s
	MaxBody int64         // bytes of an answer after decompression; 1 MiB
	Log     *slog.Logger  // one line per request at debug level, without secrets

	// Private are special ranges that may be reached all the same: simulators in tests, a
	// model server beside us. New refuses them in Production.
	Private    []netip.Prefix
	Production bool

	Resolver *net.Resolver // for tests; must not use the C library
}

const maxRedirects = 3

var (
	// ErrAddress is wrapped by the error for an address outside the public internet.
	ErrAddress = errors.New("address is not on the public internet")
	// ErrURL is wrapped by the error for a URL, of a request or a redirect, that is refused.
	ErrURL = errors.New("refused URL")
	// ErrTooLarge is returned when an answer exceeds MaxBody: by Do if its header admits it,
	// by reading the body if not.
	ErrTooLarge = errors.New("answer is too large")
)

// Client makes guarded requests. It is safe for concurrent use.
type Client struct {
	http *http.Client
	log  *slog.Logger
	max  int64
}

// New returns a client.
func New(o Options) (*Client, error) {
	if o.Production && len(o.Private) > 0 {
		return nil, errors.New("httpx: private addresses may not be allowed in production")
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.MaxBody <= 0 {
		o.MaxBody = 1 << 20
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Resolver == nil {
		// The C library takes "127.1", "0x7f.1" and "2130706433" for addresses; Go does not.
		o.Resolver = &net.Resolver{PreferGo: true}
	}
	dialer := &net.Dialer{Timeout: o.Timeout, Resolver: o.Resolver, Control: guard(o.Private)}
	transport := &http.Transport{
		Proxy:                  nil, // a proxy would be dialled in place of the address we must see
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    4,
		MaxConnsPerHost:        64, // one slow host must not take every socket we have
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    o.Timeout,
		MaxResponseHeaderBytes: 64 << 10,
	}
	return &Client{
		http: &http.Client{Transport: transport, Timeout: o.Timeout, CheckRedirect: checkRedirect},
		log:  o.Log,
		max:  o.MaxBody,
	}, nil
}

// Do sends a request and returns the last answer after redirects; the caller closes its
// body. The answer is decompressed, and reading more than MaxBody of it fails. Errors
// never show the URL's query or path secrets.
func (c *Client) Do(r *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := c.do(r)
	attrs := []any{"method", r.Method, "url", Redact(r.URL), "header", redactHeader(r.Header), "took", time.Since(start)}
	if err != nil {
		err = fmt.Errorf("%s %s: %w", r.Method, Redact(r.URL), err)
		c.log.DebugContext(r.Context(), "request failed", append(attrs, "err", err)...)
		return nil, err
	}
	c.log.DebugContext(r.Context(), "request", append(attrs, "status", resp.StatusCode)...)
	return resp, nil
}

func (c *Client) do(r *http.Request) (*http.Response, error) {
	if err := checkURL(r.URL); err != nil {
		return nil, err
	}
	if r.Header.Get("Accept-Encoding") != "" || r.Header.Get("Range") != "" {
		// Left alone, the transport asks for gzip and unpacks it, under our limit. Asked for
		// by hand, whoever unpacks it would have none.
		return nil, errors.New("httpx: Accept-Encoding and Range are not the caller's to set")
	}
	resp, err := c.http.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // the rest repeats the URL, secrets included
		}
		return nil, err
	}
	if resp.ContentLength > c.max {
		resp.Body.Close()
		return nil, ErrTooLarge
	}
	resp.Body = &limited{resp.Body, c.max}
	return resp, nil
}

// checkURL refuses what no address check could make good.
func checkURL(u *url.URL) error {
	switch {
	case u == nil || (u.Scheme != "http" && u.Scheme != "https"):
		return fmt.Errorf("%w: only http and https", ErrURL)
	case u.Hostname() == "":
		return fmt.Errorf("%w: no host", ErrURL)
	case u.User != nil:
		return fmt.Errorf("%w: a password in a URL ends up in logs", ErrURL)
	}
	return nil
}

// checkRedirect is asked before each redirect is followed; req already carries the headers
// of the first request.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("%w: more than %d redirects", ErrURL, maxRedirects)
	}
	if err := checkURL(req.URL); err != nil {
		return err
	}
	first := via[0].URL
	if first.Scheme == "https" && req.URL.Scheme == "http" {
		return fmt.Errorf("%w: redirect from https to http", ErrURL)
	}
	away := func(v *http.Request) bool { return v.URL.Host != first.Host }
	if !away(req) && !slices.ContainsFunc(via, away) {
		return nil
	}
	// Once the request has left the host it was meant for, it carries nothing of value: any
	// header might be a key (the standard client drops only the usual ones, and none for
	// subdomains), and so might the body that 307 and 308 would repeat.
	if req.Body != nil && req.Body != http.NoBody {
		return fmt.Errorf("%w: redirect of a body to another host", ErrURL)
	}
	for name := range req.Header {
		if !harmless[name] {
			req.Header.Del(name)
		}
	}
	return nil
}

// limited fails, rather than ends, behind the last byte allowed.
type limited struct {
	io.ReadCloser
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	// One byte more than allowed is asked for: only its absence proves that all was read.
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.ReadCloser.Read(p)
	if int64(n) > l.left {
		n, err = int(l.left), ErrTooLarge
	}
	l.left -= int64(n)
	return n, err
}

// harmless are the headers whose values may be logged and may follow a redirect.
var harmless = map[string]bool{
	"Accept": true, "Accept-Language": true, "Content-Type": true, "Content-Length": true, "User-Agent": true,
}

const hidden = "[hidden]"

// Redact is u for a log: without its query's values and without path elements that look
// like keys, for some platforms put them there (Telegram's /bot<token>/).
func Redact(u *url.URL) string {
	if u == nil {
		return ""
	}
	parts := strings.Split(u.EscapedPath(), "/")
	for i, p := range parts {
		if len(p) > 16 || strings.Contains(p, ":") || strings.Contains(strings.ToUpper(p), "%3A") {
			parts[i] = hidden
		}
	}
	out := u.Scheme + "://" + u.Host + strings.Join(parts, "/")
	if u.RawQuery != "" {
		out += "?" + hidden
	}
	return out
}

// redactHeader shows which headers there are, and the values of harmless ones.
func redactHeader(h http.Header) map[string]string {
	out := make(map[string]string, len(h))
	for name, values := range h {
		out[name] = hidden
		if harmless[name] {
			out[name] = strings.Join(values, ", ")
		}
	}
	return out
}
