package shopifytest

import (
	"fmt"
	"net/http"
	"time"
)

// issue exchanges the client's credentials for a token.
func (s *Server) issue(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if r.PostFormValue("grant_type") != "client_credentials" || r.PostFormValue("client_id") != s.ClientID || r.PostFormValue("client_secret") != s.ClientSecret {
		w.WriteHeader(http.StatusBadRequest)
		write(w, map[string]any{"error": "invalid_client", "error_description": "the client " + r.PostFormValue("client_secret") + " is not known"})
		return
	}
	s.mu.Lock()
	s.tokens++
	token := fmt.Sprintf("shpat_issued_%024d", s.tokens)
	s.issued[token] = true
	lifetime := s.lifetime
	s.mu.Unlock()
	write(w, map[string]any{"access_token": token, "scope": "read_orders,write_orders,read_products,read_customers", "expires_in": int(lifetime.Seconds()) - 1})
}

// ExpireTokens makes the tokens that were issued so far invalid.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.issued = map[string]bool{}
}

// SetTokenLifetime sets how long tokens are said to last that are issued from now on.
func (s *Server) SetTokenLifetime(lifetime time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lifetime = lifetime
}

// TokensIssued counts the tokens that were issued.
func (s *Server) TokensIssued() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens
}

func (s *Server) authorized(r *http.Request) bool {
	token := r.Header.Get("X-Shopify-Access-Token")
	s.mu.Lock()
	defer s.mu.Unlock()
	return token != "" && (token == s.Token || s.issued[token])
}
