package bots

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"recado/internal/chat"
	"recado/internal/errs"
)

var (
	states = []State{WithBot, Waiting, Human, Paused, Closed}
	events = []Event{Wrote, Asked, Claimed, Released, Unassigned, Pause, Elapsed, Close, Reopen}
)

// The machine as a matrix, "-" for refused, written down apart from the code.
const matrix = `
         wrote   asked   claimed released unassigned pause  elapsed close  reopen
bot      bot     waiting human   -        -          paused -       closed -
waiting  waiting waiting human   bot      -          paused -       closed -
human    human   -       human   bot      waiting    paused -       closed -
paused   paused  -       human   bot      -          paused bot     closed -
closed   bot     -       human   -        -          -      -       closed human`

func TestNextIsTheMatrix(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSpace(matrix), "\n")
	head := strings.Fields(lines[0])
	if len(lines)-1 != len(states) || len(head) != len(events) || len(transitions) != len(states) {
		t.Fatalf("the matrix has %d states and %d events", len(lines)-1, len(head))
	}
	for _, line := range lines[1:] {
		row := strings.Fields(line)
		from := State(row[0])
		for i, want := range row[1:] {
			to, err := from.Next(Event(head[i]))
			if want == "-" {
				if !errs.Is(err, "conversation.state") || to != from {
					t.Errorf("%s %s: to %s, %v; want a refusal that changes nothing", from, head[i], to, err)
				}
				continue
			}
			if err != nil || to != State(want) {
				t.Errorf("%s %s: to %s, %v; want %s", from, head[i], to, err, want)
			}
		}
	}
	if to, err := State("new").Next(Wrote); err == nil || to != "new" {
		t.Error("an unknown state moves")
	}
}

// A walk of a conversation through random events, against what people expect of it: the
// model knows who holds the conversation, not which state that is.
func TestWalks(t *testing.T) {
	t.Parallel()
	b := testBot(t, nil)
	rng := rand.New(rand.NewPCG(3, 9))
	says := []string{"hola", "horario", "quiero hablar con una persona", "¿cuánto cuesta?", "zzz", "gracias"}
	for range 400 {
		var (
			state        = WithBot
			held, asked  bool // an agent has it; a person was asked for and nobody has answered yet
			paused, done bool
			memory       Memory
		)
		for step := range 40 {
			ev := events[rng.IntN(len(events))]
			to, err := state.Next(ev)
			if err != nil {
				if ev == Close || ev == Claimed || ev == Wrote {
					t.Fatalf("step %d: %s is refused from %s; it never may be", step, ev, state)
				}
				continue
			}
			switch ev {
			case Asked:
				asked = true
			case Claimed, Reopen:
				held, asked, paused, done = true, false, false, false
			case Released, Elapsed:
				held, asked, paused = false, false, false
			case Unassigned:
				held, asked = false, true
			case Pause:
				held, asked, paused = false, false, true
			case Close:
				held, asked, paused, done = false, false, false, true
			case Wrote:
				done = false
			}
			silent := held || asked || paused
			if to.BotSpeaks() && (silent || done) {
				t.Fatalf("step %d: %s by %s to %s: the bot speaks over someone", step, state, ev, to)
			}
			if !to.BotSpeaks() && !silent && !done {
				t.Fatalf("step %d: %s by %s to %s: nobody speaks", step, state, ev, to)
			}
			state = to
			if ev != Wrote {
				continue
			}
			o := b.Handle(t.Context(), Turn{Now: openHour, Conversation: Conversation{State: state, Memory: memory, PausedUntil: openHour.Add(time.Hour)},
				Message: Message{Content: chat.Plain(says[rng.IntN(len(says))])}})
			if spoke := len(o.Effects) > 0; spoke && silent {
				t.Fatalf("step %d: in %s the bot did %+v", step, state, o.Effects)
			}
			memory = o.Memory
			for _, e := range o.Effects {
				if e.Handoff != nil {
					if state, err = state.Next(Asked); err != nil {
						t.Fatal(err)
					}
					asked = true
				}
			}
		}
	}
}

// A turn is decided on the state it read; if an agent claims meanwhile, committing the
// bot's wish for a person must fail, and so its reply with it.
func TestClaimBeatsTheBot(t *testing.T) {
	t.Parallel()
	claimed, err := WithBot.Next(Claimed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := claimed.Next(Asked); !errs.Is(err, "conversation.state") {
		t.Errorf("the bot took the conversation from an agent: %v", err)
	}
	if claimed.BotSpeaks() {
		t.Error("a claimed conversation lets the bot speak")
	}
}
