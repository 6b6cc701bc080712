package stock

import (
	"context"
	"strconv"

	"github.com/retailsync/retailsync/odoo"
)

// column is a column of an import with its cell.
type column struct{ field, cell string }

type columns []column

// batch is the import of one record in one row.
func (c columns) batch(model string, external odoo.ExternalID) odoo.LoadBatch {
	batch := odoo.LoadBatch{Model: model, Mode: odoo.InsertMissing, Context: odoo.Unattended()}
	row := make([]string, len(c))
	for i, column := range c {
		batch.Fields = append(batch.Fields, column.field)
		row[i] = column.cell
	}
	batch.Records = []odoo.LoadRecord{{ExternalID: external, Rows: [][]string{row}}}
	return batch
}

// insert inserts the one record of a batch unless it exists, and returns its id.
func insert(ctx context.Context, client *odoo.Client, batch odoo.LoadBatch) (int64, error) {
	results, err := client.Load(ctx, batch)
	if err != nil {
		return 0, err
	}
	return results[0].ID, results[0].Err
}

// id is the cell of a record's id; 0 leaves it empty.
func id(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

// truth is the cell of a boolean, as Odoo's import reads it.
func truth(b bool) string {
	if b {
		return "True"
	}
	return "False"
}
