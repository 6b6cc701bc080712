package retailsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
	"github.com/retailsync/retailsync/odoo/account"
	"github.com/retailsync/retailsync/payments"
	"github.com/retailsync/retailsync/returns"
)

// ProcessRefunds takes in what a provider says of refunds, days later perhaps: what its webhook notices ask for. Each is looked up by its
// Reference; those that no return asked for are left out. The rest is [Connector.ProcessReturn] of the returns that they settle.
func (c *Connector) ProcessRefunds(ctx context.Context, platform returns.Getter, refunds []canonical.Refund, options ReturnRun) (done *ReturnReport, failure error) {
	ctx, end := c.flow(ctx, "ProcessRefunds", platform.Channel())
	defer func() { end(done, failure) }()
	references := make([]string, len(refunds))
	for i, refund := range refunds {
		references[i] = refund.Reference
	}
	return c.processMoney(ctx, platform, references, options)
}

// processMoney deals with the returns whose money has the references.
func (c *Connector) processMoney(ctx context.Context, platform returns.Getter, references []string, options ReturnRun) (*ReturnReport, error) {
	cursors, err := c.cursors()
	if err != nil {
		return &ReturnReport{DryRun: options.DryRun}, err
	}
	var ids []string
	for _, reference := range references {
		leg, _, _ := strings.Cut(reference, "/") // a later attempt has its number behind it
		if leg == "" {
			continue
		}
		id, err := cursors.Cursor(ctx, c.refundName(platform.Channel(), leg))
		if err != nil {
			return &ReturnReport{DryRun: options.DryRun}, fmt.Errorf("read the return of %s: %w", leg, err)
		}
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return c.ProcessReturn(ctx, platform, ids, options)
}

// refundName is where the store keeps which return a refund settles, or a charge is of.
func (c *Connector) refundName(platform canonical.Channel, leg string) string {
	return c.scope("refund", platform) + "/" + leg
}

// moveMoney asks for a refund or a charge, or only books what the channel moves.
func (t *returnTask) moveMoney(ctx context.Context, effect returns.Effect) (string, error) {
	leg, ok := t.known.LegOf(effect.Leg)
	if !ok {
		return "", fmt.Errorf("effect %s names leg %q, which the case has not", effect.ID, effect.Leg)
	}
	if leg.ByChannel {
		return "by the channel", t.bookRefund(ctx, leg, canonical.Refund{Key: canonical.Key{ID: t.note()}})
	}
	if t.Refunds == nil {
		return "", &asleepError{"no refunder is set (ReturnRun.Refunds)"}
	}
	reference := leg.ID
	if leg.Kind == returns.LegCharge {
		reference = t.planOf(leg).Reference
	}
	if err := t.cursors.PutCursor(ctx, t.refundName(t.platform.Channel(), reference), t.known.Key.ID); err != nil {
		return "", fmt.Errorf("store the return of %s %s: %w", leg.Kind, reference, err)
	}
	moved, err := t.ask(ctx, leg)
	if err != nil {
		return "", err
	}
	t.after = append(t.after, moved)
	return moved.Reference, nil
}

// ask asks the refunder for a leg, the first time and each time after, and says what the case hears of it.
func (t *returnTask) ask(ctx context.Context, leg returns.MoneyLeg) (returns.MoneyMoved, error) {
	if leg.Kind == returns.LegCharge {
		return t.askForMoney(ctx, leg)
	}
	answer, err := t.Refunds.Refund(ctx, t.refundOf(leg), t.paymentOf(leg))
	if err != nil {
		return returns.MoneyMoved{}, err
	}
	return t.moved(ctx, leg, answer)
}

func (t *returnTask) refundOf(leg returns.MoneyLeg) canonical.Refund {
	return canonical.Refund{
		Key: canonical.Key{Channel: t.order.there.Key.Channel, ID: leg.Reference}, Reference: leg.ID, Order: t.order.there.Key, Return: t.known.Key,
		Payment: leg.Payment, Currency: t.known.Currency, Amount: leg.Amount, Method: canonical.RefundOriginal, Status: canonical.RefundRequested,
	}
}

// paymentOf is the channel's payment that a leg refunds; empty if it names none.
func (t *returnTask) paymentOf(leg returns.MoneyLeg) canonical.Payment {
	for _, payment := range t.order.there.Payments {
		if payment.ID == leg.Payment && leg.Payment != "" {
			return payment
		}
	}
	return canonical.Payment{}
}

// moneyStatus is the state of a leg by that of its refund.
func moneyStatus(status canonical.RefundStatus) returns.MoneyStatus {
	switch status {
	case canonical.RefundSucceeded, canonical.RefundSettled:
		return returns.MoneySucceeded
	case canonical.RefundFailed:
		return returns.MoneyFailed
	case canonical.RefundReversed:
		return returns.MoneyReversed
	default:
		return returns.MoneySubmitted
	}
}

// moved is what the case hears of a refund. Odoo's books come first: should the process die between the two, the provider is asked again.
func (t *returnTask) moved(ctx context.Context, leg returns.MoneyLeg, answer canonical.Refund) (returns.MoneyMoved, error) {
	moved := returns.MoneyMoved{
		Leg: leg.ID, Status: moneyStatus(answer.Status), Reference: answer.Key.ID, Why: answer.Failure, Doubt: answer.Status == canonical.RefundReview,
	}
	switch moved.Status {
	case returns.MoneySucceeded:
		return moved, t.bookRefund(ctx, leg, answer)
	case returns.MoneyReversed:
		return moved, t.bookReversal(ctx, leg, answer)
	}
	return moved, nil
}

// followMoney asks again for the legs whose outcome is not known, having handed on what a person found out. In a run that rechecks it
// asks for those that succeeded as well. Of charges that ended unpaid it asks whether they were paid late.
func (t *returnTask) followMoney(ctx context.Context) error {
	if t.Refunds == nil {
		return nil
	}
	for _, leg := range slices.Clone(t.known.Money) {
		asked := leg.Status == returns.MoneySubmitted || leg.Status == returns.MoneySucceeded && t.recheck && leg.Kind == returns.LegRefund
		late := leg.Kind == returns.LegCharge && leg.Status == returns.MoneyFailed && leg.ReplacedBy == "" && leg.Reference != "" && (t.recheck || !leg.Dropped)
		if !asked && !late || leg.ByChannel || leg.Kind != returns.LegRefund && leg.Kind != returns.LegCharge {
			continue
		}
		if err := t.resolveDoubt(ctx, leg); err != nil {
			return err
		}
		moved, err := t.ask(ctx, leg)
		if err != nil {
			return err
		}
		if err := t.apply(moved); err != nil {
			return err
		}
	}
	return nil
}

// resolveDoubt hands a person's answer about a leg on to the refunder.
func (t *returnTask) resolveDoubt(ctx context.Context, leg returns.MoneyLeg) error {
	question, ok := t.known.QuestionOf(leg.Doubt)
	if ok && leg.Kind == returns.LegCharge {
		return t.resolveChargeDoubt(ctx, leg, question.Answer)
	}
	resolver, can := t.Refunds.(RefundResolver)
	decision, answered := map[returns.Answer]payments.RefundDecision{
		returns.AnswerAccept: payments.DecideSucceeded, returns.AnswerRetry: payments.DecideRetry, returns.AnswerDrop: payments.DecideCancelled,
	}[question.Answer]
	if !ok || !can || !answered {
		return nil
	}
	return resolver.ResolveRefund(ctx, t.refundOf(leg), t.paymentOf(leg), decision)
}

// bookRefund pays the credit note of a leg out of the clearing journal of its payment, if the rules name one.
func (t *returnTask) bookRefund(ctx context.Context, leg returns.MoneyLeg, refund canonical.Refund) error {
	payment, ok, err := t.outgoing(ctx, leg, refund)
	if err != nil || !ok {
		return err
	}
	_, err = account.RegisterPayment(ctx, t.erp, payment)
	return err
}

// bookReversal takes back what bookRefund booked: both movements stay in the books, as both are on the provider's balance.
func (t *returnTask) bookReversal(ctx context.Context, leg returns.MoneyLeg, refund canonical.Refund) error {
	payment, ok, err := t.outgoing(ctx, leg, refund)
	if err != nil || !ok {
		return err
	}
	id, err := account.RegisterPayment(ctx, t.erp, payment)
	var cancelled *account.PaymentCancelled
	if errors.As(err, &cancelled) {
		return nil // by a person
	}
	if err != nil {
		return err
	}
	_, err = account.ReversePayment(ctx, t.erp, id, returnName(t.known.Key, "reversal", returns.ShortName(leg.ID)), odoo.Date{}, payment.Ref)
	return err
}

// outgoing is the payment in Odoo of a refund. It is false where none is due: without a journal, and where nothing was credited
// since nothing had been invoiced.
func (t *returnTask) outgoing(ctx context.Context, leg returns.MoneyLeg, refund canonical.Refund) (account.Payment, bool, error) {
	if leg.Kind != returns.LegRefund { // the channel moves it
		return account.Payment{}, false, nil
	}
	note := slices.IndexFunc(t.order.moves, func(m account.Move) bool {
		return m.ExternalID == creditName(t.known.Key, leg.Settlement) && m.State == account.StatePosted
	})
	if note < 0 {
		note = slices.IndexFunc(t.order.moves, func(m account.Move) bool { return byHand(t.known, m) && m.State == account.StatePosted })
	}
	if note < 0 {
		return account.Payment{}, false, nil
	}
	journal, err := t.gatewayJournal(ctx, t.order.rules, t.paymentOf(leg).Gateway)
	if err != nil || journal == 0 {
		return account.Payment{}, false, err
	}
	payment := account.Payment{
		ExternalID: returnName(t.known.Key, "refund", returns.ShortName(leg.ID)), Move: t.order.moves[note].ID, Journal: journal, Amount: leg.Amount, Ref: refund.Key.ID,
	}
	if !refund.At.IsZero() {
		payment.Date = odoo.NewDate(refund.At.UTC())
	}
	return payment, true, nil
}

// gatewayJournal is the clearing journal of a gateway; 0 if the rules name none.
func (c *Connector) gatewayJournal(ctx context.Context, rules mapping.Channel, gateway string) (int64, error) {
	rule, err := rules.PaymentMethod(gateway)
	if err != nil || rule.Journal.IsZero() || rule.Journal.IsNone() {
		return 0, err
	}
	return c.paymentJournal(ctx, rules, gateway, rule.Journal)
}

// paymentJournal is the journal that the rule of a gateway names.
func (c *Connector) paymentJournal(ctx context.Context, rules mapping.Channel, gateway string, ref mapping.Ref) (_ int64, err error) {
	if ref.ID != 0 {
		return ref.ID, nil
	}
	company := rules.Company
	if company == 0 {
		if company, err = ownCompany(ctx, c.erp); err != nil {
			return 0, err
		}
	}
	journal, err := moneyJournal(ctx, c.erp, company, ref)
	if err != nil {
		return 0, fmt.Errorf("rules of %s: payment_methods: %s: journal: %w", rules.Name, gateway, err)
	}
	return journal.ID, nil
}
