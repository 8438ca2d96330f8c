package bots

import "recado/internal/errs"

// State says who speaks for the company in a conversation.
type State string

const (
	WithBot State = "bot"     // the bot answers
	Waiting State = "waiting" // a person was asked for; the bot stays silent
	Human   State = "human"   // an agent has it; the bot stays silent
	Paused  State = "paused"  // the bot is silent until a time, then WithBot
	Closed  State = "closed"  // done; the next message starts WithBot again
)

// Event moves a conversation from one State to another.
type Event string

const (
	Wrote      Event = "wrote"      // the contact wrote
	Asked      Event = "asked"      // the bot hands over: the contact asked, or the bot is unsure
	Claimed    Event = "claimed"    // an agent took it
	Released   Event = "released"   // an agent gave it back to the bot
	Unassigned Event = "unassigned" // an agent gave it up to the next one
	Pause      Event = "pause"      // silence the bot until a time
	Elapsed    Event = "elapsed"    // that time came
	Close      Event = "close"
	Began      Event = "began"  // a flow speaks first
	Reopen     Event = "reopen" // an agent takes a closed conversation up again
)

// transitions is the whole machine; what is absent is refused. The database repeats the
// states in a check constraint, and every change of state goes through Next.
var transitions = map[State]map[Event]State{
	WithBot: {Wrote: WithBot, Began: WithBot, Asked: Waiting, Claimed: Human, Pause: Paused, Close: Closed},
	Waiting: {Wrote: Waiting, Asked: Waiting, Claimed: Human, Released: WithBot, Pause: Paused, Close: Closed},
	Human:   {Wrote: Human, Claimed: Human, Released: WithBot, Unassigned: Waiting, Pause: Paused, Close: Closed},
	Paused:  {Wrote: Paused, Claimed: Human, Released: WithBot, Pause: Paused, Elapsed: WithBot, Close: Closed},
	Closed:  {Wrote: WithBot, Began: WithBot, Reopen: Human, Claimed: Human, Close: Closed},
}

// Next is the state after ev, or a Conflict "conversation.state" when the machine does
// not allow it. Who may claim from Human (only the agent who has it, or one who may
// manage the inbox) is the inbox's to check.
func (s State) Next(ev Event) (State, error) {
	to, ok := transitions[s][ev]
	if !ok {
		return s, errs.New(errs.Conflict, "conversation.state", "state", string(s), "event", string(ev))
	}
	return to, nil
}

// BotSpeaks reports whether a bot may answer in this state.
func (s State) BotSpeaks() bool { return s == WithBot }
