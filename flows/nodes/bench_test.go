package nodes_test

import (
	"encoding/json"
	"fmt"
	"syscall"
	"testing"
	"time"

	"recado/flows"
	"recado/flows/nodes"
	"recado/flows/nodes/nodetest"
	"recado/internal/chat"
	"recado/internal/id"
)

// BenchmarkSession is one contact's way through a flow: a question, whose answer it waits
// for, a switch of three cases by an expression over it, and a message that fills places.
// The session goes through JSON at the wait, as between two turns, and one is made anew
// each time.
//
// The goal is 50 us of processor time and 250 allocations.
func BenchmarkSession(b *testing.B) {
	f, err := flows.Compile(id.Flow{15: 1}, 1, sessionFlow(), flows.World{Table: nodes.Table})
	if err != nil {
		b.Fatal(err)
	}
	lib, facts := library{f}, nodetest.Facts()
	answer := chat.Plain("son 38 pares")
	b.ReportAllocs()
	before := processor()
	for b.Loop() {
		s := flows.Begin(f, id.Run{15: 7}, facts.Now, nil)
		facts.Message = chat.Content{}
		out := flows.Step(lib, s, facts, flows.Input{Kind: flows.Start})
		if s.Wait == nil || len(out.Effects) != 1 {
			b.Fatalf("it does not wait: %+v", out)
		}
		stored, err := json.Marshal(s)
		if err != nil {
			b.Fatal(err)
		}
		s = &flows.Session{}
		if err := json.Unmarshal(stored, s); err != nil {
			b.Fatal(err)
		}
		facts.Message = answer
		out = flows.Step(lib, s, facts, flows.Input{Kind: flows.Message, Message: answer})
		if out.Ended != flows.Done || out.Effects[0].Say.Content.Text != "Ana, 38 pares van con descuento." {
			b.Fatalf("got %+v", out)
		}
	}
	b.ReportMetric(float64(processor()-before)/float64(b.N), cpuMetric)
}

// cpuMetric is processor time in nanoseconds: what a benchmark costs also on a machine that
// others use, garbage collection included. cmd/lab reads it.
const cpuMetric = "cpu-ns/op"

// processor is the processor time that this process has used.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// library is one flow.
type library struct{ f *flows.Flow }

func (l library) Flow(id.Flow, int) *flows.Flow { return l.f }

func sessionFlow() flows.Definition {
	say := func(name, text string) flows.NodeDef {
		return flows.NodeDef{ID: name, Type: "message", Data: json.RawMessage(fmt.Sprintf(`{"content":{"type":"text","text":{"es":%q}}}`, text))}
	}
	return flows.Definition{Format: flows.Format, Name: "pares", Language: "es", Start: "ask", Variables: []flows.Variable{{Name: "pairs", Type: "number"}}, Nodes: []flows.NodeDef{
		{ID: "ask", Type: "question", Data: json.RawMessage(`{"text":{"es":"Hola, {{contact.first_name}}. ¿Cuántos pares?"},"type":"number","variable":"pairs","min":1}`), Next: map[string]string{"next": "which"}},
		{ID: "which", Type: "switch", Data: json.RawMessage(`{"by":"expression","cases":[{"id":"one","if":"vars.pairs <= 1"},{"id":"few","if":"vars.pairs <= 12 && company.open"},{"id":"many","if":"vars.pairs > 12 && \"vip\" in contact.tags"}]}`),
			Next: map[string]string{"one": "a", "few": "b", "many": "c"}},
		say("a", "Uno solo."), say("b", "Unos pocos."), say("c", "{{contact.first_name}}, {{vars.pairs}} pares van con descuento."),
	}}
}

// BenchmarkCompile200 compiles a flow of 200 nodes, as a publish does. The goal is 50 ms.
func BenchmarkCompile200(b *testing.B) {
	def := sessionFlow()
	one := def.Nodes
	def.Nodes = nil
	for i := 0; len(def.Nodes) < 200; i++ {
		for _, n := range one {
			n.ID = fmt.Sprintf("%s%d", n.ID, i)
			next := map[string]string{}
			for exit, to := range n.Next {
				next[exit] = fmt.Sprintf("%s%d", to, i)
			}
			if n.Type == "message" && i < 39 {
				next["next"] = fmt.Sprintf("ask%d", i+1)
			}
			n.Next = next
			def.Nodes = append(def.Nodes, n)
		}
	}
	def.Start = "ask0"
	b.ReportAllocs()
	before := processor()
	for b.Loop() {
		if _, err := flows.Compile(id.Flow{15: 2}, 1, def, flows.World{Table: nodes.Table}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(processor()-before)/float64(b.N), cpuMetric)
}
