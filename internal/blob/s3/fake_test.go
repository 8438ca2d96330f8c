package s3_test

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fake is an S3 server of one bucket that checks every signature it is given, the chunked
// ones of streamed bodies too, as "Authenticating Requests (AWS Signature Version 4)" in the
// Amazon S3 API reference describes.
type fake struct {
	t                      *testing.T
	bucket, access, secret string

	mu      sync.Mutex
	objects map[string][]byte
	falters int // so many of the next requests fail with 503
}

func newFake(t *testing.T) *fake {
	return &fake{t: t, bucket: "media", access: "AKIDEXAMPLE", secret: "topsecret", objects: map[string][]byte{}}
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	falter := f.falters > 0
	f.falters -= min(f.falters, 1)
	f.mu.Unlock()
	if falter {
		_, _ = io.CopyN(io.Discard, r.Body, 10)
		fail(w, http.StatusServiceUnavailable, "SlowDown")
		return
	}
	sig, err := f.authenticate(r)
	if err != nil {
		fail(w, http.StatusForbidden, "SignatureDoesNotMatch")
		return
	}
	key, ok := strings.CutPrefix(r.URL.Path, "/"+f.bucket+"/")
	if !ok {
		fail(w, http.StatusNotFound, "NoSuchBucket")
		return
	}
	switch {
	case r.Method == http.MethodPut:
		f.put(w, r, key, sig)
	case r.Method == http.MethodDelete:
		f.mu.Lock()
		delete(f.objects, key)
		f.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	case key == "" && r.URL.Query().Get("list-type") == "2":
		f.list(w, r.URL.Query())
	default:
		f.get(w, r, key)
	}
}

func fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message></Error>", code)
}

// signature is what a chunked body goes on from.
type signature struct {
	key              []byte
	date, scope, sig string
}

var errSignature = errors.New("signature does not match")

// authenticate recomputes the signature of the Authorization header.
func (f *fake) authenticate(r *http.Request) (signature, error) {
	fields := map[string]string{}
	rest, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	for part := range strings.SplitSeq(rest, ",") {
		k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		fields[k] = v
	}
	access, scope, _ := strings.Cut(fields["Credential"], "/")
	parts := strings.Split(scope, "/")
	date := r.Header.Get("X-Amz-Date")
	at, err := time.Parse("20060102T150405Z", date)
	if !ok || err != nil || access != f.access || len(parts) != 4 || time.Since(at).Abs() > 15*time.Minute || parts[0] != date[:8] {
		return signature{}, errSignature
	}
	key := []byte("AWS4" + f.secret)
	for _, p := range parts {
		key = sum(key, p)
	}
	signed := strings.Split(fields["SignedHeaders"], ";")
	if !slices.Contains(signed, "host") || !slices.Contains(signed, "x-amz-content-sha256") || !slices.Contains(signed, "x-amz-date") {
		return signature{}, errSignature
	}
	var headers strings.Builder
	for _, h := range signed {
		v := strings.Join(r.Header.Values(h), ",")
		switch h {
		case "host":
			v = r.Host
		case "content-length":
			v = strconv.FormatInt(r.ContentLength, 10)
		}
		headers.WriteString(h + ":" + strings.TrimSpace(v) + "\n")
	}
	canonical := strings.Join([]string{r.Method, r.URL.EscapedPath(), strings.ReplaceAll(r.URL.Query().Encode(), "+", "%20"),
		headers.String(), fields["SignedHeaders"], r.Header.Get("X-Amz-Content-Sha256")}, "\n")
	want := hex.EncodeToString(sum(key, "AWS4-HMAC-SHA256\n"+date+"\n"+scope+"\n"+hash([]byte(canonical))))
	if !hmac.Equal([]byte(want), []byte(fields["Signature"])) {
		return signature{}, errSignature
	}
	return signature{key, date, scope, want}, nil
}

func sum(key []byte, s string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(s))
	return m.Sum(nil)
}

func hash(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func (f *fake) put(w http.ResponseWriter, r *http.Request, key string, sig signature) {
	var body []byte
	var err error
	switch claim := r.Header.Get("X-Amz-Content-Sha256"); claim {
	case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD":
		body, err = chunks(bufio.NewReader(r.Body), sig)
		if err == nil && strconv.Itoa(len(body)) != r.Header.Get("X-Amz-Decoded-Content-Length") {
			err = errSignature
		}
	default:
		body, err = io.ReadAll(r.Body)
		if err == nil && claim != hash(body) {
			err = errSignature
		}
	}
	if err != nil {
		fail(w, http.StatusForbidden, "SignatureDoesNotMatch")
		return
	}
	f.mu.Lock()
	f.objects[key] = body
	f.mu.Unlock()
	w.Header().Set("ETag", `"`+hash(body)[:32]+`"`)
}

// chunks reads "size;chunk-signature=hex\r\n" data "\r\n" until an empty chunk; each
// signature covers the one before it.
func chunks(r *bufio.Reader, s signature) (all []byte, err error) {
	for prev := s.sig; ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, err
		}
		size, sig, _ := strings.Cut(strings.TrimSuffix(line, "\r\n"), ";chunk-signature=")
		n, err := strconv.ParseInt(size, 16, 32)
		if err != nil {
			return nil, err
		}
		data := make([]byte, n+2)
		if _, err := io.ReadFull(r, data); err != nil {
			return nil, err
		}
		data = data[:n]
		want := hex.EncodeToString(sum(s.key, strings.Join([]string{"AWS4-HMAC-SHA256-PAYLOAD", s.date, s.scope, prev, hash(nil), hash(data)}, "\n")))
		if sig != want {
			return nil, errSignature
		}
		if n == 0 {
			return all, nil
		}
		all, prev = append(all, data...), sig
	}
}

func (f *fake) get(w http.ResponseWriter, r *http.Request, key string) {
	f.mu.Lock()
	body, ok := f.objects[key]
	f.mu.Unlock()
	if !ok {
		fail(w, http.StatusNotFound, "NoSuchKey")
		return
	}
	w.Header().Set("ETag", `"`+hash(body)[:32]+`"`)
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Unix(1_700_000_000, 0), bytes.NewReader(body))
}

// list answers ListObjectsV2 two keys at a time, so that every longer list has pages.
func (f *fake) list(w http.ResponseWriter, q url.Values) {
	type object struct {
		Key, LastModified string
		Size              int
	}
	var out struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		EncodingType          string
		IsTruncated           bool
		NextContinuationToken string `xml:",omitempty"`
		Contents              []object
	}
	out.EncodingType = "url"
	f.mu.Lock()
	defer f.mu.Unlock()
	last := ""
	for _, k := range slices.Sorted(maps.Keys(f.objects)) {
		if k <= q.Get("continuation-token") {
			continue
		}
		if len(out.Contents) == 2 {
			out.IsTruncated, out.NextContinuationToken = true, last
			break
		}
		last = k
		out.Contents = append(out.Contents, object{url.QueryEscape(k), "2026-01-01T00:00:00.000Z", len(f.objects[k])})
	}
	w.Header().Set("Content-Type", "application/xml")
	if err := xml.NewEncoder(w).Encode(out); err != nil {
		f.t.Error(err)
	}
}
