// Package bots decides what a bot does with one message. It is pure: a Turn and a
// compiled Bot go in, Effects and a Trace come out. It has no SQL, no HTTP and no clock;
// what it needs from outside (an answer from the FAQ) it declares as a small interface.
package bots

import (
	"cmp"
	"context"
	"time"

	"recado/flows"
	"recado/internal/chat"
	"recado/internal/id"
)

// Turn is everything a bot may know when it handles one message from a contact, one Event,
// or, with neither, the time that a flow waited for.
type Turn struct {
	Now          time.Time // the database's clock
	Conversation Conversation
	Contact      Contact
	Message      Message
	Event        *Happening
	// Flows finds versions that sessions stand on and Host performs flows' calls; both may
	// be nil for a bot without flows.
	Flows flows.Library
	Host  flows.Host
	// NewRun names runs that begin; nil for fresh ids. Who runs a turn twice to compare gives
	// both the same, since a person's arm in an experiment hangs on it.
	NewRun func() id.Run
}

// Happening is something that happened besides a message. With Flow it asks for that flow
// to start as Run.
type Happening struct {
	ID   id.Event
	Flow id.Flow
	Run  id.Run
	At   time.Time
	flows.Event
}

// Conversation is the part of a conversation's record that a turn reads.
type Conversation struct {
	ID          id.Conversation
	State       State
	PausedUntil time.Time // with Paused
	Language    string    // BCP 47, "" when unknown
	Memory      Memory
	// What only flows read; empty for a bot that has none.
	Channel id.Channel
	Kind    string // of the channel
	Labels  []string
}

// Memory is what the bot keeps from one turn to the next; stored as JSON with the
// conversation and handed back unchanged.
type Memory struct {
	Greeted bool      `json:"greeted,omitempty"`
	Misses  int       `json:"misses,omitempty"`  // unsure turns in a row
	Offered []Offered `json:"offered,omitempty"` // choices of the last offer, in order shown
	// The last words and how often they came in a row, to notice another machine.
	LastHash uint32 `json:"last_hash,omitempty"`
	Repeats  int    `json:"repeats,omitempty"`
	Heard    bool   `json:"heard,omitempty"` // the contact has written before
	// Flows are the sessions under way, the latest last; at most one waits for a message.
	Flows []*flows.Session `json:"flows,omitempty"`
}

// Offered is one choice the bot proposed: a button or a row. Its ID says what choosing it
// does: HandoffID asks for a person, FAQPrefix and an id tells that entry's answer, and
// any other stands for its Label, as if the contact had written it.
type Offered struct {
	ID    string `json:"id"`
	Label string `json:"label"`
}

// Ids of the bot's own buttons; companies may put them on the buttons of a rule's answer.
const (
	HandoffID = "handoff"
	FAQPrefix = "faq:"
)

// Contact is the person who wrote.
type Contact struct {
	ID       id.Contact
	Name     string
	Language string
	// What only flows read.
	Phone, Email string
	Tags         []string
	Fields       map[string]any
}

// Message is what was written.
type Message struct {
	ID      id.Message
	At      time.Time
	Content chat.Content
}

// Outcome is what one turn asks for. Its contents may be shared with the Bot: read only.
// Dispatch commits all of it with the turn's completion, or none of it.
type Outcome struct {
	Effects []Effect
	Memory  Memory
	Trace   Trace
	Runs    []Progress
}

// What a bot asks for is what its flows ask for.
type (
	Effect  = flows.Effect
	Say     = flows.Say
	Handoff = flows.Handoff
)

// Progress is what a turn did to one session of a flow, for the record of runs.
type Progress struct {
	Session *flows.Session // as it stands now
	Version int            // of Session.Root; only with Begun
	Trigger string         // id of the trigger, "api" or "flow"; only with Begun
	Begun   bool
	Path    []flows.Visit
	Ended   flows.Ending // empty while it goes on
	Fault   *flows.Fault
	Goal    bool // reached in this turn
}

// Trace explains a turn: where the answer came from and why the others lost (A14).
type Trace struct {
	Source    string   `json:"source" enum:"silent,handoff,rule,flow,offer,faq,greeting,fallback,ack"`
	Bot       id.Bot   `json:"bot,omitzero" format:"uuid"`
	Rule      *RuleRef `json:"rule,omitempty"`
	FAQ       *FAQRef  `json:"faq,omitempty"`
	Flow      *FlowRef `json:"flow,omitempty"`
	Query     string   `json:"query,omitempty"`
	Repaired  string   `json:"repaired,omitempty" doc:"The question after spelling repair"`
	AnswerAt  float64  `json:"answer_at,omitempty" doc:"Confidence from which the bot answers alone"`
	OfferAt   float64  `json:"offer_at,omitempty" doc:"Confidence from which it offers the nearest"`
	Steps     []Step   `json:"steps,omitempty"`
	TookMicro int64    `json:"took_us"`
}

// RuleRef names a rule in a trace.
type RuleRef struct {
	ID   id.Rule `json:"id" format:"uuid"`
	Name string  `json:"name"`
}

// FAQRef names an entry in a trace.
type FAQRef struct {
	ID         id.FAQ  `json:"id" format:"uuid"`
	ExternalID string  `json:"external_id,omitempty"`
	Question   string  `json:"question"`
	Score      float64 `json:"score"`
}

// FlowRef names a flow in a trace, with the nodes that this turn passed.
type FlowRef struct {
	ID      id.Flow       `json:"id" format:"uuid"`
	Name    string        `json:"name"`
	Version int           `json:"version"`
	Run     id.Run        `json:"run" format:"uuid"`
	Trigger string        `json:"trigger,omitempty" doc:"What started it, where it started in this turn"`
	Path    []flows.Visit `json:"path"`
	Fault   *flows.Fault  `json:"fault,omitempty"`
}

// Step is one thing the turn looked at, in order. Outcome is "won", "lost" or "skipped";
// Detail says why in the words of the engine ("hours:closed", "score below answer_at").
type Step struct {
	What    string  `json:"what" doc:"state, repeats, offer, asked_for_person, rule, flow, trigger, media, greeting, faq, ack, fallback"`
	Outcome string  `json:"outcome" enum:"won,lost,skipped"`
	Detail  string  `json:"detail,omitempty"`
	ID      string  `json:"id,omitempty"`
	Name    string  `json:"name,omitempty"`
	Score   float64 `json:"score,omitempty"`
}

// Answerer answers from the company's own words. internal/knowledge satisfies it.
type Answerer interface {
	// Answer ranks at most k entries for the query, best first, and says what the
	// score allows. An empty knowledge base yields Handoff and no candidates.
	Answer(ctx context.Context, query string, k int) Answers
	// Find is the entry a contact chose from an offer, with Score 1; ok is false when it
	// is no longer there, is not enabled, or is another bot's.
	Find(ctx context.Context, faq id.FAQ) (c Candidate, ok bool)
}

// Decision is what the confidence of the best candidate allows.
type Decision string

const (
	DecideAnswer  Decision = "answer"
	DecideOffer   Decision = "offer"
	DecideHandoff Decision = "handoff"
)

// Answers is a ranked result. Scores are calibrated: the probability that the entry is right.
type Answers struct {
	Candidates []Candidate
	Decision   Decision
	Repaired   string
	AnswerAt   float64
	OfferAt    float64
}

// Candidate is one FAQ entry with its answer, byte for byte as stored.
type Candidate struct {
	ID         id.FAQ
	ExternalID string
	Question   string
	Answer     string
	Score      float64
}

// title is what to call an entry; a passage has no question, so it goes by its first words.
func (c Candidate) title() string { return cmp.Or(c.Question, brief(c.Answer)) }
