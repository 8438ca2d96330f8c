package flows_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"recado/flows"
	"recado/flows/nodes"
	"recado/flows/nodes/nodetest"
	"recado/internal/chat"
	"recado/internal/id"
)

// library is flows by id and version; version 0 is the highest.
type library map[id.Flow]map[int]*flows.Flow

func (l library) Flow(f id.Flow, version int) *flows.Flow {
	if version > 0 {
		return l[f][version]
	}
	for v, x := range l[f] {
		if v >= version {
			version = v
			_ = x
		}
	}
	return l[f][version]
}

func (l library) add(f *flows.Flow) library {
	if l[f.ID] == nil {
		l[f.ID] = map[int]*flows.Flow{}
	}
	l[f.ID][f.Version] = f
	return l
}

var (
	main  = id.Flow{15: 1}
	other = id.Flow{15: 2}
)

// node writes a NodeDef; next is "exit>node" pairs.
func node(name, typ, data string, next ...string) flows.NodeDef {
	n := flows.NodeDef{ID: name, Type: typ, Data: json.RawMessage(data), Next: map[string]string{}}
	for _, x := range next {
		exit, to, _ := strings.Cut(x, ">")
		n.Next[exit] = to
	}
	return n
}

func say(name, text string, next ...string) flows.NodeDef {
	return node(name, "message", fmt.Sprintf(`{"content":{"type":"text","text":{"es":%q}}}`, text), next...)
}

func ask(name, text string, next ...string) flows.NodeDef {
	return node(name, "question", fmt.Sprintf(`{"text":{"es":%q},"variable":"x"}`, text), next...)
}

func definition(ns ...flows.NodeDef) flows.Definition {
	return flows.Definition{Format: flows.Format, Name: "prueba", Language: "es", Start: ns[0].ID, Nodes: ns, Variables: []flows.Variable{{Name: "x", Type: "text"}, {Name: "list", Type: "any"}}}
}

func compile(t testing.TB, f id.Flow, version int, def flows.Definition, o flows.Options) *flows.Flow {
	t.Helper()
	out, err := flows.Compile(f, version, def, flows.World{Table: nodes.Table, Options: o})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// walk is a session played in tests; between steps it goes through JSON.
type walk struct {
	t     *testing.T
	lib   flows.Library
	s     *flows.Session
	facts flows.Facts
	out   flows.Output
}

func begin(t *testing.T, f *flows.Flow, lib flows.Library) *walk {
	w := &walk{t: t, lib: lib, facts: nodetest.Facts()}
	w.s = flows.Begin(f, id.Run{15: 7}, w.facts.Now, nil)
	return w.step(flows.Input{Kind: flows.Start})
}

func (w *walk) step(in flows.Input) *walk {
	w.t.Helper()
	w.out = flows.Step(w.lib, w.s, w.facts, in)
	b, err := json.Marshal(w.s)
	if err != nil {
		w.t.Fatal(err)
	}
	back := &flows.Session{}
	if err := json.Unmarshal(b, back); err != nil {
		w.t.Fatal(err)
	}
	w.s = back
	return w
}

func (w *walk) write(text string) *walk {
	w.facts.Message = chat.Plain(text)
	return w.step(flows.Input{Kind: flows.Message, Message: w.facts.Message})
}

func (w *walk) timer() *walk {
	w.facts.Now = w.s.Wait.Until
	return w.step(flows.Input{Kind: flows.Timer})
}

func said(out flows.Output) string {
	var all []string
	for _, e := range out.Effects {
		if e.Say != nil {
			all = append(all, e.Say.Content.Text)
		}
	}
	return strings.Join(all, " | ")
}

func (w *walk) says(want string) *walk {
	w.t.Helper()
	if got := said(w.out); got != want {
		w.t.Errorf("said %q, want %q", got, want)
	}
	return w
}

func (w *walk) ends(how flows.Ending, fault, node string) {
	w.t.Helper()
	if w.out.Ended != how {
		w.t.Fatalf("ended %q, want %q (fault %+v)", w.out.Ended, how, w.out.Fault)
	}
	if f := w.out.Fault; fault == "" && f != nil || fault != "" && (f == nil || f.Code != fault || f.Node != node) {
		w.t.Errorf("fault %+v, want %s at %s", f, fault, node)
	}
	if w.s.Wait != nil || w.out.Call != nil {
		w.t.Errorf("it ended and still waits: %+v, %+v", w.s.Wait, w.out.Call)
	}
}

func single(t *testing.T, o flows.Options, ns ...flows.NodeDef) *walk {
	t.Helper()
	f := compile(t, main, 1, definition(ns...), o)
	return begin(t, f, library{}.add(f))
}

// A way round that a condition may leave passes Compile; when it never does, the session
// ends at the limit and names the node.
func TestAnEndlessWayRoundEnds(t *testing.T) {
	t.Parallel()
	w := single(t, flows.Options{MaxSteps: 7}, node("a", "condition", `{"if":"company.open"}`, "yes>b"), node("b", "condition", `{"if":"company.open"}`, "yes>a"))
	w.ends(flows.Failed, "loop", "b")
	if len(w.out.Path) != 7 {
		t.Errorf("%d steps, want 7", len(w.out.Path))
	}
}

func TestTooManyMessagesEnd(t *testing.T) {
	t.Parallel()
	w := single(t, flows.Options{MaxSays: 3}, say("a", "hola", "next>b"), node("b", "condition", `{"if":"company.open"}`, "yes>a"))
	w.ends(flows.Failed, "says", "a")
}

func TestTooLargeASessionEnds(t *testing.T) {
	t.Parallel()
	w := single(t, flows.Options{MaxSession: 600}, ask("a", "¿?", "next>b"), ask("b", "¿y?"))
	w.says("¿?").write(strings.Repeat("x", 500)).ends(flows.Failed, "size", "b")
}

func TestSubFlowsNestOnlySoDeep(t *testing.T) {
	t.Parallel()
	f := compile(t, main, 1, definition(node("in", "subflow", fmt.Sprintf(`{"flow":%q}`, main))), flows.Options{MaxDepth: 3})
	begin(t, f, library{}.add(f)).ends(flows.Failed, "depth", "in")
}

func TestASubFlowReturns(t *testing.T) {
	t.Parallel()
	f := compile(t, main, 1, definition(node("in", "subflow", fmt.Sprintf(`{"flow":%q}`, other), "done>after"), say("after", "de vuelta con {{vars.x}}")), flows.Options{})
	sub := compile(t, other, 4, definition(ask("q", "¿cuál?", "next>thanks"), say("thanks", "gracias")), flows.Options{})
	lib := library{}.add(f).add(sub)
	w := begin(t, f, lib).says("¿cuál?")
	if w.s.Flow != other || w.s.Version != 4 || len(w.s.Stack) != 1 || w.s.Stack[0].Version != 1 {
		t.Fatalf("session %+v", w.s)
	}
	w.write("azul").says("gracias | de vuelta con azul").ends(flows.Done, "", "")
	var path []string
	for _, v := range w.out.Path {
		path = append(path, v.Node+">"+v.Exit)
	}
	if got := strings.Join(path, " "); got != "q>next thanks>next in>done after>next" {
		t.Errorf("path %s", got)
	}
}

// A flow that is taken away under a session ends it and says which node stood there.
func TestAGoneFlowEnds(t *testing.T) {
	t.Parallel()
	f := compile(t, main, 1, definition(node("in", "subflow", fmt.Sprintf(`{"flow":%q}`, other))), flows.Options{})
	begin(t, f, library{}.add(f)).ends(flows.Failed, "gone", "in")

	sub := compile(t, other, 1, definition(ask("q", "¿cuál?")), flows.Options{})
	w := begin(t, f, library{}.add(f).add(sub))
	w.lib = library{}.add(sub)
	w.write("azul").ends(flows.Failed, "gone", "in")

	w = begin(t, f, library{}.add(f).add(sub))
	w.lib = library{}.add(f)
	w.write("azul").ends(flows.Failed, "gone", "q")
}

func TestAGoneNodeEnds(t *testing.T) {
	t.Parallel()
	w := single(t, flows.Options{}, ask("a", "¿?"))
	w.lib = library{}.add(compile(t, main, 1, definition(ask("b", "¿?")), flows.Options{}))
	w.write("hola").ends(flows.Failed, "gone", "a")
}

// A running session stays on its version; a new one begins on the newest.
func TestVersionsAreKept(t *testing.T) {
	t.Parallel()
	v1 := compile(t, main, 1, definition(ask("a", "¿?", "next>b"), say("b", "la primera")), flows.Options{})
	v2 := compile(t, main, 2, definition(ask("a", "¿?", "next>b"), say("b", "la segunda")), flows.Options{})
	lib := library{}.add(v1)
	w := begin(t, v1, lib)
	lib.add(v2)
	w.write("hola").says("la primera").ends(flows.Done, "", "")
	begin(t, lib.Flow(main, 0), lib).write("hola").says("la segunda")
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	def := definition(ask("a", "¿?", "timeout>b"), say("b", "adiós"))
	def.Idle = 90
	f := compile(t, main, 1, def, flows.Options{})
	w := begin(t, f, library{}.add(f))
	if !w.s.Wait.Idle || w.s.Wait.Until != w.facts.Now.Add(90*time.Minute) {
		t.Fatalf("wait %+v", w.s.Wait)
	}
	w.timer().says("").ends(flows.Expired, "", "")
}

// What a session waits for decides what moves it: the timer at its time, not before, and
// not a message where time is waited for.
func TestWhatASessionWants(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	message, timer := flows.Input{Kind: flows.Message}, flows.Input{Kind: flows.Timer}
	order := flows.Input{Kind: flows.Happen, Event: flows.Event{Name: "order.created"}}
	for _, c := range []struct {
		name string
		wait *flows.Wait
		in   flows.Input
		want bool
	}{
		{"a start before the first node", nil, flows.Input{Kind: flows.Start}, true},
		{"a message before the first node", nil, message, false},
		{"a message that is waited for", &flows.Wait{For: flows.ForMessage}, message, true},
		{"a start while it waits", &flows.Wait{For: flows.ForMessage}, flows.Input{Kind: flows.Start}, false},
		{"a message while time is waited for", &flows.Wait{For: flows.ForTime, Until: now}, message, false},
		{"the timer at its time", &flows.Wait{For: flows.ForTime, Until: now}, timer, true},
		{"the timer too early", &flows.Wait{For: flows.ForTime, Until: now.Add(time.Second)}, timer, false},
		{"a timer that nobody set", &flows.Wait{For: flows.ForMessage}, timer, false},
		{"the event", &flows.Wait{For: flows.ForEvent, Event: "order.created"}, order, true},
		{"another event", &flows.Wait{For: flows.ForEvent, Event: "order.paid"}, order, false},
		{"an event while a message is waited for", &flows.Wait{For: flows.ForMessage}, order, false},
	} {
		s := &flows.Session{Wait: c.wait}
		if got := s.Wants(c.in, now); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestSessionsAreJSON(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	s := flows.Session{ID: id.Run{1}, Flow: main, Root: other, Version: 3, Node: "n", Stack: []flows.Frame{{Flow: other, Version: 2, Node: "m"}}, Vars: map[string]any{"a": 1.5, "b": []any{"x", true}},
		Cart: &flows.Cart{Count: 1, Total: 5, Currency: "COP", Items: []flows.CartItem{{Product: "p", Title: "t", Quantity: 1, Price: 5}}}, Order: &flows.Order{Number: "1", Status: "paid", At: now},
		Language: "en", Wait: &flows.Wait{For: flows.ForEvent, Event: "e", Until: now, Idle: true}, Local: json.RawMessage(`{"wrong":1}`), Arms: map[string]string{"n": "a"}, Started: now}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var back flows.Session
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back, s) {
		t.Errorf("got %+v, want %+v", back, s)
	}
	c := s.Clone()
	c.Vars["a"], c.Arms["n"], c.Stack[0].Node = 2.0, "b", "x"
	if s.Vars["a"] != 1.5 || s.Arms["n"] != "a" || s.Stack[0].Node != "m" {
		t.Error("a clone shares what it should not")
	}
}

// A press of a button further up goes on from there; a forged id of what offers no choice
// does not.
func TestAPressOfAnOlderButton(t *testing.T) {
	t.Parallel()
	w := single(t, flows.Options{}, node("menu", "buttons", `{"text":{"es":"¿Qué?"},"items":[{"id":"a","label":{"es":"A"}},{"id":"b","label":{"es":"B"}}]}`, "a>q", "b>end"), ask("q", "¿cuál?", "next>end"), say("end", "listo"), say("secret", "nunca"))
	press := func(id string) *walk {
		c := chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: id, Label: "?"}}
		w.facts.Message = c
		return w.step(flows.Input{Kind: flows.Message, Message: c})
	}
	press("menu:a").says("¿cuál?")
	for _, forged := range []string{"secret:next", "end:next", "menu:other", "menu:zzz", "q:next", "nope:a", ":", "menu:"} {
		press(forged).says("¿cuál?")
	}
	press("menu:b").says("listo").ends(flows.Done, "", "")
}
