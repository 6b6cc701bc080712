package odoo

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// LoadMode says what happens to records that exist already.
type LoadMode uint8

// The modes.
const (
	// InsertMissing creates the records that do not exist yet and leaves the others completely untouched, their
	// sub-lines and write_date included. Both kinds return their ids.
	InsertMissing LoadMode = iota
	// Upsert writes the records that exist and creates the others. Sub-lines with a known External ID are
	// written, others are added; lines that are not in the batch stay.
	Upsert
)

// LoadBatch is a table of records of one model.
type LoadBatch struct {
	Model string
	// Fields are the columns, without the column of the record's own External ID: "name", "partner_id/id"
	// (a reference by External ID), "partner_id/.id" (by database id), "order_line/product_id/.id" (a
	// field of a sub-line). Sub-lines need a column of their own for their External ID, "order_line/id",
	// or they are added again by each load. Fields are named as in Odoo 19 and translated.
	Fields  []string
	Records []LoadRecord
	Mode    LoadMode
	Context Context
}

// LoadRecord is a record: its first row, and a row for each further sub-line with the other cells empty.
// Cells are Odoo's import texts: numbers with a point, "True" and "False", UTC times as "2006-01-02
// 15:04:05", several ids separated by commas.
type LoadRecord struct {
	ExternalID ExternalID
	Rows       [][]string
}

// LoadResult is what became of a record: its database id, or why it could not be loaded (an [*Error]).
type LoadResult struct {
	ID  int64
	Err error
}

const (
	// loadBytes and loadRecords bound one call: below the limits of common proxies, and well inside Odoo's
	// time limits.
	loadBytes   = 4 << 20
	loadRecords = 500
)

// Load creates or updates records by External ID through Odoo's own load(): many per call, each call one
// transaction. It is safe to repeat, also after an error of [CodeAmbiguous], and to run concurrently, in
// several processes: a record exists once. There is one result per record, in order. Records of one batch
// may refer to each other if the one referred to comes first.
//
// Records that Odoo refuses get their own error and the others are loaded without them. The error is for
// when a call failed as a whole (no connection, no rights, an unknown column); the results of records that
// are not done then hold it too.
func (c *Client) Load(ctx context.Context, batch LoadBatch) ([]LoadResult, error) {
	l, err := c.newLoader(ctx, batch)
	if err != nil {
		return nil, err
	}
	return l.results, l.run(ctx)
}

// loader loads one batch.
type loader struct {
	client  *Client
	batch   LoadBatch
	fields  []string // as sent, the External ID first
	context Context
	results []LoadResult
	sizes   []int
}

// run loads what is valid, in chunks, and sets failing records aside.
func (l *loader) run(ctx context.Context) error {
	queue := l.chunks()
	for len(queue) > 0 {
		chunk := queue[0]
		queue = queue[1:]
		left, err := l.chunk(ctx, chunk)
		if err != nil {
			for _, rest := range append([][]int{chunk}, queue...) {
				for _, i := range rest {
					if l.results[i] == (LoadResult{}) {
						l.results[i].Err = err
					}
				}
			}
			return err
		}
		queue = append(left, queue...)
	}
	return nil
}

// chunks splits the valid records by number and bytes.
func (l *loader) chunks() [][]int {
	var chunks [][]int
	var chunk []int
	bytes := 0
	for i := range l.batch.Records {
		if l.results[i].Err != nil {
			continue
		}
		if len(chunk) > 0 && (bytes+l.sizes[i] > loadBytes || len(chunk) == loadRecords) {
			chunks, chunk, bytes = append(chunks, chunk), nil, 0
		}
		chunk = append(chunk, i)
		bytes += l.sizes[i]
	}
	if len(chunk) > 0 {
		chunks = append(chunks, chunk)
	}
	return chunks
}

// chunk loads some records and returns what has to be loaded again, in parts.
func (l *loader) chunk(ctx context.Context, chunk []int) ([][]int, error) {
	answer, err := l.send(ctx, chunk)
	if err != nil {
		if !Isolatable(err) || CodeOf(err) == CodeAccess || CodeOf(err) == CodeConcurrency || CodeOf(err) == CodeLock {
			return nil, err
		}
		return l.halve(chunk, err), nil
	}
	if answer.IDs != nil {
		if len(answer.IDs) != len(chunk) {
			return nil, decodeError(l.call(nil), &kindError{
				want: strconv.Itoa(len(chunk)) + " ids", got: strconv.Itoa(len(answer.IDs)),
			})
		}
		for n, i := range chunk {
			l.results[i] = LoadResult{ID: answer.IDs[n]}
		}
		return nil, nil
	}
	blamed := l.blame(chunk, answer)
	if len(blamed) == 0 {
		return l.halve(chunk, l.messageError(answer.first())), nil
	}
	left := make([]int, 0, len(chunk))
	for n, i := range chunk {
		if e := blamed[n]; e != nil {
			e.ExternalID = l.batch.Records[i].ExternalID
			l.results[i] = LoadResult{Err: e}
		} else {
			left = append(left, i)
		}
	}
	if len(left) == 0 {
		return nil, nil
	}
	return [][]int{left}, nil
}

// halve splits records one of which is to blame; a single one is.
func (l *loader) halve(chunk []int, err error) [][]int {
	if len(chunk) == 1 {
		var e *Error
		if errors.As(err, &e) {
			named := *e
			named.ExternalID = l.batch.Records[chunk[0]].ExternalID
			err = &named
		}
		l.results[chunk[0]].Err = err
		return nil
	}
	return [][]int{chunk[:len(chunk)/2], chunk[len(chunk)/2:]}
}

// send calls load, again while another transaction is in the way. That takes more patience than other
// calls: Odoo itself does not repeat what it reports in-band, and of many processes that load the same
// records all but one lose the first round.
func (l *loader) send(ctx context.Context, chunk []int) (*loadAnswer, error) {
	call := l.call(chunk)
	wait := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(l.client.retry.First), backoff.WithMaxInterval(l.client.retry.Longest),
		backoff.WithMultiplier(2), backoff.WithRandomizationFactor(0.5), backoff.WithMaxElapsedTime(0),
	)
	for attempt := 1; ; attempt++ {
		reply, err := l.client.call(ctx, call)
		if err != nil {
			return nil, err
		}
		answer, err := parseLoad(reply)
		if err != nil {
			return nil, decodeError(call, err)
		}
		inTheWay := answer.says(transient)
		if answer.IDs != nil || !inTheWay && (l.client.version.AtLeast(16) || !answer.says(obscured)) {
			return answer, nil
		}
		if attempt >= 2*l.client.retry.Attempts {
			if !inTheWay {
				return answer, nil
			}
			e := l.messageError(answer.first())
			e.Code, e.Hint = CodeConcurrency, "another process works on the same records; try again later"
			return nil, e
		}
		timer := time.NewTimer(wait.NextBackOff())
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, &Error{
				Code: CodeOf(ctx.Err()), Model: l.batch.Model, Method: "load", cause: ctx.Err(),
				Message: "gave up while another process worked on the same records", Hint: "nothing was done; try again later",
			}
		}
	}
}

func (l *loader) call(chunk []int) Call {
	rows := make([][]string, 0, len(chunk)*2)
	width := len(l.fields)
	for _, i := range chunk {
		record := &l.batch.Records[i]
		cells := make([]string, 0, width*len(record.Rows))
		for n, row := range record.Rows {
			name := ""
			if n == 0 {
				name = record.ExternalID.String()
			}
			cells = append(append(cells, name), row...)
			rows = append(rows, cells[n*width:(n+1)*width:(n+1)*width])
		}
	}
	return Call{
		Model: l.batch.Model, Method: "load", Args: Args{"fields": l.fields, "data": rows},
		Context: l.context, Effect: EffectIdempotent,
	}
}
