// Package faultstore disturbs what is asked of an idempotency store, for tests of what relies on one.
package faultstore

import (
	"context"
	"time"

	"github.com/retailsync/retailsync/idempotency"
)

// Store passes each call through Around, which may fail before it is made, or after.
type Store struct {
	idempotency.Store
	Around func(act func() error) error
}

// Acquire implements [idempotency.Store].
func (s Store) Acquire(ctx context.Context, key idempotency.Key, fingerprint idempotency.Fingerprint, lease time.Duration) (claim idempotency.Claim, record idempotency.Record, outcome idempotency.Outcome, err error) {
	err = s.Around(func() (err error) {
		claim, record, outcome, err = s.Store.Acquire(ctx, key, fingerprint, lease)
		return err
	})
	return claim, record, outcome, err
}

// Checkpoint implements [idempotency.Store].
func (s Store) Checkpoint(ctx context.Context, claim idempotency.Claim, name string, data []byte) error {
	return s.Around(func() error { return s.Store.Checkpoint(ctx, claim, name, data) })
}

// Complete implements [idempotency.Store].
func (s Store) Complete(ctx context.Context, claim idempotency.Claim, result []byte, retention time.Duration) error {
	return s.Around(func() error { return s.Store.Complete(ctx, claim, result, retention) })
}

// Fail implements [idempotency.Store].
func (s Store) Fail(ctx context.Context, claim idempotency.Claim, result []byte, retention time.Duration) error {
	return s.Around(func() error { return s.Store.Fail(ctx, claim, result, retention) })
}

// Release implements [idempotency.Store].
func (s Store) Release(ctx context.Context, claim idempotency.Claim) error {
	return s.Around(func() error { return s.Store.Release(ctx, claim) })
}

// Abandon implements [idempotency.Store].
func (s Store) Abandon(ctx context.Context, claim idempotency.Claim, reason []byte) error {
	return s.Around(func() error { return s.Store.Abandon(ctx, claim, reason) })
}

// Get implements [idempotency.Store].
func (s Store) Get(ctx context.Context, key idempotency.Key) (record idempotency.Record, err error) {
	err = s.Around(func() (err error) {
		record, err = s.Store.Get(ctx, key)
		return err
	})
	return record, err
}
