package nodes

import (
	"cmp"
	"fmt"

	"recado/flows"
)

// random leaves by one of its arms, drawn by their weights. A session that comes by again
// is led the same way.
type random struct {
	Arms []Arm `json:"arms"`

	total int
}

// Arm is one way out and its share. The share is Weight over the sum of all weights.
type Arm struct {
	ID     string `json:"id"`
	Label  string `json:"label,omitempty"`
	Weight int    `json:"weight"`
}

const maxArms, maxWeight = 10, 1000

func armFields() []flows.Field {
	return []flows.Field{{Key: "arms", Kind: flows.FieldExits, Label: words("Caminos", "Arms"), Required: true, ExitLabel: "label", Min: 2, Max: maxArms, Of: []flows.Field{
		{Key: "label", Kind: flows.FieldPlain, Label: words("Nombre", "Name")},
		{Key: "weight", Kind: flows.FieldNumber, Label: words("Peso", "Weight"), Required: true, Min: 0, Max: maxWeight},
	}}}
}

func randomType() flows.Type {
	return flows.Type{
		Name: "random", Group: "logic", Icon: "shuffle",
		Label:  words("Al azar", "Random"),
		About:  words("Sale por un camino al azar, según los pesos.", "Leaves by an arm at random, by their weights."),
		Fields: armFields(),
		Exits:  []flows.Exit{},
		New:    func() flows.Node { return &random{} },
	}
}

func (n *random) Compile(c *flows.Compiler) {
	if len(n.Arms) < 2 {
		c.Fault("arms", "node.too_few", "min", 2)
	}
	if len(n.Arms) > maxArms {
		c.Fault("arms", "node.too_many", "max", maxArms)
	}
	ids := make([]string, len(n.Arms))
	for i, a := range n.Arms {
		ids[i] = a.ID
		between(c, fmt.Sprintf("arms[%d].weight", i), a.Weight, 0, maxWeight)
		n.total += max(a.Weight, 0)
		c.Exit(a.ID, cmp.Or(a.Label, a.ID))
	}
	itemIDs(c, "arms", ids)
	if n.total == 0 {
		c.Fault("arms", "node.no_weight")
	}
}

// Run draws an arm.
func (n *random) Run(r *flows.Run) string {
	at := r.Draw(n.total)
	for _, a := range n.Arms {
		if at -= a.Weight; at < 0 {
			return a.ID
		}
	}
	return n.Arms[len(n.Arms)-1].ID
}
