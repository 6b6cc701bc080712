package privacy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/retailsync/retailsync/canonical"
	"github.com/retailsync/retailsync/mapping"
	"github.com/retailsync/retailsync/odoo"
)

// Person is what somebody is known by. One of all that is named is enough to be found.
type Person struct {
	// Mails are addresses alone, without a name beside them.
	Mails []string
	// Phones are telephone numbers in any way of writing them: "+49 151 234-5678", "0151 2345678". Those with their country in front find fewer
	// people of other countries.
	Phones []string
	// Customers are the numbers of customers at channels.
	Customers []canonical.Key
}

// Texts are what the person is known by in texts, for a [Request]: addresses and numbers as they are written here. Add the other ways in which a number
// is written, and names.
func (p Person) Texts() []string { return slices.Concat(p.Mails, p.Phones) }

// FindPerson finds the orders of a person, by the contacts that Odoo has of them, archived ones too: those that name one of the contacts as
// customer, for the invoice or for the delivery, and that the order flow imported from one of the channels.
//
// Mail addresses are compared as Odoo normalises them, whatever their case and the name beside them. Telephone numbers are compared by their digits: one
// that is written without its country is that of any country, so look at Partners before something is erased. A channel's number of a customer finds the
// contact that the order flow made for it, not one that Odoo had before and that was recognised by its address: name that, too. What a
// channel has that Odoo has not is not found.
//
// It only reads, so that it is safe to repeat. Errors do not hold what the person is known by.
func FindPerson(ctx context.Context, erp *odoo.Client, channels []canonical.Channel, person Person) (Buyer, error) {
	var known []string
	var mails, references []string
	for i, mail := range person.Mails {
		address := mapping.NormalizeEmail(mail)
		if address == "" || strings.Contains(address, `"`) {
			return Buyer{}, fmt.Errorf("privacy: mail address %d is none: write it alone, without a name", i+1)
		}
		mails, known = append(mails, address), append(known, address)
	}
	var phones []phone
	for i, written := range person.Phones {
		number, ok := phoneOf(written)
		if !ok || strings.ContainsFunc(written, foreign) {
			return Buyer{}, fmt.Errorf("privacy: telephone number %d is none: it needs %d to 15 digits, and nothing but what stands between them", i+1, leastDigits)
		}
		phones, known = append(phones, number), append(known, "tel:"+number.digits)
	}
	for i, customer := range person.Customers {
		id := strings.TrimSpace(customer.ID)
		if id == "" || customer.Channel.Name == "" || customer.Channel.Account == "" {
			return Buyer{}, fmt.Errorf("privacy: customer %d has no channel, no account or no id", i+1)
		}
		reference := customer.Channel.String() + "/" + id
		references, known = append(references, reference), append(known, "customer:"+reference)
	}
	if len(known) == 0 {
		return Buyer{}, errors.New("privacy: the person is known by nothing: name a mail address, a telephone number or a channel's number of the customer")
	}
	sum := sha256.Sum256([]byte(strings.Join(known, "\n")))
	buyer := Buyer{Hash: hex.EncodeToString(sum[:8])}
	var ways []odoo.Domain
	if len(mails) > 0 {
		ways = append(ways, odoo.In("email_normalized", mails))
	}
	if len(references) > 0 {
		ways = append(ways, odoo.In("ref", references))
	}
	var own []int64
	if len(ways) > 0 {
		there, err := ids(ctx, erp, "res.partner", odoo.Or(ways...))
		if err != nil {
			return buyer, err
		}
		own = there
	}
	called, err := byPhone(ctx, erp, phones)
	if err != nil {
		return buyer, err
	}
	return found(ctx, erp, channels, buyer, append(own, called...))
}

// byPhone are the contacts with one of the numbers.
func byPhone(ctx context.Context, erp *odoo.Client, phones []phone) ([]int64, error) {
	if len(phones) == 0 {
		return nil, nil
	}
	fields := []string{"phone"}
	if !erp.Version().AtLeast(19) {
		fields = append(fields, "mobile")
	}
	var ways []odoo.Domain
	for _, number := range phones {
		for _, field := range fields {
			ways = append(ways, odoo.Where(field, "=like", number.pattern()))
		}
	}
	rows, err := odoo.Invoke[[]struct {
		ID int64 `json:"id"`
		// Phone and Mobile are false where there is none.
		Phone  any `json:"phone"`
		Mobile any `json:"mobile"`
	}](ctx, erp, odoo.Call{
		Model: "res.partner", Method: "search_read", Effect: odoo.EffectRead, Args: odoo.Args{"domain": odoo.Or(ways...), "fields": fields, "order": "id"},
		Context: odoo.Context{"active_test": false},
	})
	var refused *odoo.Error
	if errors.As(err, &refused) { // whatever the server quotes stays out
		return nil, fmt.Errorf("privacy: search of res.partner: %s: see that the user may read it", refused.Code)
	}
	if err != nil {
		return nil, err
	}
	var own []int64
	for _, row := range rows {
		if slices.ContainsFunc([]any{row.Phone, row.Mobile}, func(value any) bool {
			written, _ := value.(string)
			there, ok := phoneOf(written)
			return ok && slices.ContainsFunc(phones, there.same)
		}) {
			own = append(own, row.ID)
		}
	}
	return own, nil
}

// leastDigits is how many digits a number has at least, and how many of its end say which it is.
const leastDigits = 7

// phone is a telephone number. Abroad says that it begins with its country.
type phone struct {
	digits string
	abroad bool
}

// phoneOf reads a number. What stands between digits does not matter, and neither does what is dialled only at home: "+49 (0)151".
func phoneOf(written string) (phone, bool) {
	text := strings.TrimSpace(written)
	p := phone{abroad: strings.HasPrefix(text, "+") || strings.HasPrefix(text, "00")}
	if p.abroad {
		text = strings.Replace(text, "(0)", "", 1)
	}
	p.digits = strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
	if p.abroad {
		p.digits = strings.TrimPrefix(p.digits, "00")
	}
	return p, len(p.digits) >= leastDigits && len(p.digits) <= 15
}

// foreign is what a number that somebody is looked for by does not have: it may be something else. In Odoo people write what they like.
func foreign(r rune) bool {
	return (r < '0' || r > '9') && !unicode.IsSpace(r) && !strings.ContainsRune("+()-./\u2010\u2011\u2012\u2013", r)
}

// same reports whether two numbers can be one. Both with their country are equal or not; else the one without it is the end of the other, but for
// the nought that is dialled at home, and a country has one to three digits.
func (p phone) same(other phone) bool {
	if p.digits == other.digits {
		return true
	}
	if p.abroad && other.abroad {
		return false
	}
	long, short := p, other
	if other.abroad || !p.abroad && len(other.digits) > len(p.digits) {
		long, short = other, p
	}
	for _, home := range []string{short.digits, strings.TrimPrefix(short.digits, "0")} {
		country := len(long.digits) - len(home)
		if len(home) >= leastDigits && strings.HasSuffix(long.digits, home) && country <= 3 && (country > 0 || !long.abroad) {
			return true
		}
	}
	return false
}

// pattern finds all that have the number's last digits in their order, whatever stands between them: more than those that are the same.
func (p phone) pattern() string {
	last := p.digits[len(p.digits)-leastDigits:]
	return "%" + strings.Join(strings.Split(last, ""), "%") + "%"
}
