package bots

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/flows"
	"recado/internal/chat"
	"recado/internal/id"
)

// The nodes of these tests: one says, one asks and repeats what it hears, one waits a time,
// one hands over.
type (
	saying  struct{ Text string }
	asking  struct{ Text string }
	waiting struct{ Minutes int }
	handing struct{}
	tagging struct{ Tag string }
	looping struct{}
)

func (n *saying) Compile(*flows.Compiler)  {}
func (n *saying) Run(r *flows.Run) string  { r.Say(chat.Plain(n.Text)); return "done" }
func (n *asking) Compile(*flows.Compiler)  {}
func (n *asking) Waits() bool              { return true }
func (n *waiting) Compile(*flows.Compiler) {}
func (n *waiting) Waits() bool             { return true }
func (n *handing) Compile(*flows.Compiler) {}
func (n *tagging) Compile(*flows.Compiler) {}
func (n *tagging) Run(r *flows.Run) string {
	r.Do(flows.Effect{Tag: &flows.Tag{Name: n.Tag}})
	return "done"
}
func (n *looping) Compile(c *flows.Compiler) {}
func (n *looping) Run(r *flows.Run) string   { return "again" }

func (n *asking) Run(r *flows.Run) string {
	if r.Entering() {
		r.Say(chat.Plain(n.Text))
		return r.Wait(flows.Wait{For: flows.ForMessage})
	}
	r.Set("heard", r.Input().Message.Words())
	if r.Input().Message.Words() == "nada" {
		return "none"
	}
	return "done"
}

func (n *waiting) Run(r *flows.Run) string {
	if r.Entering() {
		return r.Wait(flows.Wait{For: flows.ForTime, Until: r.Now().Add(time.Duration(n.Minutes) * time.Minute)})
	}
	return "done"
}

func (n *handing) Run(r *flows.Run) string {
	r.Do(flows.Effect{Handoff: &flows.Handoff{Reason: "flow"}})
	return r.End(flows.HandedOver)
}

var toys = flows.Table{
	"say":  {Name: "say", New: func() flows.Node { return &saying{} }, Exits: []flows.Exit{{Name: "done"}}},
	"ask":  {Name: "ask", New: func() flows.Node { return &asking{} }, Exits: []flows.Exit{{Name: "done"}, {Name: "none"}}},
	"wait": {Name: "wait", New: func() flows.Node { return &waiting{} }, Exits: []flows.Exit{{Name: "done"}}},
	"hand": {Name: "hand", New: func() flows.Node { return &handing{} }},
	"tag":  {Name: "tag", New: func() flows.Node { return &tagging{} }, Exits: []flows.Exit{{Name: "done"}}},
	"loop": {Name: "loop", New: func() flows.Node { return &looping{} }, Exits: []flows.Exit{{Name: "again"}, {Name: "never"}}},
}

// drawn is a flow of nodes written as "type:argument", one after the other.
func drawn(t testing.TB, name string, ts []flows.Trigger, nodes ...string) *flows.Flow {
	t.Helper()
	d := flows.Definition{Format: flows.Format, Name: name, Language: "es", Start: "n0", Triggers: ts,
		Variables: []flows.Variable{{Name: "heard", Type: "text"}}, Goals: []flows.Goal{{Type: "tag", Ref: "vip"}}}
	for i, n := range nodes {
		kind, arg, _ := strings.Cut(n, ":")
		data, _ := json.Marshal(map[string]string{"say": "Text", "ask": "Text", "tag": "Tag"}[kind])
		switch kind {
		case "wait":
			data = []byte(`{"Minutes":` + arg + `}`)
		case "hand", "loop":
			data = []byte(`{}`)
		default:
			v, _ := json.Marshal(arg)
			data = []byte(`{` + string(data) + `:` + string(v) + `}`)
		}
		def := flows.NodeDef{ID: "n" + string(rune('0'+i)), Type: kind, Data: data}
		if i+1 < len(nodes) {
			def.Next = map[string]string{"done": "n" + string(rune('1'+i))}
		}
		if kind == "loop" {
			def.Next = map[string]string{"again": def.ID}
		}
		if kind == "hand" {
			def.Next = nil
		}
		d.Nodes = append(d.Nodes, def)
	}
	f, err := flows.Compile(id.New[id.Flow](), 1, d, flows.World{Table: toys})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func keyword(words string, priority int, interrupt bool) []flows.Trigger {
	return []flows.Trigger{{ID: "t", Type: flows.OnKeyword, Match: "any_of", Words: []string{words}, Priority: priority, Interrupt: interrupt}}
}

// talk is a conversation with a bot that has flows.
type talk struct {
	*testing.T
	bot    *Bot
	now    time.Time
	memory Memory
	state  State
	last   Outcome
}

func flowing(t *testing.T, list ...*flows.Flow) *talk {
	t.Helper()
	b, err := Compile(settings(), company, Parts{Rules: testRules(), FAQ: faqs, Flows: list})
	if err != nil {
		t.Fatal(err)
	}
	return &talk{T: t, bot: b, now: openHour, state: WithBot}
}

func (k *talk) turn(t Turn) string {
	k.Helper()
	t.Now, t.Conversation.State, t.Conversation.Memory = k.now, k.state, k.memory
	k.last = k.bot.Handle(context.Background(), t)
	stored, err := json.Marshal(k.last.Memory) // as it is kept
	if err != nil {
		k.Fatal(err)
	}
	k.memory = Memory{}
	if err := json.Unmarshal(stored, &k.memory); err != nil {
		k.Fatal(err)
	}
	return line(k.last)
}

func (k *talk) hear(text string) string {
	return k.turn(Turn{Message: Message{ID: id.New[id.Message](), At: k.now, Content: chat.Plain(text)}})
}

func (k *talk) ring() string { return k.turn(Turn{}) }

func (k *talk) happens(name string) string {
	return k.turn(Turn{Event: &Happening{ID: id.New[id.Event](), At: k.now, Event: flows.Event{Name: name}}})
}

func (k *talk) want(got, want string) {
	k.Helper()
	if got != want {
		k.Errorf("got  %s\nwant %s", got, want)
	}
}

func (k *talk) endings() (out []string) {
	for _, p := range k.last.Runs {
		out = append(out, string(p.Ended))
	}
	return out
}

func TestFlowAsksAndGoesOn(t *testing.T) {
	t.Parallel()
	k := flowing(t, drawn(t, "cita", keyword("cita", 0, false), "ask:¿Qué día?", "say:Anotado", "tag:vip"))
	k.want(k.hear("quiero una cita"), "flow: | ¿Qué día?")
	if r := k.last.Runs; len(r) != 1 || !r[0].Begun || r[0].Trigger != "t" || r[0].Ended != "" {
		t.Errorf("runs = %+v", r)
	}
	// A rule's word is an answer while the flow waits for one.
	if got := k.hear("horario"); !strings.HasPrefix(got, "flow: | Anotado") {
		t.Errorf("the answer went to %s", got)
	}
	if len(k.memory.Flows) != 0 || !k.last.Runs[0].Goal || k.last.Runs[0].Ended != flows.Done {
		t.Errorf("after its end: %+v, %+v", k.memory, k.last.Runs)
	}
	if f := k.last.Trace.Flow; f == nil || f.Name != "cita" || len(f.Path) != 3 || f.Path[0].Exit != "done" {
		t.Errorf("trace = %+v", f)
	}
	k.want(k.hear("horario"), "rule: | Lunes de 9 a 18.")
}

func TestFlowThatEndsSilentlyLeavesTheMessage(t *testing.T) {
	t.Parallel()
	k := flowing(t, drawn(t, "cita", keyword("cita", 0, false), "ask:¿Qué día?"))
	k.hear("cita")
	if got := k.hear("horario"); got != "rule: | Lunes de 9 a 18." {
		t.Errorf("got %s", got)
	}
	if !slices.Equal(k.endings(), []string{"done"}) {
		t.Errorf("endings %v", k.endings())
	}
}

func TestPersonBeforeFlow(t *testing.T) {
	t.Parallel()
	k := flowing(t, drawn(t, "cita", keyword("cita", 0, false), "ask:¿Qué día?", "say:x"))
	k.hear("cita")
	if got := k.hear("quiero hablar con una persona"); !strings.HasPrefix(got, "handoff:") {
		t.Errorf("got %s", got)
	}
	if len(k.memory.Flows) != 0 || !slices.Equal(k.endings(), []string{"stopped"}) {
		t.Errorf("the flow goes on beside a person: %+v %v", k.memory, k.endings())
	}
}

func TestTriggers(t *testing.T) {
	t.Parallel()
	low := drawn(t, "bajo", keyword("envio, talla", 0, false), "ask:bajo")
	high := drawn(t, "alto", keyword("talla", 5, true), "ask:alto")
	first := drawn(t, "primero", []flows.Trigger{{ID: "f", Type: flows.OnFirst}}, "say:Bienvenida")
	k := flowing(t, low, high, first)
	k.want(k.hear("tengo una duda rara"), "flow: | Bienvenida")
	k.want(k.hear("envio"), "flow: | bajo")
	k.want(k.hear("talla"), "flow: | alto") // interrupts the question
	if !slices.Equal(k.endings(), []string{"", "interrupted"}) {
		t.Errorf("endings %v", k.endings())
	}
	k.memory = Memory{Heard: true}
	k.want(k.hear("horario de envio"), "rule: | Lunes de 9 a 18.") // rules come before triggers
}

func TestTimers(t *testing.T) {
	t.Parallel()
	k := flowing(t, drawn(t, "carrito", []flows.Trigger{{ID: "e", Type: flows.OnEvent, Event: "cart.abandoned"}}, "wait:60", "say:Tu carrito espera"))
	k.want(k.happens("cart.abandoned"), "flow:")
	wake, ok := k.memory.NextWake()
	if !ok || !wake.Equal(openHour.Add(time.Hour)) {
		t.Fatalf("wakes at %v %v", wake, ok)
	}
	k.want(k.happens("cart.abandoned"), "silent:") // it is running
	k.want(k.hear("horario"), "rule: | Lunes de 9 a 18.")
	k.want(k.ring(), "silent:") // too early
	k.now = k.now.Add(time.Hour)
	k.want(k.ring(), "flow: | Tu carrito espera")
	if _, ok := k.memory.NextWake(); ok {
		t.Error("it would wake again")
	}
	k.want(k.ring(), "silent:")
}

func TestTimerUnderAPerson(t *testing.T) {
	t.Parallel()
	k := flowing(t, drawn(t, "carrito", []flows.Trigger{{ID: "e", Type: flows.OnEvent, Event: "cart.abandoned"}}, "wait:60", "say:x"))
	k.happens("cart.abandoned")
	k.now, k.state = k.now.Add(2*time.Hour), Human
	k.want(k.ring(), "silent:")
	if len(k.memory.Flows) != 0 || !slices.Equal(k.endings(), []string{"stopped"}) {
		t.Errorf("%+v %v", k.memory, k.endings())
	}
}

func TestQuestionExpires(t *testing.T) {
	t.Parallel()
	k := flowing(t, drawn(t, "cita", keyword("cita", 0, false), "ask:¿Qué día?", "say:x"))
	k.hear("cita")
	k.now = k.now.Add(25 * time.Hour)
	k.want(k.ring(), "flow:")
	if !slices.Equal(k.endings(), []string{"expired"}) {
		t.Errorf("endings %v", k.endings())
	}
}

func TestFlowThatFailsIsForAPerson(t *testing.T) {
	t.Parallel()
	k := flowing(t, drawn(t, "rueda", keyword("gira", 0, false), "loop:"))
	got := k.hear("gira")
	if !strings.HasPrefix(got, "handoff:") || k.last.Runs[0].Fault == nil || *k.last.Runs[0].Fault != (flows.Fault{Node: "n0", Code: "loop"}) {
		t.Errorf("got %s, runs %+v", got, k.last.Runs)
	}
	if h := k.last.Effects[len(k.last.Effects)-1].Handoff; h == nil || !strings.Contains(h.Summary, "rueda") || !strings.Contains(h.Summary, "n0") {
		t.Errorf("the agent is told %+v", h)
	}
}

func TestStartByAPI(t *testing.T) {
	t.Parallel()
	f := drawn(t, "cita", nil, "ask:¿Qué día?", "say:x")
	k := flowing(t, f)
	k.want(k.turn(Turn{Event: &Happening{ID: id.Event{1}, Flow: f.ID, Run: id.Run{9}, Event: flows.Event{Name: "api", Data: map[string]any{"heard": "ya"}}}}), "flow: | ¿Qué día?")
	if s := k.memory.Flows[0]; s.ID != (id.Run{9}) || s.Vars["heard"] != "ya" {
		t.Errorf("session %+v", s)
	}
}
