// Package app is the composition root: it knows every room and how they are joined, starts
// them in order and stops them in reverse. Nothing imports it but cmd.
package app

import (
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"recado/internal/blob"
	"recado/internal/blob/fs"
	"recado/internal/blob/s3"
	"recado/internal/seal"
)

// Config is what an operator may set, by flag or environment.
type Config struct {
	DatabaseURL string         `env:"DATABASE_URL" help:"PostgreSQL 15 or later with pgvector; empty starts a private one in the data folder" placeholder:"postgres://…"`
	Addr        string         `env:"RECADO_ADDR" default:"127.0.0.1:8080" help:"Address to listen on"`
	Data        string         `env:"RECADO_DATA" default:"data" help:"Folder for the private database, files, keys and the spool"`
	BaseURL     string         `env:"RECADO_BASE_URL" help:"How browsers reach this server, https://chat.example.com; empty takes each request's own host" placeholder:"URL"`
	Proxies     []netip.Prefix `env:"RECADO_PROXIES" help:"Networks of your own reverse proxies, whose X-Forwarded-For is believed" placeholder:"10.0.0.0/8,…"`
	Simulators  string         `env:"RECADO_SIMULATORS" help:"Address of simulated platforms, which all channels then speak to: for experiments, never with customers" placeholder:"URL"`
	Secret      string         `env:"RECADO_SECRET" help:"Master key, 32 random bytes in base64; empty keeps one in the data folder. All nodes must share it" placeholder:"BASE64"`

	ModelNetworks []netip.Prefix `env:"RECADO_MODEL_NETWORKS" help:"Networks of your own model servers, such as Ollama's, which companies may then use besides the public internet" placeholder:"192.168.1.20/32,…"`

	S3Endpoint  string `name:"s3-endpoint" env:"RECADO_S3_ENDPOINT" help:"Keep files in an S3-compatible store instead of the data folder" placeholder:"URL"`
	S3Region    string `name:"s3-region" env:"RECADO_S3_REGION" help:"Its region"`
	S3Bucket    string `name:"s3-bucket" env:"RECADO_S3_BUCKET" help:"Its bucket"`
	S3AccessKey string `name:"s3-access-key" env:"RECADO_S3_ACCESS_KEY" help:"Its access key"`
	S3SecretKey string `name:"s3-secret-key" env:"RECADO_S3_SECRET_KEY" help:"Its secret key"`
	S3PathStyle bool   `name:"s3-path-style" env:"RECADO_S3_PATH_STYLE" help:"Address the bucket by path, as MinIO wants"`

	LogLevel  string `env:"RECADO_LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"debug, info, warn or error"`
	LogFormat string `env:"RECADO_LOG_FORMAT" default:"text" enum:"text,json" help:"text or json"`
}

// ServeConfig is what only a serving process needs.
type ServeConfig struct {
	Demo         bool   `help:"Fill the demo company before serving; does nothing the second time"`
	DemoPassword string `env:"RECADO_DEMO_PASSWORD" default:"aurora-demo-2026" help:"Password of the demo company's people"`
}

// Logger writes to w as configured.
func (c Config) Logger(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // checked by the flag's enum
	o := &slog.HandlerOptions{Level: level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

func (c Config) keys() (*seal.Keys, error) {
	if c.Secret != "" {
		return seal.FromText(c.Secret)
	}
	return seal.FromFile(c.secretFile())
}

func (c Config) blobs() (blob.Store, error) {
	if c.S3Endpoint == "" {
		return fs.New(filepath.Join(c.Data, "files"))
	}
	return s3.New(s3.Config{Endpoint: c.S3Endpoint, Region: c.S3Region, Bucket: c.S3Bucket,
		AccessKey: c.S3AccessKey, SecretKey: c.S3SecretKey, PathStyle: c.S3PathStyle})
}

func (c Config) spoolDir() string { return filepath.Join(c.Data, "spool") }

// check refuses what cannot work, before anything is started.
func (c Config) check() error {
	if c.BaseURL != "" {
		u, err := url.Parse(c.BaseURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" {
			return fmt.Errorf("RECADO_BASE_URL is %q: want scheme and host only, such as https://chat.example.com", c.BaseURL)
		}
	}
	if err := os.MkdirAll(c.Data, 0o755); err != nil {
		return fmt.Errorf("the data folder cannot be used: %w", err)
	}
	return nil
}
