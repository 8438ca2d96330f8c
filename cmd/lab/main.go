// Command lab holds the real thing to its promises: it builds recado, runs it as a child
// process beside a PostgreSQL of its own that keeps every safety on, does to both what
// production will, and counts afterwards. Run `lab --help` for the experiments.
//
// An experiment prints its figures in plain lines and exits with 1 when a promise is
// broken. Everything it talks to is on 127.0.0.1, and everything it started or wrote is
// gone when it ends, also after Ctrl-C.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

type command struct {
	options

	Crash     crashCommand     `cmd:"" help:"Kill the server and PostgreSQL under load: nothing lost, nothing doubled, order kept"`
	Duplicate duplicateCommand `cmd:"" help:"Send one event 500 times over two nodes: one message, one answer"`
	Nodes     nodesCommand     `cmd:"" help:"Freeze and kill one of two nodes: the other takes its work over, the woken one writes nothing"`
	Channels  channelsCommand  `cmd:"" help:"Let every platform fail in every way: nothing lost, nothing doubled without a doubt on record"`
	Sessions  sessionsCommand  `cmd:"" help:"Many WhatsApp sockets on one node: their memory, all of them dropped at once, the server killed"`
	Deaf      deafCommand      `cmd:"" help:"A WhatsApp socket that stays open and answers nothing: found, restarted, nothing missed"`
	Flows     flowsCommand     `cmd:"" help:"Many flows that wait, over a killed node and a clock that is wrong: each resumes once, in time, in order"`
	Replay    replayCommand    `cmd:"" help:"A thousand conversations run again with one thing changed: exactly its turns show, nothing is written"`
	Sweep     sweepCommand     `cmd:"" help:"Every API operation by every role against its own and another company's things"`
	Bench     benchCommand     `cmd:"" help:"What the paths cost: one line each, name value unit goal"`
}

// options are what every experiment takes.
type options struct {
	Recado string        `type:"existingfile" help:"A recado binary to test; without it the lab builds the one of this checkout"`
	Dir    string        `type:"existingdir" help:"Where the experiment keeps its files while it runs; on a disk, not in memory" default:"/var/tmp"`
	Keep   bool          `help:"Leave the files, among them the nodes' logs, when the experiment is over"`
	Within time.Duration `help:"Give up after this long" default:"15m"`
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c command
	parser, err := kong.New(&c, kong.Name("lab"), kong.UsageOnError(), kong.Writers(stdout, stderr),
		kong.Description("Experiments that hold a real server and a real PostgreSQL to their promises."))
	if err != nil {
		fmt.Fprintln(stderr, "lab:", err)
		return 2
	}
	k, err := parser.Parse(args)
	if err != nil {
		parser.FatalIfErrorf(err) // prints the usage and exits
	}
	l, err := open(ctx, c.options, stdout)
	if err == nil {
		err = k.Run(l)
		l.close()
	}
	if err != nil {
		fmt.Fprintln(stderr, "lab:", err)
		return 1
	}
	return 0
}
