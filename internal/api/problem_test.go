package api

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"recado/internal/auth"
	"recado/internal/errs"
)

// use is one place in the code that makes a Problem.
type use struct {
	code, path string
	args       []string
}

// uses finds, in all Go code of the repository, every place that makes a Problem.
func uses(t *testing.T) (all []use) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (e.Name() == "node_modules" || e.Name() == "testdata" || e.Name() == "sim" || strings.HasPrefix(e.Name(), ".") && path != root):
			return fs.SkipDir
		case e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			switch callee(call) {
			case "errs.New", "bad": // bad(field, code, kv...) is how checks with many faults make them
				u := use{code: literal(call, 1), path: path}
				for i := 2; i < len(call.Args); i += 2 {
					u.args = append(u.args, literal(call, i))
				}
				all = append(all, u)
			case "errs.Missing":
				all = append(all, use{code: "noun." + literal(call, 0), path: path})
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("found only %d uses of errs: the search is broken", len(all))
	}
	return all
}

func callee(c *ast.CallExpr) string {
	if x, ok := c.Fun.(*ast.Ident); ok {
		return x.Name
	}
	if s, ok := c.Fun.(*ast.SelectorExpr); ok {
		if x, ok := s.X.(*ast.Ident); ok {
			return x.Name + "." + s.Sel.Name
		}
	}
	return ""
}

// literal is argument i when it is a string literal, else "".
func literal(c *ast.CallExpr, i int) string {
	if i < len(c.Args) {
		if lit, ok := c.Args[i].(*ast.BasicLit); ok {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				return s
			}
		}
	}
	return ""
}

// Every code has a sentence in both languages, and every place that uses it fills the sentence.
func TestEveryCodeHasASentence(t *testing.T) {
	t.Parallel()
	for _, u := range uses(t) {
		if u.code == "" || u.code == "noun." {
			continue // passed on from a caller that has the literal
		}
		for _, lang := range languages {
			text := catalogue[lang][u.code]
			if text == "" {
				t.Errorf("%q, used in %s, has no sentence in problems/%s.json", u.code, u.path, lang)
			}
			for _, p := range place.FindAllString(text, -1) {
				if !slices.Contains(u.args, p[1:len(p)-1]) {
					t.Errorf("%q, used in %s, does not give %s", u.code, u.path, p)
				}
			}
		}
	}
	for _, lang := range languages {
		for _, s := range sentences {
			if catalogue[lang][s.code] == "" {
				t.Errorf("%q has no sentence in problems/%s.json", s.code, lang)
			}
		}
		for _, status := range slices.Concat(slices.Collect(maps.Values(statuses)), slices.Collect(maps.Values(special)), []int{500}) {
			if title(lang, status) == "" {
				t.Errorf("%d has no title in problems/%s.json", status, lang)
			}
		}
	}
}

// The two catalogues say the same things with the same arguments, and not loudly.
func TestCataloguesMatch(t *testing.T) {
	t.Parallel()
	es, en := catalogue["es"], catalogue["en"]
	for code := range es {
		a, b := place.FindAllString(es[code], -1), place.FindAllString(en[code], -1)
		slices.Sort(a)
		slices.Sort(b)
		if en[code] == "" || !slices.Equal(a, b) {
			t.Errorf("%s: es takes %v, en %v", code, a, b)
		}
		if strings.ContainsAny(es[code]+en[code], "!¡") {
			t.Errorf("%s shouts", code)
		}
	}
	if len(es) != len(en) {
		t.Errorf("%d sentences in es, %d in en", len(es), len(en))
	}
}

func TestStatusOfErrors(t *testing.T) {
	t.Parallel()
	wait := errs.New(errs.TooMany, "rate.exceeded")
	wait.RetryAfter = 1500 * time.Millisecond
	for _, c := range []struct {
		err    error
		status int
		code   string
	}{
		{errs.New(errs.Invalid, "label.color").At("color"), 422, "label.color"},
		{errs.New(errs.Unauthenticated, "auth.wrong"), 401, "auth.wrong"},
		{errs.New(errs.Forbidden, "auth.forbidden"), 403, "auth.forbidden"},
		{errs.Missing("label"), 404, "not_found"},
		{errs.New(errs.Conflict, "label.taken"), 409, "label.taken"},
		{wait, 429, "rate.exceeded"},
		{errs.New(errs.TooLarge, "content.text_too_long"), 413, "content.text_too_long"},
		{errs.New(errs.Unavailable, "unavailable"), 503, "unavailable"},
		{fmt.Errorf("wrapped: %w", errs.Missing("label")), 404, "not_found"},
		{errors.Join(errs.New(errs.Invalid, "label.color").At("color"), errs.New(errs.Invalid, "company.name").At("name")), 422, "label.color"},
		{&pgconn.PgError{Code: "57014"}, 503, "unavailable"},
		{&pgconn.PgError{Code: "22021"}, 400, "body.bad_text"},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, 503, "unavailable"},
		{context.DeadlineExceeded, 503, "unavailable"},
		{&http.MaxBytesError{Limit: 1}, 413, "body.too_large"},
		{&pgconn.PgError{Code: "23505", Message: "duplicate key", Detail: "(email)=(hunter2)"}, 500, "internal"},
		{errors.New("password=hunter2"), 500, "internal"},
	} {
		p := problemOf(t.Context(), c.err)
		if p.Status != c.status || p.Code != c.code || strings.Contains(fmt.Sprintf("%+v", p), "hunter2") {
			t.Errorf("%v: %d %s, want %d %s: %+v", c.err, p.Status, p.Code, c.status, c.code, p)
		}
	}
	if p := problemOf(t.Context(), wait); p.RetryAfter != 2 {
		t.Errorf("retry_after %d, want 2: a fraction of a second is rounded up", p.RetryAfter)
	}
}

// A handler that fails or panics tells the caller nothing but the request's id.
func TestFaultsOfOurs(t *testing.T) {
	t.Parallel()
	a := New(Deps{})
	add(a, operation{ID: "fail", Method: "GET", Path: "/fail", Needs: auth.Public}, func(context.Context, *struct{}) (*struct{}, error) {
		return nil, errors.New("password=hunter2")
	})
	add(a, operation{ID: "blow", Method: "GET", Path: "/blow", Needs: auth.Public}, func(context.Context, *struct{}) (*struct{}, error) {
		panic("password=hunter2")
	})
	add(a, operation{ID: "half", Method: "GET", Path: "/half", Needs: auth.Public}, func(context.Context, *struct{}) (*Out[any], error) {
		return &Out[any]{make(chan int)}, nil // cannot be marshalled once the answer has begun
	})
	b := &bench{API: a}
	for _, path := range []string{"/fail", "/blow"} {
		b.do(t, call{method: "GET", path: path, status: 500, code: "internal", hasNot: []string{"hunter2"}, header: map[string]string{"X-Request-Id": "given-by-caller"}})
	}
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("recovered %v, want the connection to be cut", v)
		}
	}()
	a.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", prefix+"/half", nil))
}

// The guard is closed: an operation that got past add without a permission does not run.
func TestGuardIsClosed(t *testing.T) {
	t.Parallel()
	a := New(Deps{})
	w := httptest.NewRecorder()
	a.Guard(auth.Permission{}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it ran") })).
		ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/api/v1/live", nil))
	if w.Code != 500 {
		t.Errorf("%d, want 500", w.Code)
	}
}

// Bodies that break off, never end, or never come are the caller's fault.
func TestBrokenBodies(t *testing.T) {
	t.Parallel()
	a := New(Deps{})
	add(a, operation{ID: "slow", Method: "POST", Path: "/slow", Tag: "Test", Needs: auth.Public, BodyTime: time.Millisecond},
		func(context.Context, *struct{ RawBody []byte }) (*struct{}, error) { return nil, nil })
	srv := httptest.NewServer(a)
	t.Cleanup(srv.Close)
	for _, c := range []struct{ name, path, body, want string }{
		{"chunk of nonsense", "/auth/login", "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "400"},
		{"endless", "/auth/login", "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("10000\r\n"+strings.Repeat("a", 0x10000)+"\r\n", 20), "413"},
		{"never comes", "/slow", "Content-Length: 10\r\n\r\n", "408"},
	} {
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		go func() { // the server may answer and stop reading before all is sent
			_, _ = io.WriteString(conn, "POST "+prefix+c.path+" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"+c.body)
		}()
		line := make([]byte, 12)
		if _, err := io.ReadFull(conn, line); err != nil || string(line[9:]) != c.want {
			t.Errorf("%s: %q, %v; want %s", c.name, line, err, c.want)
		}
		_ = conn.Close()
	}
}
