package auth

import (
	"fmt"
	"slices"
)

// Module is a part of the product that a role may or may not touch.
type Module string

const (
	Inbox    Module = "inbox"    // conversations, messages, notes, labels on conversations
	Contacts Module = "contacts" // the people who write
	Bots     Module = "bots"     // bots, their rules and their questions
	Channels Module = "channels" // connected numbers, pages and widgets
	Team     Module = "team"     // who works here
	Company  Module = "company"  // name, hours, labels, settings
	Reports  Module = "reports"  // figures
	Audit    Module = "audit"    // who changed what
)

// Modules lists all modules in the order in which they are shown.
var Modules = []Module{Inbox, Contacts, Bots, Channels, Team, Company, Reports, Audit}

// Level is how far a role may go in a module. A higher level includes the lower ones.
type Level uint8

const (
	None   Level = iota
	Read         // see
	Write        // do the daily work
	Manage       // change how it works, delete
)

var levelNames = [...]string{"none", "read", "write", "manage"}

func (l Level) String() string {
	if int(l) < len(levelNames) {
		return levelNames[l]
	}
	return fmt.Sprintf("level(%d)", uint8(l))
}

// Role is what a member is within one company.
type Role string

const (
	Owner     Role = "owner"
	Admin     Role = "admin"
	Agent     Role = "agent"
	Marketing Role = "marketing"
	ReadOnly  Role = "read_only"
)

// Roles lists all roles, the mightiest first.
var Roles = []Role{Owner, Admin, Agent, Marketing, ReadOnly}

// Valid reports whether r is one of Roles.
func (r Role) Valid() bool { return slices.Contains(Roles, r) }

// matrix is what each role may do. A module that is not named is None, and so is
// everything for an unknown role.
var matrix = map[Role]map[Module]Level{
	Owner:     {Inbox: Manage, Contacts: Manage, Bots: Manage, Channels: Manage, Team: Manage, Company: Manage, Reports: Manage, Audit: Manage},
	Admin:     {Inbox: Manage, Contacts: Manage, Bots: Manage, Channels: Manage, Team: Manage, Company: Write, Reports: Read, Audit: Read},
	Agent:     {Inbox: Write, Contacts: Write, Bots: Read, Channels: Read, Team: Read, Company: Read},
	Marketing: {Inbox: Read, Contacts: Write, Bots: Write, Channels: Read, Team: Read, Company: Read, Reports: Read},
	ReadOnly:  {Inbox: Read, Contacts: Read, Bots: Read, Channels: Read, Team: Read, Company: Read, Reports: Read},
}

// May reports how far r may go in m.
func (r Role) May(m Module) Level { return matrix[r][m] }

// Permission is what an operation asks of its caller: Public, SignedIn, or a level in a
// module. The zero Permission is not valid, so an operation that forgot it is found out.
type Permission struct {
	Module Module
	Level  Level
}

var (
	// Public needs no session.
	Public = Permission{Module: "public"}
	// SignedIn needs a session and nothing more: a person's own affairs.
	SignedIn = Permission{Module: "signed_in"}
)

// Valid reports whether p is Public, SignedIn or a real level in a real module.
func (p Permission) Valid() bool {
	return p == Public || p == SignedIn || slices.Contains(Modules, p.Module) && p.Level >= Read && p.Level <= Manage
}

// String is "public", "signed_in" or "inbox:write".
func (p Permission) String() string {
	if p == Public || p == SignedIn {
		return string(p.Module)
	}
	return string(p.Module) + ":" + p.Level.String()
}

// Allows reports whether role r satisfies p. An invalid p is satisfied by nobody.
func (p Permission) Allows(r Role) bool {
	return p.Valid() && (p == Public || p == SignedIn && r.Valid() || p.Level != None && r.May(p.Module) >= p.Level)
}
