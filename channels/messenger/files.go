package messenger

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"recado/channels"
	"recado/channels/meta"
	"recado/internal/chat"
	"recado/internal/errs"
)

// kindOf is the type under which a file goes. A page's documents go as files whatever they
// are; on Instagram only a PDF is a file.
func (a *Adapter) kindOf(c chat.Content) string {
	group, _, _ := strings.Cut(c.Media.MIME, "/")
	pictured := c.Media.MIME == "image/jpeg" || c.Media.MIME == "image/png" || c.Media.MIME == "image/gif"
	switch {
	case c.Type == chat.Document && !a.product.Linked:
		return "file"
	case pictured:
		return "image"
	case group == "audio" || group == "video":
		return group
	}
	return "file"
}

// upload hands a file to the platform and gives the id by which a message shows it
// (/docs/messenger-platform/reference/attachment-upload-api).
func (a *Adapter) upload(ctx context.Context, c channels.Channel, kind string, m channels.Outgoing) (string, error) {
	if m.Open == nil {
		return "", unfit("the file is not there")
	}
	r, err := m.Open(ctx)
	if err != nil {
		return "", &errs.Send{Op: "message_attachments", Class: errs.Retryable, Code: "file", Err: err}
	}
	defer r.Close()
	about, err := json.Marshal(map[string]any{"attachment": map[string]any{"type": kind, "payload": map[string]any{"is_reusable": true}}})
	if err != nil {
		return "", unfit(err.Error())
	}
	fields := map[string]string{"message": string(about)}
	if a.product.Linked {
		fields["platform"] = a.product.Object
	}
	name := m.Content.Media.Name
	if name == "" {
		name = kind
	}
	var out struct {
		AttachmentID string `json:"attachment_id"`
	}
	if err := a.graph.Upload(ctx, c, a.node(c)+"/message_attachments", fields, meta.File{Part: "filedata", Name: name, MIME: m.Content.Media.MIME, Bytes: r}, &out); err != nil {
		return "", err
	}
	if out.AttachmentID == "" {
		return "", &errs.Send{Op: "message_attachments", Class: errs.Retryable, Code: "no_id", Err: errors.New("the platform gave the file no id")}
	}
	return out.AttachmentID, nil
}

// Fetch implements channels.MediaFetcher. The address is on Meta's CDN, needs no token and
// gets none, and stops working after a while.
func (a *Adapter) Fetch(ctx context.Context, _ channels.Channel, m channels.MediaRef) (io.ReadCloser, error) {
	fail := func(class errs.Class, code string, err error) (io.ReadCloser, error) {
		return nil, &errs.Send{Op: "GET media", Class: class, Code: code, Err: err}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, m.Ref, http.NoBody)
	if err != nil || r.URL.Host == "" {
		return fail(errs.Permanent, "address", errors.New("the address cannot be called"))
	}
	x := channels.Exchange{At: time.Now(), Method: r.Method, URL: m.Ref}
	resp, err := a.http.Do(r)
	x.Took = time.Since(x.At)
	if err != nil {
		x.Error = err.Error()
		channels.Wire(ctx, x)
		return fail(errs.Retryable, "connection", err)
	}
	x.Status = resp.StatusCode
	channels.Wire(ctx, x)
	if resp.StatusCode/100 == 2 {
		return resp.Body, nil
	}
	_ = resp.Body.Close()
	if resp.StatusCode/100 == 4 && resp.StatusCode != http.StatusTooManyRequests {
		return fail(errs.Permanent, "gone", errors.New("the file's address has expired: "+resp.Status))
	}
	return fail(errs.Retryable, "http_"+strconv.Itoa(resp.StatusCode), errors.New(resp.Status))
}
