package demo

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func madrid(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// moments are the times a demo may be started at.
func moments(t *testing.T) map[string]time.Time {
	loc := madrid(t)
	return map[string]time.Time{
		"working day":    time.Date(2026, 11, 18, 16, 30, 0, 0, loc),
		"Sunday":         time.Date(2026, 11, 22, 12, 0, 0, 0, loc),
		"before opening": time.Date(2026, 11, 23, 3, 15, 0, 0, loc),
		"clocks go back": time.Date(2026, 10, 25, 2, 30, 0, 0, loc),
		"leap day":       time.Date(2028, 2, 29, 10, 0, 0, 0, loc),
		"in UTC":         time.Date(2027, 7, 3, 8, 0, 0, 0, time.UTC),
	}
}

func conversations(t *testing.T, now time.Time) (*Content, []Conversation) {
	t.Helper()
	c := content(t)
	all, err := c.Conversations(now)
	if err != nil {
		t.Fatal(err)
	}
	return c, all
}

func TestConversationsRepeat(t *testing.T) {
	t.Parallel()
	now := moments(t)["working day"]
	_, a := conversations(t, now)
	_, b := conversations(t, now)
	if !reflect.DeepEqual(a, b) {
		t.Error("the same moment gives two different histories")
	}
	_, later := conversations(t, now.AddDate(0, 0, 7))
	if outcomes(a) != outcomes(later) {
		t.Error("another moment changes people or outcomes")
	}
}

// outcomes are who talked and how it stands, whatever the times.
func outcomes(all []Conversation) string {
	var lines []string
	for _, c := range all {
		lines = append(lines, c.Contact.Key+" "+string(c.State)+" "+strings.Join(c.Labels, ","))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func TestConversationsAtAnyMoment(t *testing.T) {
	t.Parallel()
	for name, now := range moments(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, all := conversations(t, now)
			states := map[State]int{}
			current := map[string]bool{}
			for _, conv := range all {
				states[conv.State]++
				checkTimes(t, conv, now)
				checkMessages(t, c, conv)
				if conv.State != Closed {
					if current[conv.Contact.Key] {
						t.Errorf("%s has two open conversations", conv.Contact.Key)
					}
					current[conv.Contact.Key] = true
				}
			}
			want := map[State]int{WithBot: 7, Waiting: 8, WithHuman: 10, Closed: 155}
			if !reflect.DeepEqual(states, want) {
				t.Errorf("states %v, want %v", states, want)
			}
			if !slices.IsSortedFunc(all, func(a, b Conversation) int { return a.Messages[0].At.Compare(b.Messages[0].At) }) {
				t.Error("not in order of time")
			}
		})
	}
}

func checkTimes(t *testing.T, conv Conversation, now time.Time) {
	t.Helper()
	oldest := now.AddDate(0, 0, -days-1)
	last := oldest
	for _, m := range conv.Messages {
		if m.At.Before(last) || !m.At.Before(now) {
			t.Errorf("%s: message at %v, after one at %v, now %v", conv.Contact.Key, m.At, last, now)
		}
		last = m.At
	}
	if (conv.State == Closed) == conv.ClosedAt.IsZero() || conv.State == Closed && !conv.ClosedAt.Before(now) {
		t.Errorf("%s is %s and closed at %v", conv.Contact.Key, conv.State, conv.ClosedAt)
	}
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func checkMessages(t *testing.T, c *Content, conv Conversation) {
	t.Helper()
	week, err := c.Shop.TeamHours.Compile(c.Shop.TimeZone)
	if err != nil {
		t.Fatal(err)
	}
	bot := c.Shop.Bot
	for i, m := range conv.Messages {
		if placeholder.MatchString(m.Text) || m.Text == "" {
			t.Errorf("%s: text %q", conv.Contact.Key, m.Text)
		}
		switch m.Author {
		case ByBot:
			q, isFAQ := c.FAQ(m.FAQID)
			r, isRule := c.Rule(m.RuleID)
			own := slices.Contains([]string{bot.Fallback, bot.Handoff, bot.Away}, m.Text)
			if !(isFAQ && m.Text == q.Answer || isRule && m.Text == r.Answer.Text || own) {
				t.Errorf("%s: the bot says %q, which is nobody's answer", conv.Contact.Key, m.Text)
			}
			if conv.Messages[i-1].Author != ByContact {
				t.Errorf("%s: the bot says %q unasked", conv.Contact.Key, m.Text)
			}
		case ByAgent, ByNote:
			if m.Agent != conv.Assignee || conv.HandoffAt.IsZero() || !week.Open(m.At) {
				t.Errorf("%s: %s by %q at %v, assigned to %q", conv.Contact.Key, m.Author, m.Agent, m.At, conv.Assignee)
			}
		case ByContact:
			answered := i+1 < len(conv.Messages) && conv.Messages[i+1].Author == ByBot
			if handed := !conv.HandoffAt.IsZero() && m.At.After(conv.HandoffAt); handed == answered {
				t.Errorf("%s: %q answered by the bot: %v, handed over: %v", conv.Contact.Key, m.Text, answered, handed)
			}
		default:
			t.Errorf("author %q", m.Author)
		}
	}
	if waits := conv.State == Waiting; waits && (conv.Assignee != "" || conv.HandoffAt.IsZero()) {
		t.Errorf("%s waits with assignee %q, handed over at %v", conv.Contact.Key, conv.Assignee, conv.HandoffAt)
	}
	if conv.State == WithHuman && conv.Assignee == "" || conv.State == WithBot && !conv.HandoffAt.IsZero() {
		t.Errorf("%s is %s, assignee %q", conv.Contact.Key, conv.State, conv.Assignee)
	}
}

// A rule answered exactly when the bot's engine would have let it.
func TestRulesAnswerWhereTheyMatch(t *testing.T) {
	t.Parallel()
	c, all := conversations(t, moments(t)["working day"])
	week, err := c.Shop.TeamHours.Compile(c.Shop.TimeZone)
	if err != nil {
		t.Fatal(err)
	}
	set, err := c.ruleSet(week)
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, conv := range all {
		for i, m := range conv.Messages {
			if m.Author != ByBot {
				continue
			}
			asked := conv.Messages[i-1]
			if got := winner(set, asked.Text, asked.At); got != m.RuleID {
				t.Errorf("%q: the engine picks %q, the history %q", asked.Text, got, m.RuleID)
			}
			used[m.RuleID] = true
		}
	}
	for _, id := range []string{"saludo", "saludo-cerrado", "gracias", "despedida", "catalogo", "guia-tallas", "ofertas", "reclamo", "eres-bot"} {
		if !used[id] {
			t.Errorf("rule %s is never used", id)
		}
	}
}

func TestContacts(t *testing.T) {
	t.Parallel()
	c := content(t)
	names, phones, emails := map[string]string{}, map[string]string{}, map[string]string{}
	once := func(seen map[string]string, value, key string) {
		if value != "" && seen[value] != "" && seen[value] != key {
			t.Errorf("%q belongs to %s and to %s", value, seen[value], key)
		}
		seen[value] = key
	}
	fiction := regexp.MustCompile(`^\+1\d{3}55501\d\d$`)
	address := regexp.MustCompile(`^[a-z]+\.[a-z]+@[a-z]+\.example$`)
	for i := range total {
		p := c.contact(i)
		once(names, p.Name, p.Key)
		once(phones, p.Phone, p.Key)
		once(emails, p.Email, p.Key)
		if p.Phone != "" && !fiction.MatchString(p.Phone) {
			t.Errorf("%s is not kept for fiction", p.Phone)
		}
		if p.Email != "" && !address.MatchString(p.Email) {
			t.Errorf("address %q", p.Email)
		}
	}
	if n := len(names); n != persons {
		t.Errorf("%d people, want %d", n, persons)
	}
	if len(phones) < 40 || len(emails) < 80 || phones[""] == "" || emails[""] == "" {
		t.Errorf("%d phones and %d addresses: want many, and some without", len(phones), len(emails))
	}
}

// Shoppers write by day.
func TestDayRhythm(t *testing.T) {
	t.Parallel()
	_, all := conversations(t, moments(t)["working day"])
	night := 0
	for _, conv := range all {
		if h := conv.Messages[0].At.In(madrid(t)).Hour(); h < 7 {
			night++
		}
	}
	if night > total/20 {
		t.Errorf("%d of %d conversations begin at night", night, total)
	}
}

func BenchmarkConversations(b *testing.B) {
	c, err := Load()
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 11, 18, 16, 30, 0, 0, time.UTC)
	for b.Loop() {
		if _, err := c.Conversations(now); err != nil {
			b.Fatal(err)
		}
	}
}
