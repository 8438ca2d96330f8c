package mem_test

import (
	"testing"

	"recado/internal/blob"
	"recado/internal/blob/blobtest"
	"recado/internal/blob/mem"
)

func TestStore(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, func(*testing.T) blob.Store { return mem.New() })
}
