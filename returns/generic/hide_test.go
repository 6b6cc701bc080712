package generic_test

import (
	"bytes"
	"io"
	"net/http"
	"regexp"
)

// hide takes the receivings out of an answer.
func hide(response *http.Response) (*http.Response, error) {
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	body = regexp.MustCompile(`"(receivings|gradings)":\[[^\]]*\]`).ReplaceAll(body, []byte(`"$1":[]`))
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	response.Header.Del("Content-Length")
	return response, nil
}
