package rest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// checkRetry repeats reads only, and only on failures that may pass within seconds.
func checkRetry(ctx context.Context, response *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		return method(err) == http.MethodGet && !permanent(err), nil
	}
	if response.Request == nil || response.Request.Method != http.MethodGet {
		return false, nil
	}
	switch response.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		wait, stated := retryAfter(response.Header, time.Now())
		return !stated || wait <= defaultMaxWait, nil
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		return true, nil
	default:
		return false, nil
	}
}

// backoff waits for what the channel asks, which checkRetry has bounded, else for a random part of
// a doubling time, so that many processes do not come back at the same moment.
func backoff(first, longest time.Duration, attempt int, response *http.Response) time.Duration {
	if response != nil {
		if wait, stated := retryAfter(response.Header, time.Now()); stated {
			return min(wait, longest)
		}
	}
	ceiling := longest
	if attempt < 16 {
		ceiling = min(longest, first<<attempt)
	}
	return first/2 + rand.N(ceiling)
}

// permanent reports whether repeating cannot help.
func permanent(err error) bool {
	var unknownAuthority x509.UnknownAuthorityError
	var wrongName x509.HostnameError
	var badCertificate *tls.CertificateVerificationError
	return errors.Is(err, errTooLarge) || errors.Is(err, errRedirect) || errors.Is(err, errNoSecrets) ||
		errors.As(err, &unknownAuthority) || errors.As(err, &wrongName) || errors.As(err, &badCertificate)
}

// retryAfter reads the Retry-After header, in seconds or as a date. It is never negative.
func retryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value == "" {
		return 0, false
	}
	const longest = 24 * time.Hour
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		// Compared before it is multiplied: a huge number would overflow into the past.
		if seconds > int64(longest/time.Second) {
			return longest, true
		}
		return time.Duration(max(seconds, 0)) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), longest), true
	}
	return 0, false
}
