package outside

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"recado/flows"
	"recado/internal/db"
	"recado/internal/httpx"
)

const (
	httpMost    = 10 * time.Second
	httpDefault = 5 * time.Second
	httpMaxBody = 256 << 10 // bytes sent
	hidden      = "[secret]"
)

var (
	secretPlaceholder = regexp.MustCompile(`\{\{\s*secret\.([a-z][a-z0-9_]{0,39})\s*\}\}`)
	methods           = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead}
	// hopHeaders are the connection's own, which a flow has no business with (RFC 9110 section 7.6.1).
	hopHeaders = []string{"Host", "Content-Length", "Connection", "Transfer-Encoding", "Te", "Trailer", "Upgrade", "Keep-Alive", "Accept-Encoding", "Range", "Proxy-Authorization", "Proxy-Connection"}
)

// request performs one HTTP request through the guarded client, which alone decides what
// addresses may be reached. Secrets take their places here and are taken out of whatever
// comes back, in case the other side repeats them.
func (h *host) request(ctx context.Context, c flows.HTTPRequest) (any, error) {
	c.Method = strings.ToUpper(c.Method)
	switch {
	case !slices.Contains(methods, c.Method):
		return nil, refused("the method")
	case h.Pretend && c.Method != http.MethodGet && c.Method != http.MethodHead:
		return nil, refused("a request that changes something is not made while trying a flow out")
	case len(c.Body) > httpMaxBody:
		return nil, refused("the body is too large")
	}
	hide, err := h.fillSecrets(ctx, &c)
	if err != nil {
		return nil, err
	}
	if c.Timeout <= 0 {
		c.Timeout = httpDefault
	}
	ctx, cancel := within(ctx, min(c.Timeout, httpMost))
	defer cancel()
	var body io.Reader
	if c.Body != "" {
		body = strings.NewReader(c.Body)
	}
	req, err := http.NewRequestWithContext(ctx, c.Method, c.URL, body)
	if err != nil {
		return nil, refused("the address cannot be read") // its text may hold a secret
	}
	req.Header.Set("User-Agent", "Recado")
	req.Header.Set("Accept", "application/json, */*;q=0.5")
	if c.Body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range c.Headers {
		name = http.CanonicalHeaderKey(strings.TrimSpace(name))
		if slices.Contains(hopHeaders, name) || !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return nil, refused("the header " + hide.Replace(name))
		}
		req.Header.Set(name, value)
	}
	resp, err := h.HTTP.Do(req)
	if err != nil {
		return nil, failure(err, req.URL.Hostname())
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, failure(err, req.URL.Hostname())
	}
	out := flows.HTTPResponse{Status: resp.StatusCode, Body: hide.Replace(strings.ToValidUTF8(string(b), "\ufffd"))}
	if json.Unmarshal([]byte(out.Body), &out.JSON) != nil {
		out.JSON = nil
	}
	return out, nil
}

// fillSecrets puts the secrets into a request, never into the host of its address: who may
// be asked must be plain to see in the flow. It returns what hides them again.
func (h *host) fillSecrets(ctx context.Context, c *flows.HTTPRequest) (*strings.Replacer, error) {
	names := map[string]bool{}
	note := func(s string) {
		for _, m := range secretPlaceholder.FindAllStringSubmatch(s, -1) {
			names[m[1]] = true
		}
	}
	note(c.URL)
	note(c.Body)
	for _, v := range c.Headers {
		note(v)
	}
	if len(names) == 0 {
		return strings.NewReplacer(), nil
	}
	var list []string
	for n := range names {
		list = append(list, n)
	}
	var known map[string]string
	err := h.inCompany(ctx, func(tx db.CompanyTx) (err error) {
		known, err = secrets(ctx, tx, h.Keys, list)
		return err
	})
	if err != nil {
		return nil, err
	}
	var hide []string
	for _, n := range list {
		v, ok := known[n]
		if !ok {
			return nil, &callError{"not_configured", "there is no secret " + n}
		}
		for _, form := range []string{v, url.QueryEscape(v), url.PathEscape(v), jsonEscape(v)} {
			hide = append(hide, form, hidden)
		}
	}
	authority, rest := splitURL(c.URL)
	if secretPlaceholder.MatchString(authority) || strings.Contains(authority, "{{") {
		return nil, refused("a secret in the host of an address")
	}
	path, query, asks := strings.Cut(rest, "?")
	c.URL = authority + fill(path, known, url.PathEscape)
	if asks {
		c.URL += "?" + fill(query, known, url.QueryEscape)
	}
	headers, escape := make(map[string]string, len(c.Headers)), jsonEscape
	for k, v := range c.Headers {
		headers[k] = fill(v, known, nil)
		if strings.EqualFold(strings.TrimSpace(k), "Content-Type") && strings.Contains(strings.ToLower(v), "form-urlencoded") {
			escape = url.QueryEscape
		}
	}
	c.Headers = headers
	c.Body = fill(c.Body, known, escape)
	return strings.NewReplacer(hide...), nil
}

// splitURL cuts an address behind its host.
func splitURL(u string) (authority, rest string) {
	scheme := strings.Index(u, "://")
	if scheme < 0 {
		return u, ""
	}
	if i := strings.IndexAny(u[scheme+3:], `/\?#`); i >= 0 {
		return u[:scheme+3+i], u[scheme+3+i:]
	}
	return u, ""
}

func fill(s string, known map[string]string, escape func(string) string) string {
	return secretPlaceholder.ReplaceAllStringFunc(s, func(m string) string {
		v := known[secretPlaceholder.FindStringSubmatch(m)[1]]
		if escape == nil {
			return v
		}
		return escape(v)
	})
}

// jsonEscape is s as it stands between the quotes of a JSON string.
func jsonEscape(s string) string {
	b, _ := json.Marshal(s)
	return string(b[1 : len(b)-1])
}

// failure says why there was no answer, in words of ours: an error's own may repeat what was sent.
func failure(err error, to string) error {
	var slow net.Error
	switch {
	case errors.Is(err, httpx.ErrAddress):
		return refused(to + ": not on the public internet")
	case errors.Is(err, httpx.ErrURL):
		return refused(to + ": an address or a redirect that is not allowed")
	case errors.Is(err, httpx.ErrTooLarge):
		return &callError{"bad_answer", to + ": the answer is too large"}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return &callError{"timeout", to}
	}
	return &callError{"unavailable", to}
}
