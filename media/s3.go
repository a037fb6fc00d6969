package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"countersign/model"
)

// S3 is a bucket in a store that speaks S3's protocol. It stays private: this program
// alone reads it.
type S3 struct {
	Endpoint  string // https://host, or http on this machine
	Region    string
	Bucket    string
	AccessKey string
	SecretKey string
	PathStyle bool // https://host/bucket in place of https://bucket.host
	Prefix    string
}

type bucket struct {
	client *minio.Client
	pool   *http.Transport
	name   string
	prefix string
}

func openS3(ctx context.Context, o S3) (*bucket, error) {
	u, err := url.Parse(o.Endpoint)
	if err != nil || u.Host == "" {
		return nil, errors.New("media: the S3 endpoint is no address")
	}
	look := minio.BucketLookupAuto
	if o.PathStyle {
		look = minio.BucketLookupPath
	}
	pool := &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute,
		TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 30 * time.Second, DisableCompression: true,
	}
	client, err := minio.New(u.Host, &minio.Options{
		Creds: credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""), Secure: u.Scheme == "https", Region: o.Region, BucketLookup: look,
		Transport: pool, MaxRetries: 3,
	})
	if err != nil {
		return nil, fmt.Errorf("media: S3: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	there, err := client.BucketExists(ctx, o.Bucket)
	if err == nil && !there {
		err = errors.New("no such bucket")
	}
	if err != nil {
		return nil, fmt.Errorf("media: the bucket %q (media.bucket) does not answer: %w", o.Bucket, err)
	}
	return &bucket{client, pool, o.Bucket, o.Prefix}, nil
}

func (b *bucket) Put(ctx context.Context, key string, r io.Reader, size int64) error {
	_, err := b.client.PutObject(ctx, b.name, b.prefix+key, r, size, minio.PutObjectOptions{ContentType: "application/octet-stream"})
	return err
}

// Open asks for the object's head, so that one that is not there is known now. What is
// read later is of the same bytes, or an error.
func (b *bucket) Open(ctx context.Context, key string) (File, error) {
	info, err := b.client.StatObject(ctx, b.name, b.prefix+key, minio.StatObjectOptions{})
	switch {
	case err != nil && minio.ToErrorResponse(err).Code == minio.NoSuchKey:
		return nil, model.E(model.CodeNotFound)
	case err != nil:
		return nil, err
	}
	return &object{ctx: ctx, bucket: b, key: b.prefix + key, tag: info.ETag, size: info.Size}, nil
}

func (b *bucket) Delete(ctx context.Context, key string) error {
	err := b.client.RemoveObject(ctx, b.name, b.prefix+key, minio.RemoveObjectOptions{})
	if minio.ToErrorResponse(err).Code == minio.NoSuchKey {
		return nil
	}
	return err
}

func (b *bucket) Walk(ctx context.Context, prefix string, visit func(blob) error) error {
	for o := range b.client.ListObjectsIter(ctx, b.name, minio.ListObjectsOptions{Prefix: b.prefix + prefix, Recursive: true}) {
		if o.Err != nil {
			return o.Err
		}
		if err := visit(blob{o.Key[len(b.prefix):], o.LastModified}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Tidy gives up uploads in parts: a film that was cut off leaves its parts in the bucket,
// where they are paid for and no list of objects shows them.
func (b *bucket) Tidy(ctx context.Context, before time.Time) error {
	core := minio.Core{Client: b.client}
	for key, id := "", ""; ; {
		page, err := core.ListMultipartUploads(ctx, b.name, b.prefix, key, id, "", 1000)
		if minio.ToErrorResponse(err).Code == minio.NotImplemented {
			return nil // a store that has no such list
		}
		if err != nil {
			return err
		}
		for _, u := range page.Uploads {
			if !u.Initiated.Before(before) {
				continue
			}
			if err := core.AbortMultipartUpload(ctx, b.name, u.Key, u.UploadID); err != nil && minio.ToErrorResponse(err).Code != minio.NoSuchUpload {
				return err
			}
		}
		if !page.IsTruncated {
			return nil
		}
		key, id = page.NextKeyMarker, page.NextUploadIDMarker
	}
}

func (b *bucket) Close() error {
	b.pool.CloseIdleConnections()
	return nil
}
