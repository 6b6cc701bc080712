package odoo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
)

// lost classifies an attempt without a reply: was it sent, and does that matter?
func (x *exchange) lost(ctx context.Context, err error) *Error {
	failed := &Error{Model: x.call.Model, Method: x.call.Method, cause: cause(err)}
	sent := x.sent(err)
	switch {
	case errors.Is(err, errNoTurn):
		failed.Code = CodeTimeout
		failed.cause = context.DeadlineExceeded
		failed.Message = "the rate limit lets the call pass only after the deadline"
		failed.Hint = "nothing was changed; give it more time, or raise WithRateLimit"
	case errors.Is(err, errReplySize):
		failed.Code = CodeDecode
		failed.Message = errReplySize.Error()
		failed.Hint = "ask for fewer records or fields at once, or raise it with WithReplyLimit"
	case !sent && ctx.Err() == nil:
		failed.Code = CodeUnreachable
		failed.Message = shorten(failed.cause.Error())
		failed.Hint = hintUnreachable(err)
	case sent && !x.repeatable():
		failed.Code = CodeAmbiguous
		failed.Message = "the request was sent and no reply came (" + shorten(failed.cause.Error()) + ")"
		failed.Hint = hintAmbiguous(x.call)
	case ctx.Err() != nil:
		failed.Code = CodeCanceled
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			failed.Code = CodeTimeout
		}
		failed.cause = ctx.Err()
		failed.Message = ctx.Err().Error()
		failed.Hint = "nothing was changed; give it more time"
		if sent && x.call.Effect == EffectIdempotent {
			failed.Code, failed.Hint = CodeAmbiguous, hintAmbiguous(x.call)
		}
	case x.call.Effect == EffectIdempotent:
		failed.Code = CodeAmbiguous
		failed.Message = "the request was sent and no reply came (" + shorten(failed.cause.Error()) + ")"
		failed.Hint = hintAmbiguous(x.call)
	case isTimeout(err):
		failed.Code = CodeTimeout
		failed.Message = "no reply within " + x.client.gate.timeout.String()
		failed.Hint = "ask for less at once, or raise WithTimeout"
	default:
		failed.Code = CodeUnreachable
		failed.Message = shorten(failed.cause.Error())
		failed.Hint = "the connection broke off; try again later"
	}
	return failed
}

// sent reports whether the request may have reached the server. Only proof counts as no.
func (x *exchange) sent(err error) bool {
	if errors.Is(err, errNotSent) {
		return false
	}
	if x.wire.written.Load() {
		return true
	}
	return !x.wire.traced.Load() && !beforeSending(err)
}

func beforeSending(err error) bool {
	var (
		op          *net.OpError
		dns         *net.DNSError
		verify      *tls.CertificateVerificationError
		header      tls.RecordHeaderError
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
		certificate x509.CertificateInvalidError
	)
	if errors.As(err, &op) && op.Op == "dial" {
		return true
	}
	return errors.As(err, &dns) || errors.As(err, &verify) || errors.As(err, &header) ||
		errors.As(err, &authority) || errors.As(err, &hostname) || errors.As(err, &certificate)
}

func hintUnreachable(err error) string {
	var (
		dns    *net.DNSError
		verify *tls.CertificateVerificationError
		header tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &dns):
		return "check the host name in the address"
	case errors.As(err, &verify):
		return "the certificate is not trusted: fix it, or give WithHTTPClient a client that trusts its authority"
	case errors.As(err, &header):
		return "the server does not speak TLS on this port: check the address"
	}
	return "check the address, and that Odoo is running and reachable from here"
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// cause drops the layer of net/http that repeats method and address.
func cause(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
