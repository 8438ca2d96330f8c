package webchat

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"recado/internal/errs"
	"recado/internal/hours"
)

// Settings is how a company's widget looks and behaves.
type Settings struct {
	Title           string       `json:"title" maxLength:"60"`
	Subtitle        string       `json:"subtitle" maxLength:"120"`
	Greeting        string       `json:"greeting" maxLength:"1000"`
	Launcher        string       `json:"launcher" maxLength:"40" doc:"Text beside the launcher's icon"`
	Color           string       `json:"color" pattern:"^#[0-9a-f]{6}$"`
	Position        string       `json:"position" enum:"right,left"`
	Radius          int          `json:"radius" minimum:"0" maximum:"24" doc:"Corner radius in pixels"`
	Theme           string       `json:"theme" enum:"auto,light,dark"`
	Language        string       `json:"language" enum:"auto,es,en,ar" doc:"auto follows the page and the browser"`
	QuickReplies    []QuickReply `json:"quick_replies" maxItems:"8" doc:"Shown before the first message; choosing one sends it"`
	Prechat         []Field      `json:"prechat" maxItems:"8" doc:"Asked before the first message"`
	ConsentText     string       `json:"consent_text" maxLength:"500"`
	AllowedOrigins  []string     `json:"allowed_origins" maxItems:"50" doc:"Sites that may show the widget, https://shop.example; empty means any"`
	Hours           *hours.Hours `json:"hours,omitempty" doc:"When people attend; absent means the company's hours"`
	AwayText        string       `json:"away_text" maxLength:"500" doc:"Shown outside the hours"`
	LeaveMessage    bool         `json:"leave_message" doc:"Outside the hours, ask for an e-mail address"`
	Sound           bool         `json:"sound"`
	CustomCSS       string       `json:"custom_css" maxLength:"8000"`
	Proactive       *Proactive   `json:"proactive,omitempty"`
	Limits          Limits       `json:"limits"`
	RequireIdentity bool         `json:"require_identity" doc:"Only visitors the site vouches for"`
}

// QuickReply is a ready question.
type QuickReply struct {
	ID    string `json:"id" maxLength:"60"`
	Label string `json:"label" minLength:"1" maxLength:"60"`
}

// Field is one question of the form before the chat. Key name, email and phone fill the
// contact's own fields, any other an attribute.
type Field struct {
	Key      string   `json:"key" pattern:"^[a-z][a-z0-9_]{0,39}$"`
	Label    string   `json:"label" minLength:"1" maxLength:"80"`
	Type     string   `json:"type" enum:"text,email,tel,select,checkbox"`
	Required bool     `json:"required"`
	Options  []string `json:"options,omitempty" maxItems:"30"`
}

// Proactive is a message that invites after a while.
type Proactive struct {
	AfterSeconds int    `json:"after_seconds" minimum:"1" maximum:"3600"`
	URLContains  string `json:"url_contains,omitempty" maxLength:"300"`
	Text         string `json:"text" minLength:"1" maxLength:"300"`
}

// Limits protect the shop from one visitor and the installation from one site.
type Limits struct {
	FileBytes        int64 `json:"file_bytes" minimum:"1" maximum:"26214400"`
	PerVisitorMinute int   `json:"per_visitor_minute" minimum:"1" maximum:"600" doc:"Messages of one visitor"`
	PerSiteMinute    int   `json:"per_site_minute" minimum:"10" maximum:"1000000" doc:"Messages of all visitors"`
}

// Defaults is what a new widget has.
func Defaults() Settings {
	return Settings{
		Color: "#4f46e5", Position: "right", Radius: 12, Theme: "auto", Language: "auto",
		QuickReplies: []QuickReply{}, Prechat: []Field{}, AllowedOrigins: []string{},
		LeaveMessage: true, Sound: true,
		Limits: Limits{FileBytes: 10 << 20, PerVisitorMinute: 30, PerSiteMinute: 6000},
	}
}

var (
	hexColor = regexp.MustCompile(`^#[0-9a-f]{6}$`)
	fieldKey = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
)

// Parse reads settings over the defaults. A Problem's Field is relative to the settings.
func Parse(raw json.RawMessage) (Settings, error) {
	s := Defaults()
	if len(raw) > 0 {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(&s); err != nil {
			return s, errs.New(errs.Invalid, "settings.malformed", "reason", err.Error())
		}
	}
	return s, s.check()
}

func (s *Settings) check() error {
	bad := func(field, code string, kv ...any) error { return errs.New(errs.Invalid, code, kv...).At(field) }
	for field, limit := range map[string]struct {
		text string
		max  int
	}{
		"title": {s.Title, 60}, "subtitle": {s.Subtitle, 120}, "greeting": {s.Greeting, 1000}, "launcher": {s.Launcher, 40},
		"consent_text": {s.ConsentText, 500}, "away_text": {s.AwayText, 500}, "custom_css": {s.CustomCSS, 8000},
	} {
		if utf8.RuneCountInString(limit.text) > limit.max {
			return bad(field, "settings.too_long", "max", limit.max)
		}
	}
	if s.Color = strings.ToLower(s.Color); !hexColor.MatchString(s.Color) {
		return bad("color", "settings.color")
	}
	for field, v := range map[string]struct {
		got  string
		want []string
	}{
		"position": {s.Position, []string{"right", "left"}}, "theme": {s.Theme, []string{"auto", "light", "dark"}},
		"language": {s.Language, []string{"auto", "es", "en", "ar"}},
	} {
		if !slices.Contains(v.want, v.got) {
			return bad(field, "settings.choice", "choices", strings.Join(v.want, ", "))
		}
	}
	if s.Radius < 0 || s.Radius > 24 {
		return bad("radius", "settings.range", "min", 0, "max", 24)
	}
	if l := s.Limits; l.FileBytes < 1 || l.FileBytes > 25<<20 || l.PerVisitorMinute < 1 || l.PerVisitorMinute > 600 || l.PerSiteMinute < 10 || l.PerSiteMinute > 1_000_000 {
		return bad("limits", "settings.limits")
	}
	if s.Hours != nil {
		if _, err := s.Hours.Compile("UTC"); err != nil {
			return bad("hours", "settings.hours")
		}
	}
	if s.Proactive != nil && (strings.TrimSpace(s.Proactive.Text) == "" || s.Proactive.AfterSeconds < 1) {
		return bad("proactive", "settings.proactive")
	}
	if err := s.checkOrigins(); err != nil {
		return err
	}
	return s.checkFields()
}

// checkOrigins brings origins to the form browsers send: scheme, host, port, no slash.
func (s *Settings) checkOrigins() error {
	for i, o := range s.AllowedOrigins {
		u, err := url.Parse(strings.TrimSpace(o))
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
			return errs.New(errs.Invalid, "settings.origin", "origin", o).At("allowed_origins[" + strconv.Itoa(i) + "]")
		}
		s.AllowedOrigins[i] = u.Scheme + "://" + strings.ToLower(u.Host)
	}
	return nil
}

func (s *Settings) checkFields() error {
	seen := map[string]bool{}
	for i, f := range s.Prechat {
		at := "prechat[" + strconv.Itoa(i) + "]"
		switch {
		case !fieldKey.MatchString(f.Key):
			return errs.New(errs.Invalid, "settings.field_key").At(at + ".key")
		case seen[f.Key]:
			return errs.New(errs.Invalid, "settings.field_twice", "key", f.Key).At(at + ".key")
		case strings.TrimSpace(f.Label) == "":
			return errs.New(errs.Invalid, "settings.field_label").At(at + ".label")
		case !slices.Contains([]string{"text", "email", "tel", "select", "checkbox"}, f.Type):
			return errs.New(errs.Invalid, "settings.choice", "choices", "text, email, tel, select, checkbox").At(at + ".type")
		case f.Type == "select" && len(f.Options) == 0:
			return errs.New(errs.Invalid, "settings.field_options").At(at + ".options")
		}
		seen[f.Key] = true
	}
	return nil
}

// Allows reports whether a page of this origin may show the widget. A request without an
// Origin is not a page's and is allowed; the visitor's token still guards what it sees.
func (s *Settings) Allows(origin string) bool {
	return origin == "" || len(s.AllowedOrigins) == 0 || slices.Contains(s.AllowedOrigins, strings.ToLower(origin))
}
