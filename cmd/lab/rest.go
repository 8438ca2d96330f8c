package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// client is shared by all visitors and agents of an experiment: many connections, kept.
var client = &http.Client{Transport: &http.Transport{
	DialContext:     (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
	MaxIdleConns:    2000,
	IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 1000,
}}

// answer is what a request came back with.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask makes one request. A body that is not nil is sent as JSON unless header says
// otherwise. An error means that no answer came.
func ask(ctx context.Context, method, url, token string, header http.Header, body []byte) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	res, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, b}, err
}

// agent is a signed-in person at the REST API.
type agent struct {
	node  *node
	token string
}

// call makes a request that must succeed, and reads its answer into out unless that is nil.
func (a *agent) call(ctx context.Context, method, path string, in, out any, header http.Header) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	got, err := ask(ctx, method, a.node.base+"/api/v1"+path, a.token, header, body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if got.status >= 300 {
		return fmt.Errorf("%s %s: %d %s", method, path, got.status, got.body)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(got.body, out)
}

// me is what the lab needs of the answer to signing in.
type me struct {
	Token   string
	User    struct{ ID string }
	Company struct{ ID string }
}

// logIn signs a person in.
func logIn(ctx context.Context, n *node, email, password string) (*agent, me, error) {
	a, who := &agent{node: n}, me{}
	err := a.call(ctx, http.MethodPost, "/auth/login", object{"email": email, "password": password, "token": true}, &who, nil)
	a.token = who.Token
	return a, who, err
}

// object is a JSON object to be sent.
type object map[string]any

// created is what the lab needs of the answer to making something.
type created struct{ ID string }
