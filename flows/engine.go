package flows

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"recado/internal/id"
)

// Library finds compiled flows for sub-flows and jumps. Version 0 is the published one. nil
// means that there is none (any more).
type Library interface {
	Flow(f id.Flow, version int) *Flow
}

// Ending is how a session ended.
type Ending string

const (
	Done        Ending = "done"
	HandedOver  Ending = "handoff"
	Closed      Ending = "closed"
	Expired     Ending = "expired"     // nobody answered within the idle limit
	Stopped     Ending = "stopped"     // by a node, by a person who took over
	Interrupted Ending = "interrupted" // another flow took the floor
	Failed      Ending = "failed"
)

// Visit is one node passed, for the trace and the analytics. Values are what its
// expressions came to. Took is how long the session stood at it.
type Visit struct {
	Node   string         `json:"node"`
	Type   string         `json:"type"`
	Name   string         `json:"name,omitempty"`
	Flow   id.Flow        `json:"flow,omitzero"`  // with another flow's nodes
	Exit   string         `json:"exit,omitempty"` // empty: it waits here, or the session ended here
	Values map[string]any `json:"values,omitempty"`
}

// Fault is why a session ended as Failed. Code is "loop", "depth", "size", "says",
// "expression", "gone" (its flow or node is no longer there) or a node's own.
type Fault struct {
	Node string `json:"node"`
	Code string `json:"code"`
	Text string `json:"text,omitempty"`
}

// Output is what one step asks for. With a Call, perform it and Step again with its Result;
// the Effects so far stand and later ones follow. Ended is empty while the session lives.
type Output struct {
	Effects []Effect
	Call    Call
	Path    []Visit
	Ended   Ending
	Fault   *Fault
}

// Begin is a new session of f, before its first step.
func Begin(f *Flow, run id.Run, now time.Time, vars map[string]any) *Session {
	s := &Session{ID: run, Flow: f.ID, Root: f.ID, Version: f.Version, Node: f.def.Start, Vars: map[string]any{}, Started: now}
	for _, v := range f.def.Variables {
		if x, ok := vars[v.Name]; ok {
			s.Vars[v.Name] = x
		}
	}
	return s
}

// Step takes a session, which it changes, from an input to its next wait, call or end.
// facts are read only. It never blocks and never panics on what a definition holds.
func Step(lib Library, s *Session, facts Facts, in Input) Output {
	r := &Run{lib: lib, facts: &facts, session: s, in: in, event: in.Event}
	r.flow = lib.Flow(s.Flow, s.Version)
	if r.flow == nil || r.flow.nodes[s.Node] == nil {
		r.end(Failed, &Fault{Node: s.Node, Code: "gone"})
		return r.out
	}
	if s.Wait != nil && s.Wait.Idle && in.Kind == Timer {
		r.end(Expired, nil)
		return r.out
	}
	if in.Kind == Start {
		r.in.Kind = enter
	}
	s.Wait = nil
	if n := r.flow.pressed(in.Message); in.Kind == Message && n != nil && n.id != s.Node {
		// A button further up in the chat: what it says is done, from where it was offered.
		s.Node, s.Local = n.id, nil
	}
	r.walk(r.flow.nodes[s.Node])
	return r.out
}

// walk runs nodes until one waits, calls, or the session ends.
func (r *Run) walk(n *node) {
	for steps := 0; ; steps++ {
		if steps >= r.flow.opts.MaxSteps {
			r.end(Failed, &Fault{Node: n.id, Code: "loop"})
			return
		}
		r.node, r.session.Node, r.seen, r.vals = n, n.id, nil, nil
		at := r.session.Flow
		exit := n.run.Run(r)
		r.visited(n, at, exit)
		switch {
		case r.out.Ended != "":
			return
		case r.fault != nil:
			r.end(Failed, r.fault)
			return
		case len(r.out.Effects) > r.flow.opts.MaxSays*2:
			r.end(Failed, &Fault{Node: n.id, Code: "says"})
			return
		case exit == stay:
			r.check(n)
			return
		case r.entered != nil: // a sub-flow or a jump
			n, r.entered = r.entered, nil
		default:
			n = r.follow(n, exit)
			if n == nil {
				return
			}
		}
		r.session.Local, r.in = nil, Input{Kind: enter}
	}
}

// visited writes down that a node was run and how it was left. at is the node's flow, which
// running it may have left.
func (r *Run) visited(n *node, at id.Flow, exit string) {
	v := Visit{Node: n.id, Type: n.typ, Name: n.name, Exit: exit, Values: r.seen}
	if exit == stay {
		v.Exit = ""
	}
	if at != r.session.Root {
		v.Flow = at
	}
	r.seen = nil
	r.out.Path = append(r.out.Path, v)
}

// follow is the node an exit leads to, returning from sub-flows that end; nil at the end.
func (r *Run) follow(n *node, exit string) *node {
	for to := n.next[exit]; ; to = n.next[returned] {
		if to != nil {
			return to
		}
		s := r.session
		if len(s.Stack) == 0 {
			r.end(Done, nil)
			return nil
		}
		back := s.Stack[len(s.Stack)-1]
		s.Stack = s.Stack[:len(s.Stack)-1]
		s.Flow, s.Version = back.Flow, back.Version
		r.flow, r.vals = r.lib.Flow(back.Flow, back.Version), nil
		if r.flow == nil || r.flow.nodes[back.Node] == nil {
			r.end(Failed, &Fault{Node: back.Node, Code: "gone"})
			return nil
		}
		n = r.flow.nodes[back.Node]
		r.visited(n, s.Flow, returned)
	}
}

// returned is the exit by which a sub-flow node is left when the sub-flow has ended.
const returned = "done"

// check holds a session that is about to be stored to its size.
func (r *Run) check(n *node) {
	if r.out.Call != nil {
		return
	}
	b, err := json.Marshal(r.session)
	if err != nil || len(b) > r.flow.opts.MaxSession {
		r.end(Failed, &Fault{Node: n.id, Code: "size"})
	}
}

func (r *Run) end(how Ending, f *Fault) {
	r.out.Ended, r.out.Fault, r.out.Call = how, f, nil
	r.session.Wait = nil
}

// Host performs Calls. Do may block until ctx ends; a failure is a Result with Err.
type Host interface {
	Do(ctx context.Context, c Call) Result
}

// maxCalls bounds the calls of one sprint.
const maxCalls = 10

// Sprint steps a session until it waits or ends, performing its calls on the way.
func Sprint(ctx context.Context, lib Library, host Host, s *Session, facts Facts, in Input) (Output, error) {
	out := Step(lib, s, facts, in)
	for n := 0; out.Call != nil; n++ {
		if n == maxCalls {
			out.Ended, out.Fault, out.Call = Failed, &Fault{Node: s.Node, Code: "calls"}, nil
			return out, nil
		}
		if host == nil {
			return out, errors.New("flows: a call without a host")
		}
		res := host.Do(ctx, out.Call)
		if err := ctx.Err(); err != nil {
			return out, err
		}
		next := Step(lib, s, facts, Input{Kind: Answer, Message: in.Message, Event: in.Event, Result: res})
		// The calling node stands in both paths: its second visit tells the exit.
		next.Path = append(out.Path[:len(out.Path)-1], next.Path...)
		next.Effects = append(out.Effects, next.Effects...)
		out = next
	}
	return out, nil
}
