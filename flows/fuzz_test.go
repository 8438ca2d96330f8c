package flows_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"recado/flows"
	"recado/flows/nodes"
	"recado/flows/nodes/nodetest"
	"recado/flows/pretend"
	"recado/flows/upgrade"
	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/id"
)

// goldens are the cases of all kinds of node, with their types.
func goldens(t testing.TB) (types []string, cases [][]nodetest.Case) {
	t.Helper()
	for _, typ := range slices.Sorted(maps.Keys(nodes.Table)) {
		g, err := nodetest.Load(filepath.Join("nodes", "testdata", typ+".json"))
		if err != nil {
			t.Fatal(err)
		}
		types, cases = append(types, typ), append(cases, g.Cases)
	}
	return types, cases
}

// inputs are what may happen to a session, drawn at random; whether it is waited for does
// not matter to the engine, which must bear a host's mistakes.
func inputs(r *rand.Rand, def flows.Definition, s *flows.Session) (flows.Input, chat.Content) {
	text := chat.Plain([]string{"hola", "1", "2", "la segunda", "sí", "no", "mañana a las 5", "ana@mail.com", "300 123 4567", "1.234,5", "botas de cuero", "A-1042", "482915", "", strings.Repeat("ñ", 9000), "{{vars.x}}", "\x00"}[r.IntN(17)])
	switch r.IntN(8) {
	case 0, 1, 2:
		return flows.Input{Kind: flows.Message, Message: text}, text
	case 3:
		n := def.Nodes[r.IntN(len(def.Nodes))]
		press := chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: flows.PressID(n.ID, []string{"yes", "shop", "a", "BOT-AND", "other", "next", ""}[r.IntN(7)])}}
		return flows.Input{Kind: flows.Message, Message: press}, press
	case 4:
		odd := []chat.Content{{Type: chat.Image, Media: &chat.Media{File: id.File{1}, MIME: "image/png"}}, {Type: chat.LocationMsg, Location: &chat.Location{Latitude: 4}}, {Type: chat.ContactCard, Contact: &chat.Card{Name: "L", Phones: []string{"+573001234567"}}}, {Type: chat.AnswerMsg}, {}}[r.IntN(5)]
		return flows.Input{Kind: flows.Message, Message: odd}, odd
	case 5:
		return flows.Input{Kind: flows.Timer}, text
	case 6:
		return flows.Input{Kind: flows.Happen, Event: flows.Event{Name: "order.created", Data: map[string]any{"number": "A-1", "n": 2.5}}}, text
	}
	results := []flows.Result{{}, {Err: &flows.CallError{Code: "timeout"}}, {Value: flows.Products{}}, {Value: flows.Cart{Count: 1}}, {Value: flows.OrderFound{}}, {Value: flows.HTTPResponse{Status: 200, JSON: []any{nil, "x"}}}, {Value: "nonsense"}}
	return flows.Input{Kind: flows.Answer, Result: results[r.IntN(len(results))]}, text
}

// drive plays n random inputs and holds the session to what always holds.
func drive(t *testing.T, f *flows.Flow, r *rand.Rand, n int) {
	def := f.Definition()
	lib := library{}.add(f)
	facts := nodetest.Facts()
	shop := pretend.New(def.Language, facts.Now)
	s := flows.Begin(f, id.Run{byte(r.IntN(256))}, facts.Now, map[string]any{"x": "algo"})
	in := flows.Input{Kind: flows.Start}
	for range n {
		out, err := flows.Sprint(t.Context(), lib, shop, s, facts, in)
		if err != nil {
			t.Fatal(err)
		}
		waits := s.Wait != nil
		switch {
		case waits == (out.Ended != ""):
			t.Fatalf("ended %q (%+v) after %+v and waits for %+v: %+v", out.Ended, out.Fault, in, s.Wait, out.Path)
		case (out.Fault != nil) != (out.Ended == flows.Failed):
			t.Fatalf("ended %q with fault %+v", out.Ended, out.Fault)
		case out.Call != nil:
			t.Fatalf("a call is left: %+v", out.Call)
		case waits && s.Wait.Until.IsZero():
			t.Fatalf("it waits for ever: %+v", s.Wait)
		}
		for _, e := range out.Effects {
			if e.Say != nil {
				if err := e.Say.Content.Check(); err != nil {
					t.Fatalf("it says what cannot be sent: %v in %+v", err, e.Say.Content)
				}
			}
		}
		if out.Ended != "" {
			return
		}
		b, err := json.Marshal(s)
		if err != nil || len(b) > 16<<10 {
			t.Fatalf("a session of %d bytes, %v", len(b), err)
		}
		s = &flows.Session{}
		if err := json.Unmarshal(b, s); err != nil {
			t.Fatal(err)
		}
		if in, facts.Message = inputs(r, def, s); in.Kind == flows.Timer {
			facts.Now = s.Wait.Until
		}
		facts.Now = facts.Now.Add(time.Duration(r.IntN(3)) * time.Minute)
	}
}

// Flows put together at random from what the goldens hold, whatever of it compiles, run
// without a panic and keep their promises.
func TestRandomFlows(t *testing.T) {
	t.Parallel()
	types, cases := goldens(t)
	ran := 0
	for seed := range uint64(400) {
		if random(t, types, cases, seed) {
			ran++
		}
	}
	if ran < 100 {
		t.Errorf("only %d of 400 flows ran", ran)
	}
}

// FuzzFlows is TestRandomFlows for as long as one likes.
func FuzzFlows(f *testing.F) {
	types, cases := goldens(f)
	f.Add(uint64(1000))
	f.Fuzz(func(t *testing.T, seed uint64) { random(t, types, cases, seed) })
}

// random makes one flow and drives it; false when it does not compile.
func random(t *testing.T, types []string, cases [][]nodetest.Case, seed uint64) bool {
	r := rand.New(rand.NewPCG(seed, 21))
	def := flows.Definition{Format: flows.Format, Name: "azar", Language: "es", Variables: []flows.Variable{{Name: "x", Type: "any"}}}
	for i := range 2 + r.IntN(9) {
		typ := r.IntN(len(types))
		if c := cases[typ][r.IntN(len(cases[typ]))]; c.Flow == nil {
			def.Nodes = append(def.Nodes, flows.NodeDef{ID: fmt.Sprintf("n%d", i), Type: types[typ], Data: c.Data, Next: map[string]string{}})
		}
	}
	var f *flows.Flow
	for bad := " "; bad != ""; { // leaves out what needs more than stands here
		def.Nodes = slices.DeleteFunc(def.Nodes, func(n flows.NodeDef) bool { return n.ID == bad })
		if len(def.Nodes) == 0 {
			return false
		}
		def.Start = def.Nodes[0].ID
		var err error
		f, err = flows.Compile(main, 1, def, flows.World{Table: nodes.Table, Fields: nodetest.Fields()})
		bad = faulty(err)
	}
	for i := range def.Nodes {
		for _, e := range f.Exits(def.Nodes[i].ID) {
			def.Nodes[i].Next[e.Name] = def.Nodes[r.IntN(len(def.Nodes))].ID
		}
	}
	f, err := flows.Compile(main, 1, def, flows.World{Table: nodes.Table, Fields: nodetest.Fields()})
	if err != nil { // a way round without a wait
		return false
	}
	drive(t, f, r, 20)
	return true
}

// faulty is the node that the first fault names, other than a way round.
func faulty(err error) string {
	var many interface{ Unwrap() []error }
	var p *errs.Problem
	if errors.As(err, &many) {
		err = many.Unwrap()[0]
	}
	if !errors.As(err, &p) || p.Code == "flow.loop" {
		return ""
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(p.Field, "nodes["), "]")
	return name
}

// FuzzDefinition: any JSON that compiles runs 20 inputs; nothing panics or hangs.
func FuzzDefinition(f *testing.F) {
	types, cases := goldens(f)
	for i, typ := range types {
		for _, c := range cases[i] {
			def := nodetest.Definition(typ, c.Data, c.Variables)
			if c.Flow != nil {
				def = *c.Flow
			}
			b, err := json.Marshal(def)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b, uint64(i))
		}
	}
	starters, err := filepath.Glob(filepath.Join("..", "internal", "flow", "starters", "*", "*.json"))
	if err != nil || len(starters) == 0 {
		f.Fatal("no starters", err)
	}
	for _, name := range starters {
		var s struct{ Definition json.RawMessage }
		b, err := os.ReadFile(name)
		if err := errors.Join(err, json.Unmarshal(b, &s)); err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(s.Definition), uint64(7))
	}
	f.Fuzz(func(t *testing.T, raw []byte, seed uint64) {
		var def flows.Definition
		if json.Unmarshal(raw, &def) != nil || len(def.Nodes) > 60 {
			return
		}
		flow, err := flows.Compile(main, 1, def, flows.World{Table: nodes.Table, Fields: nodetest.Fields()})
		if err != nil {
			return
		}
		drive(t, flow, rand.New(rand.NewPCG(seed, 3)), 20)
	})
}

// FuzzImport: any file is upgraded, read and compiled, or refused by a Problem; what was
// read and is written again says the same.
func FuzzImport(f *testing.F) {
	f.Add([]byte(`{"format":1,"name":"x","language":"es","start":"a","triggers":[],"variables":[],"nodes":[{"id":"a","type":"close","at":[0,0],"data":{}}]}`))
	f.Add([]byte(`{"format":99}`))
	f.Add([]byte(`{"nodes":[{"data":null,"next":{"":""}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		current, err := upgrade.Raw(raw)
		if err != nil {
			if !errs.Is(err, "flow.format") {
				t.Fatal(err)
			}
			return
		}
		d := json.NewDecoder(bytes.NewReader(current))
		d.DisallowUnknownFields()
		var def flows.Definition
		if d.Decode(&def) != nil {
			return
		}
		first := faults(def, flows.Options{})
		b, err := json.Marshal(def)
		if err != nil {
			t.Fatal(err)
		}
		var again flows.Definition
		if err := json.Unmarshal(b, &again); err != nil {
			t.Fatal(err)
		}
		if second := faults(again, flows.Options{}); !slices.Equal(first, second) {
			t.Fatalf("written again it has other faults:\n%q\n%q", first, second)
		}
	})
}
