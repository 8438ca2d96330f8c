package main

import (
	"slices"
	"testing"

	"recado/internal/sim"
)

func TestJudgeOutlet(t *testing.T) {
	t.Parallel()
	in := func(text string) entry {
		return entry{Direction: "in", Author: "contact", Text: text, State: "received"}
	}
	out := func(query, state string, events ...string) entry {
		return entry{ID: query, Direction: "out", Author: "bot", Text: "Va", Query: query, State: state, Events: events}
	}
	reply := func(text, state string, events ...string) entry {
		return entry{ID: text, Direction: "out", Author: "agent", Text: text, State: state, Events: events}
	}
	shows := func(texts ...string) (list []sim.Bubble) {
		list = append(list, sim.Bubble{Mine: true, Text: "a"})
		for _, text := range texts {
			list = append(list, sim.Bubble{Text: text})
		}
		return list
	}
	bot := &customer{wrote: []string{"a"}}
	person := &customer{person: true, wrote: []string{"a"}, replies: []string{"r"}}
	tests := []struct {
		name       string
		who        *customer
		ledger     []entry
		screen     []sim.Bubble
		idempotent bool
		want       []string
		twice      int
	}{
		{"as it should be", bot, []entry{in("a"), out("a", "sent", "sent")}, shows("Va"), false, nil, 0},
		{"read already", bot, []entry{in("a"), out("a", "read", "sent")}, shows("Va"), false, nil, 0},
		{"not stored", bot, nil, shows(), false, []string{notStored, badAnswers}, 0},
		{"stored twice", bot, []entry{in("a"), in("a"), out("a", "sent")}, shows("Va"), false, []string{storedTwice}, 0},
		{"not answered", bot, []entry{in("a")}, shows(), false, []string{badAnswers}, 0},
		{"answered twice", bot, []entry{in("a"), out("a", "sent"), out("a", "sent")}, shows("Va", "Va"), false, []string{badAnswers}, 0},
		{"lost on its way", bot, []entry{in("a"), out("a", "sent", "sent")}, shows(), false, []string{neverShown}, 0},
		{"sent twice after a doubt", bot, []entry{in("a"), out("a", "sent", "unsure", "sent")}, shows("Va", "Va"), false, nil, 1},
		{"sent three times after a doubt", bot, []entry{in("a"), out("a", "sent", "unsure", "sent")}, shows("Va", "Va", "Va"), false, []string{shownTwice}, 1},
		{"sent twice without a doubt", bot, []entry{in("a"), out("a", "sent", "sent")}, shows("Va", "Va"), false, []string{shownTwice}, 0},
		{"sent twice where repeats are dropped", bot, []entry{in("a"), out("a", "sent", "unsure", "sent")}, shows("Va", "Va"), true, []string{shownTwice}, 0},
		{"refused", bot, []entry{in("a"), out("a", "failed", "failed")}, shows(), false, nil, 0},
		{"refused and shown", bot, []entry{in("a"), out("a", "failed", "failed")}, shows("Va"), false, []string{showedNo}, 0},
		{"refused and tried again", bot, []entry{in("a"), out("a", "cancelled", "refused", "refused")}, shows(), false, []string{triedAgain}, 0},
		{"given up after doubts", bot, []entry{in("a"), out("a", "failed", "unsure", "failed")}, shows("Va"), false, nil, 1},
		{"still waiting", bot, []entry{in("a"), out("a", "queued")}, shows(), false, []string{halfway}, 0},
		{"still in doubt", bot, []entry{in("a"), out("a", "unsure", "unsure")}, shows("Va"), false, []string{halfway}, 1},
		{"out of nowhere", bot, []entry{in("a"), out("a", "sent")}, shows("Va", "Hola"), false, []string{fromNowhere}, 0},
		{"a person's reply", person, []entry{in("a"), reply("r", "sent", "sent")}, shows("r"), false, nil, 0},
		{"a person's reply is gone", person, []entry{in("a")}, shows(), false, []string{missedReply}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var f findings
			got := judgeOutlet(&f, tt.ledger, []*customer{tt.who}, func(*customer) []sim.Bubble { return tt.screen }, tt.idempotent)
			slices.Sort(f.kinds)
			slices.Sort(tt.want)
			if !slices.Equal(f.kinds, tt.want) {
				t.Errorf("found %v, want %v", f.first, tt.want)
			}
			if got.twice != tt.twice {
				t.Errorf("%d shown twice in doubt, want %d", got.twice, tt.twice)
			}
		})
	}
}
