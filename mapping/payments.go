package mapping

// PaymentRule maps payment gateways of the channel.
type PaymentRule struct {
	// Gateway is a pattern of the channel's gateway ("stripe*"). Required. Of several that match,
	// the one with the most literal characters wins.
	Gateway string `yaml:"gateway"`
	// Journal is the clearing journal of the gateway.
	Journal Ref `yaml:"journal"`
	// Term is the payment term of the order.
	Term Ref `yaml:"term"`
}

func (p PaymentRule) selector() string { return fold(p.Gateway) }

func (p PaymentRule) check(ps *problems, path string) {
	if p.Gateway == "" {
		ps.add(join(path, "gateway"), "gateway is missing", "write the channel's word or a pattern; * stands for anything")
	}
	checkPattern(ps, join(path, "gateway"), p.Gateway)
	checkRef(ps, join(path, "journal"), p.Journal)
	checkRef(ps, join(path, "term"), p.Term)
	if p.Journal.IsZero() && p.Term.IsZero() {
		ps.add(path, "the rule says nothing", "add journal or term, or write journal: none")
	}
}
