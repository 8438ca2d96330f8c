package cloudapi

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"recado/channels"
)

// template is one as the Business Management API writes it (WhatsAppBusinessHSM node).
type template struct {
	ID         string      `json:"id,omitempty"`
	Name       string      `json:"name"`
	Language   string      `json:"language"`
	Category   string      `json:"category"`
	Status     string      `json:"status,omitempty"`
	Rejected   string      `json:"rejected_reason,omitempty"`
	Quality    *quality    `json:"quality_score,omitempty"`
	Components []component `json:"components,omitempty"`
}

type quality struct {
	Score string `json:"score"`
}

type component struct {
	Type    string           `json:"type"`
	Format  string           `json:"format,omitempty"`
	Text    string           `json:"text,omitempty"`
	Example *example         `json:"example,omitempty"`
	Buttons []templateButton `json:"buttons,omitempty"`
}

type example struct {
	Body [][]string `json:"body_text,omitempty"`
}

type templateButton struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

const (
	templatePage  = "100"
	templatePages = 60 // Meta keeps 6,000 at most for an account
)

// Templates implements channels.Templater.
func (a *Adapter) Templates(ctx context.Context, c channels.Channel) ([]channels.Template, error) {
	q := url.Values{"limit": {templatePage}, "fields": {"id,name,language,category,status,rejected_reason,quality_score,components"}}
	out := []channels.Template{}
	for range templatePages {
		var page struct {
			Data   []template `json:"data"`
			Paging struct {
				Next    string `json:"next"`
				Cursors struct {
					After string `json:"after"`
				} `json:"cursors"`
			} `json:"paging"`
		}
		if err := a.graph.Call(ctx, c, http.MethodGet, templatesPath(c, q), nil, &page); err != nil {
			return nil, err
		}
		for _, t := range page.Data {
			out = append(out, t.ours())
		}
		if page.Paging.Next == "" || page.Paging.Cursors.After == "" {
			break
		}
		q.Set("after", page.Paging.Cursors.After)
	}
	return out, nil
}

// SubmitTemplate implements channels.Templater.
func (a *Adapter) SubmitTemplate(ctx context.Context, c channels.Channel, t channels.Template) (channels.Template, error) {
	in := template{Name: t.Name, Language: t.Language, Category: strings.ToUpper(t.Category)}
	if t.Header != "" {
		in.Components = append(in.Components, component{Type: "HEADER", Format: "TEXT", Text: t.Header})
	}
	body := component{Type: "BODY", Text: t.Body}
	if len(t.Samples) > 0 {
		body.Example = &example{Body: [][]string{t.Samples}}
	}
	in.Components = append(in.Components, body)
	if t.Footer != "" {
		in.Components = append(in.Components, component{Type: "FOOTER", Text: t.Footer})
	}
	if len(t.Buttons) > 0 {
		b := component{Type: "BUTTONS"}
		for _, label := range t.Buttons {
			b.Buttons = append(b.Buttons, templateButton{Type: "QUICK_REPLY", Text: label})
		}
		in.Components = append(in.Components, b)
	}
	var got template
	if err := a.graph.Call(ctx, c, http.MethodPost, templatesPath(c, nil), in, &got); err != nil {
		return channels.Template{}, err
	}
	t.ID, t.Status = got.ID, templateStatus(got.Status)
	if got.Category != "" { // Meta may put it elsewhere
		t.Category = strings.ToLower(got.Category)
	}
	return t, nil
}

// DeleteTemplate implements channels.Templater. It takes the name's every language.
func (a *Adapter) DeleteTemplate(ctx context.Context, c channels.Channel, name string) error {
	return a.graph.Call(ctx, c, http.MethodDelete, templatesPath(c, url.Values{"name": {name}}), nil, nil)
}

func templatesPath(c channels.Channel, q url.Values) string {
	path := "/" + url.PathEscape(c.Value("waba_id")) + "/message_templates"
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path
}

func (t template) ours() channels.Template {
	out := channels.Template{ID: t.ID, Name: t.Name, Language: t.Language, Category: strings.ToLower(t.Category), Status: templateStatus(t.Status)}
	if t.Rejected != "NONE" {
		out.Reason = t.Rejected
	}
	if t.Quality != nil {
		out.Quality = strings.ToLower(t.Quality.Score)
	}
	for _, c := range t.Components {
		switch c.Type {
		case "HEADER":
			out.Header = c.Text
		case "BODY":
			out.Body = c.Text
			if c.Example != nil && len(c.Example.Body) > 0 {
				out.Samples = c.Example.Body[0]
			}
		case "FOOTER":
			out.Footer = c.Text
		case "BUTTONS":
			for _, b := range c.Buttons {
				if b.Type == "QUICK_REPLY" {
					out.Buttons = append(out.Buttons, b.Text)
				}
			}
		}
	}
	return out
}

// templateStatus is Meta's status, or the event that changed it, as ours. What cannot be
// sent and will not come by itself is disabled.
func templateStatus(s string) string {
	switch s {
	case "APPROVED", "REINSTATED", "UNARCHIVED", "FLAGGED", "UNLOCKED":
		return "approved"
	case "REJECTED", "PAUSED":
		return strings.ToLower(s)
	case "PENDING", "IN_APPEAL", "PENDING_REVIEW":
		return "pending"
	}
	return "disabled"
}
