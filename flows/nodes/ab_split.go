package nodes

import "recado/flows"

// abSplit is random as an experiment: the arm is noted with the session, so that arms can
// be compared by the goals reached.
type abSplit struct {
	random
}

func abSplitType() flows.Type {
	return flows.Type{
		Name: "ab_split", Group: "logic", Icon: "flask-conical",
		Label:  words("Prueba A/B", "A/B test"),
		About:  words("Reparte a los clientes entre versiones y cuenta cuál logra más.", "Spreads customers over versions and counts which one achieves more."),
		Fields: armFields(),
		Exits:  []flows.Exit{},
		New:    func() flows.Node { return &abSplit{} },
	}
}

// Run draws the session's arm and notes it.
func (n *abSplit) Run(r *flows.Run) string {
	arm := n.random.Run(r)
	r.Arm(arm)
	return arm
}
