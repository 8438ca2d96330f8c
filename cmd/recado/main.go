// Command recado is the whole product in one program: it serves, migrates, fills the demo
// company and manages people. Run `recado --help`.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"recado/internal/api"
	"recado/internal/app"
	"recado/internal/auth"
)

// version is set at link time for releases.
var version = "development"

type command struct {
	app.Config `group:"Every command"`

	Serve   serveCommand   `cmd:"" help:"Serve panel, API, widget and workers"`
	Demo    demoCommand    `cmd:"" help:"Fill the demo company \"Tienda Aurora\"; does nothing the second time"`
	Migrate migrateCommand `cmd:"" help:"Bring the database's schema up to date"`
	User    userCommand    `cmd:"" help:"Manage people"`
	Flow    flowCommand    `cmd:"" help:"Check and try flows from their files"`
	Doctor  doctorCommand  `cmd:"" help:"Check that everything this program needs is there"`
	OpenAPI openAPICommand `cmd:"" name:"openapi" help:"Print the OpenAPI 3.1 document"`
	Version versionCommand `cmd:"" help:"Print the version"`
}

// environment is what every command's Run gets.
type environment struct {
	context.Context
	app.Config
	log    *slog.Logger
	stdout io.Writer
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c command
	parser, err := kong.New(&c, kong.Name("recado"), kong.UsageOnError(), kong.Writers(stdout, stderr),
		kong.Description("Chat, bot and inbox for shops: one program, one database."))
	if err != nil {
		fmt.Fprintln(stderr, "recado:", err)
		return 2
	}
	k, err := parser.Parse(args)
	if err != nil {
		parser.FatalIfErrorf(err) // prints the usage and exits
	}
	env := &environment{Context: ctx, Config: c.Config, log: c.Logger(stderr), stdout: stdout}
	if err := k.Run(env); err != nil {
		fmt.Fprintln(stderr, "recado:", err)
		return 1
	}
	return 0
}

type serveCommand struct {
	app.ServeConfig
}

func (c *serveCommand) Run(e *environment) error {
	return app.Serve(e, e.Config, c.ServeConfig, e.log, e.stdout)
}

type demoCommand struct {
	Password string `env:"RECADO_DEMO_PASSWORD" default:"aurora-demo-2026" help:"Password of the demo company's people"`
}

func (c *demoCommand) Run(e *environment) error {
	return app.SeedDemo(e, e.Config, c.Password, e.log, e.stdout)
}

type migrateCommand struct{}

func (migrateCommand) Run(e *environment) error { return app.Migrate(e, e.Config, e.log) }

type userCommand struct {
	Add      userAddCommand      `cmd:"" help:"Add a person to a company"`
	Password userPasswordCommand `cmd:"" help:"Set a person's password; ends their sessions"`
}

type userAddCommand struct {
	Company  string    `required:"" help:"The company's id"`
	Email    string    `required:"" help:"Their e-mail address"`
	Name     string    `required:"" help:"Their name"`
	Role     auth.Role `required:"" enum:"owner,admin,agent,marketing,read_only" help:"owner, admin, agent, marketing or read_only"`
	Password string    `required:"" env:"RECADO_USER_PASSWORD" help:"At least 10 characters; better given by the environment than on the command line"`
}

func (c *userAddCommand) Run(e *environment) error {
	return app.AddUser(e, e.Config, e.log, c.Company, auth.User{Name: c.Name, Email: c.Email, Password: c.Password}, c.Role)
}

type userPasswordCommand struct {
	Email    string `required:"" help:"Their e-mail address"`
	Password string `required:"" env:"RECADO_USER_PASSWORD" help:"At least 10 characters"`
}

func (c *userPasswordCommand) Run(e *environment) error {
	return app.SetPassword(e, e.Config, e.log, c.Email, c.Password)
}

type doctorCommand struct{}

func (doctorCommand) Run(e *environment) error { return app.Doctor(e, e.Config, e.log, e.stdout) }

type openAPICommand struct{}

func (openAPICommand) Run(e *environment) error {
	doc, err := api.Document()
	if err == nil {
		_, err = e.stdout.Write(doc)
	}
	return err
}

type versionCommand struct{}

func (versionCommand) Run(e *environment) error {
	_, err := fmt.Fprintln(e.stdout, version)
	return err
}
