package db

import (
	"errors"
	"io"
	"net"
	"syscall"
)

var errConnLost = io.ErrUnexpectedEOF // what pgx returns when the server dies in mid-answer

// isConnError finds the operating system's words for a broken connection.
func isConnError(err error) bool {
	var ne net.Error
	return errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNREFUSED) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ENOENT) ||
		(errors.As(err, &ne) && !errors.Is(err, syscall.EINVAL))
}
