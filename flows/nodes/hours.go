package nodes

import (
	"recado/flows"
	"recado/internal/errs"
	"recado/internal/hours"
)

// opening leaves by whether the shop is open: by the bot's hours or by its own.
type opening struct {
	Hours *hours.Hours `json:"hours,omitempty"`

	week *hours.Week
}

func hoursType() flows.Type {
	return flows.Type{
		Name: "hours", Group: "logic", Icon: "clock",
		Label:  words("Horario", "Hours"),
		About:  words("Va por un lado si está abierto y por otro si está cerrado.", "Goes one way when it is open and another when it is closed."),
		Fields: []flows.Field{{Key: "hours", Kind: flows.FieldHours, Label: words("Horario", "Hours"), Help: words("Vacío es el horario del bot.", "Empty is the bot's hours.")}},
		Exits:  []flows.Exit{{Name: "open", Label: words("Abierto", "Open")}, {Name: "closed", Label: words("Cerrado", "Closed")}},
		New:    func() flows.Node { return &opening{} },
	}
}

// Compile reads hours that name no zone in UTC only to check them: the company's zone is
// known when it runs.
func (n *opening) Compile(c *flows.Compiler) {
	if n.Hours == nil {
		return
	}
	week, err := n.Hours.Compile("")
	for _, p := range problems(err) {
		at := "hours"
		if p.Field != "" {
			at += "." + p.Field
		}
		c.Fault(at, p.Code, args(p)...)
	}
	n.week = week
}

func problems(err error) []*errs.Problem {
	switch e := err.(type) {
	case *errs.Problem:
		return []*errs.Problem{e}
	case interface{ Unwrap() []error }:
		var out []*errs.Problem
		for _, x := range e.Unwrap() {
			out = append(out, problems(x)...)
		}
		return out
	}
	return nil
}

func args(p *errs.Problem) []any {
	var kv []any
	for k, v := range p.Args {
		kv = append(kv, k, v)
	}
	return kv
}

func (n *opening) Run(r *flows.Run) string {
	open := r.Facts().Company.Open
	if n.week != nil {
		week := n.week
		if n.Hours.Zone == "" {
			week = week.In(r.Zone())
		}
		open = week.Open(r.Now())
	}
	if open {
		return "open"
	}
	return "closed"
}
