package app

import (
	"context"
	"io"
	"log/slog"
)

func (s *server) demo(context.Context, ServeConfig) (*demoShop, error) { return nil, nil }

// SeedDemo is being built.
func SeedDemo(context.Context, Config, string, *slog.Logger, io.Writer) error { return nil }
