package generic

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"strconv"
)

// signature is an HMAC that was checked.
type signature struct {
	hash    func() hash.Hash
	base64  bool
	payload pieces
}

func (c *check) signature(field string, s Signature, known ...string) signature {
	c.oneOf(field+".algorithm", s.Algorithm, "", "sha256", "sha512")
	c.oneOf(field+".encoding", s.Encoding, "", "hex", "base64")
	payload := s.Payload
	if payload == "" {
		payload = "{body}"
	}
	out := signature{hash: sha256.New, base64: s.Encoding == "base64", payload: c.template(field+".payload", payload, known...)}
	if s.Algorithm == "sha512" {
		out.hash = sha512.New
	}
	return out
}

// sum signs values.
func (s signature) sum(key string, v values) []byte {
	payload, _ := s.payload.fill(v)
	mac := hmac.New(s.hash, []byte(key))
	mac.Write([]byte(payload))
	return mac.Sum(nil)
}

func (s signature) encode(sum []byte) string {
	if s.base64 {
		return base64.StdEncoding.EncodeToString(sum)
	}
	return hex.EncodeToString(sum)
}

func (s signature) decode(text string) ([]byte, error) {
	if s.base64 {
		return base64.StdEncoding.DecodeString(text)
	}
	return hex.DecodeString(text)
}

// sign signs a request.
func (p *platform) sign(request *http.Request, secrets Secrets) error {
	var body []byte
	if request.Body != nil {
		var err error
		if body, err = io.ReadAll(request.Body); err != nil {
			return err
		}
		request.Body.Close()
		request.Body = io.NopCloser(bytes.NewReader(body))
	}
	now := strconv.FormatInt(p.clock().Unix(), 10)
	sum := p.signature.sum(secrets.Token, values{
		"method": request.Method, "path": request.URL.EscapedPath(), "query": request.URL.RawQuery, "timestamp": now, "body": string(body),
	})
	request.Header.Set(p.auth.Header, p.auth.Prefix+p.signature.encode(sum))
	if p.auth.TimestampHeader != "" {
		request.Header.Set(p.auth.TimestampHeader, now)
	}
	if p.auth.KeyHeader != "" {
		request.Header.Set(p.auth.KeyHeader, secrets.User)
	}
	return nil
}
