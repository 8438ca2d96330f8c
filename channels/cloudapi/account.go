package cloudapi

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"recado/channels"
	"recado/internal/errs"
)

// Fetch implements channels.MediaFetcher: a media id gives an address that lives five
// minutes and asks for the token.
func (a *Adapter) Fetch(ctx context.Context, c channels.Channel, m channels.MediaRef) (io.ReadCloser, error) {
	var got struct {
		URL  string `json:"url"`
		Size int64  `json:"file_size"`
	}
	q := url.Values{"phone_number_id": {c.Ref}}
	if err := a.graph.Call(ctx, c, http.MethodGet, "/"+url.PathEscape(m.Ref)+"?"+q.Encode(), nil, &got); err != nil {
		return nil, err
	}
	if got.Size > maxDocument {
		return nil, &errs.Send{Op: "fetch", Class: errs.Permanent, Code: "too_large", Err: errors.New("the file has " + strconv.FormatInt(got.Size, 10) + " bytes")}
	}
	return a.graph.Download(ctx, c, got.URL)
}

// errCallback is Meta's code for an address that did not answer its challenge.
const errCallback = "2200"

// Subscribe implements channels.Subscriber. It also gives the account our own address
// (webhooks/override), so that two apps or several shops need not share one; where Meta
// cannot reach that address yet, events go to the one in the app's settings.
func (a *Adapter) Subscribe(ctx context.Context, c channels.Channel) error {
	path := "/" + url.PathEscape(c.Value("waba_id")) + "/subscribed_apps"
	if c.Hook == "" || c.Value("verify_token") == "" {
		return a.graph.Call(ctx, c, http.MethodPost, path, nil, nil)
	}
	err := a.graph.Call(ctx, c, http.MethodPost, path, map[string]string{
		"override_callback_uri": c.Hook, "verify_token": c.Value("verify_token"),
	}, nil)
	var refused *errs.Send
	if errors.As(err, &refused) && refused.Code == errCallback {
		return a.graph.Call(ctx, c, http.MethodPost, path, nil, nil)
	}
	return err
}

// Check implements channels.Checker. It stops at what makes the rest moot: no connection,
// or a token that opens nothing.
func (a *Adapter) Check(ctx context.Context, c channels.Channel) []channels.Finding {
	var number struct {
		Number  string `json:"display_phone_number"`
		Name    string `json:"verified_name"`
		Quality string `json:"quality_rating"`
	}
	fields := url.Values{"fields": {"id,display_phone_number,verified_name,quality_rating"}}
	err := a.graph.Call(ctx, c, http.MethodGet, "/"+c.Ref+"?"+fields.Encode(), nil, &number)
	var said *errs.Send
	switch {
	case errors.As(err, &said) && said.Class == errs.Retryable:
		return []channels.Finding{{Code: "reach", Detail: said.Err.Error()}}
	case errors.As(err, &said) && said.Class == errs.ChannelDown && said.Code != "33" && said.Code != "100.33":
		return []channels.Finding{{Code: "token", Detail: said.Err.Error()}}
	case err != nil:
		return []channels.Finding{{Code: "token", OK: true}, {Code: "number", Detail: reason(err)}}
	}
	return []channels.Finding{
		{Code: "token", OK: true},
		{Code: "number", OK: true, Args: map[string]string{"number": number.Number, "name": number.Name}},
		{Code: "quality", OK: number.Quality != "RED", Args: map[string]string{"quality": number.Quality}},
		a.checkSecret(ctx, c),
		a.checkAccount(ctx, c),
		a.checkWebhook(ctx, c),
	}
}

// checkSecret lets Meta compare the app's secret by the proof it makes of the token
// (developers.facebook.com/docs/graph-api/guides/secure-requests).
func (a *Adapter) checkSecret(ctx context.Context, c channels.Channel) channels.Finding {
	h := hmac.New(sha256.New, []byte(c.Value("app_secret")))
	h.Write([]byte(c.Value("access_token")))
	q := url.Values{"fields": {"id"}, "appsecret_proof": {hex.EncodeToString(h.Sum(nil))}}
	err := a.graph.Call(ctx, c, http.MethodGet, "/"+c.Ref+"?"+q.Encode(), nil, nil)
	return channels.Finding{Code: "secret", OK: err == nil, Detail: reason(err)}
}

// checkAccount looks for the number among those of the account.
func (a *Adapter) checkAccount(ctx context.Context, c channels.Channel) channels.Finding {
	var got struct {
		Data []map[string]string `json:"data"`
	}
	q := url.Values{"fields": {"id"}, "limit": {"100"}}
	err := a.graph.Call(ctx, c, http.MethodGet, "/"+url.PathEscape(c.Value("waba_id"))+"/phone_numbers?"+q.Encode(), nil, &got)
	ours := slices.ContainsFunc(got.Data, func(number map[string]string) bool { return number["id"] == c.Ref })
	return channels.Finding{Code: "account", OK: err == nil && ours, Detail: reason(err)}
}

func (a *Adapter) checkWebhook(ctx context.Context, c channels.Channel) channels.Finding {
	var got struct {
		Data []struct{} `json:"data"`
	}
	err := a.graph.Call(ctx, c, http.MethodGet, "/"+url.PathEscape(c.Value("waba_id"))+"/subscribed_apps", nil, &got)
	return channels.Finding{Code: "webhook", OK: err == nil && len(got.Data) > 0, Detail: reason(err)}
}

// reason is the platform's own word in an error.
func reason(err error) string {
	var said *errs.Send
	if errors.As(err, &said) {
		return said.Err.Error()
	}
	return ""
}
