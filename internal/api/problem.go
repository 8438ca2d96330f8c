package api

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5/pgconn"

	"recado/internal/db"
	"recado/internal/errs"
)

// Problem is the body of every refusal (RFC 9457), application/problem+json.
type Problem struct {
	Type       string         `json:"type" format:"uri-reference" doc:"Where the code is explained"`
	Title      string         `json:"title" doc:"The kind of refusal"`
	Status     int            `json:"status"`
	Code       string         `json:"code" doc:"Stable name of the reason, for programs" example:"auth.wrong"`
	Detail     string         `json:"detail" doc:"A sentence for people, in the language of Accept-Language (es or en)"`
	Field      string         `json:"field,omitempty" doc:"The input at fault" example:"body.email"`
	Errors     []Fault        `json:"errors,omitempty" doc:"Every fault that was found, when there may be several"`
	Args       map[string]any `json:"args,omitempty" doc:"What the sentence names, by name"`
	RequestID  string         `json:"request_id" doc:"Quote it when you ask for help"`
	RetryAfter int            `json:"retry_after,omitempty" doc:"Seconds to wait before trying again"`
}

// Fault is one input that cannot be accepted. Values are never echoed: they may be secret.
type Fault struct {
	Code     string `json:"code" example:"validation.required"`
	Message  string `json:"message"`
	Location string `json:"location,omitempty" example:"body.email"`
}

// ContentType makes huma answer with the media type of problems.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetStatus makes Problem a huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

func (p *Problem) Error() string { return p.Code }

var (
	_ huma.StatusError       = (*Problem)(nil)
	_ huma.ContentTypeFilter = (*Problem)(nil)
)

// huma asks these package variables for every refusal of its own, and its default ones
// would show callers the text of Go errors.
func init() {
	huma.DefaultArrayNullable = false
	huma.NewError = func(status int, msg string, details ...error) huma.StatusError {
		return refusal(context.Background(), status, msg, details)
	}
	huma.NewErrorWithContext = func(c huma.Context, status int, msg string, details ...error) huma.StatusError {
		p := refusal(c.Context(), status, msg, details)
		p.headers(c.SetHeader)
		return p
	}
}

// refusal reads one of huma's own refusals. A handler's error arrives as the only detail of a 500.
func refusal(ctx context.Context, status int, msg string, details []error) *Problem {
	if status == http.StatusInternalServerError && len(details) > 0 && msg != msgUnreadable {
		return problemOf(ctx, details[0])
	}
	if len(details) > 0 && (status == http.StatusUnprocessableEntity || status == http.StatusBadRequest) {
		return invalid(ctx, status, details)
	}
	code, ok := statusCodes[status]
	if !ok {
		scopeOf(ctx).log.Error("refusal without a code", "status", status, "msg", msg)
		code = errInternal
	}
	return problemOf(ctx, code)
}

// msgUnreadable is huma's word for a body that broke off; it calls that a 500.
const msgUnreadable = "cannot read request body"

// statusCodes are the refusals that huma makes itself and that say all by their status.
var statusCodes = map[int]*errs.Problem{
	http.StatusBadRequest:            errs.New(errs.Invalid, "body.required").At("body"),
	http.StatusRequestTimeout:        errs.New(errs.Invalid, "body.slow").At("body"),
	http.StatusRequestEntityTooLarge: errs.New(errs.TooLarge, "body.too_large").At("body"),
	http.StatusUnsupportedMediaType:  errs.New(errs.Invalid, "body.type").At("body"),
	http.StatusInternalServerError:   errs.New(errs.Invalid, "body.unreadable").At("body"),
}

var errInternal = errs.New(0, "internal")

// statuses maps what went wrong to HTTP, for the whole program.
var statuses = map[errs.Kind]int{
	errs.Invalid:         http.StatusUnprocessableEntity,
	errs.Unauthenticated: http.StatusUnauthorized,
	errs.Forbidden:       http.StatusForbidden,
	errs.NotFound:        http.StatusNotFound,
	errs.Conflict:        http.StatusConflict,
	errs.TooMany:         http.StatusTooManyRequests,
	errs.TooLarge:        http.StatusRequestEntityTooLarge,
	errs.Unavailable:     http.StatusServiceUnavailable,
}

// special are the codes with a status of their own: mostly for what could not even be read,
// as opposed to read and refused.
var special = map[string]int{
	"body.required":   http.StatusBadRequest,
	"body.malformed":  http.StatusBadRequest,
	"body.bad_text":   http.StatusBadRequest,
	"body.unreadable": http.StatusBadRequest,
	"body.slow":       http.StatusRequestTimeout,
	"body.type":       http.StatusUnsupportedMediaType,
	"route.method":    http.StatusMethodNotAllowed,
	"file.type":       http.StatusUnsupportedMediaType,
	"faq.file_type":   http.StatusUnsupportedMediaType,
}

func statusOf(p *errs.Problem) int {
	if s, ok := special[p.Code]; ok {
		return s
	}
	if p.Kind == errs.Invalid && p.Field != "" && !strings.HasPrefix(located(p.Field), "body") {
		return http.StatusBadRequest // a query, path or header that makes no sense
	}
	if s, ok := statuses[p.Kind]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// problemOf turns any error into what the caller may know of it. Joined Problems are all
// told; the first one gives the code.
func problemOf(ctx context.Context, err error) *Problem {
	found := problems(err)
	if len(found) == 0 {
		found = []*errs.Problem{known(ctx, err)}
	}
	s, first := scopeOf(ctx), found[0]
	status := statusOf(first)
	p := &Problem{
		Type: "/api/docs#" + first.Code, Title: title(s.lang, status), Status: status, Code: first.Code,
		Detail: sentence(s.lang, first.Code, first.Args), Field: located(first.Field), Args: first.Args,
		RequestID: s.id, RetryAfter: int(math.Ceil(first.RetryAfter.Seconds())),
	}
	for _, f := range found {
		if f.Field != "" {
			p.Errors = append(p.Errors, Fault{f.Code, sentence(s.lang, f.Code, f.Args), located(f.Field)})
		}
	}
	return p
}

// problems finds the Problems in err, which may be wrapped or joined.
func problems(err error) []*errs.Problem {
	if p, ok := err.(*errs.Problem); ok { //nolint:errorlint // the tree is walked by hand below
		return []*errs.Problem{p}
	}
	switch e := err.(type) { //nolint:errorlint // as above
	case interface{ Unwrap() []error }:
		var all []*errs.Problem
		for _, one := range e.Unwrap() {
			all = append(all, problems(one)...)
		}
		return all
	case interface{ Unwrap() error }:
		return problems(e.Unwrap())
	}
	return nil
}

// located puts a field that a room named under the body.
func located(field string) string {
	if field == "" {
		return ""
	}
	for _, in := range [...]string{"body", "query", "path", "header"} {
		if field == in || strings.HasPrefix(field, in+".") {
			return field
		}
	}
	return "body." + field
}

// known recognises the errors that are not a Problem and not a fault of ours. Everything
// else is logged and told as "internal".
func known(ctx context.Context, err error) *errs.Problem {
	log := scopeOf(ctx).log
	var pg *pgconn.PgError
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return statusCodes[http.StatusRequestEntityTooLarge]
	case errors.Is(err, context.Canceled): // the caller has gone
		return unavailable(0)
	case db.Down(err), errors.Is(err, context.DeadlineExceeded):
		log.Warn("no answer from the database", "err", err)
		return unavailable(2 * time.Second)
	case errors.As(err, &pg) && (pg.Code == "57014" || pg.Code == "55P03"): // statement or lock timeout
		log.Warn("the database took too long", "err", err)
		return unavailable(time.Second)
	case errors.As(err, &pg) && (pg.Code == "22021" || pg.Code == "22P05"): // bytes that are no text
		return errs.New(errs.Invalid, "body.bad_text").At("body")
	}
	log.Error("request failed", "err", err)
	return errInternal
}

func unavailable(after time.Duration) *errs.Problem {
	p := errs.New(errs.Unavailable, "unavailable")
	p.RetryAfter = after
	return p
}

// headers says in HTTP's own words what the body says.
func (p *Problem) headers(set func(name, value string)) {
	if p.RetryAfter > 0 {
		set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	if p.Status == http.StatusUnauthorized {
		set("WWW-Authenticate", "Bearer")
	}
}

func (p *Problem) write(w http.ResponseWriter) {
	p.headers(w.Header().Set)
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the caller may have gone
}

// Refuse answers a plain request with the problem that err is.
func Refuse(w http.ResponseWriter, r *http.Request, err error) { problemOf(r.Context(), err).write(w) }
