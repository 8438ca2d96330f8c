package sms

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// contentTypes are those a template's body may have; each has its own way to escape.
var contentTypes = []string{"application/json", "application/x-www-form-urlencoded", "application/xml", "text/plain"}

// template is a request with places such as {{to}} in it.
type template struct {
	method, url, headers, contentType, body string
}

// request is a template filled in.
type request struct {
	method, url string
	header      http.Header
	body        []byte
}

var place = regexp.MustCompile(`\{\{\s*([a-z_]*)\s*\}\}`)

// fill puts the values in their places, each escaped for where it stands. A place that has
// no value is an error: a slip of the pen must not send "{{txt}}" to a customer.
func fill(s string, values map[string]string, escape func(string) string) (string, error) {
	var unknown error
	out := place.ReplaceAllStringFunc(s, func(found string) string {
		name := place.FindStringSubmatch(found)[1]
		v, ok := values[name]
		if !ok {
			unknown = fmt.Errorf("%s is no place we can fill", found)
		}
		return escape(v)
	})
	return out, unknown
}

func (t template) fill(values map[string]string) (request, error) {
	var out request
	var err error
	out.method = t.method
	if out.url, err = fillURL(t.url, values); err != nil {
		return out, err
	}
	if out.header, err = fillHeaders(t.headers, values); err != nil {
		return out, err
	}
	if t.method == http.MethodGet || t.body == "" {
		return out, nil
	}
	out.header.Set("Content-Type", t.contentType)
	kind, _, err := mime.ParseMediaType(t.contentType)
	if err != nil {
		return out, fmt.Errorf("the content type: %w", err)
	}
	escape, ok := escapes[kind]
	if !ok {
		return out, fmt.Errorf("%s is no content type we can fill", kind)
	}
	body, err := fill(t.body, values, escape)
	if err != nil {
		return out, err
	}
	if kind == "application/json" && !json.Valid([]byte(body)) {
		return out, errors.New("the body is no JSON once it is filled; places belong within quotes")
	}
	out.body = []byte(body)
	return out, nil
}

var escapes = map[string]func(string) string{
	"application/json":                  escapeJSON,
	"application/x-www-form-urlencoded": url.QueryEscape,
	"application/xml":                   escapeXML,
	"text/plain":                        func(s string) string { return s },
}

// escapeJSON is s as it stands between the quotes of a JSON string.
func escapeJSON(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(s) != nil {
		return "" // a string always encodes
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), `"`), `"`)
}

func escapeXML(s string) string {
	var b strings.Builder
	if xml.EscapeText(&b, []byte(s)) != nil {
		return "" // a builder takes everything
	}
	return b.String()
}

// fillURL fills path and query; the host is the owner's to say and no place may stand in it.
func fillURL(s string, values map[string]string) (string, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || scheme != "https" && scheme != "http" {
		return "", errors.New("the address does not begin with https://")
	}
	host, path := rest, ""
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	if host == "" || strings.ContainsAny(host, "{}@") {
		return "", errors.New("the address names no fixed host")
	}
	path, query, asked := strings.Cut(path, "?")
	path, err := fill(path, values, url.PathEscape)
	if err != nil {
		return "", err
	}
	out := scheme + "://" + host + path
	if asked {
		if query, err = fill(query, values, url.QueryEscape); err != nil {
			return "", err
		}
		out += "?" + query
	}
	if _, err := url.Parse(out); err != nil {
		return "", errors.New("the address cannot be read once it is filled")
	}
	return out, nil
}

// fillHeaders reads lines of "Name: value".
func fillHeaders(s string, values map[string]string) (http.Header, error) {
	out := http.Header{}
	for line := range strings.Lines(s) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(name) == "" || strings.ContainsAny(name, " \t{") {
			return nil, errors.New("a line of the headers is no name and value")
		}
		value, err := fill(strings.TrimSpace(value), values, func(v string) string { return v })
		if err != nil {
			return nil, err
		}
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			return nil, fmt.Errorf("the header %s would break off: its value has a control character", name)
		}
		out.Add(name, value)
	}
	return out, nil
}
