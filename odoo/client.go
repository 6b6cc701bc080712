package odoo

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/go-retryablehttp"
)

// Client talks to one Odoo database as one user. It is safe for concurrent use; make one per database and
// keep it.
type Client struct {
	address    string
	database   string
	version    Version
	protocol   Protocol
	context    Context
	userAgent  string
	retry      Retry
	log        *slog.Logger
	observer   Observer
	credential Credential
	http       *retryablehttp.Client
	gate       *gate

	session atomic.Pointer[session]
	clock   atomic.Pointer[clock]
	turn    chan struct{} // held while logging in, so that one rotation is one login

	fields sync.Map // model -> *fieldsEntry
	plans  sync.Map // reflect.Type -> *plan
}

// session is a login that worked.
type session struct {
	secret secret
	uid    int64
}

// Version returns the server's version as seen when the client was dialled.
func (c *Client) Version() Version { return c.version }

// Protocol returns the protocol in use.
func (c *Client) Protocol() Protocol { return c.protocol }

// Database returns the name given to [WithDatabase], "" if the server chooses.
func (c *Client) Database() string { return c.database }

// Address returns the server's address without a trailing slash.
func (c *Client) Address() string { return c.address }

// UserID returns the id of the user that the client is logged in as. It reads it once.
func (c *Client) UserID(ctx context.Context) (int64, error) {
	s, err := c.current(ctx, nil)
	if err != nil {
		return 0, err
	}
	return s.uid, nil
}

// Close closes idle connections. Calls under way go on.
func (c *Client) Close() {
	if idle, ok := c.gate.next.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
}

func (c *Client) header() http.Header {
	return http.Header{
		"Content-Type": {"application/json; charset=utf-8"},
		"Accept":       {"application/json"},
		"User-Agent":   {c.userAgent},
	}
}

// current returns the session, logging in again if it is the one that has just been rejected.
func (c *Client) current(ctx context.Context, rejected *session) (*session, error) {
	if s := c.session.Load(); s != nil && s != rejected {
		return s, nil
	}
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return nil, &Error{
			Code: CodeOf(ctx.Err()), Message: "gave up while another call was logging in",
			Hint: "nothing was changed; give it more time", cause: ctx.Err(),
		}
	}
	if s := c.session.Load(); s != nil && s != rejected {
		return s, nil
	}
	given, err := ask(ctx, c.credential)
	if err != nil {
		return nil, err
	}
	s, err := c.login(ctx, given)
	if err != nil {
		return nil, err
	}
	c.session.Store(s)
	return s, nil
}

// authenticated sends a call, once more with a new credential if the provider has one.
func (c *Client) authenticated(ctx context.Context, call Call) ([]byte, error) {
	s, err := c.current(ctx, nil)
	if err != nil {
		return nil, err
	}
	reply, failed := c.dispatch(ctx, s, &call)
	if failed == nil {
		return reply, nil
	}
	if _, provided := c.credential.(CredentialFunc); !provided || failed.Code != CodeUnauthenticated {
		return nil, failed
	}
	if s, err = c.current(ctx, s); err != nil {
		return nil, err
	}
	if reply, failed = c.dispatch(ctx, s, &call); failed != nil {
		return nil, failed
	}
	return reply, nil
}

func (c *Client) dispatch(ctx context.Context, s *session, call *Call) ([]byte, *Error) {
	if c.protocol == JSON2 {
		return c.callJSON2(ctx, s, call)
	}
	return c.callJSONRPC(ctx, s, call)
}
