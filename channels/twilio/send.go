package twilio

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"recado/channels"
	"recado/internal/chat"
	"recado/internal/errs"
	"recado/internal/id"
)

// callback is our webhook's address with the id of a message, for its statuses.
func callback(hook string, m id.Message) string {
	sep := "?"
	if strings.Contains(hook, "?") {
		sep = "&"
	}
	return hook + sep + "message=" + m.String()
}

// unfit is the answer to what channels.Fit would not have let through.
func unfit(why string) error {
	return &errs.Send{Op: "twilio: send", Class: errs.Permanent, Code: "unfit", Err: errors.New(why)}
}

func setBody(v url.Values, text string) error {
	if text == "" || utf8.RuneCountInString(text) > maxText {
		return unfit("a text has 1 to 1,600 characters")
	}
	v.Set("Body", text)
	return nil
}

// setMedia lets Twilio fetch the file from us: it has no upload.
func setMedia(v url.Values, m channels.Outgoing, allowed map[string]int64) error {
	mime, _, _ := strings.Cut(m.Content.Media.MIME, ";")
	if most := allowed[mime]; most == 0 || m.Content.Media.Size > most {
		return unfit("Twilio's WhatsApp carries no such file: " + m.Content.Media.MIME)
	}
	if m.Content.Text != "" {
		return unfit("a file goes without a caption")
	}
	if m.Link == "" {
		return &errs.Send{Op: "twilio: send", Class: errs.Permanent, Code: "needs_public_address",
			Err: errors.New("files are fetched by Twilio, and this server has no public address to fetch them from")}
	}
	v.Set("MediaUrl", m.Link)
	return nil
}

// message is Twilio's Message resource, what of it we read.
type message struct {
	SID          string `json:"sid"`
	Status       string `json:"status"`
	DateCreated  string `json:"date_created"` // RFC 2822
	ErrorCode    int    `json:"error_code"`
	ErrorMessage string `json:"error_message"`
}

// deliver makes the one call that sends.
func (l *line) deliver(ctx context.Context, c channels.Channel, v url.Values) (channels.Sent, error) {
	var m message
	err := l.call(ctx, c, call{
		op: "twilio: send", method: http.MethodPost, host: apiHost,
		path: accountPath(c) + "/Messages.json", form: v, sends: true,
	}, &m)
	if err != nil {
		return channels.Sent{}, err
	}
	if m.SID == "" {
		return channels.Sent{}, &errs.Send{Op: "twilio: send", MaybeSent: true, Code: "no_sid", Err: errors.New("accepted without a SID")}
	}
	sent := channels.Sent{ProviderID: m.SID, State: chat.Sent}
	if at, err := time.Parse(time.RFC1123Z, m.DateCreated); err == nil {
		sent.At = at
	}
	if s := m.Status; s == "failed" || s == "undelivered" || s == "canceled" {
		class, _ := classify(http.StatusBadRequest, m.ErrorCode)
		return sent, &errs.Send{Op: "twilio: send", Class: class, Code: strconv.Itoa(m.ErrorCode), Err: errors.New(s + ": " + m.ErrorMessage)}
	}
	return sent, nil
}
