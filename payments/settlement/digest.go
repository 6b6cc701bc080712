package settlement

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/retailsync/retailsync/canonical"
)

// Digest is a hash of all that is posted of an entry. It is the same for 1.5 and 1.50, and for the same time in another zone.
func Digest(e canonical.SettlementEntry) string {
	hash := sha256.New()
	for _, part := range []string{
		"1", e.ID, string(e.Kind), e.RawKind, string(e.Currency), e.Amount.Trim(0).String(), e.Tax.Trim(0).String(),
		e.Order.Channel.Name, e.Order.Channel.Account, e.Order.ID, e.OrderNumber, e.LineID, e.SKU,
		e.Payment, e.Refund, e.Dispute, e.Reference, e.Exchange, e.At.UTC().Format(time.RFC3339Nano),
	} {
		fmt.Fprintf(hash, "%d:%s", len(part), part)
	}
	if e.Payout != "" { // which came later: the digests of others stay
		fmt.Fprintf(hash, "payout %d:%s", len(e.Payout), e.Payout)
	}
	return hex.EncodeToString(hash.Sum(nil))
}
