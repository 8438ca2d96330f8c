package flows

import (
	"recado/internal/chat"
	"recado/internal/id"
)

// Effect is one thing to do; exactly one field is set, and order matters.
type Effect struct {
	Say      *Say     `json:"say,omitempty"`
	Handoff  *Handoff `json:"handoff,omitempty"`
	Label    id.Label `json:"label,omitzero"`
	Unlabel  id.Label `json:"unlabel,omitzero"`
	Close    bool     `json:"close,omitempty"`
	Set      *Set     `json:"set,omitempty"`
	Tag      *Tag     `json:"tag,omitempty"`
	Note     string   `json:"note,omitempty"`     // for agents
	Language string   `json:"language,omitempty"` // the conversation's, from now on
	Stop     id.Flow  `json:"stop,omitzero"`      // end the conversation's sessions of this flow
}

// Say sends a message as the bot.
type Say struct {
	Content chat.Content `json:"content"`
}

// Handoff asks for a person. Reason is "asked", "unsure", "rule", "media" (the bot cannot
// see what was sent), "flow" (a node says so) or "loop" (the same words again and again:
// probably a machine). Where no bot could be asked, dispatch hands over as "failed" or
// "no_bot". To names the agent wanted; zero is whoever is free.
type Handoff struct {
	Reason  string  `json:"reason" enum:"asked,unsure,rule,media,loop,failed,no_bot,flow"`
	Summary string  `json:"summary,omitempty"` // what the agent should know, in the bot's language
	To      id.User `json:"to,omitzero"`
	Team    id.Team `json:"team,omitzero"`
}

// Set writes a field of the contact: name, email, phone, or any other name among its own
// fields. A nil Value takes it away.
type Set struct {
	Field string `json:"field"`
	Value any    `json:"value"`
}

// Tag puts a tag on the contact or takes it away.
type Tag struct {
	Name   string `json:"name"`
	Remove bool   `json:"remove,omitempty"`
}
