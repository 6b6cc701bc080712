package state

import (
	"context"
	"time"
)

// Flow is how the runs of a flow of a channel went.
type Flow struct {
	Channel, Name string
	// Began is when the last run began, Succeeded and Failed when the last of each ended; zero if there was none.
	Began, Succeeded, Failed time.Time
	// Result is what the last success came to, in a line. Problem is what the last failure met, or what a run met of single things.
	Result, Problem string
	// Partly says that the last success was not one of everything: Problem names the first thing that failed.
	Partly bool
}

// Failing says whether the last run that ended failed.
func (f Flow) Failing() bool { return f.Failed.After(f.Succeeded) }

// Begin notes that a run begins.
func (d *Database) Begin(ctx context.Context, channel, name string) error {
	return d.note(ctx, `INSERT INTO {p}flow (channel, name, began) VALUES (?, ?, ?)
		ON CONFLICT (channel, name) DO UPDATE SET began = excluded.began`, channel, name, stamp(d.now()))
}

// Succeed notes that a run succeeded, and what came of it. Problem names the first thing that failed in it, if one did.
func (d *Database) Succeed(ctx context.Context, channel, name, result, problem string) error {
	return d.note(ctx, `INSERT INTO {p}flow (channel, name, succeeded, result, problem) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (channel, name) DO UPDATE SET succeeded = excluded.succeeded, result = excluded.result, problem = excluded.problem`,
		channel, name, stamp(d.now()), result, problem)
}

// Fail notes that a run failed, and why; the text must be fit to be shown.
func (d *Database) Fail(ctx context.Context, channel, name, problem string) error {
	return d.note(ctx, `INSERT INTO {p}flow (channel, name, failed, problem) VALUES (?, ?, ?, ?)
		ON CONFLICT (channel, name) DO UPDATE SET failed = excluded.failed, problem = excluded.problem`, channel, name, stamp(d.now()), problem)
}

func (d *Database) note(ctx context.Context, query string, args ...any) error {
	_, err := d.db.ExecContext(ctx, d.sql(query), args...)
	return err
}

// Flows returns all flows that have run, by channel and name.
func (d *Database) Flows(ctx context.Context) ([]Flow, error) {
	var flows []Flow
	err := d.each(ctx, func(scan func(...any) error) error {
		var f Flow
		var began, succeeded, failed int64
		err := scan(&f.Channel, &f.Name, &began, &succeeded, &failed, &f.Result, &f.Problem)
		f.Began, f.Succeeded, f.Failed = unstamp(began), unstamp(succeeded), unstamp(failed)
		f.Partly = !f.Failing() && f.Problem != ""
		flows = append(flows, f)
		return err
	}, `SELECT channel, name, began, succeeded, failed, result, problem FROM {p}flow ORDER BY channel, name`)
	return flows, err
}
