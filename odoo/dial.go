package odoo

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Dial connects to an Odoo server: it checks the address, reads the server's version, chooses the protocol
// and logs in. It changes nothing in Odoo.
//
// The address is the server's root, such as https://erp.example.com; plain http is for this machine only,
// unless [WithInsecureHTTP] allows it. [WithIdentity] makes sure of the database. JSON-2 is spoken on Odoo 19 and newer with a bare [APIKey],
// JSON-RPC otherwise. Each thing that can be wrong has its own [Code].
func Dial(ctx context.Context, address string, credential Credential, options ...Option) (*Client, error) {
	s := newSettings(options)
	c, err := dial(ctx, address, credential, s)
	if err != nil {
		return nil, err
	}
	if err := c.recognise(ctx, s); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// dial is Dial, whichever database it is.
func dial(ctx context.Context, address string, credential Credential, s settings) (*Client, error) {
	root, err := parseAddress(address, s.insecure)
	if err != nil {
		return nil, err
	}
	if credential == nil {
		return nil, &Error{Code: CodeUnauthenticated, Message: "no credential", Hint: "use odoo.APIKey or odoo.Password"}
	}
	if !printable(s.database) {
		return nil, &Error{Code: CodeWrongDatabase, Message: "the database's name holds characters that no name has", Hint: "check WithDatabase"}
	}
	c := &Client{
		turn: make(chan struct{}, 1), address: root, database: s.database, context: s.context, userAgent: s.userAgent,
		retry: s.retry, log: s.log, observer: s.observer, credential: credential,
	}
	c.http, c.gate = newTransport(s)
	if c.version, err = c.readVersion(ctx); err != nil {
		return nil, err
	}
	given, err := ask(ctx, credential)
	if err != nil {
		return nil, err
	}
	if c.protocol, err = c.choose(given, s.protocol); err != nil {
		return nil, err
	}
	if c.protocol == JSONRPC && c.database == "" {
		return nil, &Error{Code: CodeNoDatabase, Message: "JSON-RPC needs the name of the database", Hint: "name it with WithDatabase"}
	}
	logged, err := c.login(ctx, given)
	if err != nil {
		return nil, err
	}
	c.session.Store(logged)
	return c, nil
}

// choose picks the protocol by version and kind of credential.
func (c *Client) choose(given secret, forced Protocol) (Protocol, error) {
	switch forced {
	case JSONRPC:
		return JSONRPC, nil
	case JSON2:
		if !c.version.AtLeast(19) {
			return "", &Error{
				Code: CodeUnsupported, Message: "Odoo " + c.version.String() + " has no JSON-2",
				Hint: "leave the choice of the protocol to Dial",
			}
		}
		return JSON2, nil
	case "":
	default:
		return "", &Error{Code: CodeBadArguments, Message: "unknown protocol " + string(forced), Hint: "use odoo.JSON2 or odoo.JSONRPC"}
	}
	if c.version.AtLeast(19) && given.login == "" {
		return JSON2, nil
	}
	return JSONRPC, nil
}

func parseAddress(address string, insecure bool) (string, error) {
	refuse := func(message, hint string) (string, error) {
		return "", &Error{Code: CodeNotOdoo, Message: message, Hint: hint}
	}
	text := strings.TrimSpace(address)
	if text == "" {
		return refuse("the address is empty", "give one such as https://erp.example.com")
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Hostname() == "" {
		// The parser's error repeats the address, which may hold a password.
		return refuse("the address cannot be read", "give one such as https://erp.example.com")
	}
	switch {
	case u.User != nil:
		return refuse("the address holds a user or password", "give them as the credential")
	case u.RawQuery != "" || u.Fragment != "":
		return refuse("the address has a query or a fragment", "give the server's root address")
	case u.Scheme != "http" && u.Scheme != "https":
		return refuse("the scheme "+u.Scheme+" is not http or https", "give an address such as https://erp.example.com")
	case u.Scheme == "http" && !insecure && !loopback(u.Hostname()):
		return refuse("http would send the credential in the clear", "use https, or WithInsecureHTTP inside a network that you trust")
	}
	// People copy the address of the page that they look at.
	path := strings.TrimRight(u.Path, "/")
	for _, page := range []string{"/web/login", "/web", "/odoo", "/jsonrpc", "/json/2"} {
		if strings.HasSuffix(path, page) {
			path = strings.TrimSuffix(path, page)
			break
		}
	}
	return u.Scheme + "://" + u.Host + (&url.URL{Path: path}).EscapedPath(), nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") || strings.HasSuffix(strings.ToLower(host), ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// readVersion asks for the version in the ways of new and old servers; none needs a login.
func (c *Client) readVersion(ctx context.Context) (Version, error) {
	call := &Call{Model: "common", Method: "version", Effect: EffectRead}
	x := &exchange{call: call, protocol: JSON2, decode: decodeVersion}
	reply, failed := c.send(ctx, x, http.MethodGet, c.address+"/web/version", c.header(), nil)
	if failed != nil && failed.Code == CodeNotOdoo || failed != nil && failed.Code == CodeNoDatabase {
		first := failed
		reply, failed = c.service(ctx, call, "common", "version", []any{})
		if failed != nil && failed.Code != CodeUnreachable && strings.HasPrefix(first.Message, "the server redirects") {
			failed = first
		}
	}
	if failed != nil {
		failed.Model, failed.Method = "", ""
		return Version{}, failed
	}
	var found struct {
		Version string `json:"version"`
		Server  string `json:"server_version"`
	}
	if err := json.Unmarshal(reply, &found); err == nil {
		for _, raw := range []string{found.Version, found.Server} {
			if v, ok := parseVersion(raw); ok {
				if !v.AtLeast(14) {
					return Version{}, &Error{Code: CodeUnsupported, Message: "the server is Odoo " + v.String(), Hint: "Odoo 14 and newer are supported"}
				}
				return v, nil
			}
		}
	}
	return Version{}, &Error{Code: CodeNotOdoo, Message: "the server does not say an Odoo version", Hint: "check the address"}
}

func decodeVersion(call *Call, a *answer) ([]byte, *Error) {
	value, err := single(a.body)
	if err != nil || a.status != http.StatusOK || value[0] != '{' {
		return nil, page(call, a)
	}
	return value, nil
}
