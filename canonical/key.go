package canonical

// Channel identifies one connected account of a sales channel: a web store, a
// marketplace seller account. Both parts are chosen by the integrator (the
// adapter proposes Name) and must stay the same for ever, since every record that
// is created in Odoo carries them in its External ID.
type Channel struct {
	// Name is the kind of channel, such as "woocommerce" or "medusa".
	Name string `json:"name"`
	// Account tells several accounts of one kind apart, such as "main" or "de".
	Account string `json:"account"`
}

// String returns "name/account".
func (c Channel) String() string { return c.Name + "/" + c.Account }

// Key identifies one object of a channel: an order, a return, a refund.
type Key struct {
	Channel Channel `json:"channel"`
	// ID is the channel's own immutable identifier, as text. It is not the number
	// that the shopper sees (see [Order.Number]).
	ID string `json:"id"`
}

// String returns "name/account/id".
func (k Key) String() string { return k.Channel.String() + "/" + k.ID }
