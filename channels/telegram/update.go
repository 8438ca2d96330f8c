package telegram

import (
	"encoding/json"
	"slices"
)

// What we read of the Bot API's objects. Fields not named here are left aside, and a value
// of a type added tomorrow is no error: it must not cost us the rest of the update.

type update struct {
	ID       int64     `json:"update_id"`
	Message  *message  `json:"message"`
	Edited   *message  `json:"edited_message"`
	Pressed  *press    `json:"callback_query"`
	Reaction *reaction `json:"message_reaction"`
}

type user struct {
	ID        int64  `json:"id"`
	Bot       bool   `json:"is_bot"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Language  string `json:"language_code"`
}

type room struct {
	ID   int64  `json:"id"`
	Type string `json:"type"` // "private" for the chat with one person
}

type message struct {
	ID       int64     `json:"message_id"`
	Date     int64     `json:"date"` // seconds; 0 in a message that can no longer be read
	Edited   int64     `json:"edit_date"`
	From     *user     `json:"from"`
	Chat     room      `json:"chat"`
	ReplyTo  *original `json:"reply_to_message"`
	Text     string    `json:"text"`
	Caption  string    `json:"caption"`
	Photo    []file    `json:"photo"` // the same in several sizes
	Voice    *file     `json:"voice"`
	Audio    *file     `json:"audio"`
	Video    *file     `json:"video"`
	Round    *file     `json:"video_note"`
	Animated *file     `json:"animation"`
	Document *file     `json:"document"`
	Sticker  *sticker  `json:"sticker"`
	Place    *place    `json:"location"`
	Venue    *venue    `json:"venue"`
	Contact  *contact  `json:"contact"`
	Markup   *keyboard `json:"reply_markup"`

	other string // what it holds, when it is none of the above; "" also when it is nothing a person sent
}

type original struct {
	ID int64 `json:"message_id"`
}

type file struct {
	ID       string `json:"file_id"`
	Name     string `json:"file_name"`
	MIME     string `json:"mime_type"`
	Size     int64  `json:"file_size"`
	Width    int    `json:"width"`
	Height   int    `json:"height"`
	Length   int    `json:"length"`   // side of a round video
	Duration int    `json:"duration"` // seconds
}

type sticker struct {
	Emoji string `json:"emoji"`
}

type place struct {
	Latitude   float64 `json:"latitude"`
	Longitude  float64 `json:"longitude"`
	LivePeriod int     `json:"live_period"`
}

type venue struct {
	Location place  `json:"location"`
	Title    string `json:"title"`
	Address  string `json:"address"`
}

type contact struct {
	Phone     string `json:"phone_number"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	UserID    int64  `json:"user_id"`
}

type keyboard struct {
	Rows [][]button `json:"inline_keyboard"`
}

type button struct {
	Text string `json:"text"`
	Data string `json:"callback_data,omitempty"`
	URL  string `json:"url,omitempty"`
}

type press struct {
	ID      string   `json:"id"`
	From    user     `json:"from"`
	Message *message `json:"message"`
	Data    string   `json:"data"`
}

type reaction struct {
	Chat    room    `json:"chat"`
	Message int64   `json:"message_id"`
	From    *user   `json:"user"`
	Date    int64   `json:"date"`
	New     []emoji `json:"new_reaction"`
}

type emoji struct {
	Type  string `json:"type"` // "emoji", "custom_emoji", "paid"
	Emoji string `json:"emoji"`
}

// aside are the keys of a message that are not what a person sent: its circumstances, and
// what the app itself notes in a private chat.
var aside = map[string]bool{
	"message_id": true, "message_thread_id": true, "direct_messages_topic": true, "from": true, "sender_chat": true,
	"sender_boost_count": true, "sender_business_bot": true, "date": true, "business_connection_id": true, "chat": true,
	"forward_origin": true, "forward_from": true, "forward_from_chat": true, "forward_date": true, "forward_sender_name": true,
	"is_topic_message": true, "is_automatic_forward": true, "reply_to_message": true, "external_reply": true, "quote": true,
	"reply_to_story": true, "reply_to_checklist_task_id": true, "via_bot": true, "edit_date": true, "has_protected_content": true,
	"is_from_offline": true, "is_paid_post": true, "media_group_id": true, "author_signature": true, "paid_star_count": true,
	"entities": true, "link_preview_options": true, "suggested_post_info": true, "effect_id": true, "caption": true,
	"caption_entities": true, "show_caption_above_media": true, "has_media_spoiler": true, "reply_markup": true,

	"pinned_message": true, "message_auto_delete_timer_changed": true, "write_access_allowed": true,
	"chat_background_set": true, "connected_website": true, "boost_added": true,
}

// UnmarshalJSON also finds out what a message holds that we have no field for.
func (m *message) UnmarshalJSON(b []byte) error {
	type plain message
	if err := json.Unmarshal(b, (*plain)(m)); err != nil {
		return err
	}
	if m.Text != "" || m.media() != nil || m.Place != nil || m.Venue != nil || m.Contact != nil {
		return nil
	}
	if m.Sticker != nil {
		m.other = "sticker " + m.Sticker.Emoji
		return nil
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	var keys []string
	for k := range all {
		if !aside[k] {
			keys = append(keys, k)
		}
	}
	if len(keys) > 0 {
		m.other = slices.Min(keys)
	}
	return nil
}

// media is the file of a message, nil for none; of a photo, the largest size.
func (m *message) media() *file {
	if n := len(m.Photo); n > 0 {
		p := slices.MaxFunc(m.Photo, func(a, b file) int { return a.Width*a.Height - b.Width*b.Height })
		p.MIME = "image/jpeg" // photos are always made JPEG, and the Bot API does not repeat it
		return &p
	}
	// An animation comes with a document beside it, for programs older than animations.
	for _, f := range []*file{m.Voice, m.Audio, m.Video, m.Round, m.Animated, m.Document} {
		if f != nil {
			return f
		}
	}
	return nil
}
