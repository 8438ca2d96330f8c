package twilio

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"recado/channels"
)

// Check implements channels.Checker: the token, the WhatsApp sender and where it calls.
func (a *WhatsApp) Check(ctx context.Context, c channels.Channel) []channels.Finding {
	out, ok := a.account(ctx, c)
	if !ok {
		return out
	}
	sid, err := a.senderSID(ctx, c)
	number := channels.Finding{Code: "number", Args: map[string]string{"number": c.Value("from")}}
	if err != nil || sid == "" {
		number.Detail = detail(err)
		return append(out, number)
	}
	var s struct {
		Status  string `json:"status"`
		Webhook struct {
			CallbackURL string `json:"callback_url"`
		} `json:"webhook"`
		Properties struct {
			QualityRating string `json:"quality_rating"`
		} `json:"properties"`
	}
	err = a.get(ctx, c, messagingHost, "/v2/Channels/Senders/"+url.PathEscape(sid), &s)
	number.OK = err == nil && (s.Status == "ONLINE" || s.Status == "ONLINE:UPDATING")
	number.Detail = strings.TrimSpace(detail(err) + " " + s.Status + " " + s.Properties.QualityRating)
	return append(out, number, a.webhook(ctx, c, s.Webhook.CallbackURL, http.MethodPost))
}

// senderSID finds the sender of the channel's number, "" when the account has none.
func (a *WhatsApp) senderSID(ctx context.Context, c channels.Channel) (string, error) {
	path := "/v2/Channels/Senders?Channel=whatsapp&PageSize=100"
	for range maxPages {
		var page struct {
			Senders []struct {
				SID      string `json:"sid"`
				SenderID string `json:"sender_id"`
			} `json:"senders"`
			Meta struct {
				NextPageURL string `json:"next_page_url"`
			} `json:"meta"`
		}
		if err := a.get(ctx, c, messagingHost, path, &page); err != nil {
			return "", err
		}
		for _, s := range page.Senders {
			if s.SenderID == a.prefix+c.Value("from") {
				return s.SID, nil
			}
		}
		next, err := url.Parse(page.Meta.NextPageURL)
		if err != nil || next.Path == "" {
			break
		}
		path = next.RequestURI()
	}
	return "", nil
}

// Check implements channels.Checker: the token, the number and where it calls.
func (a *SMS) Check(ctx context.Context, c channels.Channel) []channels.Finding {
	out, ok := a.account(ctx, c)
	if !ok {
		return out
	}
	var page struct {
		Numbers []struct {
			SMSURL       string `json:"sms_url"`
			SMSMethod    string `json:"sms_method"`
			Capabilities struct {
				SMS bool `json:"sms"`
			} `json:"capabilities"`
		} `json:"incoming_phone_numbers"`
	}
	err := a.get(ctx, c, apiHost, accountPath(c)+"/IncomingPhoneNumbers.json?PhoneNumber="+url.QueryEscape(c.Value("from")), &page)
	number := channels.Finding{Code: "number", Args: map[string]string{"number": c.Value("from")}, Detail: detail(err)}
	if err != nil || len(page.Numbers) == 0 {
		return append(out, number)
	}
	n := page.Numbers[0]
	number.OK = n.Capabilities.SMS
	return append(out, number, a.webhook(ctx, c, n.SMSURL, n.SMSMethod))
}

func (l *line) get(ctx context.Context, c channels.Channel, host, path string, out any) error {
	return l.call(ctx, c, call{op: "twilio: check", method: http.MethodGet, host: host, path: path}, out)
}

// account looks whether the token opens an active account; without it nothing else can be
// asked.
func (l *line) account(ctx context.Context, c channels.Channel) ([]channels.Finding, bool) {
	var acc struct {
		Status string `json:"status"`
		Name   string `json:"friendly_name"`
	}
	err := l.get(ctx, c, apiHost, accountPath(c)+".json", &acc)
	f := channels.Finding{Code: "account", OK: err == nil && acc.Status == "active",
		Args: map[string]string{"name": clean(acc.Name, 100)}, Detail: detail(err)}
	if err == nil && !f.OK {
		f.Detail = acc.Status
	}
	return []channels.Finding{f}, f.OK
}

// webhook looks whether incoming messages come to us. A messaging service calls its own
// address unless it leaves that to the numbers.
func (l *line) webhook(ctx context.Context, c channels.Channel, address, method string) channels.Finding {
	var err error
	if sid := c.Value("messaging_service_sid"); sid != "" {
		var s struct {
			URL       string `json:"inbound_request_url"`
			Method    string `json:"inbound_method"`
			OnNumbers bool   `json:"use_inbound_webhook_on_number"`
		}
		err = l.get(ctx, c, messagingHost, "/v1/Services/"+url.PathEscape(sid), &s)
		if err == nil && !s.OnNumbers {
			address, method = s.URL, s.Method
		}
	}
	f := channels.Finding{Code: "webhook", Args: map[string]string{"url": c.Hook}, Detail: detail(err)}
	if err != nil {
		return f
	}
	f.OK = c.Hook != "" && address == c.Hook && (method == "" || method == http.MethodPost)
	if !f.OK {
		f.Detail = strings.TrimSpace(method + " " + address)
	}
	return f
}

func detail(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
