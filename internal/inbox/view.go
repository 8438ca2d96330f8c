package inbox

import (
	"time"

	"recado/bots"
	"recado/channels"
	"recado/internal/chat"
	"recado/internal/company"
	"recado/internal/id"
)

// Kind tells what was said from what was noted and what happened.
type Kind string

// A message goes to the contact; a note only to colleagues; an event is the thread's own.
const (
	KindMessage Kind = "message"
	KindNote    Kind = "note"
	KindEvent   Kind = "event"
)

// Person is a member or a bot as the author of something.
type Person struct {
	ID   string `json:"id" format:"uuid"`
	Name string `json:"name"`
}

// Message is one line of a thread as agents see it.
type Message struct {
	ID           id.Message      `json:"id" format:"uuid"`
	Conversation id.Conversation `json:"conversation_id" format:"uuid"`
	Seq          int64           `json:"seq" doc:"Counts up from 1 within the conversation"`
	Direction    string          `json:"direction" enum:"in,out"`
	Kind         Kind            `json:"kind" enum:"message,note,event"`
	From         chat.AuthorKind `json:"from" enum:"contact,bot,agent,campaign,system"`
	Author       *Person         `json:"author,omitempty"`
	ClientID     string          `json:"client_id,omitempty"`
	At           time.Time       `json:"at"`
	Content      chat.Content    `json:"content"`
	State        chat.State      `json:"state" enum:"received,queued,sending,unsure,sent,delivered,read,failed,cancelled,expired"`
	Error        *SendError      `json:"error,omitempty"`
	SentAt       *time.Time      `json:"sent_at,omitempty"`
	DeliveredAt  *time.Time      `json:"delivered_at,omitempty"`
	ReadAt       *time.Time      `json:"read_at,omitempty"`
	Trace        *bots.Trace     `json:"trace,omitempty"`
	Mentions     []id.User       `json:"mentions,omitempty"`
	MediaState   string          `json:"media_state,omitempty" enum:"waiting,stored,failed" doc:"Of a file the contact sent: waiting until it is fetched from the platform"`
	MediaError   string          `json:"media_error,omitempty"`
	Changed      string          `json:"changed,omitempty" enum:"edit,delete" doc:"The contact changed it or took it back; content is then the newest, or as it was"`
}

// SendError is the platform's reason for a failed message.
type SendError struct {
	Code string `json:"code"`
	Text string `json:"text,omitempty"`
}

// Summary is what a list and the full view of a conversation share.
type Summary struct {
	ID           id.Conversation `json:"id" format:"uuid"`
	Channel      RowChannel      `json:"channel"`
	State        bots.State      `json:"state" enum:"bot,waiting,human,paused,closed"`
	Assignee     *Person         `json:"assignee,omitempty"`
	Team         id.Team         `json:"team_id,omitzero" format:"uuid" doc:"The team a flow handed it to"`
	Labels       []company.Label `json:"labels"`
	Last         Last            `json:"last"`
	Unread       int             `json:"unread"`
	Seq          int64           `json:"seq" doc:"The last message's number"`
	WaitingSince *time.Time      `json:"waiting_since,omitempty"`
	PausedUntil  *time.Time      `json:"paused_until,omitempty"`
	UpdatedAt    time.Time       `json:"updated_at"`
	Version      int64           `json:"version" doc:"Rises with every change of state or assignee"`
}

// ConversationRow is a conversation in a list.
type ConversationRow struct {
	Summary
	Contact RowContact `json:"contact"`
}

// RowContact is a contact in a list.
type RowContact struct {
	ID       id.Contact `json:"id" format:"uuid"`
	Name     string     `json:"name"`
	Initials string     `json:"initials"`
	Phone    string     `json:"phone,omitempty"`
	Email    string     `json:"email,omitempty"`
}

// RowChannel is a channel in a list.
type RowChannel struct {
	ID   id.Channel `json:"id" format:"uuid"`
	Kind string     `json:"kind"`
	Name string     `json:"name"`
}

// Last is the preview of the newest message.
type Last struct {
	Snippet string    `json:"snippet"`
	From    string    `json:"from"`
	At      time.Time `json:"at"`
}

// Conversation is one conversation in full.
type Conversation struct {
	Summary
	Contact        Contact         `json:"contact"`
	ReadSeq        int64           `json:"read_seq"`
	ContactReadSeq int64           `json:"contact_read_seq"`
	Bot            *Person         `json:"bot,omitempty"`
	Page           *Page           `json:"page,omitempty"`
	Can            Permissions     `json:"can"`
	Window         channels.Window `json:"window" doc:"What may be written now, by the channel's rules"`
	Before         *Thread         `json:"before,omitempty" doc:"The conversation that was passed on to this one"`
	After          *Thread         `json:"after,omitempty" doc:"Where this conversation was passed on to"`
}

// Thread is the other side of a pass.
type Thread struct {
	Conversation id.Conversation `json:"conversation_id" format:"uuid"`
	Channel      RowChannel      `json:"channel"`
	PassedAt     time.Time       `json:"passed_at"`
}

// Page is where on a web site the person last wrote from.
type Page struct {
	URL   string `json:"url,omitempty"`
	Title string `json:"title,omitempty"`
}

// Permissions says which moves the state allows to this reader.
type Permissions struct {
	Claim   bool `json:"claim"`
	Reply   bool `json:"reply"`
	Release bool `json:"release"`
	Close   bool `json:"close"`
	Reopen  bool `json:"reopen"`
}

// Contact is a person with all the names platforms know them by.
type Contact struct {
	ID            id.Contact     `json:"id" format:"uuid"`
	Name          string         `json:"name"`
	Initials      string         `json:"initials"`
	Language      string         `json:"language,omitempty"`
	Email         string         `json:"email,omitempty"`
	Phone         string         `json:"phone,omitempty"`
	Identities    []Identity     `json:"identities"`
	Attributes    map[string]any `json:"attributes"`
	Tags          []string       `json:"tags"`
	Notes         string         `json:"notes,omitempty"`
	Conversations int            `json:"conversations"`
	CreatedAt     time.Time      `json:"created_at"`
}

// Identity is one platform's name for a person.
type Identity struct {
	Channel  id.Channel `json:"channel_id" format:"uuid"`
	Kind     string     `json:"kind"`
	Name     string     `json:"channel_name"`
	Value    string     `json:"value"`
	Verified bool       `json:"verified"`
}
