package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"recado/channels"
	"recado/internal/auth"
	"recado/internal/channel"
	"recado/internal/chat"
	"recado/internal/company"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/session"
)

// Sessions is the keeper of sockets as the API uses it: *session.Keeper.
type Sessions interface {
	Link(ctx context.Context, company id.Company, c id.Channel, method, arg string, step func(channels.LinkStep)) error
	Unlink(ctx context.Context, company id.Company, c id.Channel) error
}

func (a *API) channelSetup() {
	see, change := auth.Permission{Module: auth.Channels, Level: auth.Read}, auth.Permission{Module: auth.Channels, Level: auth.Manage}
	add(a, operation{ID: "checkChannel", Method: "POST", Path: "/channels/{id}/check", Tag: "Channels", Needs: change,
		Summary: "Ask the platform whether a channel can work", Description: "Tells the platform our address first, where that can be done. Each finding says in words what is wrong."}, a.checkChannel)
	add(a, operation{ID: "testChannel", Method: "POST", Path: "/channels/{id}/test", Tag: "Channels", Needs: change, Status: 201, Refusals: []int{409},
		Summary: "Send a test message", Description: "It goes the way of every message; its state tells what became of it."}, a.testChannel)
	add(a, operation{ID: "previewMessage", Method: "POST", Path: "/channels/{id}/preview", Tag: "Channels", Needs: see,
		Summary: "See what a message becomes on a channel", Description: "The parts that would be sent, and which limits of the channel it meets. Nothing is sent."}, a.previewMessage)
	add(a, operation{ID: "listChannelSessions", Method: "GET", Path: "/sessions", Tag: "Channels", Needs: see,
		Summary: "List the channels that hold a connection", Description: "With how each stands by its last live probe, and the times it was silent."}, a.listChannelSessions)
	add(a, operation{ID: "restartSession", Method: "POST", Path: "/channels/{id}/session/restart", Tag: "Channels", Needs: change, Status: 204,
		Summary: "Connect a session again"}, a.restartSession)
	add(a, operation{ID: "unlinkChannel", Method: "POST", Path: "/channels/{id}/unlink", Tag: "Channels", Needs: change, Status: 204,
		Summary: "Take our device off the account", Description: "Its conversations stay. It can be linked again."}, a.unlinkChannel)
	huma.Register(a.huma, *a.describe(operation{ID: "linkChannel", Method: "POST", Path: "/channels/{id}/link", Tag: "Channels", Needs: change, Refusals: []int{409},
		Summary: "Link a phone", Description: "Answers a stream of JSON lines, one per step: `qr` and `code` replace one another until `done` or `failed`. It ends with the request."}), a.linkChannel)
}

// opened is a channel of the caller's company with its secrets, and its adapter.
func (a *API) opened(ctx context.Context, c id.Channel) (channels.Channel, channels.Adapter, error) {
	out, err := inCompany(ctx, a, func(tx db.CompanyTx) (channels.Channel, error) {
		v, err := channel.Get(ctx, tx, c)
		if err != nil {
			return channels.Channel{}, err
		}
		return v.Opened(tx.Company(), a.Open)
	})
	if err != nil {
		return out, nil, err
	}
	ad := a.adapter(out.Kind)
	if ad == nil {
		return out, nil, errs.New(errs.Conflict, "channel.kind", "kind", string(out.Kind))
	}
	return out, ad, nil
}

// ChannelFinding is one thing a check looked at.
type ChannelFinding struct {
	channels.Finding
	Text string `json:"text" doc:"What was found and how to mend it, in the reader's language"`
}

const platformTime = 15 * time.Second

func (a *API) checkChannel(ctx context.Context, in *ChannelPath) (*Out[List[ChannelFinding]], error) {
	c, ad, err := a.opened(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	words := textsOf(ad, scopeOf(ctx).lang)
	pctx, cancel := context.WithTimeout(ctx, platformTime)
	defer cancel()
	if a.Record != nil {
		pctx = a.Record(pctx, c, id.Message{})
	}
	var found []channels.Finding
	if s, ok := ad.(channels.Subscriber); ok && c.Hook != "" {
		if err := s.Subscribe(pctx, c); err != nil {
			found = append(found, channels.Finding{Code: "subscribe", Detail: plainError(err)})
		}
	}
	if ch, ok := ad.(channels.Checker); ok {
		found = append(found, ch.Check(pctx, c)...)
	}
	var out []ChannelFinding
	for _, f := range found {
		text := words["check."+f.Code]
		for k, v := range f.Args {
			text = strings.ReplaceAll(text, "{{"+k+"}}", v)
		}
		out = append(out, ChannelFinding{f, text})
	}
	return answer(listOf(out, nil))
}

func textsOf(ad channels.Adapter, lang string) map[string]string {
	if d, ok := ad.(channels.Describer); ok {
		return d.Describe().Texts[lang]
	}
	return nil
}

// plainError is a platform's refusal without our own words around it.
func plainError(err error) string {
	var s *errs.Send
	if errors.As(err, &s) && s.Err != nil {
		return strings.TrimSpace(s.Code + " " + s.Err.Error())
	}
	return err.Error()
}

type testChannelInput struct {
	ChannelPath
	Idempotent
	Body struct {
		To   string `json:"to" minLength:"1" maxLength:"300" doc:"A phone number, as people write it, or the platform's own name of the person: a chat id"`
		Text string `json:"text" minLength:"1" maxLength:"1000"`
	}
}

func (a *API) testChannel(ctx context.Context, in *testChannelInput) (*Out[inbox.Message], error) {
	c, ad, err := a.opened(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	to := []string{strings.TrimSpace(in.Body.To)}
	if x, ok := ad.(channels.Addresser); ok {
		if to = x.Addresses(to[0]); len(to) == 0 {
			return nil, errs.New(errs.Invalid, "settings.phone").At("to")
		}
	}
	var ch inbox.Change
	out, err := inCompany(ctx, a, func(tx db.CompanyTx) (m inbox.Message, err error) {
		if ch, err = inbox.Start(ctx, tx, a.way(ctx), c.ID, to, inboxActor(ctx), in.Key, chat.Plain(in.Body.Text)); err != nil {
			return m, err
		}
		return inbox.GetMessage(ctx, tx, ch.Conversation, ch.Message)
	})
	if err == nil {
		a.Changed(auth.From(ctx).Company, ch)
	}
	return answer(out, err)
}

type previewInput struct {
	ChannelPath
	Body struct {
		Content chat.Content `json:"content"`
	}
}

// Preview is what a message becomes.
type Preview struct {
	Parts    []chat.Content    `json:"parts" nullable:"false" doc:"In the order they would be sent; none when the channel cannot carry the message"`
	Breaches []channels.Breach `json:"breaches" nullable:"false"`
}

func (a *API) previewMessage(ctx context.Context, in *previewInput) (*Out[Preview], error) {
	content := in.Body.Content
	if err := content.Check(); err != nil {
		return nil, errs.Under("content", err)
	}
	c, _, err := a.opened(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(inCompany(ctx, a, func(tx db.CompanyTx) (Preview, error) {
		if err := a.Files.Complete(ctx, tx, "", &content); err != nil {
			return Preview{}, errs.Under("content", err)
		}
		co, err := company.Get(ctx, tx)
		if err != nil {
			return Preview{}, err
		}
		w := a.Way
		w.Language = co.Language // as a bot of theirs would write
		parts, breaches := w.Fit(c, content)
		return Preview{append([]chat.Content{}, parts...), append([]channels.Breach{}, breaches...)}, nil
	}))
}

func (a *API) listChannelSessions(ctx context.Context, _ *struct{}) (*Out[List[session.View]], error) {
	return answer(listOf(inCompany(ctx, a, func(tx db.CompanyTx) ([]session.View, error) { return session.List(ctx, tx) })))
}

func (a *API) restartSession(ctx context.Context, in *ChannelPath) (*struct{}, error) {
	return nil, a.DB.ForCompany(ctx, auth.From(ctx).Company, func(tx db.CompanyTx) error {
		v, err := channel.Get(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		if _, ok := a.adapter(v.Kind).(channels.Session); !ok {
			return errs.New(errs.Conflict, "channel.no_session")
		}
		if err := session.Restart(ctx, tx, in.ID); err != nil {
			return err
		}
		return company.Record(ctx, tx, actor(ctx), "channel.restart", company.Object{Kind: "channel", ID: v.ID.String(), Name: v.Name}, nil)
	})
}

func (a *API) linker(ctx context.Context, c id.Channel) (channels.Channel, error) {
	v, ad, err := a.opened(ctx, c)
	if err != nil {
		return v, err
	}
	if _, ok := ad.(channels.Linker); !ok {
		return v, errs.New(errs.Conflict, "channel.no_session")
	}
	return v, nil
}

func (a *API) unlinkChannel(ctx context.Context, in *ChannelPath) (*struct{}, error) {
	c, err := a.linker(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := a.Sessions.Unlink(ctx, c.Company, c.ID); err != nil {
		return nil, err
	}
	return nil, a.DB.ForCompany(ctx, c.Company, func(tx db.CompanyTx) error {
		return company.Record(ctx, tx, actor(ctx), "channel.unlink", company.Object{Kind: "channel", ID: c.ID.String(), Name: c.Name}, nil)
	})
}

// leave takes our device off the account behind a channel that is about to go, and reports
// whether it may be there still: a phone that cannot be reached does not keep the channel.
func (a *API) leave(ctx context.Context, c id.Channel) (left bool, err error) {
	held, err := inCompany(ctx, a, func(tx db.CompanyTx) ([]session.View, error) { return session.List(ctx, tx) })
	i := slices.IndexFunc(held, func(v session.View) bool { return v.Channel == c && v.Linked })
	if err != nil || i < 0 {
		return false, err
	}
	pctx, cancel := context.WithTimeout(ctx, platformTime)
	defer cancel()
	if err := a.Sessions.Unlink(pctx, auth.From(ctx).Company, c); err != nil {
		scopeOf(ctx).log.Warn("a channel is deleted without its phone knowing", "channel", c, "err", err)
		return true, nil
	}
	return held[i].Phase != channels.Online, nil // an adapter forgets its keys even when nobody heard it
}

type linkChannelInput struct {
	ChannelPath
	Body struct {
		Method string `json:"method" enum:"qr,code"`
		Phone  string `json:"phone,omitempty" required:"false" maxLength:"16" doc:"With code: the phone's own number, +34600111222"`
	}
}

// linkTime is how long a phone may take; WhatsApp itself gives up after 160 s.
const linkTime = 4 * time.Minute

func (a *API) linkChannel(ctx context.Context, in *linkChannelInput) (*huma.StreamResponse, error) {
	c, err := a.linker(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if in.Body.Method == "code" && !phoneNumber.MatchString(in.Body.Phone) {
		return nil, errs.New(errs.Invalid, "settings.phone").At("phone")
	}
	by := actor(ctx)
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", "application/x-ndjson")
		hc.SetHeader("X-Accel-Buffering", "no")
		w := hc.BodyWriter()
		if rw, ok := w.(http.ResponseWriter); ok {
			_ = http.NewResponseController(rw).SetWriteDeadline(time.Now().Add(linkTime + time.Minute))
		}
		ctx, cancel := context.WithTimeout(hc.Context(), linkTime)
		defer cancel()
		tell := func(s LinkStepView) {
			b, _ := json.Marshal(s) // strings and a number
			_, _ = w.Write(append(b, '\n'))
			if f, ok := w.(http.Flusher); ok {
				f.Flush()
			}
		}
		err := a.Sessions.Link(ctx, c.Company, c.ID, in.Body.Method, in.Body.Phone, func(s channels.LinkStep) {
			tell(LinkStepView{s, int(s.Expires.Seconds())})
			if s.Kind == "done" {
				_ = a.DB.ForCompany(context.WithoutCancel(ctx), c.Company, func(tx db.CompanyTx) error {
					return company.Record(ctx, tx, by, "channel.link", company.Object{Kind: "channel", ID: c.ID.String(), Name: c.Name}, nil)
				})
			}
		})
		if err != nil {
			tell(LinkStepView{channels.LinkStep{Kind: "failed", Payload: plainError(err)}, 0})
		}
	}}, nil
}

// LinkStepView is one line of the stream.
type LinkStepView struct {
	channels.LinkStep
	Seconds int `json:"seconds,omitempty" doc:"Until the next step replaces it"`
}

var phoneNumber = regexp.MustCompile(`^\+[1-9][0-9]{5,14}$`)

// way is how what people write is fitted to channels, in the reader's language.
func (a *API) way(ctx context.Context) inbox.Way {
	w := a.Way
	w.Language = scopeOf(ctx).lang
	return w
}
