package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"

	"github.com/retailsync/retailsync/idempotency"
	"github.com/retailsync/retailsync/idempotency/sqlite"
)

// A completion commits together with a row of the caller's own.
func ExampleStore_InTx() {
	folder, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	ctx := context.Background()
	store, err := sqlite.Open(ctx, filepath.Join(folder, "store.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()

	key := idempotency.Key{Scope: "production/orders/shop", ID: "1001"}
	op := idempotency.Op[string]{
		Apply: func(context.Context, idempotency.Claim) (string, error) { return "S00042", nil },
		Complete: func(ctx context.Context, claim idempotency.Claim, order string, encoded []byte) error {
			return store.InTx(ctx, func(tx *sql.Tx, store *sqlite.Store) error {
				if _, err := tx.ExecContext(ctx, "CREATE TABLE audit (line TEXT); INSERT INTO audit VALUES (?)", order); err != nil {
					return err
				}
				return store.Complete(ctx, claim, encoded, 0)
			})
		},
	}
	fmt.Println(idempotency.Do(ctx, store, key, "", op))
	fmt.Println(idempotency.Do(ctx, store, key, "", op))
	// Output:
	// S00042 acquired <nil>
	// S00042 replayed <nil>
}
