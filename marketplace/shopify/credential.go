package shopify

import "context"

// Credential gives the access token of the Admin API. It is made by [AccessToken], [AccessTokenFrom] or
// [ClientCredentials].
type Credential struct {
	token            func(context.Context) (string, error)
	clientID, secret string
}

// AccessToken is a fixed token ("shpat_…") of an app that was installed in the shop.
func AccessToken(token string) Credential {
	return AccessTokenFrom(func(context.Context) (string, error) { return token, nil })
}

// AccessTokenFrom asks provider before every call, so that a rotated token is picked up while the process runs. The
// provider must be quick and safe for concurrent use. Its error never reaches an error's text.
func AccessTokenFrom(provider func(context.Context) (string, error)) Credential {
	return Credential{token: provider}
}

// ClientCredentials are the client id and secret of an app of the Dev Dashboard that is installed in a shop of the same
// organization. The adapter exchanges them for tokens, which last a day, and renews them in time; one that Shopify
// refuses before that is renewed once. The secret is that of the webhooks too.
func ClientCredentials(clientID, clientSecret string) Credential {
	return Credential{clientID: clientID, secret: clientSecret}
}
