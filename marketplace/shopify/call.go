package shopify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/retailsync/retailsync/internal/rest"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const (
	// maxWait is how long a call waits for points by itself; a longer wait is the caller's.
	maxWait = 10 * time.Second
	// throttleWait is the wait where Shopify does not say how the bucket stands.
	throttleWait = 2 * time.Second
	// maxThrottled is how often an operation is tried that Shopify found too costly for the moment.
	maxThrottled = 3
)

// errTooCostly is the cause of a failure of an operation that is larger than Shopify allows any to be.
var errTooCostly = errors.New("the operation costs more points than one may")

// request is one operation.
type request struct {
	op string
	// name is what its cost is remembered by.
	name, document string
	variables      map[string]any
	writes         bool
}

// answer is GraphQL's envelope.
type answer struct {
	Data       json.RawMessage       `json:"data"`
	Errors     wire.List[graphError] `json:"errors"`
	Extensions struct {
		Cost cost `json:"cost"`
	} `json:"extensions"`
	header http.Header
}

type graphError struct {
	Message    wire.Text            `json:"message"`
	Path       wire.List[wire.Text] `json:"path"`
	Extensions wire.Object[struct {
		Code wire.Text `json:"code"`
	}] `json:"extensions"`
}

// call sends an operation and decodes its data into target. Data that comes with errors is not used: a field that was
// refused looks like one that is empty.
func (a *Adapter) call(ctx context.Context, r request, target any) (http.Header, error) {
	body, err := json.Marshal(map[string]any{"query": r.document, "variables": r.variables})
	if err != nil {
		return nil, a.fail(marketplace.CodeInvalid, r.op, "", "the request cannot be written as JSON", err)
	}
	renewed, throttled := false, 0
	for {
		if err := a.waitForPoints(ctx, r); err != nil {
			return nil, err
		}
		token, err := a.tokens.get(ctx)
		if err != nil {
			return nil, a.withoutToken(r.op, err)
		}
		reply, err := a.send(ctx, r, token, body)
		if marketplace.CodeOf(err) == marketplace.CodeUnauthenticated && !renewed && a.tokens.refuse(ctx, token) {
			renewed = true
			continue
		}
		if err != nil {
			return nil, err
		}
		a.bucket.note(r.name, reply.Extensions.Cost)
		failure := a.failure(r, reply, token)
		if failure == nil {
			if err := json.Unmarshal(reply.Data, target); err != nil {
				return nil, a.fail(marketplace.CodeInvalid, r.op, "data", "the answer does not have the expected form", nil)
			}
			return reply.header, nil
		}
		if throttled++; failure.Code != marketplace.CodeRateLimited || throttled >= maxThrottled || failure.RetryAfter > maxWait {
			return nil, failure
		}
		if err := a.sleep(ctx, r.op, failure.RetryAfter); err != nil {
			return nil, err
		}
	}
}

// waitForPoints waits until the operation fits, or says how long that takes.
func (a *Adapter) waitForPoints(ctx context.Context, r request) error {
	for {
		wait := a.bucket.reserve(r.name)
		if wait == 0 {
			return nil
		}
		if wait > maxWait {
			failure := a.fail(marketplace.CodeRateLimited, r.op, "", "the shop's points are used up: wait", nil)
			failure.RetryAfter = wait
			return failure
		}
		if err := a.sleep(ctx, r.op, wait); err != nil {
			return err
		}
	}
}

func (a *Adapter) sleep(ctx context.Context, op string, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return a.fail(marketplace.CodeUnavailable, op, "", "cancelled by the caller", ctx.Err())
	}
}

// withoutToken is the failure of an operation for which there was no token.
func (a *Adapter) withoutToken(op string, err error) error {
	var failure *marketplace.Error
	if !errors.As(err, &failure) {
		return a.fail(marketplace.CodeUnavailable, op, "", "cancelled by the caller", err)
	}
	return failure
}

type tokenKey struct{}

// authorize puts the call's token where the client looks for what it must not quote; see envelope.
func authorize(request *http.Request) error {
	token, ok := request.Context().Value(tokenKey{}).(string)
	if !ok {
		return errors.New("no token")
	}
	request.Header.Set("Authorization", "Bearer "+token)
	return nil
}

func (a *Adapter) send(ctx context.Context, r request, token string, body []byte) (answer, error) {
	ctx = context.WithValue(ctx, tokenKey{}, token)
	var reply rest.Reply
	var err error
	if r.writes {
		reply, err = a.client.Send(ctx, r.op, http.MethodPost, a.path, json.RawMessage(body))
	} else {
		reply, err = a.client.Get(withOutgoing(ctx, outgoing{contentType: "application/json", body: body}), r.op, a.path, nil)
	}
	if err != nil {
		return answer{}, err
	}
	result := answer{header: reply.Header}
	if !bytes.HasPrefix(bytes.TrimSpace(reply.Body), []byte("{")) || json.Unmarshal(reply.Body, &result) != nil {
		return answer{}, a.fail(marketplace.CodeInvalid, r.op, "", "the answer is not that of a GraphQL server", nil)
	}
	return result, nil
}

// failure is what an answer's errors say, nil if there are none.
func (a *Adapter) failure(r request, reply answer, token string) *marketplace.Error {
	if len(reply.Errors.Items) == 0 && reply.Errors.Odd == 0 {
		if len(reply.Data) == 0 || bytes.Equal(reply.Data, []byte("null")) {
			return a.fail(marketplace.CodeInvalid, r.op, "data", "the answer has neither data nor errors", nil)
		}
		return nil
	}
	var one graphError
	if len(reply.Errors.Items) > 0 {
		one = reply.Errors.Items[0]
	}
	failure := a.fail(marketplace.CodeInvalid, r.op, one.place(), "", nil)
	said := "the channel says " + a.client.Quote(withoutToken(one.Message.String(), token))
	switch word := one.Extensions.Value.Code.String(); {
	case word == "THROTTLED":
		failure.Code, failure.Message = marketplace.CodeRateLimited, "the shop's points are used up: wait"
		if failure.RetryAfter = a.bucket.until(r.name); failure.RetryAfter == 0 {
			failure.RetryAfter = throttleWait
		}
	case word == "MAX_COST_EXCEEDED":
		failure.Message, failure.Err = "ask for fewer at once", errTooCostly
	case word == "ACCESS_DENIED":
		failure.Code = marketplace.CodePermission
		failure.Message = "the app lacks an access scope or the approval for protected customer data: grant it: " + said
	case word == "UNAUTHENTICATED":
		failure.Code, failure.Message = marketplace.CodeUnauthenticated, said
	case word == "SHOP_INACTIVE":
		failure.Code, failure.Message = marketplace.CodePermission, "the shop is closed or not paid for"
	case word == "INTERNAL_SERVER_ERROR" || word == "TIMEOUT" || strings.HasPrefix(one.Message.String(), "Internal error"):
		failure.Code, failure.Message = marketplace.CodeUnavailable, "the channel failed: retry later: "+said
		if r.writes {
			failure.Code, failure.Message = marketplace.CodeUnknown, "the channel failed, so it is not known whether it was done: look before repeating: "+said
		}
	default:
		failure.Message = said
	}
	return failure
}

// place is the field that an error is about.
func (e graphError) place() string {
	var parts []string
	for _, part := range e.Path.Items {
		parts = append(parts, part.String())
	}
	return strings.Join(parts, ".")
}

// userError is how a mutation refuses its input.
type userError struct {
	Field   wire.List[wire.Text] `json:"field"`
	Message wire.Text            `json:"message"`
	Code    wire.Text            `json:"code"`
}

// index is which element of a list an error is about ("input", "quantities", "3", "quantity"); -1 if of none.
func (e userError) index(list string, length int) int {
	path := e.Field.Items
	for i := 0; i+1 < len(path); i++ {
		if at, err := strconv.Atoi(path[i+1].String()); path[i].String() == list && err == nil && at >= 0 && at < length {
			return at
		}
	}
	return -1
}

// refused is the failure of a mutation that Shopify did not carry out.
func (a *Adapter) refused(op string, list wire.List[userError]) error {
	if len(list.Items) == 0 {
		return nil
	}
	one := list.Items[0]
	code := marketplace.CodeInvalid
	switch one.Code.String() {
	case "STALE_OBJECT", "INVALID_COMPARE_DIGEST":
		code = marketplace.CodeConflict
	case "APP_NOT_AUTHORIZED":
		code = marketplace.CodePermission
	case "INTERNAL_ERROR":
		code = marketplace.CodeUnavailable
	}
	return a.fail(code, op, graphError{Path: one.Field}.place(), "the channel says "+a.client.Quote(one.Message.String()), nil)
}

// withoutToken takes the token out of what the shop says.
func withoutToken(text, token string) string {
	if token == "" {
		return text
	}
	return strings.ReplaceAll(text, token, "***")
}
