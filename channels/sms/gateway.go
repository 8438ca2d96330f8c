package sms

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"recado/channels"
	"recado/internal/errs"
)

// gateway is one preset: how to send, what an answer means, what webhooks say.
type gateway struct {
	template func(channels.Channel) template
	success  func(channels.Channel, int) bool // by status
	idPath   func(channels.Channel) string    // of the message's id in an answer of JSON
	needs    []string                         // settings without which nothing can be sent
	ownID    bool                             // the gateway's id of a message is ours
	// refused looks into an answer of success for a message that was refused all the same;
	// class gives an answer of failure another meaning than its status alone. Both may be nil.
	refused  func(answer []byte) *errs.Send
	class    func(status int, answer []byte, e *errs.Send)
	verified func(channels.Channel, *http.Request, []byte) bool
	receive  func(channels.Channel, *http.Request, []byte) ([]channels.Inbound, error)
	checkURL func(channels.Channel) string
	capable  func(*channels.Capabilities)
}

var gateways = map[string]*gateway{"infobip": infobip, "smsgate": smsgate, "generic": generic}

func gatewayOf(c channels.Channel) *gateway {
	if g := gateways[c.Value("preset")]; g != nil {
		return g
	}
	return generic
}

// Infobip's SMS API 3: https://www.infobip.com/docs/developer-resources/quickstart for the
// call. The host is the account's own. Each report goes to the address that the message
// named. A message's id may be chosen, and a repeat of one is refused as such.
var infobip = &gateway{
	template: func(c channels.Channel) template {
		report := `,"webhooks":{"delivery":{"url":"{{hook}}"},"contentType":"application/json"}`
		if c.Hook == "" {
			report = ""
		}
		return template{
			method: http.MethodPost, url: host(c, "") + "/sms/3/messages",
			headers:     "Authorization: App {{api_key}}\nAccept: application/json",
			contentType: "application/json",
			body: `{"messages":[{"sender":"{{from}}","destinations":[{"to":"{{to}}","messageId":"{{id}}"}],` +
				`"content":{"text":"{{text}}"}` + report + `}]}`,
		}
	},
	success: ok2xx, idPath: fixed("messages.0.messageId"), needs: []string{"url", "sender", "api_key"}, ownID: true,
	refused:  refusedByInfobip,
	verified: byToken, receive: receiveInfobip,
	checkURL: func(c channels.Channel) string { return host(c, "") + "/account/1/balance" },
	capable: func(c *channels.Capabilities) {
		c.Idempotent = true
		c.Sources["idempotent"] = infobipStatuses
		c.Lacks["inbound/bad_signature/body"] = "Infobip's webhooks carry a password, which covers no body"
	},
}

const infobipStatuses = "https://www.infobip.com/docs/essentials/api-essentials/response-status-and-error-codes"

// infobipClasses are the statuses of that page, "General status codes", that say more than
// that this message will never do. REJECTED_SYSTEM_ERROR could be sent again, but only under
// another id: a repeat might be refused as a duplicate, which reads as a success.
var infobipClasses = map[string]errs.Class{
	"REJECTED_DND": errs.Refused, "REJECTED_DESTINATION_BLOCKLISTED": errs.Refused, // the person's own wish, or a list
	"REJECTED_SOURCE": errs.ChannelDown, "REJECTED_SENDER": errs.ChannelDown, "REJECTED_ROUTE_NOT_AVAILABLE": errs.ChannelDown,
	"REJECTED_NOT_ENOUGH_CREDITS": errs.ChannelDown, "REJECTED_PREPAID_PACKAGE_EXPIRED": errs.ChannelDown,
}

// refusedByInfobip reads the status of the one message sent. A duplicate id means that an
// earlier attempt was taken, which is what was wanted.
func refusedByInfobip(answer []byte) *errs.Send {
	v := decode(answer)
	group, name := at(v, "messages.0.status.groupId"), at(v, "messages.0.status.name")
	undone := group == "2" || group == "4" || group == "5" // undeliverable, expired, rejected
	if !undone || name == "REJECTED_DUPLICATE_MESSAGE_ID" {
		return nil
	}
	class, known := infobipClasses[name]
	if !known {
		class = errs.Permanent
	}
	return &errs.Send{Class: class, Code: clean(name, 100), Err: reason(at(v, "messages.0.status.description"), "the message was refused")}
}

// SMS Gate: docs/features/sending-messages.md and webhooks.md of
// https://github.com/android-sms-gateway/docs-web, as of app 1.40. A message's id may be chosen, and one that is known already is answered with 409, so sending twice is
// harmless. Messages that the phone has not sent within a day are dropped and reported.
var smsgate = &gateway{
	template: func(c channels.Channel) template {
		return template{
			method: http.MethodPost, url: host(c, smsgateURL) + "/messages",
			headers: "Authorization: Basic {{basic}}", contentType: "application/json",
			body: `{"id":"{{id}}","textMessage":{"text":"{{text}}"},"phoneNumbers":["{{to}}"],"ttl":86400,"withDeliveryReport":true}`,
		}
	},
	success: func(_ channels.Channel, status int) bool {
		return ok2xx(channels.Channel{}, status) || status == http.StatusConflict
	},
	idPath: fixed("id"), needs: []string{"username", "password"}, ownID: true,
	class: func(status int, answer []byte, e *errs.Send) {
		// The phone's queue is full or old: the server says so before it takes the message
		// (docs, "Message Queue Limits").
		if status == http.StatusServiceUnavailable && at(decode(answer), "error") == "QueueLimitExceeded" {
			e.MaybeSent = false
		}
	},
	verified: bySignature, receive: receiveSMSGate,
	checkURL: func(c channels.Channel) string { return host(c, smsgateURL) + "/webhooks" },
	capable: func(c *channels.Capabilities) {
		c.Idempotent = true
		c.Sources["idempotent"] = "https://github.com/android-sms-gateway/docs-web"
		c.Lacks["error/opted_out"] = "a phone's SIM knows no list of people who do not want messages"
	},
}

const smsgateURL = "https://api.sms-gate.app/3rdparty/v1"

// generic is the gateway the owner describes.
var generic = &gateway{
	template: func(c channels.Channel) template {
		return template{
			method: cmp.Or(c.Value("method"), http.MethodPost), url: c.Value("url"), headers: c.Value("headers"),
			contentType: cmp.Or(c.Value("content_type"), contentTypes[0]), body: c.Value("body"),
		}
	},
	success: func(c channels.Channel, status int) bool {
		return inRanges(cmp.Or(c.Value("success"), "200-299"), status)
	},
	idPath: func(c channels.Channel) string { return c.Value("id_path") }, needs: []string{"url"},
	verified: byToken, receive: receiveGeneric,
	checkURL: func(c channels.Channel) string { return c.Value("check_url") },
	capable: func(c *channels.Capabilities) {
		c.Lacks["inbound/bad_signature/body"] = "what is known of any gateway is that it can call an address with a token in it"
		c.Lacks["error/opted_out"] = "how a gateway tells this is its own; any refusal counts as permanent"
	},
}

func fixed(s string) func(channels.Channel) string {
	return func(channels.Channel) string { return s }
}

func ok2xx(_ channels.Channel, status int) bool { return status/100 == 2 }

// host is the address from which a preset's paths go on.
func host(c channels.Channel, otherwise string) string {
	s := strings.TrimRight(cmp.Or(c.Value("url"), otherwise), "/")
	if s != "" && !strings.Contains(s, "://") { // Infobip's page shows the host alone
		s = "https://" + s
	}
	return s
}

// inRanges reads "200-204, 301".
func inRanges(s string, n int) bool {
	for part := range strings.SplitSeq(s, ",") {
		low, high, ranged := strings.Cut(strings.TrimSpace(part), "-")
		if !ranged {
			high = low
		}
		a, errA := strconv.Atoi(low)
		b, errB := strconv.Atoi(high)
		if errA == nil && errB == nil && a <= n && n <= b {
			return true
		}
	}
	return false
}

// values are what may stand in a template's places. With masked, secrets give their name
// instead: for the record, which must show none in any escaping.
func values(c channels.Channel, m channels.Outgoing, masked bool) map[string]string {
	out := map[string]string{
		"to": m.To, "text": m.Content.Text, "from": c.Value("sender"), "id": m.ID.String(), "username": c.Value("username"),
		"password": c.Value("password"), "api_key": c.Value("api_key"), "hook": hookWithToken(c),
		"basic": base64.StdEncoding.EncodeToString([]byte(c.Value("username") + ":" + c.Value("password"))),
	}
	if masked {
		for _, k := range []string{"password", "api_key", "basic"} {
			out[k] = "[" + k + "]"
		}
		out["hook"] = c.Hook
	}
	return out
}

// hookWithToken is the address a gateway may be given: the token in it is the proof.
func hookWithToken(c channels.Channel) string {
	u, err := url.Parse(c.Hook)
	if err != nil || c.Hook == "" {
		return c.Hook
	}
	q := u.Query()
	q.Set("token", c.Value("hook_token"))
	u.RawQuery = q.Encode()
	return u.String()
}

// decode reads JSON with numbers as they are written; nil for what is none.
func decode(b []byte) any {
	d := json.NewDecoder(strings.NewReader(string(b)))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// at is the value at a path such as "messages.0.id", as text; "" for none.
func at(v any, path string) string {
	for key := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(x) {
				return ""
			}
			v = x[i]
		default:
			return ""
		}
	}
	switch x := v.(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		return strconv.FormatBool(x)
	}
	return ""
}
