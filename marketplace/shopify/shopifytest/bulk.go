package shopifytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/retailsync/retailsync/marketplace/internal/fakeshop"
	"github.com/retailsync/retailsync/marketplace/shopify/internal/graphql"
)

// bulkOperation is a query that the shop runs by itself.
type bulkOperation struct {
	status  string
	created time.Time
	file    []byte
	// looks is how often it is still said to run.
	looks int
}

// maxBulk is how many operations may run at once.
const maxBulk = 5

// DelayBulk makes the operations that are begun from now on be ready after so many looks.
func (s *Server) DelayBulk(looks int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bulkLooks = looks
}

// FailBulk ends all operations with a status ("FAILED", "CANCELED", "EXPIRED"); their files are gone.
func (s *Server) FailBulk(status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, operation := range s.bulk {
		operation.status, operation.file = status, nil
	}
}

// runBulk checks a query and runs it over what the shop has now.
func (s *Server) runBulk(_, arguments graphql.Object) (any, error) {
	refuse := func(code, message string) (any, error) {
		return graphql.Object{"bulkOperation": nil, "userErrors": []any{graphql.Object{"field": []any{"query"}, "message": message, "code": code}}}, nil
	}
	if arguments["groupObjects"] != true {
		return refuse("INVALID", "this shop groups objects only")
	}
	offered, err := schema()
	if err != nil {
		return nil, err
	}
	document, err := graphql.ParseDocument(fmt.Sprint(arguments["query"]))
	if err != nil {
		return refuse("INVALID", "Invalid bulk query: "+err.Error())
	}
	if problems := offered.CheckBulk(document); len(problems) > 0 {
		return refuse("INVALID", strings.Join(problems, "; "))
	}
	answer, err := offered.Answer(document, nil, map[string]graphql.Resolver{"QueryRoot.orders": func(_, arguments graphql.Object) (any, error) {
		from, err := updatedSince(arguments["query"])
		if err != nil {
			return nil, err
		}
		var nodes []any
		for _, row := range s.shop.Rows(func(row fakeshop.Row) bool { return !row.Changed.Before(from) }, less) {
			nodes = append(nodes, row.Order)
		}
		return graphql.Object{"nodes": nodes}, nil
	}})
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	lines := json.NewEncoder(&file)
	for _, line := range graphql.Lines(answer) {
		if err := lines.Encode(line); err != nil {
			return nil, err
		}
	}
	now := s.shop.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	running := 0
	for _, operation := range s.bulk {
		if operation.status == "RUNNING" {
			running++
		}
	}
	if running >= maxBulk {
		return refuse("OPERATION_IN_PROGRESS", "A bulk query operation for this app and shop is already in progress")
	}
	operation := &bulkOperation{status: "RUNNING", created: now, file: file.Bytes(), looks: s.bulkLooks}
	s.bulk = append(s.bulk, operation)
	return graphql.Object{"bulkOperation": graphql.Object{"id": fmt.Sprintf("gid://shopify/BulkOperation/%d", len(s.bulk))}, "userErrors": []any{}}, nil
}

func (s *Server) bulkState(_, arguments graphql.Object) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	operation := s.bulkByName(number(fmt.Sprint(arguments["id"])))
	if operation == nil {
		return nil, nil
	}
	if operation.status == "RUNNING" {
		if operation.looks--; operation.looks < 0 {
			operation.status = "COMPLETED"
		}
	}
	state := graphql.Object{"status": operation.status, "errorCode": nil, "createdAt": operation.created.Format(time.RFC3339), "url": nil}
	if operation.status == "FAILED" {
		state["errorCode"] = "TIMEOUT"
	}
	if operation.status == "COMPLETED" && len(operation.file) > 0 {
		state["url"] = s.URL + "/files/" + number(fmt.Sprint(arguments["id"])) + "?signature=" + fileSignature
	}
	return state, nil
}

func (s *Server) bulkByName(name string) *bulkOperation {
	for i, operation := range s.bulk {
		if fmt.Sprint(i+1) == name {
			return operation
		}
	}
	return nil
}

const fileSignature = "0123456789abcdef"

// bulkFile serves a file as a store of files does: to whoever has the signed address, and in parts.
func (s *Server) bulkFile(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	operation := s.bulkByName(r.PathValue("id"))
	s.mu.Unlock()
	if operation == nil || r.URL.Query().Get("signature") != fileSignature || r.Header.Get("X-Shopify-Access-Token") != "" {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "application/jsonl")
	http.ServeContent(w, r, "", operation.created, bytes.NewReader(operation.file))
}
