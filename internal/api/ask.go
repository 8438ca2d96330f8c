package api

import (
	"context"

	"recado/bots"
	"recado/internal/assistant"
	"recado/internal/auth"
	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/id"
	"recado/internal/knowledge"
)

func (a *API) ask() {
	add(a, operation{ID: "askBot", Method: "POST", Path: "/bots/{id}/ask", Tag: "Bots", Needs: seeBots, Refusals: []int{409},
		Summary:     "Ask a bot's questions",
		Description: "What its questions alone would answer, with scores also when it would refuse. Nothing is stored or counted."}, a.askBot)
	add(a, operation{ID: "tryBot", Method: "POST", Path: "/bots/{id}/try", Tag: "Bots", Needs: seeBots, Refusals: []int{409},
		Summary:     "Try a whole turn of a bot",
		Description: "Rules, questions and fallback, as if a contact had written. Nothing is stored, counted or sent, and a bot that is switched off answers too. Hand the memory back to go on with the same talk."}, a.tryBot)
}

type askInput struct {
	BotPath
	Body struct {
		Query string `json:"query" maxLength:"4000"`
		K     int    `json:"k,omitempty" minimum:"1" maximum:"50" default:"5" doc:"Most results"`
	}
}

// Asked is what a bot's questions have to say.
type Asked struct {
	Results  []AskResult   `json:"results" doc:"The best first, also when the bot would refuse"`
	Answered bool          `json:"answered" doc:"The bot would say the first result's answer"`
	Decision bots.Decision `json:"decision" enum:"answer,offer,handoff"`
	Answer   string        `json:"answer" doc:"What the bot would say, byte for byte as stored; empty when it does not answer"`
	Trace    bots.Trace    `json:"trace"`
}

// AskResult is one candidate.
type AskResult struct {
	Name       string  `json:"faq_id" doc:"Its external id, or else its id"`
	ID         id.FAQ  `json:"id" format:"uuid"`
	ExternalID string  `json:"external_id,omitempty"`
	Question   string  `json:"question"`
	Answer     string  `json:"answer"`
	Score      float64 `json:"score" doc:"Probability, 0 to 1, that it is the right one"`
}

func (a *API) askBot(ctx context.Context, in *askInput) (*Out[Asked], error) {
	got, err := a.Bots.Ask(ctx, auth.From(ctx).Company, in.ID, in.Body.Query, in.Body.K)
	if err != nil {
		return nil, err
	}
	out := Asked{Results: make([]AskResult, len(got.Candidates)), Decision: got.Decision, Trace: got.Trace}
	for i, c := range got.Candidates {
		name := knowledge.FAQ{ID: c.ID, ExternalID: c.ExternalID}.Name()
		out.Results[i] = AskResult{name, c.ID, c.ExternalID, c.Question, c.Answer, c.Score}
	}
	if out.Answered = got.Decision == bots.DecideAnswer; out.Answered {
		out.Answer = out.Results[0].Answer
	}
	return &Out[Asked]{out}, nil
}

type tryInput struct {
	BotPath
	Body struct {
		Text     string        `json:"text,omitempty" maxLength:"16384" doc:"What the contact writes"`
		Content  *chat.Content `json:"content,omitempty" doc:"Or another kind of message, such as a button pressed"`
		State    bots.State    `json:"state,omitempty" enum:"bot,waiting,human,paused,closed" default:"bot"`
		Language string        `json:"language,omitempty" maxLength:"35" doc:"The contact's (BCP 47)"`
		Memory   bots.Memory   `json:"memory,omitzero" required:"false" doc:"Of the turn before"`
	}
}

// Tried is what a bot would do.
type Tried struct {
	Effects []TriedEffect `json:"effects"`
	Memory  bots.Memory   `json:"memory" doc:"For the next turn"`
	Trace   bots.Trace    `json:"trace"`
}

// TriedEffect is one thing the bot would do, in order; one field is set.
type TriedEffect struct {
	Say     *chat.Content `json:"say,omitempty"`
	Handoff *bots.Handoff `json:"handoff,omitempty"`
	Label   id.Label      `json:"label,omitzero" required:"false" format:"uuid"`
	Close   bool          `json:"close,omitempty"`
}

func (a *API) tryBot(ctx context.Context, in *tryInput) (*Out[Tried], error) {
	content := chat.Plain(in.Body.Text)
	if in.Body.Content != nil {
		content = *in.Body.Content
	}
	if err := content.Check(); err != nil {
		if in.Body.Content == nil {
			return nil, err // it is the text, and at "text"
		}
		return nil, errs.Under("content", err)
	}
	company := auth.From(ctx).Company
	got, err := a.Bots.Try(ctx, company, in.ID, assistant.Rehearsal{Content: content, State: in.Body.State, Language: in.Body.Language, Memory: in.Body.Memory})
	if err != nil {
		return nil, err
	}
	out := Tried{Effects: make([]TriedEffect, len(got.Effects)), Memory: got.Memory, Trace: got.Trace}
	for i, e := range got.Effects {
		out.Effects[i] = TriedEffect{Handoff: e.Handoff, Label: e.Label, Close: e.Close}
		if e.Say != nil {
			c := e.Say.Content // shared with the bot: a copy is linked
			a.linkContent(company, &c)
			out.Effects[i].Say = &c
		}
	}
	return &Out[Tried]{out}, nil
}
