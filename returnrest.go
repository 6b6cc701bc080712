package retailsync

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo/stock"
	"github.com/retailsync/retailsync/returns"
)

// A case that rests is looked at once in restsFor, and at most restsMore later, so that those which came together do not stay together: what
// no change tells of is seen then, such as other rules.
const (
	restsFor  = 45 * time.Minute
	restsMore = 30 * time.Minute
)

// mayRest remembers a case that waits for nothing but people or goods: what comes of these shows at the platform or in Odoo.
func (t *returnTask) mayRest(failure *ReturnError) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.rests, t.known.Key.ID)
	if failure != nil || t.DryRun || t.order == nil || t.order.record.ID == 0 || t.known.Status == returns.CaseClosed || len(t.known.Waits) == 0 || len(t.known.Due()) > 0 {
		return
	}
	for _, wait := range t.known.Waits {
		switch wait.Gate {
		case returns.GateApproval, returns.GateGoods, returns.GateLot, returns.GateInspection, returns.GateResolution, returns.GatePerson, returns.GateExchange:
		default:
			return
		}
	}
	if slices.ContainsFunc(t.known.Money, func(leg returns.MoneyLeg) bool { return leg.Status == returns.MoneySubmitted }) {
		return
	}
	rest := openCase{ID: t.known.Key.ID, Look: lookOf(t.ret), Orders: []int64{t.order.record.ID}, After: time.Now().Add(restsFor + spread(t.known.Key.ID)).Unix()}
	for _, effect := range t.known.Effects {
		id, ok := strings.CutPrefix(effect.Reference, "sale.order,")
		if order, err := strconv.ParseInt(id, 10, 64); ok && err == nil && effect.Kind == returns.EffectExchange {
			rest.Orders = append(rest.Orders, order)
		}
	}
	t.rests[rest.ID] = rest
}

// rests reports whether a case is not to be looked at unless something has changed.
func (o openCase) rests() bool { return len(o.Orders) > 0 && o.After > time.Now().Unix() }

// resting are the cases that rest, by id.
func resting(open []openCase) map[string]openCase {
	some := map[string]openCase{}
	for _, known := range open {
		if known.rests() {
			some[known.ID] = known
		}
	}
	return some
}

// lookOf is equal as long as a return looks the same at the platform; empty if that cannot be told.
func lookOf(ret canonical.Return) string {
	text, err := json.Marshal(ret)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// spread is a part of restsMore that is always the same for a case.
func spread(id string) time.Duration {
	sum := fnv.New32a()
	sum.Write([]byte(id))
	return time.Duration(sum.Sum32()%1000) * restsMore / 1000
}

// rest lets the cases rest that may, unless another run has taken them up meanwhile.
func (r *returnRun) rest(ctx context.Context) error {
	r.mu.Lock()
	rests := maps.Clone(r.rests)
	r.mu.Unlock()
	shards := map[int]bool{}
	for id := range rests {
		shards[r.shardOf(id)] = true
	}
	for _, shard := range slices.Sorted(maps.Keys(shards)) {
		err := r.changeShard(ctx, shard, func(list []openCase) []openCase {
			for i, known := range list {
				if rest, ok := rests[known.ID]; ok && known.Run == r.mark {
					list[i] = rest
				}
			}
			return list
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *returnRun) watchName() string { return r.scope() + "/odoo" }

// awake are the open cases that are to be looked at now, and the position in Odoo's changes to be stored when that is done: those that do
// not rest, those that rested long enough, and those of whose orders something changed in Odoo. A dry run looks at all.
func (r *returnRun) awake(ctx context.Context, open []openCase) ([]string, stock.OrderCursor, error) {
	var ids []string
	byOrder := map[int64][]string{}
	for _, known := range open {
		if r.DryRun || !known.rests() {
			ids = append(ids, known.ID)
			continue
		}
		for _, order := range known.Orders {
			byOrder[order] = append(byOrder[order], known.ID)
		}
	}
	if len(byOrder) == 0 {
		return ids, "", nil
	}
	text, err := r.cursors.Cursor(ctx, r.watchName())
	if err != nil {
		return nil, "", fmt.Errorf("read cursor %s: %w", r.watchName(), err)
	}
	holds, err := r.holds(ctx)
	if err != nil {
		return nil, "", err
	}
	changed, cursor, err := r.goods.ChangedOrders(ctx, stock.OrderCursor(text), slices.Sorted(maps.Keys(byOrder)), holds...)
	if err != nil {
		return nil, "", err
	}
	for _, order := range changed {
		ids = append(ids, byOrder[order]...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), cursor, nil
}

// holds are the inspection location, if the rules name one: people move goods from there.
func (r *returnRun) holds(ctx context.Context) ([]int64, error) {
	resolved, err := r.planner(ctx, r.orders.Channel())
	if err != nil {
		return nil, err
	}
	rules := resolved.Rules()
	if rules.Returns.Inspection.IsZero() {
		return nil, nil
	}
	places, err := r.apart.get(rules.Name, func() (map[mapping.Ref]int64, error) { return r.placesOf(ctx, rules) })
	if err != nil {
		return nil, err
	}
	return []int64{places[rules.Returns.Inspection]}, nil
}

// watched stores the position in Odoo's changes.
func (r *returnRun) watched(ctx context.Context, cursor stock.OrderCursor) error {
	if cursor == "" {
		return nil
	}
	if err := r.cursors.PutCursor(ctx, r.watchName(), string(cursor)); err != nil {
		return fmt.Errorf("store cursor %s: %w", r.watchName(), err)
	}
	return nil
}
