// Package api is the REST door: OpenAPI operations under /api/v1, their document at
// /api/openapi.json and a page to read it at /api/docs.
//
// A resource is one file and one line. The file has a method on *API that adds its
// operations, thin handlers that call a room, and the types of their inputs:
//
//	func (a *API) labels() {
//		add(a, operation{ID: "listLabels", Method: "GET", Path: "/labels", Tag: "Labels",
//			Needs: auth.Permission{Module: auth.Inbox, Level: auth.Read},
//			Summary: "List labels"}, a.listLabels)
//	}
//
//	func (a *API) listLabels(ctx context.Context, _ *struct{}) (*Out[List[company.Label]], error) {
//		return answer(listOf(inCompany(ctx, a, func(tx db.CompanyTx) ([]company.Label, error) {
//			return company.Labels(ctx, tx)
//		})))
//	}
//
// The line goes into resources below. Then:
//
//   - Needs is the permission; an operation without a valid one panics at start. By the time
//     a handler runs, auth.From(ctx) is a principal who may.
//   - Handlers return the rooms' errors as they are: *errs.Problem becomes a refusal with its
//     code (problem.go), anything else a 500 whose text only the log sees. A new code needs a
//     sentence in problems/es.json and problems/en.json; a test finds those without.
//     Field is relative to the body: "name" is told as "body.name".
//   - Lists embed Page in their input and return List; sends embed Idempotent (page.go).
//   - After a change: go test ./internal/api -run Golden -update
package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"recado/channels"
	"recado/internal/assistant"
	"recado/internal/auth"
	"recado/internal/channel"
	"recado/internal/db"
	"recado/internal/file"
	"recado/internal/flow"
	"recado/internal/flow/trial"
	"recado/internal/id"
	"recado/internal/inbox"
	"recado/internal/outside"
	"recado/internal/seal"
)

// resources is every resource, in the order of the document.
var resources = []func(*API){
	(*API).sessions,
	(*API).company,
	(*API).labels,
	(*API).audit,
	(*API).overview,
	(*API).conversations,
	(*API).passes,
	(*API).messages,
	(*API).contacts,
	(*API).files,
	(*API).channelKinds,
	(*API).channels,
	(*API).channelSetup,
	(*API).templates,
	(*API).health,
	(*API).bots,
	(*API).rules,
	(*API).faqs,
	(*API).ask,
	(*API).flows,
	(*API).flowVersions,
	(*API).flowTrials,
	(*API).flowWords,
	(*API).teams,
	(*API).globals,
	(*API).modelKeys,
	(*API).commerce,
	(*API).live,
}

// Deps is what the handlers work with.
type Deps struct {
	DB      *db.DB
	Auth    *auth.Service
	Log     *slog.Logger
	BaseURL string // how browsers reach us, "https://chat.example.com"; may be empty
	Rate    Rate
	Files   *file.Files
	Bots    *assistant.Service
	Flows   *flow.Service
	Trials  *trial.Service
	Outside *outside.Outside
	Keys    *seal.Keys
	Open    channel.Opener // completes channels with their secrets
	Live    *Live
	// Adapters are the kinds of channel that can be connected.
	Adapters []channels.Adapter
	// Way is how what people write is fitted to channels; the language is the reader's.
	Way inbox.Way
	// Voice makes a voice note of what a browser recorded; nil leaves it as it is.
	Voice func(ctx context.Context, r io.Reader, mime string) (io.ReadCloser, string, error)
	// Sessions links and lists the channels that hold a socket.
	Sessions Sessions
	// Refresh is told that a channel's settings changed.
	Refresh func(id.Channel)
	// Attend shows the other end of a conversation that a person is typing, or has read what
	// they wrote. It must not block; nil: nobody is shown anything.
	Attend func(to inbox.Addressee, typing bool)
	// Record lets the channel's log listen to calls to its platform; may be nil.
	Record func(context.Context, channels.Channel, id.Message) context.Context
	// Changed tells sockets and senders, after the commit, what a command did.
	Changed func(id.Company, inbox.Change)
	// Online reports whether a member has the panel open; nil means nobody is known to.
	Online func(id.Company, id.User) bool
}

// API is the handler of everything under /api. Safe for concurrent use.
type API struct {
	Deps
	mux       *chi.Mux
	huma      huma.API
	document  []byte
	origins   *http.CrossOriginProtection
	rate      *limiter // of addresses
	companies *limiter
	secure    bool // BaseURL is https
}

const prefix = "/api/v1"

// maxBody bounds a request's body, in bytes, unless its operation says otherwise.
const maxBody = 1 << 20

// bodyTime is how long a body may take to arrive, unless its operation says otherwise.
const bodyTime = 5 * time.Second

// New registers every resource. It panics on a mistake in an operation's definition.
func New(d Deps) *API {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	a := &API{Deps: d, mux: chi.NewMux(), rate: newLimiter(d.Rate, addressRate), companies: newLimiter(d.Rate, companyRate), secure: strings.HasPrefix(d.BaseURL, "https://"),
		origins: http.NewCrossOriginProtection()}
	if d.BaseURL != "" {
		// A proxy may have changed the Host that an Origin is compared with.
		if err := a.origins.AddTrustedOrigin(strings.TrimRight(d.BaseURL, "/")); err != nil {
			a.Log.Error("the base URL is not an origin; cross-origin checks go by Host alone", "url", d.BaseURL, "err", err)
		}
	}
	a.mux.Use(a.scope, a.recoverPanic, headers, plainQuery, middleware.GetHead)
	a.mux.NotFound(a.noRoute)
	a.mux.MethodNotAllowed(a.noMethod)
	a.huma = humachi.New(a.mux, config())
	a.huma.UseMiddleware(a.guard, limitBody)
	for _, r := range resources {
		r(a)
	}
	var err error
	if a.document, err = marshalDocument(a.huma.OpenAPI()); err != nil {
		panic("api: the document does not marshal: " + err.Error())
	}
	a.docs()
	return a
}

// ServeHTTP serves full paths, "/api/v1/me", however the API was mounted.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// An outer chi router leaves what remains to be routed in the context; we route afresh.
	a.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), chi.RouteCtxKey, (*chi.Context)(nil))))
}

// Document is the OpenAPI 3.1 document, indented JSON. It needs no database.
func Document() ([]byte, error) { return marshalDocument(New(Deps{}).huma.OpenAPI()) }

func config() huma.Config {
	c := huma.DefaultConfig("Recado", "1")
	c.Info.Description = introduction
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", "" // we serve our own
	c.CreateHooks = nil                                   // no $schema in bodies
	c.Formats = map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat}
	c.RejectUnknownQueryParameters = true
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"cookie": {Type: "apiKey", In: "cookie", Name: cookieName, Description: "Set by signing in with a browser."},
		"bearer": {Type: "http", Scheme: "bearer", Description: "The token that signing in with `token: true` returns."},
	}
	return c
}

// schemaName names a type in the document. The engine's words are short where they are used
// and would be another's here: a flow's Fault, a flow's Field.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.PkgPath() {
	case "recado/flows":
		return "Flow" + name
	case "recado/internal/flow":
		return "Flow" + strings.TrimPrefix(name, "Flow")
	case "recado/internal/commerce":
		return "Shop" + name
	}
	return name
}

// operation is what a resource says about one of its endpoints.
type operation struct {
	ID, Method, Path, Tag string // ID is a stable camelCase verb; Path is below /api/v1
	Summary, Description  string
	Needs                 auth.Permission
	Status                int           // of success; 0 lets huma choose 200 or 204
	Refusals              []int         // statuses beyond those any such operation has, such as 409
	MaxBody               int64         // bytes; 0 means maxBody
	BodyTime              time.Duration // for the body to arrive; 0 means bodyTime
}

// permission is the key under which an operation's metadata say what it needs.
const permission = "permission"

// add registers an operation with what all of them share.
func add[I, O any](a *API, o operation, handler func(context.Context, *I) (*O, error)) {
	huma.Register(a.huma, *a.describe(o), handler)
}

// describe is an operation in huma's words.
func (a *API) describe(o operation) *huma.Operation {
	if !o.Needs.Valid() {
		panic("api: operation " + o.ID + " does not say what permission it needs")
	}
	op := &huma.Operation{
		OperationID: o.ID, Method: o.Method, Path: prefix + o.Path, Tags: []string{o.Tag},
		Summary: o.Summary, Description: o.Description, DefaultStatus: o.Status,
		MaxBodyBytes: cmp.Or(o.MaxBody, maxBody), BodyReadTimeout: cmp.Or(o.BodyTime, bodyTime), Errors: append(o.Refusals, refusals(o)...),
		Metadata:   map[string]any{permission: o.Needs},
		Extensions: map[string]any{"x-permission": o.Needs.String()},
		Security:   []map[string][]string{{"cookie": {}}, {"bearer": {}}},
	}
	if o.Needs == auth.Public {
		op.Security = []map[string][]string{}
	}
	if doc := a.huma.OpenAPI(); !slices.ContainsFunc(doc.Tags, func(t *huma.Tag) bool { return t.Name == o.Tag }) {
		doc.Tags = append(doc.Tags, &huma.Tag{Name: o.Tag}) // in the order of resources
	}
	return op
}

// refusals are the statuses that follow from what an operation is.
func refusals(o operation) []int {
	s := []int{http.StatusBadRequest, http.StatusTooManyRequests}
	if o.Needs != auth.Public {
		s = append(s, http.StatusUnauthorized)
	}
	if o.Needs.Level > auth.None || o.Method != http.MethodGet { // cross-origin writes
		s = append(s, http.StatusForbidden)
	}
	if strings.Contains(o.Path, "{") {
		s = append(s, http.StatusNotFound)
	}
	if o.Method == http.MethodPost || o.Method == http.MethodPut || o.Method == http.MethodPatch {
		s = append(s, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	return s
}

// marshalDocument indents and leaves <, > and & as they are, so that diffs can be read.
func marshalDocument(d *huma.OpenAPI) ([]byte, error) {
	var compact, out bytes.Buffer
	enc := json.NewEncoder(&compact)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		return nil, err
	}
	err := json.Indent(&out, compact.Bytes(), "", "  ")
	return out.Bytes(), err
}

// Out is an answer with nothing but a body.
type Out[T any] struct{ Body T }

// answer wraps what a room returned.
func answer[T any](v T, err error) (*Out[T], error) {
	if err != nil {
		return nil, err
	}
	return &Out[T]{v}, nil
}

// inCompany runs fn in a transaction of the caller's company.
func inCompany[T any](ctx context.Context, a *API, fn func(db.CompanyTx) (T, error)) (out T, err error) {
	err = a.DB.ForCompany(ctx, auth.From(ctx).Company, func(tx db.CompanyTx) (err error) {
		out, err = fn(tx)
		return err
	})
	return out, err
}
