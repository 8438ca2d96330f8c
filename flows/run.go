package flows

import (
	"encoding/json"
	"hash/fnv"
	"maps"
	"strings"
	"time"

	"recado/flows/expr"
	"recado/internal/chat"
	"recado/internal/id"
)

// Run is what a node works with during one visit. It is not to be kept.
type Run struct {
	lib     Library
	flow    *Flow
	facts   *Facts
	session *Session
	node    *node
	in      Input
	event   Event
	out     Output
	fault   *Fault
	entered *node
	seen    map[string]any
	vals    expr.Values
}

// stay is what Wait and Call return; no exit may be called so.
const stay = "\x00stay"

// Entering reports whether the session has just come to this node; otherwise Input tells
// what happened while it waited here.
func (r *Run) Entering() bool { return r.in.Kind == enter }

// Input is what has just happened.
func (r *Run) Input() Input { return r.in }

// Now is the database's clock.
func (r *Run) Now() time.Time { return r.facts.Now }

// Zone is the company's.
func (r *Run) Zone() *time.Location {
	if r.facts.Zone == nil {
		return time.UTC
	}
	return r.facts.Zone
}

// Facts are what the host knows; not to be changed.
func (r *Run) Facts() *Facts { return r.facts }

// Session is the contact's way so far. Nodes may set its Language; variables go through
// Set, the cart and the order through SetCart and SetOrder.
func (r *Run) Session() *Session { return r.session }

// Node is the id of the node being visited.
func (r *Run) Node() string { return r.node.id }

// SetCart keeps what is known of the contact's cart now.
func (r *Run) SetCart(c *Cart) { r.session.Cart, r.vals = c, nil }

// SetOrder keeps the order that the contact has proved to be theirs.
func (r *Run) SetOrder(o *Order) { r.session.Order, r.vals = o, nil }

// Wait stands at this node until w is met. With ForMessage and no Until the flow's idle
// limit holds.
func (r *Run) Wait(w Wait) string {
	if w.Until.IsZero() && w.For != ForTime {
		w.Until, w.Idle = r.facts.Now.Add(r.flow.idle), true
	}
	r.session.Wait = &w
	return stay
}

// Call asks the host for something; the node runs again with Input().Result.
func (r *Run) Call(c Call) string {
	r.out.Call = c
	return stay
}

// Fail ends the session with a fault at this node.
func (r *Run) Fail(code, text string) string {
	r.fault = &Fault{Node: r.node.id, Code: code, Text: text}
	return stay
}

// Keep stores the node's own notes while it waits; Kept reads them back into to.
func (r *Run) Keep(notes any) { r.session.Local, _ = json.Marshal(notes) }

// Kept reads what Keep stored at an earlier visit of this wait.
func (r *Run) Kept(to any) {
	if len(r.session.Local) > 0 {
		_ = json.Unmarshal(r.session.Local, to) // our own JSON; a stranger's leaves to as it is
	}
}

// Do asks for an effect.
func (r *Run) Do(e Effect) { r.out.Effects = append(r.out.Effects, e) }

// Say sends a message.
func (r *Run) Say(c chat.Content) { r.Do(Effect{Say: &Say{Content: c}}) }

// End ends the session here. The node's return value is ignored.
func (r *Run) End(how Ending) string {
	r.end(how, nil)
	return stay
}

// Get is a variable's value, nil when it has none.
func (r *Run) Get(name string) any { return r.session.Vars[name] }

// Set fills a variable: string, float64, bool, time.Time (kept as RFC 3339), []any,
// map[string]any or nil, which empties it.
func (r *Run) Set(name string, v any) {
	if t, ok := v.(time.Time); ok {
		v = t.Format(time.RFC3339)
	}
	if v == nil {
		delete(r.session.Vars, name)
	} else {
		if r.session.Vars == nil {
			r.session.Vars = map[string]any{}
		}
		r.session.Vars[name] = v
	}
	r.saw("vars."+name, v)
	if r.vals != nil {
		r.vals["vars"] = r.flow.dated(r.session.Vars)
	}
}

func (r *Run) saw(what string, v any) {
	if r.seen == nil {
		r.seen = map[string]any{}
	}
	r.seen[what] = brief(v)
}

// brief keeps a trace small.
func brief(v any) any {
	if s, ok := v.(string); ok && len(s) > 200 {
		return strings.ToValidUTF8(s[:200], "") + "…"
	}
	return v
}

// Eval runs an expression. A fault of it ends the session as Failed at this node.
func (r *Run) Eval(p *expr.Program) any {
	v, err := p.Run(r.values(), r.style())
	if err != nil {
		r.Fail("expression", err.Error())
		return nil
	}
	r.saw(p.String(), v)
	return v
}

// True is Eval of a condition.
func (r *Run) True(p *expr.Program) bool {
	b, _ := r.Eval(p).(bool)
	return b
}

// Render fills a template. A place that fails stays empty.
func (r *Run) Render(t *expr.Template) string {
	if t == nil {
		return ""
	}
	if s, ok := t.Constant(); ok {
		return s
	}
	s, err := t.Render(r.values(), r.style())
	if err != nil {
		r.Fail("expression", err.Error())
	}
	return s
}

// Phrase is a text in the contact's language, or the flow's where it is not written.
func (r *Run) Phrase(p Phrase) string {
	lang, _, _ := strings.Cut(r.Language(), "-")
	if t := p.in[lang]; t != nil {
		return r.Render(t)
	}
	return r.Render(p.in[p.def])
}

// Language is what the session speaks: set by a node, else the conversation's, the
// contact's, the flow's.
func (r *Run) Language() string {
	for _, l := range []string{r.session.Language, r.facts.Conversation.Language, r.facts.Contact.Language} {
		if l != "" {
			return l
		}
	}
	return r.flow.def.Language
}

// Draw is a number in [0, n) that is the same whenever this session comes to this node, so
// that a person stays in their arm.
func (r *Run) Draw(n int) int {
	h := fnv.New64a()
	h.Write(r.session.ID[:])
	h.Write([]byte(r.node.id))
	return int(h.Sum64() % uint64(n))
}

// Arm notes which arm of an experiment the session is in.
func (r *Run) Arm(name string) {
	if r.session.Arms == nil {
		r.session.Arms = map[string]string{}
	}
	r.session.Arms[r.node.id] = name
}

// Enter goes on in another flow: with back it returns here and leaves by "done", without it
// never comes back. vars fill the other flow's variables; a sub-flow shares the session's.
// False when there is no such flow, or the depth is reached, which ends the session.
func (r *Run) Enter(f id.Flow, back bool) bool {
	to := r.lib.Flow(f, 0)
	if to == nil {
		r.Fail("gone", f.String())
		return false
	}
	s := r.session
	if back {
		if len(s.Stack) >= r.flow.opts.MaxDepth {
			r.Fail("depth", "")
			return false
		}
		s.Stack = append(s.Stack, Frame{s.Flow, s.Version, r.node.id})
	}
	s.Flow, s.Version = to.ID, to.Version
	r.flow, r.entered, r.vals = to, to.nodes[to.def.Start], nil
	return true
}

// Jump goes on at another node of the same flow.
func (r *Run) Jump(node string) bool {
	r.entered = r.flow.nodes[node]
	if r.entered == nil {
		r.Fail("gone", node)
	}
	return r.entered != nil
}

func (r *Run) style() expr.Style {
	return expr.Style{Language: r.Language(), Zone: r.Zone(), Currency: r.facts.Company.Currency}
}

// values builds what expressions read, once per visit that needs it.
func (r *Run) values() expr.Values {
	if r.vals == nil {
		r.vals = valuesOf(r.facts, r.session, r.event)
		r.vals["vars"] = r.flow.dated(r.session.Vars)
	}
	return r.vals
}

func valuesOf(f *Facts, s *Session, ev Event) expr.Values {
	first, _, _ := strings.Cut(strings.TrimSpace(f.Contact.Name), " ")
	v := expr.Values{
		"now": f.Now,
		"contact": map[string]any{"name": f.Contact.Name, "first_name": first, "phone": f.Contact.Phone, "email": f.Contact.Email,
			"language": f.Contact.Language, "tags": list(f.Contact.Tags), "fields": f.Contact.Fields},
		"conversation": map[string]any{"channel": f.Conversation.Channel, "language": f.Conversation.Language, "labels": list(f.Conversation.Labels)},
		"message":      map[string]any{"text": f.Message.Words(), "type": string(f.Message.Type), "choice": choice(f.Message)},
		"company":      map[string]any{"name": f.Company.Name, "currency": f.Company.Currency, "open": f.Company.Open, "opens_at": f.Company.OpensAt},
		"global":       f.Globals,
		"event":        ev.Data,
	}
	if c := s.Cart; c != nil {
		items := make([]any, len(c.Items))
		for i, x := range c.Items {
			items[i] = map[string]any{"title": x.Title, "quantity": float64(x.Quantity), "price": Major(x.Price, c.Currency)}
		}
		v["cart"] = map[string]any{"count": float64(c.Count), "total": Major(c.Total, c.Currency), "currency": c.Currency, "items": items, "url": c.URL}
	}
	if o := s.Order; o != nil {
		v["order"] = map[string]any{"number": o.Number, "status": o.Status, "total": Major(o.Total, o.Currency), "currency": o.Currency,
			"carrier": o.Carrier, "tracking": o.Tracking, "url": o.URL, "at": o.At}
	}
	return v
}

// dated is vars with those declared as dates read back from the text a session keeps.
func (f *Flow) dated(vars map[string]any) map[string]any {
	if len(f.dates) == 0 {
		return vars
	}
	out := maps.Clone(vars)
	for _, name := range f.dates {
		if s, ok := vars[name].(string); ok {
			if t, err := time.Parse(time.RFC3339, s); err == nil {
				out[name] = t
			}
		}
	}
	return out
}

// Major is an amount in the currency's larger unit. ISO 4217 gives most currencies two
// decimals; those of Recado's markets that have none are listed.
func Major(minor int64, currency string) float64 {
	if noDecimals[currency] {
		return float64(minor)
	}
	return float64(minor) / 100
}

var noDecimals = map[string]bool{"CLP": true, "PYG": true, "JPY": true, "KRW": true, "ISK": true, "VND": true, "XAF": true, "XOF": true, "UGX": true, "RWF": true}

func list(in []string) []any {
	out := make([]any, len(in))
	for i, s := range in {
		out[i] = s
	}
	return out
}

func choice(c chat.Content) string {
	if c.Answer != nil {
		return c.Answer.ID
	}
	return ""
}

// Clone is a copy that may be stepped without changing s.
func (s *Session) Clone() *Session {
	c := *s
	c.Vars, c.Arms = maps.Clone(s.Vars), maps.Clone(s.Arms)
	c.Stack = append([]Frame(nil), s.Stack...)
	return &c
}
