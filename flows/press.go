package flows

import (
	"strings"

	"recado/internal/chat"
)

// PressID is the id of a button or row as it is sent: the node that offers it and the item
// chosen, so that a press is known for what it is however late it comes.
func PressID(node, item string) string { return node + ":" + item }

// Press reads a PressID back.
func Press(id string) (node, item string, ok bool) {
	node, item, ok = strings.Cut(id, ":")
	return node, item, ok && nodeID.MatchString(node) && item != ""
}

// Offerer is a node that offers choices: a press of one of them is its answer whenever it
// comes, also after the session has gone on.
type Offerer interface {
	Offers(item string) bool
}

// pressed is the node of f that offered the choice which a message presses; nil for
// anything else.
func (f *Flow) pressed(c chat.Content) *node {
	if c.Type != chat.AnswerMsg || c.Answer == nil {
		return nil
	}
	at, item, ok := Press(c.Answer.ID)
	if n := f.nodes[at]; ok && n != nil {
		if o, offers := n.run.(Offerer); offers && o.Offers(item) {
			return n
		}
	}
	return nil
}
