package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"recado/channels"
	"recado/internal/errs"
)

// wanted are the updates we ask for. Reactions come only when asked for by name.
var wanted = []string{"message", "edited_message", "callback_query", "message_reaction"}

// Subscribe implements channels.Subscriber. Updates that wait since before stay: they are
// customers' messages.
func (a *Adapter) Subscribe(ctx context.Context, c channels.Channel) error {
	if c.Hook == "" {
		return &errs.Send{Op: "telegram.setWebhook", Class: errs.Permanent, Code: "no_address", Err: errors.New("this server has no public address")}
	}
	_, err := a.do(ctx, c, call{method: "setWebhook", params: map[string]any{
		"url": c.Hook, "secret_token": c.Value("secret_token"), "allowed_updates": wanted,
	}})
	return err
}

// Check implements channels.Checker: does the token work, and do updates reach us?
func (a *Adapter) Check(ctx context.Context, c channels.Channel) []channels.Finding {
	raw, err := a.do(ctx, c, call{method: "getMe"})
	if err != nil {
		return []channels.Finding{failed(err)}
	}
	var me struct {
		Username string `json:"username"`
	}
	if err := json.Unmarshal(raw, &me); err != nil {
		return []channels.Finding{{Code: "unreachable", Detail: "getMe: the answer cannot be read"}}
	}
	bot := channels.Finding{Code: "bot", OK: true, Args: map[string]string{"username": clean(me.Username, 64)}}
	raw, err = a.do(ctx, c, call{method: "getWebhookInfo"})
	if err != nil {
		return []channels.Finding{bot, failed(err)}
	}
	return []channels.Finding{bot, hooked(raw, c.Hook)}
}

func failed(err error) channels.Finding {
	f := channels.Finding{Code: "unreachable", Detail: err.Error()}
	var s *errs.Send
	if errors.As(err, &s) && s.Class == errs.ChannelDown {
		f.Code = "token"
	}
	return f
}

// hooked reads getWebhookInfo. An error counts while updates wait because of it; Telegram
// keeps the last one for ever.
func hooked(raw json.RawMessage, hook string) channels.Finding {
	var info struct {
		URL         string `json:"url"`
		Pending     int    `json:"pending_update_count"`
		LastError   string `json:"last_error_message"`
		LastErrorAt int64  `json:"last_error_date"`
	}
	if err := json.Unmarshal(raw, &info); err != nil {
		return channels.Finding{Code: "unreachable", Detail: "getWebhookInfo: the answer cannot be read"}
	}
	args := map[string]string{"pending": strconv.Itoa(info.Pending)}
	switch {
	case hook == "":
		return channels.Finding{Code: "no_address"}
	case info.URL != hook:
		return channels.Finding{Code: "webhook_other", Detail: clean(info.URL, 300)}
	case info.LastError != "" && info.Pending > 0:
		when := time.Unix(info.LastErrorAt, 0).UTC().Format(time.RFC3339)
		return channels.Finding{Code: "webhook_error", Args: args, Detail: clean(info.LastError, 300) + " (" + when + ")"}
	}
	return channels.Finding{Code: "webhook", OK: true, Args: args}
}

// Fetch implements channels.MediaFetcher. The Bot API serves files up to 20 MB; for a larger
// one getFile answers 400 "file is too big".
func (a *Adapter) Fetch(ctx context.Context, c channels.Channel, m channels.MediaRef) (io.ReadCloser, error) {
	raw, err := a.do(ctx, c, call{method: "getFile", params: map[string]any{"file_id": m.Ref}})
	if err != nil {
		return nil, err
	}
	fail := func(class errs.Class, code string, err error) error {
		return &errs.Send{Op: "telegram.download", Class: class, Code: code, Err: err}
	}
	var f struct {
		Path string `json:"file_path"`
	}
	if err := json.Unmarshal(raw, &f); err != nil || f.Path == "" {
		return nil, fail(errs.Permanent, "no_path", errors.New("the answer names no file"))
	}
	var path strings.Builder
	for part := range strings.SplitSeq(f.Path, "/") {
		if part == "" || part == "." || part == ".." {
			return nil, fail(errs.Permanent, "no_path", errors.New("the file's path cannot be used"))
		}
		path.WriteString("/" + url.PathEscape(part))
	}
	base := a.base(c)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/file/bot"+url.PathEscape(c.Value("token"))+path.String(), nil)
	if err != nil {
		return nil, fail(errs.ChannelDown, "address", errors.New("the address of the Bot API cannot be used"))
	}
	x := channels.Exchange{At: time.Now(), Method: req.Method, URL: base + "/file/bot" + path.String()}
	resp, err := a.http.Do(req)
	x.Took = time.Since(x.At)
	if err != nil {
		err = bare(err)
		x.Error = err.Error()
		channels.Wire(ctx, x)
		return nil, fail(errs.Retryable, "connection", err)
	}
	x.Status = resp.StatusCode
	channels.Wire(ctx, x)
	if resp.StatusCode == http.StatusOK {
		return resp.Body, nil
	}
	_ = resp.Body.Close()
	class := errs.Permanent
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500 {
		class = errs.Retryable
	}
	return nil, fail(class, strconv.Itoa(resp.StatusCode), fmt.Errorf("the file is answered with status %d", resp.StatusCode))
}
