package meta

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"recado/internal/errs"
)

// kind is what a code of Meta's means to the outbound queue.
type kind struct {
	class errs.Class
	wait  time.Duration // with RateLimited, when Meta names no time
	pair  bool          // with RateLimited: it is this recipient who gets too many
	maybe bool          // Meta does not promise that nothing was done
}

var (
	down      = kind{class: errs.ChannelDown}
	permanent = kind{class: errs.Permanent}
	refused   = kind{class: errs.Refused}
	later     = kind{class: errs.Retryable}
	unknown   = kind{class: errs.Retryable, maybe: true}
)

func limited(d time.Duration) kind { return kind{class: errs.RateLimited, wait: d} }

// codes is Meta's list in our words. A pair with a subcode goes before the code alone.
// WhatsApp: developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
// (15 May 2026); Graph: developers.facebook.com/docs/graph-api/guides/error-handling;
// Messenger and Instagram: developers.facebook.com/docs/messenger-platform/error-codes.
var codes = map[string]kind{
	// The Graph API's own.
	"0":   down, // the app could not be authenticated
	"1":   unknown,
	"2":   unknown,
	"3":   down, // the app lacks a capability
	"4":   limited(time.Minute),
	"10":  down,
	"17":  limited(time.Minute),
	"32":  limited(time.Minute),
	"33":  down, // the account was deleted
	"102": down,
	"190": down,
	"341": limited(time.Minute),
	"368": down, // blocked for a breach of policy
	"613": limited(time.Minute),

	"100.33": down, // the account does not exist, or the token may not see it

	// WhatsApp.
	"80007":  limited(time.Minute),
	"130429": limited(time.Second),
	"130472": permanent, // the number is part of an experiment
	"130497": down,      // not allowed to write to that country
	"131000": unknown,
	"131005": down,
	"131008": permanent,
	"131009": permanent,
	"131016": later,
	"131021": permanent, // to oneself
	"131026": permanent, // cannot receive
	"131031": down,
	"131037": down, // the display name is not approved
	"131042": down, // payment
	"131045": down, // the number is not registered
	"131047": permanent,
	"131048": permanent, // too many took the number's messages for spam
	"131049": refused,   // Meta's cap of marketing per person
	"131050": refused,   // the person stopped marketing
	"131051": permanent,
	"131052": permanent,
	"131053": permanent,
	"131056": {class: errs.RateLimited, wait: 6 * time.Second, pair: true}, // too many to one person
	"131057": limited(time.Minute),                                         // the number is being upgraded
	"132015": permanent,                                                    // the template is paused
	"132016": permanent,                                                    // the template is disabled
	"133010": down,                                                         // the number is not registered

	// Messenger and Instagram.
	"10.2018065":  permanent, // outside the window
	"10.2018278":  permanent,
	"10.2534022":  permanent,
	"10.2018108":  refused, // the person takes no messages
	"200.1545041": refused,
	"200":         down,
	"551":         refused,
	"1200":        later,
}

// refusal is an answer that says no.
func refusal(op string, resp *http.Response, reply []byte, sends bool) error {
	var body struct {
		Error *struct {
			Message   string `json:"message"`
			Code      int    `json:"code"`
			Subcode   int    `json:"error_subcode"`
			User      string `json:"error_user_msg"`
			Transient bool   `json:"is_transient"`
			Data      struct {
				Details string `json:"details"`
			} `json:"error_data"`
		} `json:"error"`
	}
	e := &errs.Send{Op: op, Code: "http_" + strconv.Itoa(resp.StatusCode), Err: errors.New(http.StatusText(resp.StatusCode))}
	k := byStatus(resp.StatusCode)
	if json.Unmarshal(reply, &body) == nil && body.Error != nil {
		said := body.Error
		text := said.Message
		for _, more := range []string{said.Data.Details, said.User} {
			if more != "" && more != text {
				text += ": " + more
			}
		}
		e.Err = errors.New(text)
		e.Code, k = meaning(said.Code, said.Subcode, said.Transient, k)
	}
	e.Class = k.class
	e.MaybeSent = sends && k.maybe && resp.StatusCode != http.StatusServiceUnavailable // which Meta documents as "try later"
	if k.class == errs.RateLimited {
		e.RetryAfter, e.Pair = wait(resp.Header, k.wait), k.pair
	}
	return e
}

// meaning finds a code's kind, and the name under which its advice is kept: "190", or
// "10.2018278" where the subcode changes the meaning.
func meaning(code, subcode int, transient bool, otherwise kind) (string, kind) {
	name := strconv.Itoa(code)
	pair := name + "." + strconv.Itoa(subcode)
	if k, ok := codes[pair]; ok {
		return pair, k
	}
	if k, ok := codes[name]; ok {
		return name, k
	}
	if transient && otherwise.class == errs.Permanent {
		return name, later
	}
	return name, otherwise
}

func byStatus(status int) kind {
	switch {
	case status == http.StatusTooManyRequests:
		return limited(time.Second)
	case status == http.StatusUnauthorized:
		return down
	case status == http.StatusServiceUnavailable:
		return later
	case status >= 500:
		return unknown
	}
	return permanent
}

// wait is the time that Meta names: Retry-After in seconds, or the minutes of a business's
// usage header (developers.facebook.com/docs/graph-api/overview/rate-limiting).
func wait(h http.Header, otherwise time.Duration) time.Duration {
	if s, err := strconv.Atoi(h.Get("Retry-After")); err == nil && s > 0 {
		return time.Duration(s) * time.Second
	}
	var usage map[string][]struct {
		Minutes int `json:"estimated_time_to_regain_access"`
	}
	longest := 0
	if json.Unmarshal([]byte(h.Get("X-Business-Use-Case-Usage")), &usage) == nil {
		for _, list := range usage {
			for _, u := range list {
				longest = max(longest, u.Minutes)
			}
		}
	}
	if longest > 0 {
		return time.Duration(min(longest, 24*60)) * time.Minute
	}
	return otherwise
}
