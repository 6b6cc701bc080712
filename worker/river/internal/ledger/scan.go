package ledger

import (
	"github.com/retailsync/retailsync/worker"
)

func scanRecord(r row) (worker.Record, error) {
	var record worker.Record
	var received, due, failing, touched, blocks int64
	err := r.Scan(&record.Seq, &record.Source, &record.ID, &record.Channel, &record.Kind, &record.Key, &record.Class, &record.Payload, &received,
		&record.State, &record.Attempts, &record.Tries, &due, &failing, &record.Problem.Verdict, &record.Problem.Text, &record.Problem.Runbook, &blocks, &touched, &record.Trace)
	record.Received, record.Due, record.FailingSince, record.Touched = instant(received), instant(due), instant(failing), instant(touched)
	record.Blocks = blocks == 1
	return record, err
}

// one returns the single record of a statement, if there is one.
func (l *Ledger) one(scan func(func(row) error) error) (*worker.Record, error) {
	var found *worker.Record
	err := scan(func(r row) error {
		record, err := scanRecord(r)
		found = &record
		return err
	})
	return found, err
}
