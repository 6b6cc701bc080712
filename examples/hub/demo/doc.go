// Package demo is the world around a hub that has none: an Odoo with what a small retailer has there, two shops, a returns platform and a
// payment provider, all inside the process, and people who buy, pack, send back and make mistakes. It takes the same ways as the real ones: webhooks
// that are signed and posted, and flows that find what has changed.
package demo
