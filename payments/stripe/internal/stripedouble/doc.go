// Package stripedouble is a double of Stripe for tests: an HTTP server with the state and the rules of the real one, as far as the
// adapter beside it uses them. Whether the requests are such as Stripe takes is for stripe-mock to say, which knows the API's
// description but has no state.
package stripedouble
