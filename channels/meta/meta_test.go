package meta

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"testing"

	"recado/channels"
)

func sign(secret string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write(body)
	return "sha256=" + hex.EncodeToString(h.Sum(nil))
}

func TestVerify(t *testing.T) {
	t.Parallel()
	body := []byte(`{"object":"page"}`)
	good := sign("secreto", body)
	for name, x := range map[string]struct {
		secret, header string
		body           []byte
		ok             bool
	}{
		"good":            {"secreto", good, body, true},
		"changed body":    {"secreto", good, []byte(`{"object":"pagf"}`), false},
		"other secret":    {"otro", good, body, false},
		"no header":       {"secreto", "", body, false},
		"no secret":       {"", sign("", body), body, false},
		"no prefix":       {"secreto", good[len("sha256="):], body, false},
		"SHA-1 is no use": {"secreto", "sha1=" + good[len("sha256="):], body, false},
		"short":           {"secreto", good[:20], body, false},
		"not hex":         {"secreto", "sha256=zz", body, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodPost, "/hook", nil)
			if x.header != "" {
				r.Header.Set("X-Hub-Signature-256", x.header)
			}
			err := Verify(x.secret, r, x.body)
			if x.ok != (err == nil) || err != nil && !errors.Is(err, channels.ErrSignature) {
				t.Errorf("Verify = %v, want ok %v", err, x.ok)
			}
		})
	}
}

func TestChallenge(t *testing.T) {
	t.Parallel()
	c := channels.Channel{Settings: []byte(`{"verify_token":"abc"}`)}
	for name, x := range map[string]struct {
		channel channels.Channel
		method  string
		query   url.Values
		ok      bool
		status  int
		body    string
	}{
		"right":        {c, "GET", url.Values{"hub.mode": {"subscribe"}, "hub.verify_token": {"abc"}, "hub.challenge": {"1158"}}, true, 200, "1158"},
		"wrong token":  {c, "GET", url.Values{"hub.mode": {"subscribe"}, "hub.verify_token": {"abd"}, "hub.challenge": {"1158"}}, true, 403, ""},
		"wrong mode":   {c, "GET", url.Values{"hub.mode": {"unsubscribe"}, "hub.verify_token": {"abc"}, "hub.challenge": {"1"}}, true, 403, ""},
		"no token set": {channels.Channel{}, "GET", url.Values{"hub.mode": {"subscribe"}, "hub.verify_token": {""}, "hub.challenge": {"1"}}, true, 403, ""},
		"too long":     {c, "GET", url.Values{"hub.mode": {"subscribe"}, "hub.verify_token": {"abc"}, "hub.challenge": {string(make([]byte, 300))}}, true, 403, ""},
		"an event":     {c, "POST", nil, false, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply, ok := Challenge(x.channel, httptest.NewRequest(x.method, "/hook?"+x.query.Encode(), nil))
			if ok != x.ok {
				t.Fatalf("ok = %v, want %v", ok, x.ok)
			}
			if ok && (reply.Status != x.status || string(reply.Body) != x.body) {
				t.Errorf("reply is %d %q, want %d %q", reply.Status, reply.Body, x.status, x.body)
			}
		})
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		body string
		want []Entry // nil: ErrMalformed
	}{
		"changes": {`{"object":"o","entry":[{"id":"1","time":7,"changes":[{"field":"f","value":{"a":1}}]}]}`,
			[]Entry{{Object: "o", ID: "1", Time: 7, Changes: []Change{{"f", []byte(`{"a":1}`)}}}}},
		"messaging and a number for an id": {`{"object":"page","entry":[{"id":12,"messaging":[{"m":1},{"m":2}]}]}`,
			[]Entry{{Object: "page", ID: "12", Messaging: rawList(`{"m":1}`, `{"m":2}`)}}},
		"a bad entry and a bad change among good ones": {`{"object":"o","entry":["x",{"id":"1","changes":[7,{"field":"f","value":1}]},{"id":{}}]}`,
			[]Entry{{Object: "o", ID: "1", Changes: []Change{{"f", []byte(`1`)}}}}},
		"NUL is taken out, its spelling is not": {`{"object":"o","entry":[{"id":"1","changes":[{"field":"f","value":"a\u0000b\\u0000c"}]}]}`,
			[]Entry{{Object: "o", ID: "1", Changes: []Change{{"f", []byte(`"ab\\u0000c"`)}}}}},
		"nothing in it": {`{"object":"o"}`, []Entry{}},
		"no object":     {`{"entry":[]}`, nil},
		"no JSON":       {`object=o`, nil},
		"a list":        {`[]`, nil},
		"empty":         {``, nil},
		"ends in \\":    {`{"object":"\u0000\`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Split([]byte(x.body))
			if x.want == nil {
				if !errors.Is(err, channels.ErrMalformed) {
					t.Errorf("Split = %v, want ErrMalformed", err)
				}
				return
			}
			if err != nil || !reflect.DeepEqual(got, x.want) {
				t.Errorf("Split = %+v, %v\nwant %+v", got, err, x.want)
			}
		})
	}
}
