package worker_test

import (
	"testing"

	"github.com/retailsync/retailsync/worker"
	"github.com/retailsync/retailsync/worker/enginetest"
	"github.com/retailsync/retailsync/worker/ledgertest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	ledgertest.Run(t, func(testing.TB) ledgertest.Harness {
		memory := worker.NewMemory()
		same := func() worker.Ledger { return memory }
		return ledgertest.Harness{Ledger: memory, Reopen: same, Another: same}
	})
}

func TestMemoryEngine(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, func(testing.TB) enginetest.Harness {
		return enginetest.Harness{Engine: worker.NewMemoryEngine(), Ledger: worker.NewMemory()}
	})
}
