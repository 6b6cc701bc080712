// Package orderfile brings orders in by hand: from a file with an order per line, as canonical JSON (see [canonical.EncodeOrder]), or from a table
// such as CSV, a row per line of an order, as [Rules] say that it is written.
//
//	file, err := orderfile.Read(from, shop.Channel())
//	file, err := orderfile.ReadTable(from, shop.Channel(), rules)
//	report, err := connector.ImportOrders(ctx, file, time.Time{})
//
// It is the fall-back for when a channel cannot be asked. Nothing is taken of a file that has a fault, unless [SkipBroken] says so. The orders go through the flow under the channel's own keys: however often the file is
// imported, and when the channel itself tells of them later, each exists once in Odoo.
package orderfile

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/marketplace"
)

// The bounds of a file.
const (
	maxLine   = 4 << 20
	maxOrders = 100_000
)

// File is a file of orders of one channel. It offers nothing but its orders: nothing is acknowledged or published to it. It is safe for
// concurrent use.
type File struct {
	channel canonical.Channel
	orders  []marketplace.Fetched
}

var (
	_ marketplace.OrderLister = (*File)(nil)
	_ marketplace.OrderGetter = (*File)(nil)
)

// Read reads a file whole. Empty lines are passed over. A line that is no order, or one of another channel, is a [*marketplace.Error] that names
// the line; the first twenty are joined, and nothing of the file is taken. With [SkipBroken] it does not hold up the others: it is listed with
// its error. Other errors are those of reading, a line of more than 4 MiB, and more than 100,000 orders.
func Read(from io.Reader, channel canonical.Channel, opts ...Option) (*File, error) {
	const most = 20
	var failed []error
	skip := newOptions(opts).skipBroken
	file := &File{channel: channel}
	lines := bufio.NewScanner(from)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	number := 0
	for lines.Scan() {
		number++
		line := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte("\xef\xbb\xbf")))
		if len(line) == 0 {
			continue
		}
		if len(file.orders) == maxOrders {
			return nil, fmt.Errorf("order file: it has more than %d orders: split it", maxOrders)
		}
		fetched := file.fetched(number, line)
		if fetched.Err != nil && !skip {
			if failed = append(failed, fetched.Err); len(failed) == most {
				break
			}
		}
		file.orders = append(file.orders, fetched)
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, fmt.Errorf("order file: line %d is longer than %d bytes: one order belongs on each line", number+1, maxLine)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("order file: read line %d: %w", number+1, err)
	}
	if len(failed) > 0 {
		return nil, errors.Join(failed...)
	}
	return file, nil
}

func (f *File) fetched(number int, line []byte) marketplace.Fetched {
	order, err := canonical.DecodeOrder(line)
	bad := func(message string, cause error) marketplace.Fetched {
		key := order.Key
		if key.Channel != f.channel || key.ID == "" {
			key = canonical.Key{Channel: f.channel, ID: "line " + strconv.Itoa(number)}
		}
		return marketplace.Fetched{Key: key, Err: &marketplace.Error{
			Code: marketplace.CodeInvalid, Channel: f.channel, Op: op, Path: "line " + strconv.Itoa(number), Message: message, Err: cause,
		}}
	}
	switch {
	case err != nil:
		return bad("is no order: write it as canonical.EncodeOrder does", err)
	case order.Key.Channel != f.channel:
		return bad("is an order of another channel: import it from a file of that", nil)
	case order.Key.ID == "":
		return bad("has no id: it must be the channel's, or the order would come a second time from the channel", nil)
	}
	return marketplace.Fetched{Key: order.Key, Order: order}
}

// Channel implements [marketplace.Adapter].
func (f *File) Channel() canonical.Channel { return f.channel }

// ListOrders implements [marketplace.OrderLister]. It lists the whole file, in its order, whatever the query's time is.
func (f *File) ListOrders(ctx context.Context, query marketplace.OrderQuery) (marketplace.OrderPage, error) {
	if err := ctx.Err(); err != nil {
		return marketplace.OrderPage{}, err
	}
	start, err := position(f.channel, query.Cursor)
	if err != nil {
		return marketplace.OrderPage{}, err
	}
	if start > len(f.orders) {
		return marketplace.OrderPage{}, foreign(f.channel)
	}
	size := query.Limit
	if size <= 0 {
		size = 100
	}
	end := min(start+size, len(f.orders))
	return marketplace.OrderPage{Orders: f.orders[start:end:end], Cursor: marketplace.Cursor(strconv.Itoa(end)), More: end < len(f.orders)}, nil
}

// GetOrder implements [marketplace.OrderGetter]: of an order that is there twice it returns the last one.
func (f *File) GetOrder(_ context.Context, id string) (canonical.Order, error) {
	for i := len(f.orders) - 1; i >= 0; i-- {
		if f.orders[i].Key.ID == id {
			return f.orders[i].Order, f.orders[i].Err
		}
	}
	return canonical.Order{}, missing(f.channel)
}
