package visitor

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"recado/channels"
	"recado/channels/webchat"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/file"
	"recado/internal/id"
	"recado/internal/inbox"
)

type postInput struct {
	ClientID string         `json:"client_id"`
	Content  chat.Content   `json:"content"`
	Page     *channels.Page `json:"page"`
}

type postView struct {
	ID       id.Message `json:"id"`
	ClientID string     `json:"client_id"`
	Seq      int64      `json:"seq"`
	At       time.Time  `json:"at"`
}

// post takes one message. 200 means it is durable; the same client_id again gives the same
// answer.
func (d *Door) post(w http.ResponseWriter, r *http.Request, s *site) error {
	v, err := d.visitor(r, s)
	if err != nil {
		return err
	}
	var in postInput
	if err := body(w, r, &in); err != nil {
		return err
	}
	if err := d.limits.take(s.channel.ID, s.settings.Limits.PerSiteMinute); err != nil {
		return err
	}
	if err := d.limits.take(visitorKey{s.channel.ID, v.Identity}, s.settings.Limits.PerVisitorMinute); err != nil {
		return err
	}
	if err := d.check(r, s, v, &in); err != nil {
		return err
	}
	a, err := d.Intake.Accept(r.Context(), channels.Inbound{
		Channel: s.channel, ExternalID: v.Identity + " " + in.ClientID,
		From:    channels.Sender{Identity: v.Identity, Verified: v.Verified, Language: language(r.Header.Get("Accept-Language"))},
		Message: &channels.Message{ClientID: in.ClientID, Content: in.Content, Page: in.Page},
	})
	if err != nil {
		return err
	}
	return reply(w, http.StatusOK, postView{a.Message, in.ClientID, a.Seq, a.At})
}

// check refuses what a visitor may not send and keeps of the content only what they may say.
func (d *Door) check(r *http.Request, s *site, v webchat.Visitor, in *postInput) error {
	if _, err := id.Parse[id.Message](in.ClientID); err != nil {
		return errs.New(errs.Invalid, "client_id.invalid").At("body.client_id")
	}
	if p := in.Page; p != nil {
		if len(p.URL) > 2000 || len(p.Title) > 300 || len(p.Referrer) > 2000 || strings.ContainsRune(p.URL+p.Title+p.Referrer, 0) {
			in.Page = nil // where it was written from is not worth refusing what was written
		}
	}
	c := in.Content
	switch c.Type {
	case chat.Text:
		in.Content = chat.Content{Type: c.Type, Text: strings.TrimSpace(c.Text), Quote: c.Quote}
	case chat.AnswerMsg:
		in.Content = chat.Content{Type: c.Type, Answer: c.Answer}
	case chat.Image, chat.Document, chat.Audio, chat.Voice, chat.Video:
		in.Content = chat.Content{Type: c.Type, Text: c.Text, Media: c.Media}
	default:
		return errs.New(errs.Invalid, "content.not_from_visitors", "type", string(c.Type)).At("body.content.type")
	}
	if err := in.Content.Check(); err != nil {
		return errs.Under("body.content", err)
	}
	if utf8.RuneCountInString(in.Content.Text) > webchat.MaxText {
		return errs.New(errs.TooLarge, "content.text_too_long", "max", webchat.MaxText).At("body.content.text")
	}
	if in.Content.Answer != nil && (len(in.Content.Answer.ID) > 200 || len(in.Content.Answer.Label) > 480 || strings.ContainsRune(in.Content.Answer.ID+in.Content.Answer.Label, 0)) {
		return errs.New(errs.Invalid, "content.bad_text").At("body.content.answer")
	}
	if in.Content.Media == nil {
		return nil
	}
	// What the visitor says about the file gives way to what the store knows; files of
	// others are refused.
	return errs.Under("body.content", d.DB.ForCompany(r.Context(), s.channel.Company, func(tx db.CompanyTx) error {
		return d.Files.Complete(r.Context(), tx, owner(v), &in.Content)
	}))
}

func owner(v webchat.Visitor) string { return v.Channel.String() + " " + v.Identity }

// history is what stands above in the thread.
func (d *Door) history(w http.ResponseWriter, r *http.Request, s *site) error {
	v, err := d.visitor(r, s)
	if err != nil {
		return err
	}
	before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if err != nil || before < 1 {
		return errs.New(errs.Invalid, "seq.invalid").At("query.before")
	}
	out := struct {
		Messages []inbox.Line `json:"messages"`
		More     bool         `json:"more"`
	}{}
	err = d.DB.ForCompany(r.Context(), s.channel.Company, func(tx db.CompanyTx) error {
		at, ok, err := inbox.StandingOf(r.Context(), tx, s.channel.ID, v.Identity)
		if err != nil || !ok {
			return err
		}
		out.Messages, out.More, err = inbox.Visible(r.Context(), tx, at.Conversation, nil, &before, historyPage)
		return err
	})
	if err != nil {
		return err
	}
	out.Messages = d.lines(d.BaseURL(r), s.channel.Company, out.Messages)
	return reply(w, http.StatusOK, out)
}

const uploadWithin = 5 * time.Minute

// upload takes a file that a message will refer to.
func (d *Door) upload(w http.ResponseWriter, r *http.Request, s *site) error {
	v, err := d.visitor(r, s)
	if err != nil {
		return err
	}
	if err := d.limits.take(visitorKey{s.channel.ID, "file " + v.Identity}, 20); err != nil {
		return err
	}
	name, err := url.PathUnescape(r.Header.Get("X-File-Name"))
	if err != nil || len(name) > maxUploadHdr {
		name = ""
	}
	// The server's read timeout is for small bodies; a film over a slow line takes longer.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadWithin))
	within := d.Files.Within(file.Limits{Bytes: s.settings.Limits.FileBytes, Types: webchat.FileTypes})
	m, err := within.Upload(r.Context(), s.channel.Company, file.ByContact, owner(v), name, r.Header.Get("Content-Type"),
		http.MaxBytesReader(w, r.Body, s.settings.Limits.FileBytes+1))
	if err != nil {
		return err
	}
	m.URL = d.BaseURL(r) + d.Files.Link(s.channel.Company, m, linkFor)
	return reply(w, http.StatusCreated, m)
}
