// Package medusawebhooks holds the subscriber that makes a Medusa v2 shop send webhooks to retailsync: see
// README.md. There is no Go code to import; the test proves the JavaScript against the adapter.
package medusawebhooks
