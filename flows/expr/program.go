package expr

import (
	"errors"
	"slices"
	"sync"
	"time"
)

// Program is a compiled expression. It is immutable and safe for concurrent use.
type Program struct {
	src   string
	typ   Type
	eval  func(*frame) any
	paths []string
}

// frame is what one run works with; one goroutine's at a time.
type frame struct {
	values Values
	style  Style
	zone   *time.Location
	item   any   // # of a condition over a list
	index  int   // #index
	args   []any // a stack of the arguments of calls under way
}

var frames = sync.Pool{New: func() any { return &frame{args: make([]any, 0, 16)} }}

// errFailed is a run that could not end; compiling should have refused the program.
var errFailed = &Error{Code: "expr.failed"}

// within lends a frame to f. Nothing a program does may end the process, so a fault of our
// own in it is an error of the run.
func within(v Values, s Style, f func(*frame)) (err error) {
	fr := frames.Get().(*frame)
	defer func() {
		if r := recover(); r != nil {
			err = errFailed // and the frame is left to the collector: its stack is anybody's guess
			return
		}
		clear(fr.args[:cap(fr.args)])
		*fr = frame{args: fr.args[:0]}
		frames.Put(fr)
	}()
	fr.values, fr.style, fr.zone = v, s, s.Zone
	if fr.zone == nil {
		fr.zone = time.UTC
	}
	f(fr)
	return nil
}

// Compile reads an expression that must give a value of type want; Any, or none, takes every
// type. Faults are *Error values, several joined.
func Compile(src string, env *Env, want Type) (*Program, error) {
	c, faults := compile(src, env, want)
	if len(faults) > 0 {
		return nil, joined(faults)
	}
	if want == "" || want == Any {
		want = c.typ
	}
	return &Program{src: src, typ: want, eval: c.eval, paths: c.paths}, nil
}

func joined(faults []*Error) error {
	errs := make([]error, len(faults))
	for i, f := range faults {
		errs[i] = f
	}
	return errors.Join(errs...)
}

// Run evaluates the program: string, float64, bool, time.Time, []any, a map where the type is
// Any, or nil where a value is missing; a condition compiled as Bool is never nil. It takes at most the time and memory that Compile allowed.
func (p *Program) Run(v Values, s Style) (out any, err error) {
	err = within(v, s, func(f *frame) { out = p.eval(f) })
	return out, err
}

// Paths are the fields the program reads, sorted: "vars.size".
func (p *Program) Paths() []string { return slices.Clone(p.paths) }

// Type is what Run gives; Any where only the run knows.
func (p *Program) Type() Type { return p.typ }

// String is the source.
func (p *Program) String() string { return p.src }
