package shopify

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/retailsync/retailsync/internal/rest"
	"github.com/retailsync/retailsync/marketplace"
	"github.com/retailsync/retailsync/marketplace/internal/wire"
)

const opToken = "get access token"

// tokens keeps the access token. Only one caller at a time renews it; the others wait for that, as long as their
// context lets them.
type tokens struct {
	// fetch gets a token and how long it lasts; zero means that it is asked for before every call.
	fetch func(context.Context) (string, time.Duration, error)
	now   func() time.Time
	// renewable says that a token that was refused can be replaced by another one.
	renewable bool
	// turn holds one element while nobody looks at the fields below.
	turn    chan struct{}
	current string
	// renewAt is when the current token is no longer used, a while before it expires.
	renewAt time.Time
}

func newTokens(fetch func(context.Context) (string, time.Duration, error), renewable bool, now func() time.Time) *tokens {
	t := &tokens{fetch: fetch, renewable: renewable, now: now, turn: make(chan struct{}, 1)}
	t.turn <- struct{}{}
	return t
}

// get returns a token that is not about to expire.
func (t *tokens) get(ctx context.Context) (string, error) {
	select {
	case <-t.turn:
		defer func() { t.turn <- struct{}{} }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if t.current != "" && t.now().Before(t.renewAt) {
		return t.current, nil
	}
	asked := t.now()
	token, lasts, err := t.fetch(ctx)
	if err != nil {
		return "", err
	}
	// A call that has begun must end before the token does; a token that lasts seconds is still used for some.
	t.current, t.renewAt = token, asked.Add(lasts-min(5*time.Minute, lasts/10))
	return token, nil
}

// refuse forgets a token that Shopify has refused. It is false if a new one would be the same.
func (t *tokens) refuse(ctx context.Context, token string) bool {
	if !t.renewable {
		return false
	}
	select {
	case <-t.turn:
		defer func() { t.turn <- struct{}{} }()
	case <-ctx.Done():
		return false
	}
	if t.current == token {
		t.current = ""
	}
	return true
}

// fetchToken returns how the adapter gets its tokens.
func (a *Adapter) fetchToken(credential Credential, settings rest.Config) func(context.Context) (string, time.Duration, error) {
	if credential.clientID == "" {
		return func(ctx context.Context) (string, time.Duration, error) {
			if credential.token == nil {
				return "", 0, a.noToken()
			}
			token, err := credential.token(ctx)
			if err != nil || token == "" {
				return "", 0, a.noToken()
			}
			return token, 0, nil
		}
	}
	settings.Explain = explainToken
	client := rest.New(settings)
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {credential.clientID}, "client_secret": {credential.secret},
	}
	out := outgoing{contentType: "application/x-www-form-urlencoded", body: []byte(form.Encode())}
	return func(ctx context.Context) (string, time.Duration, error) {
		reply, err := client.Get(withOutgoing(ctx, out), opToken, "/admin/oauth/access_token", nil)
		if err != nil {
			return "", 0, err
		}
		var answer struct {
			Token   wire.Text `json:"access_token"`
			Expires wire.Text `json:"expires_in"`
		}
		if err := client.Decode(opToken, reply, &answer); err != nil {
			return "", 0, err
		}
		seconds, err := answer.Expires.Decimal()
		whole, _, ok := seconds.Int64(0)
		if answer.Token.IsEmpty() || err != nil || !ok || whole <= 0 {
			return "", 0, a.fail(marketplace.CodeInvalid, opToken, "", "the answer has no token that expires: is this the address of a Shopify shop?", nil)
		}
		return answer.Token.String(), min(time.Duration(min(whole, 1_000_000))*time.Second, 24*time.Hour), nil
	}
}

func (a *Adapter) noToken() error {
	return a.fail(marketplace.CodeUnauthenticated, opToken, "", "the access token could not be obtained from its provider", nil)
}

// explainToken reads OAuth's error format. Its description may quote what was sent, so only the word is taken.
func explainToken(status int, body []byte) rest.Explanation {
	var failure struct {
		Error string `json:"error"`
	}
	if status == http.StatusNotFound {
		return rest.Explanation{Code: marketplace.CodeInvalid, Text: "there is no shop at this address"}
	}
	if json.Unmarshal(body, &failure) != nil || status != http.StatusBadRequest && status != http.StatusUnauthorized {
		return rest.Explanation{}
	}
	explained := rest.Explanation{Code: marketplace.CodeUnauthenticated}
	switch failure.Error {
	case "invalid_client", "invalid_request", "application_cannot_be_found":
		explained.Text = failure.Error + " (is the client id right, and the secret that of this app?)"
	case "shop_not_permitted":
		explained.Text = failure.Error + " (the app and the shop must belong to one organization)"
	case "app_not_installed":
		explained.Text = failure.Error + " (install the app in the shop)"
	}
	return explained
}
