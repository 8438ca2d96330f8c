package api

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"recado/internal/auth"
	"recado/internal/chat"
	"recado/internal/file"
)

// files takes uploads as raw bodies: huma would read them whole into memory first, so the
// operation is described by hand and served by a plain handler.
func (a *API) files() {
	needs := auth.Permission{Module: auth.Inbox, Level: auth.Write}
	o := operation{ID: "uploadFile", Method: "POST", Path: "/files", Tag: "Files", Needs: needs, Status: 201,
		Summary:     "Upload a file",
		Description: "The body is the file itself. Its type is found out from its bytes. Send the message that carries it within a day, or it is deleted."}
	media := huma.SchemaFromType(a.huma.OpenAPI().Components.Schemas, reflect.TypeFor[chat.Media]())
	op := a.describe(o)
	op.Parameters = []*huma.Param{{Name: "X-File-Name", In: "header", Description: "The file's name, percent-encoded UTF-8", Schema: &huma.Schema{Type: "string"}}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/octet-stream": {}}}
	op.Responses = map[string]*huma.Response{"201": {Description: "Created", Content: map[string]*huma.MediaType{"application/json": {Schema: media}}}}
	a.huma.OpenAPI().AddOperation(op)
	a.mux.Method(http.MethodPost, prefix+o.Path, a.Guard(needs, http.HandlerFunc(a.uploadFile)))
}

const uploadWithin = 5 * time.Minute

func (a *API) uploadFile(w http.ResponseWriter, r *http.Request) {
	// The server's read timeout is for small bodies; a film over a slow line takes longer.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(uploadWithin))
	name, err := url.PathUnescape(r.Header.Get("X-File-Name"))
	if err != nil || len(name) > 1000 {
		name = ""
	}
	company := auth.From(r.Context()).Company
	kind := r.Header.Get("Content-Type")
	body := r.Body
	if a.Voice != nil && strings.HasPrefix(kind, "audio/webm") { // what browsers record; no platform plays it
		if body, kind, err = a.Voice(r.Context(), r.Body, kind); err != nil {
			Refuse(w, r, err)
			return
		}
		defer body.Close()
	}
	m, err := a.Files.Upload(r.Context(), company, file.ByAgent, "", name, kind, body)
	if err != nil {
		Refuse(w, r, err)
		return
	}
	m.URL = a.Files.Link(company, m, linkFor)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = jsonFormat.Marshal(w, m) // the caller may have gone
}
