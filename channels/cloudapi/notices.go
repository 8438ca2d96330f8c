package cloudapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"recado/channels"
	"recado/channels/meta"
)

// notices are Meta's words on the account itself. They name the account (WABA), not the
// number, so they go to the channel whose address was called, if the account is its own.
// Pages: webhooks/reference/message_template_status_update (13 Apr 2026),
// /phone_number_quality_update, /message_template_quality_update, /account_update.
func notices(c channels.Channel, e meta.Entry, change meta.Change) []channels.Inbound {
	if e.ID == "" || e.ID != c.Value("waba_id") {
		return nil
	}
	var v struct {
		Event    string      `json:"event"`
		ID       json.Number `json:"message_template_id"`
		Name     string      `json:"message_template_name"`
		Language string      `json:"message_template_language"`
		Category string      `json:"message_template_category"`
		Reason   string      `json:"reason"`
		Rejected struct {
			Reason         string `json:"reason"`
			Recommendation string `json:"recommendation"`
		} `json:"rejection_info"`
		Before string `json:"previous_quality_score"`
		After  string `json:"new_quality_score"`
		Number string `json:"display_phone_number"`
		Limit  string `json:"current_limit"`
		Ban    struct {
			State json.RawMessage `json:"waba_ban_state"` // a list or a word
		} `json:"ban_info"`
		Violation struct {
			Type string `json:"violation_type"`
		} `json:"violation_info"`
		Restrictions []struct {
			Type string `json:"restriction_type"`
		} `json:"restriction_info"`
	}
	if json.Unmarshal(change.Value, &v) != nil {
		return nil
	}
	var n channels.Notice
	switch change.Field {
	case "message_template_status_update":
		t := channels.Template{ID: v.ID.String(), Name: v.Name, Language: v.Language, Category: strings.ToLower(v.Category), Status: templateStatus(v.Event)}
		if v.Reason != "NONE" {
			t.Reason = cut(join(": ", cmp.Or(v.Rejected.Reason, v.Reason), v.Rejected.Recommendation), 500)
		}
		n = channels.Notice{Code: "template", Text: join(" ", v.Name, v.Event, t.Reason), Template: &t}
	case "message_template_quality_update":
		t := channels.Template{ID: v.ID.String(), Name: v.Name, Language: v.Language, Quality: strings.ToLower(v.After)}
		n = channels.Notice{Code: "template", Text: fmt.Sprintf("%s: %s → %s", v.Name, v.Before, v.After), Template: &t}
	case "phone_number_quality_update":
		n = channels.Notice{Code: "quality", Text: join(" ", v.Number, v.Event, v.Limit)}
	case "account_update":
		stops, known := accountEvents[v.Event]
		if !known {
			return nil
		}
		text := join(" ", v.Event, v.Violation.Type, banState(v.Ban.State))
		for _, r := range v.Restrictions {
			text = join(" ", text, r.Type)
		}
		n = channels.Notice{Code: "restricted", Text: text, Stop: stops(banState(v.Ban.State))}
	default:
		return nil
	}
	n.Text = cut(n.Text, 500)
	external := join(":", change.Field, v.ID.String(), v.Number, v.Event, v.After, strconv.FormatInt(e.Time, 10))
	return []channels.Inbound{{Channel: c, ExternalID: external, At: at(e.Time), Notice: &n}}
}

// accountEvents are the events of account_update that an owner must know of, and whether
// they end all sending. A restriction leaves answers possible.
var accountEvents = map[string]func(ban string) bool{
	"DISABLED_UPDATE":     func(ban string) bool { return ban == "DISABLE" },
	"ACCOUNT_DELETED":     func(string) bool { return true },
	"PARTNER_REMOVED":     func(string) bool { return true },
	"ACCOUNT_RESTRICTION": func(string) bool { return false },
	"ACCOUNT_VIOLATION":   func(string) bool { return false },
}

func banState(raw json.RawMessage) string {
	var one string
	var many []string
	if json.Unmarshal(raw, &one) == nil {
		return one
	}
	if json.Unmarshal(raw, &many) == nil && len(many) > 0 {
		slices.Sort(many) // DISABLE before SCHEDULE_FOR_DISABLE: the gravest first
		return many[0]
	}
	return ""
}

func at(seconds int64) time.Time { return moment(strconv.FormatInt(seconds, 10)) }
