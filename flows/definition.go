// Package flows is the engine of conversations drawn without code: a Definition is
// compiled once, at publish, into a Flow, and a Flow takes a Session from one event to the
// next wait. It is pure: no clock, no store, no network. What a node needs from outside it
// asks for as a Call, which the host performs between two steps; what it wants done it
// returns as Effects.
//
// The kinds of node live in flows/nodes, one file each; the host hands their table to
// Compile, so that this package knows none of them. To add one, write its file there.
package flows

import (
	"encoding/json"

	"recado/flows/expr"
	"recado/internal/hours"
	"recado/internal/id"
)

// Format is the version of definitions that this package runs; flows/upgrade brings older
// ones up to it.
const Format = 1

// Words is one sentence of the interface in each of its languages.
type Words = expr.Words

// Definition is a flow as people draw it and as it is stored, exported and compared.
type Definition struct {
	Format    int        `json:"format" doc:"Version of this format"`
	Name      string     `json:"name" maxLength:"120"`
	Language  string     `json:"language" enum:"es,en" doc:"Every text must exist in it; the others fall back to it"`
	Start     string     `json:"start" maxLength:"40" doc:"Node at which it begins"`
	Triggers  []Trigger  `json:"triggers"`
	Variables []Variable `json:"variables"`
	Goals     []Goal     `json:"goals,omitempty"`
	// Idle is how long a session may wait for an answer to a question without a timeout of
	// its own, in minutes; 0 is a day.
	Idle  int       `json:"idle_minutes,omitempty" minimum:"0" maximum:"43200"`
	Nodes []NodeDef `json:"nodes"`
}

// NodeDef is one node on the canvas. Next leads from an exit to a node; an exit that is
// missing in it ends the flow.
type NodeDef struct {
	ID   string            `json:"id" maxLength:"40" doc:"Unique in the flow: letters, digits, - and _"`
	Type string            `json:"type"`
	Name string            `json:"name,omitempty" maxLength:"80"`
	At   [2]int            `json:"at" doc:"Place on the canvas: x, y"`
	Data json.RawMessage   `json:"data"`
	Next map[string]string `json:"next,omitempty"`
}

// Text is a template in each language a company writes, by BCP 47 tag: {"es": "Hola, {nombre}"}.
type Text map[string]string

// Variable is a name a flow's nodes may fill and read as vars.<name>.
type Variable struct {
	Name  string    `json:"name" maxLength:"40" doc:"Lower-case letters, digits and _"`
	Type  expr.Type `json:"type" enum:"text,number,bool,date,list,any"`
	About string    `json:"about,omitempty" maxLength:"300"`
}

// TriggerType is what starts a flow.
type TriggerType string

const (
	OnKeyword  TriggerType = "keyword"  // the message matches Words
	OnFirst    TriggerType = "first"    // the contact's first message, or the first after a close
	OnRef      TriggerType = "ref"      // a button, link or advertisement with this reference
	OnOpened   TriggerType = "opened"   // the contact opened the chat, before writing
	OnHours    TriggerType = "hours"    // any message outside (or within) the hours
	OnEvent    TriggerType = "event"    // something happened: see Events
	OnSchedule TriggerType = "schedule" // a time of the week, for contacts with a tag
	OnAPI      TriggerType = "api"      // an integrator asks for it
)

// Trigger starts a flow. Of several that match, the highest Priority wins, then the oldest flow.
type Trigger struct {
	ID       string      `json:"id" maxLength:"40"`
	Type     TriggerType `json:"type" enum:"keyword,first,ref,opened,hours,event,schedule,api"`
	Priority int         `json:"priority,omitempty" minimum:"-1000" maximum:"1000"`
	// Match and Words: as a keyword rule's (bots/rules).
	Match string   `json:"match,omitempty" enum:"exact,contains,starts,any_of,regex"`
	Words []string `json:"words,omitempty" maxItems:"100"`
	// When limits the trigger to the bot's hours.
	When string `json:"when,omitempty" enum:"always,open,closed"`
	Ref  string `json:"ref,omitempty" maxLength:"120"`
	// Event and the expression If over it.
	Event string `json:"event,omitempty" maxLength:"60"`
	If    string `json:"if,omitempty" maxLength:"4096"`
	// Week and Tag: a schedule starts at the beginning of each span, for contacts with the tag.
	Week *hours.Hours `json:"week,omitempty"`
	Tag  string       `json:"tag,omitempty" maxLength:"60"`
	// Channels limits the trigger to some of the bot's channels; empty is all.
	Channels []id.Channel `json:"channels,omitempty" maxItems:"50"`
	// Interrupt lets the trigger win over a question that waits for an answer.
	Interrupt bool `json:"interrupt,omitempty"`
}

// Events that Recado itself tells flows of; a company's own may have any other name.
var Events = []string{"cart.abandoned", "order.created", "order.paid", "tag.added", "field.changed", "subscription.expiring"}

// Goal is what a flow is for; reaching it in a run counts as a conversion.
type Goal struct {
	Type string `json:"type" enum:"tag,order,handoff,node"`
	Ref  string `json:"ref,omitempty" maxLength:"120" doc:"The tag, or the node to reach"`
}
