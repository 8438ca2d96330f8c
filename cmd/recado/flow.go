package main

import (
	"os"

	"recado/internal/app"
)

type flowCommand struct {
	Check flowCheckCommand `cmd:"" help:"Say what is wrong with a flow's file, with line and column"`
	Run   flowRunCommand   `cmd:"" help:"Talk through a flow's file in a pretended shop"`
}

type flowCheckCommand struct {
	File     string `arg:"" type:"existingfile" help:"A flow as the panel exports it"`
	Language string `enum:"es,en" default:"es" help:"Of the sentences: es or en"`
}

func (c *flowCheckCommand) Run(e *environment) error {
	return app.CheckFlow(c.File, c.Language, e.stdout)
}

type flowRunCommand struct {
	File     string `arg:"" type:"existingfile" help:"A flow as the panel exports it"`
	Language string `enum:",es,en" default:"" help:"Of the customer: es or en; the flow's own without it"`
	Channel  string `default:"webchat" help:"The kind of channel that the customer writes on"`
	Trace    bool   `help:"Show the way through the flow"`
}

func (c *flowRunCommand) Run(e *environment) error {
	return app.RunFlow(e, c.File, app.RunOptions{Language: c.Language, Channel: c.Channel, Trace: c.Trace}, os.Stdin, e.stdout)
}
