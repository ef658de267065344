package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// No answer takes longer, or it is an error.
const timeout = 60 * time.Second

// connectHTTP1 writes requests that are ready as bytes: http.Client would need as much CPU for one as a fast
// server, and be what is measured.
func connectHTTP1(todo job) (exchange, error) {
	target, err := url.Parse(todo.URL)
	if err != nil {
		return nil, err
	}
	requests := make([][]byte, len(todo.Bodies))
	for at, body := range todo.Bodies {
		requests[at] = requestBytes(todo, target, body)
	}
	var connection net.Conn
	var reader *bufio.Reader
	var answer bytes.Buffer
	open := func() (err error) {
		connection, err = dial(todo, target)
		reader = bufio.NewReaderSize(connection, 16<<10)
		return err
	}
	request := &http.Request{Method: todo.Method}
	once := func(number int64) (int, bool, error) {
		if err := connection.SetDeadline(time.Now().Add(timeout)); err != nil {
			return 0, true, err
		}
		if _, err := connection.Write(requests[number%int64(len(requests))]); err != nil {
			return 0, true, err
		}
		response, err := http.ReadResponse(reader, request)
		if err != nil {
			return 0, true, err
		}
		answer.Reset()
		_, err = answer.ReadFrom(response.Body)
		return response.StatusCode, response.Close || err != nil, err
	}
	return func(number int64) (int, []byte, error) {
		if connection == nil {
			if err := open(); err != nil {
				connection = nil
				return 0, nil, err
			}
		}
		status, isOver, err := once(number)
		if isOver {
			_ = connection.Close()
			connection = nil
		}
		return status, answer.Bytes(), err
	}, open()
}

func requestBytes(todo job, target *url.URL, body string) []byte {
	var request strings.Builder
	fmt.Fprintf(&request, "%s %s HTTP/1.1\r\nHost: %s\r\n", todo.Method, target.RequestURI(), target.Host)
	for name, value := range todo.Headers {
		fmt.Fprintf(&request, "%s: %s\r\n", name, value)
	}
	fmt.Fprintf(&request, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return []byte(request.String())
}

func dial(todo job, target *url.URL) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: timeout}
	if target.Scheme == "http" {
		return dialer.Dial("tcp", target.Host)
	}
	trust, err := trusting(todo.CA)
	if err != nil {
		return nil, err
	}
	return tls.DialWithDialer(dialer, "tcp", target.Host, trust)
}

func connectHTTP2(todo job) (exchange, error) {
	trust, err := trusting(todo.CA)
	if err != nil {
		return nil, err
	}
	client := &http.Client{
		Timeout:   timeout,
		Transport: &http.Transport{TLSClientConfig: trust, ForceAttemptHTTP2: true},
	}
	var answer bytes.Buffer
	return func(number int64) (int, []byte, error) {
		body := strings.NewReader(todo.Bodies[number%int64(len(todo.Bodies))])
		request, err := http.NewRequest(todo.Method, todo.URL, body)
		if err != nil {
			return 0, nil, err
		}
		for name, value := range todo.Headers {
			request.Header.Set(name, value)
		}
		response, err := client.Do(request)
		if err != nil {
			return 0, nil, err
		}
		defer response.Body.Close()
		answer.Reset()
		_, err = io.Copy(&answer, response.Body)
		return response.StatusCode, answer.Bytes(), err
	}, nil
}

func trusting(ca string) (*tls.Config, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(ca)) {
		return nil, errors.New("no certificate in ca")
	}
	return &tls.Config{RootCAs: pool}, nil
}
