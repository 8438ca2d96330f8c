package expr_test

import (
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"recado/flows/expr"
)

const (
	mostTime   = 250 * time.Millisecond
	mostMemory = 64 << 20
)

type danger struct{ Field string }

func (danger) Danger() string { panic("a method of a value was called") }

// hostileEnv takes any name, so that as much as possible compiles.
func hostileEnv() *expr.Env {
	return expr.NewEnv(expr.Field{Path: "vars.*", Type: expr.Any}, expr.Field{Path: "event.*", Type: expr.Any},
		expr.Field{Path: "vars.picks", Type: expr.List}, expr.Field{Path: "vars.when", Type: expr.Date}, expr.Field{Path: "secret.key"})
}

// hostileValues are larger, deeper and odder than a host would hand in.
func hostileValues() expr.Values {
	long := strings.Repeat("aaaaaaaaab", 1<<17)
	wide := strings.Repeat("ﷺİßŉ", 1<<16) // each becomes several letters
	big := make([]any, 100_000)
	for i := range big {
		big[i] = long
	}
	cycle := map[string]any{"a": long}
	ring := []any{cycle, nil, nil}
	ring[1], ring[2] = ring, cycle
	cycle["self"], cycle["list"] = cycle, ring
	var deep any = "end"
	for range 100_000 {
		deep = []any{deep, deep}
	}
	items := make([]any, 5000)
	for i := range items {
		items[i] = map[string]any{"title": wide, "quantity": math.NaN(), "price": math.Inf(1), "self": cycle}
	}
	v := map[string]any{"long": long, "wide": wide, "list": big, "picks": items, "cycle": cycle, "deep": deep, "ring": ring, "needle": strings.Repeat("a", 2000) + "c",
		"danger": danger{}, "pointer": &danger{}, "nil": (*danger)(nil), "fn": func() {}, "bytes": []byte(long), "when": long, "far": time.Unix(1<<55, 0), "zero": time.Time{}}
	return expr.Values{"event": v, "vars": v, "now": time.Unix(1<<40, 0),
		"contact": map[string]any{"name": wide, "tags": big, "phone": 5, "email": cycle, "fields": danger{}},
		"message": map[string]any{"text": long}, "company": "not a map", "cart": map[string]any{"items": items, "total": math.NaN(), "count": "x"}, "conversation": nil}
}

func corpus(tb testing.TB) []string {
	tb.Helper()
	var out []string
	for _, name := range []string{"testdata/hostile.txt", "testdata/found.txt"} {
		b, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			line = strings.TrimSuffix(line, "\n")
			if strings.HasPrefix(line, "# ") {
				continue
			}
			if unquoted, err := strconv.Unquote(line); err == nil {
				line = unquoted
			}
			out = append(out, line)
		}
	}
	for _, piece := range []string{"(", "[", "{", "!", "not ", "-", "+", "a.", "a?.", "1**", "1??", "1?", "1?1:", "1?:", "any(event.list,", "upper(", "if 1 {", "let a=1;", "#.", "/*", "\"", "'\\", "`", "1<", "1==", "1+", "a|len()|", "[[1],", "::", "..", "1..", "9", "x[", "x[1:", "b'", "??", "😀"} {
		out = append(out, strings.Repeat(piece, 4000/len(piece)), strings.Repeat(piece, 15), strings.Repeat(piece, 1<<20/len(piece)))
		out = append(out, strings.Repeat(piece, 15)+"1"+strings.Repeat(")", 15), strings.Repeat(piece, 100)+"1"+strings.Repeat(")", 100))
	}
	for _, piece := range []string{"event.long", "len(upper(event.wide))", "matchesWords(event.long, event.wide)", "event.list", "json(event.cycle)", `replace(event.long, "a", event.long)`, "join(event.list)", "hasTag(event.long)", "(event.x in event.list)", `(event.long matches "(a|b)*c")`, "map(event.list, upper(#))", "cart.items", "filter(cart.items, .title contains event.needle)"} {
		for _, op := range []string{"+", "==", "<", "&&", "or", "contains", "??", "*", ","} {
			for _, n := range []int{2, 10, 30, 60} {
				src := strings.Repeat(piece+" "+op+" ", n) + piece
				if op == "," {
					src = "[" + src + "]"
				}
				out = append(out, src)
			}
		}
	}
	return out
}

// meter runs one thing alone and says what it took: no other test may run beside it, which is
// why nothing that uses it is parallel. Time is the processor's, collector and all, so that
// a busy machine does not stretch it.
func meter(f func()) (time.Duration, uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := processor()
	f()
	took := processor() - start
	runtime.ReadMemStats(&after)
	return took, after.TotalAlloc - before.TotalAlloc
}

func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func attempt(tb testing.TB, src string, env *expr.Env, v expr.Values) (ran bool) {
	for _, want := range []expr.Type{expr.Any, expr.Bool, expr.Text} {
		p, err := expr.Compile(src, env, want)
		if err != nil {
			continue
		}
		ran = true
		for _, s := range []expr.Style{es, {Language: "en"}} {
			if _, err := p.Run(v, s); err != nil {
				tb.Errorf("%.200q compiled and failed to run: %v", src, err)
			}
		}
	}
	return ran
}

// What the corpus takes, everything given out counted, even if given back at once.
func TestHostileCorpus(t *testing.T) {
	env, v := hostileEnv(), hostileValues()
	var slowest time.Duration
	var largest uint64
	var slow, large string
	ran := 0
	sources := corpus(t)
	for _, src := range sources {
		for _, f := range []func(){
			func() {
				if p, err := expr.Compile(src, env, expr.Any); err == nil {
					ran++
					_, _ = p.Run(v, es)
				}
			},
			func() {
				if tpl, err := expr.CompileTemplate("{{"+src+"}}", env); err == nil {
					_, _ = tpl.Render(v, es)
				}
			},
		} {
			took, memory := meter(f)
			if took > mostTime || memory > mostMemory {
				t.Errorf("%.200q took %v and %d MB", src, took, memory>>20)
			}
			if took > slowest {
				slowest, slow = took, src
			}
			if memory > largest {
				largest, large = memory, src
			}
		}
		attempt(t, src, env, v)
	}
	if ran < 50 {
		t.Errorf("only %d of %d sources ran: the corpus proves little", ran, len(sources))
	}
	t.Logf("%d sources, %d ran; slowest %v (%.80q), largest %d KB (%.80q)", len(sources), ran, slowest, slow, largest>>10, large)
}

// The parser calls itself, and nothing recovers a stack that overflows. With a stack of 4 MB,
// a two hundred and fiftieth of Go's, every shape that nests is still refused or read.
func TestNoShapeOverflowsTheStack(t *testing.T) {
	defer debug.SetMaxStack(debug.SetMaxStack(4 << 20))
	env := hostileEnv()
	done := make(chan struct{})
	go func() { // a stack of its own, grown from nothing
		defer close(done)
		for _, src := range corpus(t) {
			_, _ = expr.Compile(src, env, expr.Any)
			_, _ = expr.CompileTemplate("{{"+src+"}}", env)
		}
	}()
	<-done
}

func FuzzExpression(f *testing.F) {
	for _, src := range corpus(f) {
		if len(src) < 5000 {
			f.Add(src)
		}
	}
	for _, fn := range expr.Functions() {
		f.Add(fn.Example)
	}
	env, v := hostileEnv(), hostileValues()
	f.Fuzz(func(t *testing.T, src string) {
		took, memory := meter(func() { attempt(t, src, env, v) })
		if took > 6*mostTime || memory > 6*mostMemory { // attempt runs it up to six times
			t.Errorf("%.300q took %v and %d MB", src, took, memory>>20)
		}
	})
}

func FuzzTemplate(f *testing.F) {
	for _, src := range []string{"Hola {nombre}", "{{money(cart.total)}}", "{{secret.key}}{{event.long}}", `\{{a}}`, "{{'}}'}}", "{{", "{{}}", "{a{{b}}c}", "{{event.list}}", "é😀{{contact.name}}{{vars.x"} {
		f.Add(src, "Ana")
	}
	for _, src := range corpus(f) {
		if len(src) < 1000 {
			f.Add("{{"+src+"}} {nombre} {{"+src+"}}", "{{secret.key}}")
		}
	}
	env, v := hostileEnv(), hostileValues()
	f.Fuzz(func(t *testing.T, src, name string) {
		v["contact"].(map[string]any)["name"] = name
		var out string
		var secrets int
		took, memory := meter(func() {
			tpl, err := expr.CompileTemplate(src, env)
			if err != nil {
				return
			}
			secrets = strings.Count(src, "secret.")
			if out, err = tpl.Render(v, es); err != nil {
				t.Errorf("%.300q compiled and failed to render", src)
			}
		})
		if took > mostTime || memory > mostMemory {
			t.Errorf("%.300q took %v and %d MB", src, took, memory>>20)
		}
		if len(out) > 16<<10 || strings.Count(out, "{{secret.key}}") > secrets {
			t.Errorf("%.300q with %.100q gives %.300q", src, name, out)
		}
	})
}

// eachPriced shows every program of the corpus, and every function, with the texts that are
// worst for them.
func eachPriced(tb testing.TB, see func(src string, p *expr.Program, v expr.Values, ns, bytes int)) {
	env, v := hostileEnv(), hostileValues()
	sources := corpus(tb)
	for _, fn := range expr.Functions() {
		args := make([]string, len(fn.Args))
		for i, a := range fn.Args {
			args[i] = map[expr.Type]string{expr.Text: "event.t", expr.Number: "event.n", expr.Date: "now", expr.List: "event.list", expr.Any: "event.t", expr.Bool: "true"}[a.Type]
		}
		call := fn.Name + "(" + strings.Join(args, ", ") + ")"
		sources = append(sources, call, "map(event.list, "+call+")", call+" == "+call, call+" + "+call)
	}
	sources = append(sources, `event.t matches "(a|b|c)*x"`, `event.t contains event.t`, `event.t in event.list`, `event.list in event.list`, `"" + event.list`, `event.list + 1`, `map(event.list, # + 1)`, `event.t < now`)
	event := v["event"].(map[string]any)
	for _, worst := range []string{strings.Repeat("Ab c", 1024), strings.Repeat("ﷺ", 1365), strings.Repeat("ſİ", 1024), strings.Repeat("é̂", 819), strings.Repeat("a,", 2048), strings.Repeat("\xff", 4096), strings.Repeat("\x01", 4096)} {
		list := make([]any, 300)
		for i := range list {
			list[i] = worst
		}
		event["t"], event["n"], event["list"] = worst, 1e20, list
		for _, src := range sources {
			ns, bytes, ok := expr.Price(src, env)
			if !ok {
				continue
			}
			p, err := expr.Compile(src, env, expr.Any)
			if err != nil {
				tb.Fatal(err)
			}
			see(src, p, v, ns, bytes)
		}
	}
}

// What a run is priced at is the most that it takes. Of time, which no test can hold still,
// BenchmarkPrices tells.
func TestPricesCoverTheMemory(t *testing.T) {
	checked := 0
	eachPriced(t, func(src string, p *expr.Program, v expr.Values, _, bytes int) {
		_, _ = p.Run(v, es) // fills the pools
		_, memory := meter(func() { _, _ = p.Run(v, es) })
		if checked++; memory > uint64(bytes)+8<<10 {
			t.Errorf("%.150q took %d bytes, priced %d", src, memory, bytes)
		}
	})
	if checked < 1000 {
		t.Errorf("only %d programs were held to their price", checked)
	}
}

// BenchmarkPrices gives the greatest share of its price that any program takes, of the
// processor's time: above 1 a price is too low.
func BenchmarkPrices(b *testing.B) {
	worst, at := 0.0, ""
	for b.Loop() {
		eachPriced(b, func(src string, p *expr.Program, v expr.Values, ns, _ int) {
			share := math.Inf(1)
			for range 3 { // the least disturbed of three
				n, start := 0, processor()
				for took := time.Duration(0); took < 500*time.Microsecond; took = processor() - start {
					for range 1 + 20_000/ns {
						_, _ = p.Run(v, es)
						n++
					}
				}
				share = min(share, float64(processor()-start)/float64(n)/float64(ns))
			}
			if ns > 200 && share > worst { // below, the run itself is the most of it
				worst, at = share, src
			}
		})
	}
	b.ReportMetric(worst, "price/op")
	b.Logf("%.100q", at)
}
