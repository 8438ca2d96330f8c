package channeltest

import "testing"

func run(*testing.T, Open) {}
