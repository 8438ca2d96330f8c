package twilio

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"recado/channels"
	"recado/internal/errs"
)

// Fetch implements channels.MediaFetcher. The address in a webhook is Twilio's API, which
// wants the account's token and redirects to where the file is; the token is sent to the API
// and to nothing else, whatever the address says.
func (l *line) Fetch(ctx context.Context, c channels.Channel, m channels.MediaRef) (io.ReadCloser, error) {
	u, err := url.Parse(m.Ref)
	if err != nil || !strings.HasPrefix(u.Path, accountPath(c)+"/Messages/") || strings.Contains(u.Path, "..") {
		return nil, &errs.Send{Op: "twilio: fetch", Class: errs.Permanent, Code: "address", Err: errors.New("not a file of this account")}
	}
	k := call{op: "twilio: fetch", method: http.MethodGet, host: apiHost, path: u.EscapedPath()}
	r, _, err := l.request(ctx, c, k)
	if err != nil {
		return nil, err
	}
	r.Header.Del("Accept")
	x := channels.Exchange{At: time.Now(), Method: r.Method, URL: r.URL.String()}
	resp, err := l.HTTP.Do(r)
	if err != nil {
		x.Took, x.Error = time.Since(x.At), err.Error()
		channels.Wire(ctx, x)
		return nil, &errs.Send{Op: k.op, Code: "no_answer", Err: err}
	}
	x.Took, x.Status = time.Since(x.At), resp.StatusCode
	if resp.StatusCode/100 == 2 {
		channels.Wire(ctx, x)
		return resp.Body, nil
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, maxLogged)) // an error's page may be cut
	x.Reply = answer
	channels.Wire(ctx, x)
	return nil, k.refused(resp, answer)
}

// Typing implements channels.Typer. Twilio shows it for 25 seconds or until the answer, and
// marks the message as read with it.
func (a *WhatsApp) Typing(ctx context.Context, c channels.Channel, _, last string) error {
	if last == "" {
		return nil
	}
	last, _, _ = strings.Cut(last, "/") // all files of a message are one message to Twilio
	return a.call(ctx, c, call{
		op: "twilio: typing", method: http.MethodPost, host: messagingHost, path: "/v2/Indicators/Typing.json",
		form: url.Values{"channel": {"whatsapp"}, "messageId": {last}},
	}, nil)
}

// Seen implements channels.Typer. Twilio marks as read only together with "typing", which
// would promise an answer that nobody is writing.
func (*WhatsApp) Seen(context.Context, channels.Channel, string, string) error { return nil }
