package shopify

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

// maxBulkLine bounds a line of a bulk operation's file.
const maxBulkLine = 16 << 20

// group is an order of a bulk operation's file: its own line, and those of its lines after it.
type group struct {
	id wire.Text
	// body is the order as GraphQL would give it; whole says that nothing of it is missing.
	body  json.RawMessage
	whole bool
}

// fileClient fetches files from where Shopify stores them. The address is signed, so no token is sent there, also not
// after a redirect, which may lead only where an address may. Local says that the shop is on this machine itself, as in tests.
func fileClient(transport http.RoundTripper, local bool) *http.Client {
	if transport == nil {
		transport = http.DefaultTransport
	}
	return &http.Client{
		Transport: transport, Timeout: 10 * time.Minute,
		CheckRedirect: func(request *http.Request, via []*http.Request) error {
			if len(via) > 3 || !isStore(request.URL, local) {
				return errAstray
			}
			return nil
		},
	}
}

var errAstray = errors.New("redirected to an address that is no store of files")

// isStore reports whether a file may be fetched there: by https from a public host. An answer of the shop must not have this process read
// from inside of its own network.
func isStore(address *url.URL, local bool) bool {
	host := strings.TrimSuffix(strings.ToLower(address.Hostname()), ".")
	if isLoopback(host) {
		return local && (address.Scheme == "http" || address.Scheme == "https")
	}
	public := false
	if ip, err := netip.ParseAddr(host); err == nil {
		public = ip.Unmap().IsGlobalUnicast() && !ip.Unmap().IsPrivate()
	} else if dot := strings.LastIndexByte(host, '.'); dot > 0 && dot < len(host)-1 {
		public = host[dot+1] > '9' // "127.1" and "0x7f.1" are addresses to some resolvers
	}
	return public && address.Scheme == "https" && address.User == nil && !strings.HasSuffix(host, ".localhost") && !strings.HasSuffix(host, ".internal")
}

// readGroups reads up to limit orders of a file from an offset, and returns where the next one is and whether there is
// one.
func (a *Adapter) readGroups(ctx context.Context, address string, offset int64, limit int) (groups []group, next int64, more bool, err error) {
	body, err := a.openFile(ctx, address, offset)
	if err != nil {
		return nil, offset, false, err
	}
	defer body.Close()
	reader := &groupReader{lines: bufio.NewReaderSize(body, 1<<16), next: offset}
	for len(groups) < limit {
		found, err := reader.read()
		switch {
		case errors.Is(err, io.EOF):
			return groups, reader.next, false, nil
		case errors.Is(err, errBulkForm):
			return nil, offset, false, a.fail(marketplace.CodeInvalid, opBackfill, "", fmt.Sprintf("the file of the bulk operation cannot be read at byte %d", reader.next), err)
		case err != nil:
			return nil, offset, false, a.fail(marketplace.CodeUnavailable, opBackfill, "", "the file of the bulk operation breaks off: retry later", unquoted(err))
		}
		groups = append(groups, found)
	}
	return groups, reader.next, reader.pending != nil, nil
}

// openFile opens a file at an offset.
func (a *Adapter) openFile(ctx context.Context, address string, offset int64) (io.ReadCloser, error) {
	refuse := func(code marketplace.Code, message string, cause error) (io.ReadCloser, error) {
		return nil, a.fail(code, opBackfill, "url", message, cause)
	}
	parsed, err := url.Parse(address)
	if err != nil || !isStore(parsed, a.local) {
		return refuse(marketplace.CodeInvalid, "the bulk operation's file has no public https address", nil)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return refuse(marketplace.CodeInvalid, "the bulk operation's file has no https address", nil)
	}
	request.Header.Set("User-Agent", "retailsync")
	if offset > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	response, err := a.files.Do(request)
	if errors.Is(err, errAstray) {
		return refuse(marketplace.CodeInvalid, "the bulk operation's file is redirected to an address that is no store of files", nil)
	}
	if err != nil {
		return refuse(marketplace.CodeUnavailable, "the bulk operation's file cannot be fetched: retry later", unquoted(err))
	}
	switch {
	case response.StatusCode == http.StatusOK: // a server that does not know ranges sends all of it
		if _, err := io.CopyN(io.Discard, response.Body, offset); err != nil {
			response.Body.Close()
			return refuse(marketplace.CodeUnavailable, "the file of the bulk operation breaks off: retry later", unquoted(err))
		}
		return response.Body, nil
	case response.StatusCode == http.StatusPartialContent && offset > 0:
		return response.Body, nil
	case response.StatusCode == http.StatusRequestedRangeNotSatisfiable: // the file ends at the offset
		response.Body.Close()
		return io.NopCloser(strings.NewReader("")), nil
	}
	response.Body.Close()
	return refuse(marketplace.CodeUnavailable, fmt.Sprintf("HTTP %d for the file of the bulk operation: retry later", response.StatusCode), nil)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// unquoted drops the address from a failure: it is signed.
func unquoted(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// errBulkForm is the failure to read a file.
var errBulkForm = errors.New("is no line of an order or of one of its lines")

// groupReader reads orders from lines. It keeps the line with which the next order begins.
type groupReader struct {
	lines   *bufio.Reader
	pending json.RawMessage
	// next is the offset of what was not returned yet; size is that of the pending line.
	next, size int64
}

// read returns the next order, io.EOF at the end.
func (g *groupReader) read() (group, error) {
	if err := g.fill(); err != nil {
		return group{}, err
	}
	var order map[string]json.RawMessage
	if json.Unmarshal(g.pending, &order) != nil || order["id"] == nil || order["__parentId"] != nil {
		return group{}, errBulkForm
	}
	found := group{whole: isEmptyList(order["fulfillments"]) && isEmptyList(order["refunds"])}
	_ = found.id.UnmarshalJSON(order["id"]) // never fails
	var items, shipping []json.RawMessage
	for {
		g.next += g.size
		g.pending = nil
		if err := g.fill(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return group{}, err
		}
		var head struct {
			Parent wire.Text `json:"__parentId"`
			Type   wire.Text `json:"__typename"`
		}
		if json.Unmarshal(g.pending, &head) != nil {
			return group{}, errBulkForm
		}
		if head.Parent.IsEmpty() {
			break
		}
		if head.Parent.String() != found.id.String() {
			return group{}, errBulkForm
		}
		switch head.Type.String() {
		case "LineItem":
			items = append(items, g.pending)
		case "ShippingLine":
			shipping = append(shipping, g.pending)
		default:
			return group{}, errBulkForm
		}
	}
	for field, list := range map[string][]json.RawMessage{"lineItems": items, "shippingLines": shipping} {
		nodes, err := json.Marshal(map[string]any{"nodes": list})
		if err != nil {
			return group{}, errBulkForm
		}
		order[field] = nodes
	}
	body, err := json.Marshal(order)
	if err != nil {
		return group{}, errBulkForm
	}
	found.body = body
	return found, nil
}

// fill reads the pending line unless there is one.
func (g *groupReader) fill() error {
	for g.pending == nil {
		line, err := g.line()
		if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
			return err
		}
		if g.size = int64(len(line)); len(bytes.TrimSpace(line)) == 0 {
			g.next += g.size
			continue
		}
		if !json.Valid(line) {
			if err != nil { // the last line was cut short
				return io.ErrUnexpectedEOF
			}
			return errBulkForm
		}
		g.pending = line
	}
	return nil
}

func (g *groupReader) line() ([]byte, error) {
	var whole []byte
	for {
		part, err := g.lines.ReadSlice('\n')
		whole = append(whole, part...)
		if len(whole) > maxBulkLine {
			return nil, errBulkForm
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return whole, err
		}
	}
}

func isEmptyList(text json.RawMessage) bool {
	var list []json.RawMessage
	return json.Unmarshal(text, &list) == nil && len(list) == 0
}
