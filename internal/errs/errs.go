// Package errs holds the two families of errors that cross rooms.
//
// A Problem is something a person or an integrator did that cannot be done; it says
// what, where and how to mend it, and maps to one HTTP status (internal/api does that
// once, in the reader's language). A Send is what a platform said about a delivery and
// tells the outbound queue what to do next, and nothing else.
package errs

import (
	"errors"
	"fmt"
	"time"
)

// Kind is what sort of refusal a Problem is.
type Kind uint8

const (
	Invalid         Kind = iota + 1 // the input cannot be accepted as it is
	Unauthenticated                 // who are you?
	Forbidden                       // you may not
	NotFound                        // no such thing, or not yours: deliberately the same
	Conflict                        // someone else was first, or the state does not allow it
	TooMany                         // a limit; RetryAfter says when again
	TooLarge                        // a size limit
	Unavailable                     // not now, through no fault of the caller
)

// Problem is a refusal with a stable code. Code is a dotted name, "conversation.claimed";
// Field is the JSON path of the input at fault ("body.email") or empty; Args fill the
// catalogue's sentence for the code.
type Problem struct {
	Kind       Kind
	Code       string
	Field      string
	Args       map[string]any
	RetryAfter time.Duration
}

func (p *Problem) Error() string {
	if p.Field != "" {
		return p.Code + " at " + p.Field
	}
	return p.Code
}

// New makes a Problem; kv are alternating names and values for Args.
func New(k Kind, code string, kv ...any) *Problem {
	p := &Problem{Kind: k, Code: code}
	for i := 0; i+1 < len(kv); i += 2 {
		if p.Args == nil {
			p.Args = map[string]any{}
		}
		p.Args[kv[i].(string)] = kv[i+1]
	}
	return p
}

// At returns a copy of p that points at a field.
func (p *Problem) At(field string) *Problem {
	q := *p
	q.Field = field
	return &q
}

// Under returns err with the Field of its Problems, joined or single, below a path.
func Under(path string, err error) error {
	var many interface{ Unwrap() []error }
	var p *Problem
	switch {
	case err == nil:
		return nil
	case errors.As(err, &many):
		var out []error
		for _, e := range many.Unwrap() {
			out = append(out, Under(path, e))
		}
		return errors.Join(out...)
	case errors.As(err, &p):
		if p.Field == "" {
			return p.At(path)
		}
		return p.At(path + "." + p.Field)
	}
	return err
}

// Missing is the NotFound every lookup returns, whether the thing does not exist or
// belongs to another company: the two must not be told apart.
func Missing(noun string) *Problem { return New(NotFound, "not_found", "noun", noun) }

// Is reports whether err is a Problem with the given code.
func Is(err error, code string) bool {
	var p *Problem
	return errors.As(err, &p) && p.Code == code
}

// Class is what the outbound queue does next after a failed Send.
type Class uint8

const (
	Retryable   Class = iota // try again later, with backoff; also the class of an unknown error
	Permanent                // never try again: bad number, refused content
	RateLimited              // the platform said wait: costs no attempt
	ChannelDown              // the whole channel is stopped: bad token, ban; a person must act
	Refused                  // the recipient opted out
)

// Send is the outcome of a platform call that did not succeed.
type Send struct {
	Op         string
	Class      Class
	RetryAfter time.Duration // with RateLimited: not before this
	Pair       bool          // with RateLimited: only this recipient waits, the channel goes on
	MaybeSent  bool          // the platform may have taken it: reconcile before a second try
	Code       string        // the platform's own code, for the log and the panel
	Err        error
}

func (e *Send) Error() string { return fmt.Sprintf("%s: %s: %v", e.Op, e.Code, e.Err) }
func (e *Send) Unwrap() error { return e.Err }
