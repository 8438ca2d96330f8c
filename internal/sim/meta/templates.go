package meta

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"recado/internal/sim"
)

// template is one of a WABA's (whats-app-business-account/message_templates).
type template struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	Language   string      `json:"language"`
	Category   string      `json:"category"`
	Status     string      `json:"status"`
	Rejected   string      `json:"rejected_reason"`
	Components []component `json:"components"`
}

type component struct {
	Type    string `json:"type"`
	Format  string `json:"format,omitempty"`
	Text    string `json:"text,omitempty"`
	Example *struct {
		Body [][]string `json:"body_text,omitempty"`
	} `json:"example,omitempty"`
	Buttons []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	} `json:"buttons,omitempty"`
}

func (t *template) part(kind string) component {
	i := slices.IndexFunc(t.Components, func(c component) bool { return c.Type == kind })
	if i < 0 {
		return component{}
	}
	return t.Components[i]
}

var place = regexp.MustCompile(`\{\{(\d+)\}\}`)

// places counts the different numbers in a text.
func places(text string) int {
	seen := map[string]bool{}
	for _, m := range place.FindAllStringSubmatch(text, -1) {
		seen[m[1]] = true
	}
	return len(seen)
}

func (s *Server) listTemplates(w http.ResponseWriter, r *http.Request, waba string) {
	q := r.URL.Query()
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit < 1 {
		limit = 25
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.templates[waba]
	from, _ := strconv.Atoi(q.Get("after"))
	from = max(0, min(from, len(all)))
	to := min(from+limit, len(all))
	page := map[string]any{"data": all[from:to]}
	if to > from {
		paging := map[string]any{"cursors": map[string]string{"before": strconv.Itoa(from), "after": strconv.Itoa(to)}}
		if to < len(all) {
			q.Set("after", strconv.Itoa(to))
			paging["next"] = "http://" + r.Host + r.URL.Path + "?" + q.Encode()
		}
		page["paging"] = paging
	}
	answer(w, page)
}

var templateName = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)

// submitTemplate takes a template in. It is reviewed at once: a body that holds the word
// "rechazar" is refused, all others are approved, and the webhook tells so.
func (s *Server) submitTemplate(w http.ResponseWriter, r *http.Request, numbers []*account) {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	t := &template{}
	if err != nil || json.Unmarshal(b, t) != nil {
		answer(w, problem{400, 100, 0, "(#100) The request body is not valid JSON", ""})
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	waba := numbers[0].waba
	if p := s.checkSubmitted(waba, t); p != nil {
		answer(w, *p)
		return
	}
	t.ID, t.Status, t.Rejected = s.number(), "APPROVED", "NONE"
	if strings.Contains(strings.ToLower(t.part("BODY").Text), "rechazar") {
		t.Status, t.Rejected = "REJECTED", "INVALID_FORMAT"
	}
	s.templates[waba] = append(s.templates[waba], t)
	number, _ := strconv.ParseInt(t.ID, 10, 64)
	s.event(waba, "message_template_status_update", map[string]any{
		"event": t.Status, "message_template_id": number, "message_template_name": t.Name,
		"message_template_language": t.Language, "message_template_category": t.Category, "reason": t.Rejected,
	})
	answer(w, map[string]string{"id": t.ID, "status": "PENDING", "category": t.Category})
}

func (s *Server) checkSubmitted(waba string, t *template) *problem {
	body := t.part("BODY")
	samples := 0
	if body.Example != nil && len(body.Example.Body) > 0 {
		samples = len(body.Example.Body[0])
	}
	trimmed := strings.TrimSpace(body.Text)
	switch {
	case !templateName.MatchString(t.Name):
		return invalid(100, "name can only have lowercase letters, numbers and underscores")
	case t.Language == "" || !slices.Contains([]string{"MARKETING", "UTILITY", "AUTHENTICATION"}, t.Category):
		return invalid(100, "language and a category of MARKETING, UTILITY or AUTHENTICATION are required")
	case trimmed == "" || length(body.Text) > maxBody:
		return invalid(100, "The BODY component needs a text of at most 1024 characters")
	case strings.HasPrefix(trimmed, "{{") || strings.HasSuffix(trimmed, "}}"):
		return &problem{400, 100, 2388299, "(#100) Invalid parameter", "Variables can't be at the start or end of the template."}
	case places(body.Text) != samples:
		return &problem{400, 100, 2388043, "(#100) Invalid parameter", "Message template \"components\" param is missing expected field(s): example"}
	case length(t.part("HEADER").Text) > maxHeader || length(t.part("FOOTER").Text) > maxFooter:
		return invalid(100, "HEADER and FOOTER have at most 60 characters")
	case slices.ContainsFunc(s.templates[waba], func(o *template) bool { return o.Name == t.Name && o.Language == t.Language }):
		return &problem{400, 100, 2388024, "(#100) Invalid parameter", "There is already content in this language for this template."}
	}
	for i := range places(body.Text) {
		if !strings.Contains(body.Text, fmt.Sprintf("{{%d}}", i+1)) {
			return invalid(100, "Variables must be numbered from 1 without a gap")
		}
	}
	for _, b := range t.part("BUTTONS").Buttons {
		if b.Type != "QUICK_REPLY" || b.Text == "" || length(b.Text) > 25 {
			return invalid(100, "Buttons are of type QUICK_REPLY with 1 to 25 characters")
		}
	}
	return nil
}

func (s *Server) deleteTemplate(w http.ResponseWriter, r *http.Request, waba string) {
	name := r.URL.Query().Get("name")
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.templates[waba])
	s.templates[waba] = slices.DeleteFunc(s.templates[waba], func(t *template) bool { return t.Name == name })
	if len(s.templates[waba]) == before {
		answer(w, problem{400, 100, 2593002, "(#100) Invalid parameter", "Message Template Not Found"})
		return
	}
	answer(w, map[string]bool{"success": true})
}

func (s *Server) templateOf(a *account, in request) *template {
	i := slices.IndexFunc(s.templates[a.waba], func(t *template) bool {
		return t.Name == in.Template.Name && t.Language == in.Template.Language.Code
	})
	if i < 0 {
		return nil
	}
	return s.templates[a.waba][i]
}

func (in request) params() (out []string) {
	for _, c := range in.Template.Components {
		if c.Type == "body" {
			for _, p := range c.Parameters {
				out = append(out, p.Text)
			}
		}
	}
	return out
}

func (s *Server) checkTemplate(a *account, in request) *problem {
	if in.Template == nil || in.Template.Name == "" || in.Template.Language.Code == "" {
		return invalid(131008, "template.name and template.language.code are required")
	}
	t := s.templateOf(a, in)
	if t == nil || t.Status != "APPROVED" {
		return invalid(132001, fmt.Sprintf("template name (%s) does not exist in %s", in.Template.Name, in.Template.Language.Code))
	}
	params := in.params()
	if want := places(t.part("BODY").Text); len(params) != want {
		return invalid(132000, fmt.Sprintf("body: number of localizable_params (%d) does not match the expected number of params (%d)", len(params), want))
	}
	for _, p := range params {
		if p == "" {
			return invalid(131008, "Parameter of type text is missing text value")
		}
		if strings.ContainsAny(p, "\n\t") || strings.Contains(p, "     ") {
			return invalid(132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
		}
	}
	if length(filled(t, params)) > maxBody {
		return invalid(132005, "body text is longer than 1024 characters")
	}
	return nil
}

func filled(t *template, params []string) string {
	return place.ReplaceAllStringFunc(t.part("BODY").Text, func(m string) string {
		n, _ := strconv.Atoi(strings.Trim(m, "{}"))
		return params[n-1]
	})
}

func (s *Server) fill(b *sim.Bubble, a *account, in request) {
	t := s.templateOf(a, in)
	b.Text, b.Header, b.Footer = filled(t, in.params()), t.part("HEADER").Text, t.part("FOOTER").Text
	for _, x := range t.part("BUTTONS").Buttons {
		b.Buttons = append(b.Buttons, sim.Choice{ID: x.Text, Label: x.Text})
	}
}
