// Package s3 keeps objects in a bucket of Amazon S3 or of anything that speaks its protocol
// (MinIO, R2, Spaces, Ceph), for installations of more than one node.
//
// The bucket should be private; nothing here makes an object or a link public. Every object
// is one PUT, so an interrupted upload leaves nothing behind to be billed.
package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"recado/internal/blob"
)

// Config names a bucket and who may use it. The key needs s3:GetObject, s3:PutObject,
// s3:DeleteObject and s3:ListBucket.
type Config struct {
	Endpoint  string // "https://s3.eu-west-1.amazonaws.com"; http for a server in the same network
	Region    string // "us-east-1" if empty, which most imitators accept
	Bucket    string
	AccessKey string
	SecretKey string
	PathStyle bool // endpoint/bucket/key instead of bucket.endpoint/key; MinIO and Ceph usually want it
}

// Store is a blob.Store in a bucket.
type Store struct {
	client *minio.Client
	bucket string
}

var _ blob.Store = (*Store)(nil)

// New returns the store. It does not call the server.
func New(c Config) (*Store, error) {
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, fmt.Errorf("s3: endpoint %q: want https://host", c.Endpoint)
	}
	if c.Bucket == "" || c.AccessKey == "" || c.SecretKey == "" {
		return nil, errors.New("s3: bucket, access key and secret key are needed")
	}
	region := c.Region
	if region == "" {
		region = "us-east-1" // named, so that the client does not ask the server for it
	}
	style := minio.BucketLookupDNS
	if c.PathStyle {
		style = minio.BucketLookupPath
	}
	client, err := minio.New(u.Host, &minio.Options{
		Creds:        credentials.NewStaticV4(c.AccessKey, c.SecretKey, ""),
		Secure:       u.Scheme == "https",
		Region:       region,
		BucketLookup: style,
		MaxRetries:   3, // a caller is waiting; ten would take minutes
	})
	if err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	return &Store{client, c.Bucket}, nil
}

// Put implements blob.Store. A body that can seek and be read at any place is sent again
// when the server falters.
func (s *Store) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	if err := blob.CheckKey(key); err != nil {
		return err
	}
	body, err := checked(r, size)
	if err == nil {
		_, err = s.client.PutObject(ctx, s.bucket, key, body, size, minio.PutObjectOptions{DisableMultipart: true})
	}
	if err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	return nil
}

// checked makes sure of the length: at once if the body tells, else while it is read. The
// client reads size bytes and no more, and none at all of an empty object.
func checked(r io.Reader, size int64) (io.Reader, error) {
	if sr, ok := r.(interface {
		io.ReadSeeker
		io.ReaderAt
	}); ok {
		now, err := sr.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		end, err := sr.Seek(0, io.SeekEnd)
		if err != nil {
			return nil, err
		}
		if end-now != size {
			return nil, blob.ErrSize
		}
		return io.NewSectionReader(sr, now, size), nil
	}
	body := blob.Exactly(r, size)
	if size == 0 {
		if _, err := io.ReadAll(body); err != nil {
			return nil, err
		}
	}
	return body, nil
}

// Open implements blob.Store. Reads after a Seek become ranged requests.
func (s *Store) Open(ctx context.Context, key string) (io.ReadSeekCloser, error) {
	if err := blob.CheckKey(key); err != nil {
		return nil, err
	}
	o, err := s.client.GetObject(ctx, s.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", key, err)
	}
	// Getting is lazy: only this asks the server whether there is such an object.
	if _, err := o.Stat(); err != nil {
		o.Close()
		if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
			err = blob.ErrNotFound
		}
		return nil, fmt.Errorf("open %s: %w", key, err)
	}
	return o, nil
}

// Delete implements blob.Store.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := blob.CheckKey(key); err != nil {
		return err
	}
	if err := s.client.RemoveObject(ctx, s.bucket, key, minio.RemoveObjectOptions{}); err != nil {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return nil
}

// List implements blob.Store. Keys that are not of our form are somebody else's objects.
func (s *Store) List(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		for o := range s.client.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Recursive: true}) {
			if o.Err != nil {
				yield("", fmt.Errorf("list: %w", o.Err))
				return
			}
			if blob.CheckKey(o.Key) == nil && !yield(o.Key, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield("", fmt.Errorf("list: %w", err))
		}
	}
}
