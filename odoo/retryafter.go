package odoo

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// retryAfter reads the header Retry-After, seconds or a date. It is never negative and at most a day.
func retryAfter(header http.Header) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if text == "" {
		return 0
	}
	const day = 24 * time.Hour
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil {
		if seconds > int64(day/time.Second) {
			return day
		}
		return max(0, time.Duration(seconds)*time.Second)
	}
	when, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(day, max(0, time.Until(when)))
}
