package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"recado/channels"
	"recado/flows"
	"recado/flows/expr"
	"recado/flows/nodes"
	"recado/flows/pretend"
	"recado/flows/upgrade"
	"recado/internal/api"
	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/id"
)

// CheckFlow prints what is wrong with a flow's file, one line each with its place in the
// file, as compilers do. The error says only how many there are.
func CheckFlow(file, language string, out io.Writer) error {
	_, err := readFlow(file, language, out)
	return err
}

// readFlow reads and compiles a flow's file and prints its faults.
func readFlow(file, language string, out io.Writer) (*flows.Flow, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	tell := func(offset int, text string) {
		line, column := position(raw, offset)
		fmt.Fprintf(out, "%s:%d:%d: %s\n", file, line, column, text)
	}
	current, err := upgrade.Raw(raw)
	var def flows.Definition
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(current))
		d.DisallowUnknownFields()
		if err = d.Decode(&def); err != nil {
			tell(offsetOf(err, raw, d), strings.TrimPrefix(err.Error(), "json: "))
			return nil, errors.New("the file cannot be read")
		}
	}
	var f *flows.Flow
	if err == nil {
		// What a company calls its own is not known here: any name is let through.
		f, err = flows.Compile(id.Flow{15: 1}, 1, def, flows.World{Table: nodes.Table, Fields: []expr.Field{
			{Path: "contact.fields.*", Type: expr.Any}, {Path: "global.*", Type: expr.Any}, {Path: "secret.*", Type: expr.Text}}})
	}
	faults := faultsOf(err)
	where := places(raw)
	for _, p := range faults {
		tell(where.find(p), fmt.Sprintf("%s (%s at %s)", api.Sentence(language, p), p.Code, p.Field))
	}
	switch n := len(faults); {
	case n == 1:
		return nil, errors.New("1 problem")
	case n > 1:
		return nil, fmt.Errorf("%d problems", n)
	}
	return f, err
}

func faultsOf(err error) []*errs.Problem {
	var p *errs.Problem
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var out []*errs.Problem
		for _, e := range many.Unwrap() {
			out = append(out, faultsOf(e)...)
		}
		return out
	}
	if errors.As(err, &p) {
		return []*errs.Problem{p}
	}
	return nil
}

// offsetOf is where a decoder gave up. For a name that it does not know it tells no place:
// it is where the name first stands.
func offsetOf(err error, raw []byte, d *json.Decoder) int {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	_, name, unknown := strings.Cut(err.Error(), "unknown field ")
	switch {
	case unknown:
		return max(bytes.Index(raw, []byte(name)), 0)
	case errors.As(err, &syntax):
		return int(max(syntax.Offset-1, 0))
	case errors.As(err, &kind):
		return int(max(kind.Offset-1, 0))
	}
	return int(d.InputOffset())
}

// position is the line and column, from 1, of an offset; columns count characters.
func position(raw []byte, offset int) (line, column int) {
	before := raw[:min(max(offset, 0), len(raw))]
	line = 1 + bytes.Count(before, []byte("\n"))
	return line, 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
}

// RunOptions are how a flow is talked to in the terminal.
type RunOptions struct {
	Language string // "" is the flow's
	Channel  string
	Trace    bool
}

// RunFlow talks through a flow's file in a pretended shop: each line of in is what the
// customer writes, and what the bot says is printed as a channel without buttons shows it.
func RunFlow(ctx context.Context, file string, o RunOptions, in io.Reader, out io.Writer) error {
	f, err := readFlow(file, o.Language, out)
	if err != nil {
		return err
	}
	if o.Language == "" {
		o.Language = f.Definition().Language
	}
	t := &terminal{flow: f, o: o, out: out, shop: pretend.New(o.Language, time.Now()),
		facts: flows.Facts{Now: time.Now().Truncate(time.Second), Zone: time.Local,
			Company:      flows.Company{Name: "Tienda Aurora", Currency: "COP", Country: "CO", Open: true, OpensAt: time.Now()},
			Contact:      flows.Contact{ID: id.New[id.Contact](), Name: "Ana Pérez", Phone: "+573001234567", Email: "ana@example.com", Language: o.Language},
			Conversation: flows.Conversation{ID: id.New[id.Conversation](), Channel: o.Channel}}}
	fmt.Fprintln(out, "Write as the customer. /wait lets the time pass that the flow waits for, /event name {json} tells of something, /press node:item presses a button, an empty line ends.")
	lines := bufio.NewScanner(in)
	for t.ask(); lines.Scan(); t.ask() {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			return nil
		}
		if ended, err := t.hear(ctx, line); ended || err != nil {
			return err
		}
	}
	return lines.Err()
}

type terminal struct {
	flow  *flows.Flow
	o     RunOptions
	out   io.Writer
	shop  *pretend.Shop
	facts flows.Facts
	s     *flows.Session
}

// Flow implements flows.Library: a file knows no flow but its own.
func (t *terminal) Flow(f id.Flow, _ int) *flows.Flow {
	if f == t.flow.ID {
		return t.flow
	}
	return nil
}

func (t *terminal) ask() { fmt.Fprint(t.out, "> ") }

// hear takes one line; ended tells that the flow is over.
func (t *terminal) hear(ctx context.Context, line string) (ended bool, err error) {
	input, err := t.input(line)
	if err != nil {
		fmt.Fprintln(t.out, "  "+err.Error())
		return false, nil
	}
	switch {
	case t.s == nil:
		t.s = flows.Begin(t.flow, id.New[id.Run](), t.facts.Now, nil)
		input.Kind = flows.Start
	case !t.s.Wants(input, t.facts.Now):
		fmt.Fprintf(t.out, "  the flow waits for %s, so this would go to the bot's rules and questions\n", waiting(t.s.Wait))
		return false, nil
	}
	o, err := flows.Sprint(ctx, t, t.shop, t.s, t.facts, input)
	if err != nil {
		return false, err
	}
	t.show(o)
	return o.Ended != "", nil
}

func waiting(w *flows.Wait) string {
	s := string(w.For)
	if w.Event != "" {
		s += " " + w.Event
	}
	if !w.Until.IsZero() {
		s += " until " + w.Until.Format("2006-01-02 15:04")
	}
	return s
}

func (t *terminal) input(line string) (flows.Input, error) {
	command, rest, _ := strings.Cut(line, " ")
	c := chat.Plain(line)
	switch command {
	case "/wait":
		if t.s == nil || t.s.Wait == nil || t.s.Wait.Until.IsZero() {
			return flows.Input{}, errors.New("nothing waits for a time")
		}
		t.facts.Now = t.s.Wait.Until
		return flows.Input{Kind: flows.Timer}, nil
	case "/event":
		name, data, _ := strings.Cut(strings.TrimSpace(rest), " ")
		ev := flows.Event{Name: name}
		if data != "" {
			if err := json.Unmarshal([]byte(data), &ev.Data); err != nil {
				return flows.Input{}, fmt.Errorf("the event's data: %w", err)
			}
		}
		return flows.Input{Kind: flows.Happen, Event: ev}, nil
	case "/press":
		c = chat.Content{Type: chat.AnswerMsg, Answer: &chat.Answer{ID: strings.TrimSpace(rest), Label: rest}}
	}
	t.facts.Message = c
	return flows.Input{Kind: flows.Message, Message: c}, nil
}

// plain is a channel that carries nothing but text.
var plain = channels.Capabilities{MaxText: 4096, Templates: true}

func (t *terminal) show(o flows.Output) {
	if t.o.Trace {
		for _, v := range o.Path {
			fmt.Fprintf(t.out, "  [%s %s", v.Node, v.Type)
			if v.Exit != "" {
				fmt.Fprint(t.out, " → "+v.Exit)
			}
			if len(v.Values) > 0 {
				if b, err := json.Marshal(v.Values); err == nil {
					fmt.Fprintf(t.out, " %s", b)
				}
			}
			fmt.Fprintln(t.out, "]")
		}
	}
	for _, e := range o.Effects {
		if e.Say == nil {
			if b, err := json.Marshal(e); err == nil {
				fmt.Fprintf(t.out, "  (%s)\n", b)
			}
			continue
		}
		link := func(m chat.Media) string { return "file " + m.File.String() }
		parts, _ := channels.Fit(e.Say.Content, plain, channels.FitOptions{Language: t.o.Language, Link: link})
		for _, p := range parts {
			text := p.Text
			if p.Template != nil {
				text = fmt.Sprintf("[template %s (%s): %s]", p.Template.Name, p.Template.Language, strings.Join(p.Template.Params, ", "))
			}
			fmt.Fprintln(t.out, "  "+strings.ReplaceAll(text, "\n", "\n  "))
		}
	}
	switch {
	case o.Fault != nil:
		fmt.Fprintf(t.out, "  (the flow failed at %s: %s %s)\n", o.Fault.Node, o.Fault.Code, o.Fault.Text)
	case o.Ended != "":
		fmt.Fprintf(t.out, "  (the flow ended: %s)\n", o.Ended)
	case t.s.Wait != nil && t.s.Wait.For != flows.ForMessage:
		fmt.Fprintf(t.out, "  (waiting for %s)\n", waiting(t.s.Wait))
	}
}
