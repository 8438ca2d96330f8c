package flows

import "recado/internal/chat"

// Type is a kind of node: one row of the table. The panel draws palette and inspector from
// it, so a new kind needs nothing there.
type Type struct {
	Name   string  `json:"name"`
	Group  string  `json:"group" enum:"say,ask,logic,data,shop,ai,team"`
	Icon   string  `json:"icon"` // a name of the panel's icon set (Lucide)
	Label  Words   `json:"label"`
	About  Words   `json:"about"`
	Fields []Field `json:"fields"`
	// Exits are those every node of the type has; a field of kind "exits" adds its own.
	Exits []Exit      `json:"exits"`
	New   func() Node `json:"-"`
}

// Exit is a way out of a node.
type Exit struct {
	Name  string `json:"name"`
	Label Words  `json:"label"`
}

// FieldKind is how the panel edits a field and what JSON it holds.
type FieldKind string

const (
	FieldText       FieldKind = "text"        // Text: a template per language
	FieldPlain      FieldKind = "plain"       // string
	FieldTemplate   FieldKind = "template"    // string, a template in no language
	FieldExpression FieldKind = "expression"  // string
	FieldNumber     FieldKind = "number"      // number
	FieldBool       FieldKind = "bool"        // bool
	FieldChoice     FieldKind = "choice"      // string, one of Options
	FieldMinutes    FieldKind = "minutes"     // number of minutes, shown as days, hours and minutes
	FieldContent    FieldKind = "content"     // nodes.Content: a message of any type, its texts per language
	FieldVariable   FieldKind = "variable"    // string, a variable's name
	FieldNode       FieldKind = "node"        // id of a node of this flow
	FieldFlow       FieldKind = "flow"        // id of a flow of the company
	FieldLabel      FieldKind = "label"       // id of a label
	FieldAgent      FieldKind = "agent"       // id of a member
	FieldTeam       FieldKind = "team"        // id of a team
	FieldTemplateID FieldKind = "wa_template" // chat.Template with its params as templates
	FieldHours      FieldKind = "hours"       // hours.Hours, null for the bot's
	FieldDate       FieldKind = "date"        // RFC 3339, or an expression
	FieldLanguage   FieldKind = "language"    // BCP 47 tag
	FieldTag        FieldKind = "tag"         // string, a contact's tag
	FieldWords      FieldKind = "words"       // array of strings
	FieldMap        FieldKind = "map"         // object of templates: headers
	FieldList       FieldKind = "list"        // array of objects, each with the fields Of
	FieldExits      FieldKind = "exits"       // as list; each item has an "id", which is the name of an exit, labelled by the item's field ExitLabel
)

// Field is one part of a node's data.
type Field struct {
	Key       string    `json:"key"`
	Kind      FieldKind `json:"kind"`
	Label     Words     `json:"label"`
	Help      Words     `json:"help,omitzero"`
	Required  bool      `json:"required,omitempty"`
	Options   []Option  `json:"options,omitempty"`    // of a choice; the first is the default
	Of        []Field   `json:"of,omitempty"`         // of a list
	ExitLabel string    `json:"exit_label,omitempty"` // of exits: key of the field that labels the exit
	Max       int       `json:"max,omitempty"`        // items of a list, or the largest number
	Min       int       `json:"min,omitempty"`
	Multiline bool      `json:"multiline,omitempty"`
	// If shows the field only while another of the same node has one of these values.
	If *Condition `json:"if,omitempty"`
}

// Condition is met while the field Key holds one of In.
type Condition struct {
	Key string   `json:"key"`
	In  []string `json:"in"`
}

// Option is one value of a choice.
type Option struct {
	Value string `json:"value"`
	Label Words  `json:"label"`
}

// Node is one node's data, decoded from NodeDef.Data. Compile is called once; Run many
// times at once, so it must not change the Node.
type Node interface {
	// Compile readies texts and expressions and reports faults, with their place in Data.
	Compile(c *Compiler)
	// Run does the node's work: on coming to it, and again for each Input while it waits.
	// It returns the exit to leave by, or what Run.Wait or Run.Call returned.
	Run(r *Run) string
}

// Speaker is a node that says something fixed. Says is all of it in one language, with the
// places of its templates as written, for previews and for the check of channels' limits.
type Speaker interface {
	Says(language string) []chat.Content
}
