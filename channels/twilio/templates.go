package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/errs"
)

// A template is a Content that WhatsApp has approved under a name.

// listed is a Content as /v1/ContentAndApprovals lists it.
type listed struct {
	SID          string                     `json:"sid"`
	FriendlyName string                     `json:"friendly_name"`
	Language     string                     `json:"language"`
	Variables    map[string]string          `json:"variables"`
	Types        map[string]json.RawMessage `json:"types"`
	Approval     approval                   `json:"approval_requests"`
}

type approval struct {
	Name            string `json:"name"`
	Category        string `json:"category"`
	Status          string `json:"status"`
	RejectionReason string `json:"rejection_reason"`
}

// statuses are WhatsApp's as Twilio spells them
// (www.twilio.com/docs/whatsapp/tutorial/message-template-approvals-statuses).
var statuses = map[string]string{
	"unsubmitted": "draft", "received": "pending", "pending": "pending", "approved": "approved",
	"rejected": "rejected", "paused": "paused", "disabled": "disabled",
}

func (a listed) name() string {
	if a.Approval.Name != "" {
		return a.Approval.Name
	}
	return a.FriendlyName
}

// maxPages bounds a listing; of a hundred templates each, they hold more than WhatsApp allows.
const maxPages = 100

// contents are the Contents of the account that can be templates.
func (a *WhatsApp) contents(ctx context.Context, c channels.Channel) ([]listed, error) {
	var out []listed
	path := "/v1/ContentAndApprovals?PageSize=100"
	for range maxPages {
		var page struct {
			Contents []listed `json:"contents"`
			Meta     struct {
				NextPageURL string `json:"next_page_url"`
			} `json:"meta"`
		}
		err := a.call(ctx, c, call{op: "twilio: list templates", method: http.MethodGet, host: contentHost, path: path}, &page)
		if err != nil {
			return nil, err
		}
		for _, t := range page.Contents {
			if !ownName.MatchString(t.FriendlyName) {
				out = append(out, t)
			}
		}
		next, err := url.Parse(page.Meta.NextPageURL)
		if err != nil || next.Path == "" {
			return out, nil
		}
		path = next.RequestURI() // only its path: the token goes to Twilio's host and no other
	}
	return out, nil
}

// Templates implements channels.Templater. Contents without a text are left out: they cannot
// be approved.
func (a *WhatsApp) Templates(ctx context.Context, c channels.Channel) ([]channels.Template, error) {
	all, err := a.contents(ctx, c)
	if err != nil {
		return nil, err
	}
	out := []channels.Template{}
	for _, l := range all {
		if t, ok := l.template(); ok {
			out = append(out, t)
		}
	}
	return out, nil
}

func (a listed) template() (channels.Template, bool) {
	t := channels.Template{
		ID: a.SID, Name: a.name(), Language: a.Language, Category: strings.ToLower(a.Approval.Category),
		Status: statuses[strings.ToLower(a.Approval.Status)], Reason: a.Approval.RejectionReason,
	}
	if t.Status == "" {
		t.Status = "draft"
	}
	for _, raw := range a.Types {
		var shape struct {
			Body    string   `json:"body"`
			Header  string   `json:"header_text"`
			Footer  string   `json:"footer"`
			Actions []action `json:"actions"`
		}
		if json.Unmarshal(raw, &shape) != nil || shape.Body == "" {
			continue
		}
		t.Header, t.Body, t.Footer = shape.Header, shape.Body, shape.Footer
		for _, b := range shape.Actions {
			if b.Type == "QUICK_REPLY" {
				t.Buttons = append(t.Buttons, b.Title)
			}
		}
	}
	for i := 1; ; i++ {
		sample, ok := a.Variables[strconv.Itoa(i)]
		if !ok {
			break
		}
		t.Samples = append(t.Samples, sample)
	}
	return t, t.Body != ""
}

// SubmitTemplate implements channels.Templater: it makes the Content and asks WhatsApp for
// its approval. A Content that could not be submitted is taken away again.
func (a *WhatsApp) SubmitTemplate(ctx context.Context, c channels.Channel, t channels.Template) (channels.Template, error) {
	made := content{FriendlyName: t.Name, Language: t.Language, Variables: map[string]string{}, Types: shapeOf(t)}
	for i, s := range t.Samples {
		made.Variables[strconv.Itoa(i+1)] = s
	}
	var out struct {
		SID string `json:"sid"`
	}
	err := a.call(ctx, c, call{op: "twilio: make template", method: http.MethodPost, host: contentHost, path: "/v1/Content", json: made}, &out)
	if err != nil {
		return channels.Template{}, err
	}
	var got approval
	err = a.call(ctx, c, call{
		op: "twilio: submit template", method: http.MethodPost, host: contentHost,
		path: "/v1/Content/" + url.PathEscape(out.SID) + "/ApprovalRequests/whatsapp",
		json: map[string]string{"name": t.Name, "category": strings.ToUpper(t.Category)},
	}, &got)
	if err != nil {
		return channels.Template{}, errors.Join(err, a.drop(ctx, c, out.SID))
	}
	t.ID, t.Status = out.SID, statuses[strings.ToLower(got.Status)]
	if t.Status == "" {
		t.Status = "pending"
	}
	return t, nil
}

// shapeOf picks the simplest type that can say it.
func shapeOf(t channels.Template) map[string]any {
	var actions []action
	for i, b := range t.Buttons {
		actions = append(actions, action{"QUICK_REPLY", b, "button_" + strconv.Itoa(i+1)})
	}
	switch {
	case t.Header != "" || t.Footer != "":
		return map[string]any{"whatsapp/card": struct {
			Body    string   `json:"body"`
			Header  string   `json:"header_text,omitempty"`
			Footer  string   `json:"footer,omitempty"`
			Actions []action `json:"actions,omitempty"`
		}{t.Body, t.Header, t.Footer, actions}}
	case len(actions) > 0:
		return map[string]any{"twilio/quick-reply": quickReply{t.Body, actions}}
	}
	return map[string]any{"twilio/text": map[string]string{"body": t.Body}}
}

// DeleteTemplate implements channels.Templater: all languages of a name go.
func (a *WhatsApp) DeleteTemplate(ctx context.Context, c channels.Channel, name string) error {
	all, err := a.contents(ctx, c)
	if err != nil {
		return err
	}
	for _, t := range all {
		if t.name() != name {
			continue
		}
		if err := a.drop(ctx, c, t.SID); err != nil {
			return err
		}
		a.shelf.forget(templateKey(c, name, t.Language))
	}
	return nil
}

func (a *WhatsApp) drop(ctx context.Context, c channels.Channel, sid string) error {
	return a.call(ctx, c, call{op: "twilio: delete template", method: http.MethodDelete, host: contentHost, path: "/v1/Content/" + url.PathEscape(sid)}, nil)
}

func templateKey(c channels.Channel, name, language string) string {
	return c.Value("account_sid") + "/template/" + name + "/" + language
}

// setTemplate puts an approved template into the form and returns its key on the shelf.
func (a *WhatsApp) setTemplate(ctx context.Context, c channels.Channel, t chat.Template, v url.Values) (key string, err error) {
	key = templateKey(c, t.Name, t.Language)
	kept, ok := a.shelf.get(key)
	if !ok {
		if kept, err = a.approved(ctx, c, t); err != nil {
			return "", err
		}
		a.shelf.put(key, kept)
	}
	if len(t.Params) != kept.places {
		// Twilio would fill the rest with the samples that the template was submitted with.
		return "", &errs.Send{Op: "twilio: send", Class: errs.Permanent, Code: "template_params",
			Err: fmt.Errorf("%s has %d places, the message fills %d", t.Name, kept.places, len(t.Params))}
	}
	variables := map[string]string{}
	for i, p := range t.Params {
		variables[strconv.Itoa(i+1)] = plain(p)
	}
	return key, setContent(v, kept.sid, variables)
}

// approved finds a template by name and language.
func (a *WhatsApp) approved(ctx context.Context, c channels.Channel, t chat.Template) (shelved, error) {
	all, err := a.contents(ctx, c)
	if err != nil {
		return shelved{}, err
	}
	refused := &errs.Send{Op: "twilio: send", Class: errs.Permanent, Code: "template_missing",
		Err: errors.New("there is no template " + t.Name + " in " + t.Language)}
	for _, l := range all {
		if l.name() != t.Name || l.Language != t.Language {
			continue
		}
		places, numbered := l.places()
		switch {
		case l.Approval.Status != "approved":
			refused.Code, refused.Err = "template_not_approved", errors.New(t.Name+" is not approved: "+l.Approval.Status)
		case !numbered:
			refused.Code, refused.Err = "template_params", errors.New(t.Name+" has places with names; only {{1}}, {{2}} and on can be filled")
		default:
			return shelved{l.SID, places}, nil
		}
	}
	return shelved{}, refused
}

var slot = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)

// places counts a template's variables; numbered tells that they are 1 and on.
func (a listed) places() (n int, numbered bool) {
	names := map[string]bool{}
	for _, raw := range a.Types {
		for _, m := range slot.FindAllSubmatch(raw, -1) {
			names[string(m[1])] = true
		}
	}
	for i := range len(names) {
		if !names[strconv.Itoa(i+1)] {
			return len(names), false
		}
	}
	return len(names), true
}
