package file

import (
	"context"
	"errors"
	"io"

	"recado/internal/blob"
	"recado/internal/errs"
	"recado/internal/id"
)

// Open gives the bytes of one of a company's files, for a channel that sends them. The
// caller closes it.
func (f *Files) Open(ctx context.Context, company id.Company, file id.File) (io.ReadCloser, error) {
	body, err := f.store.Open(ctx, objectKey(company, file))
	if errors.Is(err, blob.ErrNotFound) {
		return nil, errs.Missing("file")
	}
	return body, err
}
