package visitor

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"recado/bots"
	"recado/channels"
	"recado/channels/webchat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/inbox"
)

// configView is what the widget draws itself from.
type configView struct {
	Site         string               `json:"site"`
	Lang         string               `json:"lang"`
	Name         string               `json:"name"`
	Title        string               `json:"title"`
	Subtitle     string               `json:"subtitle,omitempty"`
	Greeting     string               `json:"greeting,omitempty"`
	Launcher     string               `json:"launcher,omitempty"`
	Color        string               `json:"color"`
	Position     string               `json:"position"`
	Radius       int                  `json:"radius"`
	Theme        string               `json:"theme"`
	CustomCSS    string               `json:"custom_css,omitempty"`
	QuickReplies []webchat.QuickReply `json:"quick_replies"`
	Prechat      []webchat.Field      `json:"prechat"`
	ConsentText  string               `json:"consent_text,omitempty"`
	Open         bool                 `json:"open"` // people attend now
	Bot          bool                 `json:"bot"`  // a bot answers even when they do not
	OpensAt      *time.Time           `json:"opens_at,omitempty"`
	AwayText     string               `json:"away_text,omitempty"`
	LeaveMessage bool                 `json:"leave_message"`
	Limits       limitsView           `json:"limits"`
	Sound        bool                 `json:"sound"`
	Proactive    *webchat.Proactive   `json:"proactive,omitempty"`
	RTL          bool                 `json:"rtl"`
}

type limitsView struct {
	Text      int      `json:"text"`
	FileBytes int64    `json:"file_bytes"`
	FileTypes []string `json:"file_types"`
}

var rtl = []string{"ar", "he", "fa", "ur"}

// config answers with what does not depend on who asks.
func (d *Door) config(w http.ResponseWriter, r *http.Request, s *site) error {
	d.seen(r, s)
	set := s.settings
	lang := set.Language
	if lang == "auto" {
		lang = strings.ToLower(strings.Split(r.URL.Query().Get("lang"), "-")[0])
		if lang == "" || len(lang) > 3 {
			lang = s.company.language
		}
	}
	v := configView{
		Site: s.channel.Ref, Lang: lang, Name: s.company.name, Title: set.Title, Subtitle: set.Subtitle, Greeting: set.Greeting,
		Launcher: set.Launcher, Color: set.Color, Position: set.Position, Radius: set.Radius, Theme: set.Theme, CustomCSS: set.CustomCSS,
		QuickReplies: set.QuickReplies, Prechat: set.Prechat, Bot: s.bot, ConsentText: set.ConsentText, AwayText: set.AwayText,
		LeaveMessage: set.LeaveMessage, Limits: limitsView{webchat.MaxText, set.Limits.FileBytes, webchat.FileTypes},
		Sound: set.Sound, Proactive: set.Proactive, RTL: slices.Contains(rtl, lang),
	}
	if v.Title == "" {
		v.Title = s.company.name
	}
	now := time.Now()
	if v.Open = s.week.Open(now); !v.Open {
		if at, ok := s.week.NextOpen(now); ok {
			v.OpensAt = &at
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(b)
	etag := `"` + hex.EncodeToString(sum[:8]) + `"`
	w.Header().Set("ETag", etag)
	w.Header().Set("Cache-Control", "public, max-age=60")
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(b)
	return nil
}

// sessionsPerMinute is of one address: an office's people share one.
const sessionsPerMinute = 300

type sessionInput struct {
	Token    string         `json:"token"`
	Identity string         `json:"identity"`
	Lang     string         `json:"lang"`
	Page     channels.Page  `json:"page"`
	Prechat  map[string]any `json:"prechat"`
}

type sessionView struct {
	Token        string       `json:"token"`
	Visitor      string       `json:"visitor"`
	Conversation string       `json:"conversation,omitempty"`
	Name         string       `json:"name,omitempty"`
	Verified     bool         `json:"verified"`
	State        bots.State   `json:"state"`
	Agent        string       `json:"agent,omitempty"`
	Seq          int64        `json:"seq"`
	AgentReadSeq int64        `json:"agent_read_seq"`
	Unread       int          `json:"unread"`
	Messages     []inbox.Line `json:"messages"`
	More         bool         `json:"more"`
	Known        bool         `json:"known"`     // has filled the form in, or is vouched for
	Reachable    bool         `json:"reachable"` // has left an e-mail address or a phone number
}

// session says who the visitor is and gives them their thread so far.
func (d *Door) session(w http.ResponseWriter, r *http.Request, s *site) error {
	var in sessionInput
	if err := body(w, r, &in); err != nil {
		return err
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	if err := d.limits.take(visitorKey{s.channel.ID, "ip " + host}, sessionsPerMinute); err != nil {
		return err
	}
	v, who, err := d.identify(r, s, in)
	if err != nil {
		return err
	}
	who.Language = language(in.Lang)
	var at inbox.Standing
	var known bool
	err = d.DB.ForCompany(r.Context(), s.channel.Company, func(tx db.CompanyTx) (err error) {
		at, known, err = inbox.StandingOf(r.Context(), tx, s.channel.ID, v.Identity)
		return err
	})
	if err != nil {
		return err
	}
	form, err := readForm(s, in.Prechat, !known)
	if err != nil {
		return err
	}
	if v.Verified || form != nil {
		contact, _, err := d.Intake.Meet(r.Context(), channels.Inbound{Channel: s.channel, From: who})
		if err != nil {
			return err
		}
		if err := d.introduce(r, s, contact, who, form); err != nil {
			return err
		}
	}
	d.seen(r, s)
	out := sessionView{Token: d.Tokens.Issue(v), Visitor: v.Identity, Verified: v.Verified, Messages: []inbox.Line{}, State: bots.WithBot}
	err = d.DB.ForCompany(r.Context(), s.channel.Company, func(tx db.CompanyTx) error {
		var ok bool
		if at, ok, err = inbox.StandingOf(r.Context(), tx, s.channel.ID, v.Identity); err != nil || !ok {
			return err
		}
		out.Reachable = at.Reachable
		out.Conversation, out.Name, out.State, out.Agent = at.Conversation.String(), at.Name, at.State, at.Agent
		out.Seq, out.AgentReadSeq, out.Known = at.Seq, at.ReadSeq, true
		if out.Unread, err = inbox.Unread(r.Context(), tx, at.Conversation); err != nil {
			return err
		}
		out.Messages, out.More, err = inbox.Visible(r.Context(), tx, at.Conversation, nil, nil, historyPage)
		return err
	})
	if err != nil {
		return err
	}
	out.Messages = d.lines(d.BaseURL(r), s.channel.Company, out.Messages)
	return reply(w, http.StatusOK, out)
}

// identify tells the visitor by what the site vouches for, else by their old token, else
// makes a new one.
func (d *Door) identify(r *http.Request, s *site, in sessionInput) (webchat.Visitor, channels.Sender, error) {
	now := time.Now()
	if in.Identity != "" {
		secret, err := d.Secret(r.Context(), s.channel)
		if err != nil {
			return webchat.Visitor{}, channels.Sender{}, err
		}
		return webchat.Vouched(s.channel.ID, secret, in.Identity, now)
	}
	if in.Token != "" {
		if v, err := d.read(in.Token, s); err == nil {
			return v, channels.Sender{Identity: v.Identity, Verified: v.Verified}, nil
		}
	}
	if s.settings.RequireIdentity {
		return webchat.Visitor{}, channels.Sender{}, errs.New(errs.Unauthenticated, "webchat.identity_needed")
	}
	v := webchat.Anonymous(s.channel.ID, now)
	return v, channels.Sender{Identity: v.Identity}, nil
}

func (d *Door) introduce(r *http.Request, s *site, c id.Contact, who channels.Sender, form map[string]any) error {
	take := func(key string) string { v, _ := form[key].(string); delete(form, key); return v }
	name, email, phone := who.Name, who.Email, who.Phone
	if n := webchat.CleanName(take("name")); name == "" {
		name = n
	}
	if e := take("email"); email == "" {
		email = webchat.CleanEmail(e)
	}
	if p := take("phone"); phone == "" {
		phone = webchat.CleanPhone(p)
	}
	return d.DB.ForCompany(r.Context(), s.channel.Company, func(tx db.CompanyTx) error {
		return inbox.Introduce(r.Context(), tx, c, name, email, phone, form, who.Verified)
	})
}

// readForm checks the answers against the fields asked for; all that are required must be
// there the first time. nil means no form was sent.
func readForm(s *site, in map[string]any, first bool) (map[string]any, error) {
	if len(in) == 0 {
		return nil, nil
	}
	// Outside the hours the widget asks for an e-mail address whatever the form has.
	fields := slices.Concat(s.settings.Prechat, []webchat.Field{{Key: "name", Type: "text"}, {Key: "email", Type: "email"}})
	out := map[string]any{}
	for _, f := range fields {
		if _, done := out[f.Key]; done {
			continue
		}
		at := "body.prechat." + f.Key
		switch v := in[f.Key].(type) {
		case nil:
		case bool:
			if v || !f.Required { // an unticked box is no consent
				out[f.Key] = v
			}
		case string:
			if v = strings.TrimSpace(v); v == "" {
				break
			}
			if len(v) > 500 || strings.ContainsRune(v, 0) {
				return nil, errs.New(errs.Invalid, "form.too_long").At(at)
			}
			switch {
			case f.Type == "email" && webchat.CleanEmail(v) == "":
				return nil, errs.New(errs.Invalid, "form.email").At(at)
			case f.Type == "tel" && webchat.CleanPhone(v) == "":
				return nil, errs.New(errs.Invalid, "form.phone").At(at)
			case f.Type == "select" && !slices.Contains(f.Options, v):
				return nil, errs.New(errs.Invalid, "form.option").At(at)
			}
			out[f.Key] = v
		default:
			return nil, errs.New(errs.Invalid, "form.type").At(at)
		}
		if _, ok := out[f.Key]; first && f.Required && !ok {
			return nil, errs.New(errs.Invalid, "form.required", "label", f.Label).At(at)
		}
	}
	return out, nil
}

func language(s string) string {
	s = strings.ToLower(s)
	if len(s) > 12 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz-0123456789") != "" {
		return ""
	}
	return s
}
