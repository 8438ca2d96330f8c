package api

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"recado/bots/rules"
	"recado/channels"
	"recado/flows"
	"recado/internal/auth"
	"recado/internal/chat"
	"recado/internal/db"
	"recado/internal/errs"
	"recado/internal/flow"
	"recado/internal/flow/trial"
	"recado/internal/id"
)

func (a *API) flowTrials() {
	add(a, operation{ID: "tryFlow", Method: "POST", Path: "/flows/{flow_id}/try", Tag: "Flows", Needs: writeBots, Refusals: []int{409},
		Summary: "Take a flow's draft one step", Description: "With a pretend contact: nothing is stored or sent, and the cart is pretended. Hand the session back to go on."}, a.tryFlow)
	stream := "Answers a stream of JSON lines: `progress`, then `result` or `failed`. Nothing is stored or sent; what flows ask of others is not performed. " +
		"The bot as it is published and the changed one are run over the same messages."
	huma.Register(a.huma, *a.describe(operation{ID: "replayFlow", Method: "POST", Path: "/flows/{flow_id}/replay", Tag: "Flows", Needs: writeBots, Refusals: []int{409},
		Summary: "Run real conversations through a flow's draft", Description: stream}), a.replayFlow)
	huma.Register(a.huma, *a.describe(operation{ID: "replayBot", Method: "POST", Path: "/bots/{bot_id}/replay", Tag: "Bots", Needs: writeBots, Refusals: []int{409},
		Summary: "Run real conversations through changed rules", Description: stream}), a.replayBot)
}

// maxSession bounds a session that is handed back, in bytes.
const maxSession = 64 << 10

type tryFlowInput struct {
	FlowPath
	Body struct {
		Definition json.RawMessage `json:"definition,omitempty" doc:"In the form of the export; the saved draft, unless given"`
		Session    json.RawMessage `json:"session,omitempty" doc:"Of the step before; without one a run begins"`
		Input      FlowInput       `json:"input"`
		Channel    string          `json:"channel,omitempty" maxLength:"40" default:"webchat" doc:"A kind of channel"`
		Contact    PretendContact  `json:"contact,omitzero" required:"false"`
		Now        time.Time       `json:"now,omitzero" required:"false" doc:"The clock of this step; now, unless given. A timer's is moved to when it is due"`
		Language   string          `json:"language,omitempty" maxLength:"35" doc:"The conversation's (BCP 47)"`
	}
}

// FlowInput is what happens to a flow under trial.
type FlowInput struct {
	Kind    flows.InputKind `json:"kind" enum:"start,message,timer,event"`
	Content *chat.Content   `json:"content,omitempty" doc:"Of a message"`
	Event   string          `json:"event,omitempty" maxLength:"60"`
	Data    map[string]any  `json:"data,omitempty" doc:"Of the event"`
}

// PretendContact is who talks to a flow under trial.
type PretendContact struct {
	Name     string         `json:"name,omitempty" maxLength:"200"`
	Language string         `json:"language,omitempty" maxLength:"35"`
	Phone    string         `json:"phone,omitempty" maxLength:"20"`
	Email    string         `json:"email,omitempty" maxLength:"254"`
	Tags     []string       `json:"tags,omitempty" maxItems:"100"`
	Fields   map[string]any `json:"fields,omitempty"`
}

// TriedFlow is what one step did.
type TriedFlow struct {
	Session  *flows.Session   `json:"session,omitempty" doc:"For the next step; absent when the run has ended"`
	Effects  []flows.Effect   `json:"effects"`
	Path     []flows.Visit    `json:"path"`
	Ended    flows.Ending     `json:"ended,omitempty" enum:"done,handoff,closed,expired,stopped,interrupted,failed"`
	Fault    *TriedFault      `json:"fault,omitempty"`
	Vars     map[string]any   `json:"vars"`
	TookUS   int64            `json:"took_us"`
	Previews [][]chat.Content `json:"previews" doc:"For each message said, the parts that the channel would carry; none when it cannot at all"`
}

// TriedFault is why a run failed.
type TriedFault struct {
	flows.Fault
	Message string `json:"message" doc:"In the reader's language"`
}

func (a *API) tryFlow(ctx context.Context, in *tryFlowInput) (*Out[TriedFlow], error) {
	b, who := in.Body, auth.From(ctx).Company
	r := trial.Rehearsal{Channel: b.Channel, Language: b.Language, Now: b.Now,
		Contact: flows.Contact{Name: b.Contact.Name, Language: b.Contact.Language, Phone: b.Contact.Phone, Email: b.Contact.Email, Tags: b.Contact.Tags, Fields: b.Contact.Fields},
		Input:   flows.Input{Kind: b.Input.Kind, Event: flows.Event{Name: b.Input.Event, Data: b.Input.Data}}}
	if b.Input.Kind == "event" {
		r.Input.Kind = flows.Happen
	}
	if c := b.Input.Content; c != nil {
		if err := c.Check(); err != nil {
			return nil, errs.Under("input.content", err)
		}
		r.Input.Message = *c
	} else if r.Input.Kind == flows.Message {
		return nil, errs.New(errs.Invalid, "flow.required").At("input.content")
	}
	if len(b.Definition) > 0 {
		d, err := flow.Import(b.Definition, "definition")
		if err != nil {
			return nil, err
		}
		r.Definition = &d
	}
	if len(b.Session) > maxSession {
		return nil, errs.New(errs.Invalid, "flow.session").At("session")
	}
	if len(b.Session) > 0 {
		if err := json.Unmarshal(b.Session, &r.Session); err != nil {
			return nil, errs.New(errs.Invalid, "flow.session").At("session")
		}
	}
	got, err := a.Trials.Try(ctx, who, in.Flow, r)
	if err != nil {
		return nil, err
	}
	out := TriedFlow{Session: got.Session, Effects: append([]flows.Effect{}, got.Effects...), Path: append([]flows.Visit{}, got.Path...), Ended: got.Ended,
		Vars: got.Vars, TookUS: got.Took.Microseconds(), Previews: [][]chat.Content{}}
	if out.Vars == nil {
		out.Vars = map[string]any{}
	}
	if f := got.Fault; f != nil {
		out.Fault = &TriedFault{*f, faultSentence(scopeOf(ctx).lang, *f)}
	}
	return answer(out, a.preview(ctx, in.Flow, b.Channel, cmp.Or(b.Language, b.Contact.Language), &out))
}

// faultSentence tells why a run failed.
func faultSentence(lang string, f flows.Fault) string {
	args := map[string]any{"node": f.Node, "text": f.Text}
	for _, code := range []string{"fault." + f.Code, f.Code} {
		if _, ok := catalogue[lang][code]; ok {
			return sentence(lang, code, args)
		}
	}
	return sentence(lang, "fault.other", args)
}

// preview fits what was said to a kind of channel: the bot's own of that kind, or one as it
// is when it is new.
func (a *API) preview(ctx context.Context, which id.Flow, kind, language string, t *TriedFlow) error {
	who := auth.From(ctx).Company
	via, err := inCompany(ctx, a, func(tx db.CompanyTx) (channels.Channel, error) {
		c := channels.Channel{Company: who, Kind: channels.Kind(kind), Settings: json.RawMessage("{}")}
		f, err := a.Flows.Get(ctx, tx, which)
		if err != nil {
			return c, err
		}
		list, err := flow.Channels(ctx, tx, f.Bot)
		for _, own := range list {
			if own.Kind == c.Kind {
				return own, err
			}
		}
		return c, err
	})
	if err != nil {
		return err
	}
	w := a.Way
	w.Language = cmp.Or(language, w.Language)
	for i, e := range t.Effects {
		if e.Say == nil {
			continue
		}
		parts, _ := w.Fit(via, e.Say.Content)
		for p := range parts {
			a.linkContent(who, &parts[p])
		}
		t.Previews = append(t.Previews, append([]chat.Content{}, parts...))
		said := *e.Say
		a.linkContent(who, &said.Content)
		t.Effects[i].Say = &said
	}
	return nil
}

type replayFlowInput struct {
	FlowPath
	Body struct {
		Conversations int `json:"conversations" minimum:"1" maximum:"1000" doc:"The last so many of the bot's channels"`
	}
}

func (a *API) replayFlow(ctx context.Context, in *replayFlowInput) (*huma.StreamResponse, error) {
	who := auth.From(ctx).Company
	if _, err := inCompany(ctx, a, func(tx db.CompanyTx) (flow.Flow, error) { return a.Flows.Get(ctx, tx, in.Flow) }); err != nil {
		return nil, err
	}
	return a.replay(func(ctx context.Context, tell func(done, of int)) (trial.Result, error) {
		return a.Trials.Draft(ctx, who, in.Flow, in.Body.Conversations, tell)
	}), nil
}

type replayBotInput struct {
	FlowsPath
	Body struct {
		Rules         []rules.Definition `json:"rules,omitempty" maxItems:"1000" doc:"In the place of those with their ids, or besides them"`
		Conversations int                `json:"conversations" minimum:"1" maximum:"1000" doc:"The last so many of the bot's channels"`
	}
}

func (a *API) replayBot(ctx context.Context, in *replayBotInput) (*huma.StreamResponse, error) {
	who := auth.From(ctx).Company
	if _, err := inCompany(ctx, a, func(tx db.CompanyTx) (BotView, error) { return viewBot(a.Bots.Get(ctx, tx, in.Bot)) }); err != nil {
		return nil, err
	}
	return a.replay(func(ctx context.Context, tell func(done, of int)) (trial.Result, error) {
		return a.Trials.Rules(ctx, who, in.Bot, in.Body.Rules, in.Body.Conversations, tell)
	}), nil
}

// ReplayLine is one line of a replay's stream.
type ReplayLine struct {
	Progress *ReplayProgress `json:"progress,omitempty"`
	Result   *trial.Result   `json:"result,omitempty"`
	Failed   *Problem        `json:"failed,omitempty"`
}

// ReplayProgress counts conversations.
type ReplayProgress struct {
	Done int `json:"done"`
	Of   int `json:"of"`
}

// replay streams a replay's lines; it ends with the request.
func (a *API) replay(run func(context.Context, func(done, of int)) (trial.Result, error)) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", "application/x-ndjson")
		hc.SetHeader("X-Accel-Buffering", "no")
		w := hc.BodyWriter()
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		line := func(l ReplayLine) {
			_ = enc.Encode(l) // the caller may have gone
			if f, ok := w.(http.Flusher); ok {
				f.Flush()
			}
		}
		result, err := run(hc.Context(), func(done, of int) { line(ReplayLine{Progress: &ReplayProgress{done, of}}) })
		if err != nil {
			line(ReplayLine{Failed: problemOf(hc.Context(), err)})
			return
		}
		for i := range result.Items {
			a.linkItem(auth.From(hc.Context()).Company, &result.Items[i])
		}
		line(ReplayLine{Result: &result})
	}}
}

// linkItem gives the files of what was said an address.
func (a *API) linkItem(who id.Company, item *trial.Item) {
	if item.Message != nil {
		a.linkContent(who, item.Message)
	}
	for i := range item.Said {
		a.linkContent(who, &item.Said[i])
	}
	for _, t := range []*trial.Turn{&item.Before, &item.After} {
		for i, e := range t.Effects {
			if e.Say != nil {
				said := *e.Say // shared with the bot: a copy is linked
				a.linkContent(who, &said.Content)
				t.Effects[i].Say = &said
			}
		}
	}
}
