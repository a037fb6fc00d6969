package config

import (
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
)

// forms are the shapes a text can be asked to have (tag form). Each gives the
// text in its usual form, and what is wrong with it.
var forms = map[string]func(string) (text, problem string){
	"listen":  listenForm,
	"address": addressForm,
	"origin":  originForm,
	"url":     urlForm,
	"page":    pageForm,
	"mailbox": mailboxForm,
}

// listenForm is host:port; the host may be empty (every interface), the port 0 (any free one).
func listenForm(text string) (_, problem string) {
	if _, _, ok := hostPort(text); !ok {
		return text, "must be an address to listen on, such as :8080 or 127.0.0.1:8080"
	}
	return text, ""
}

// addressForm is host:port of somebody else.
func addressForm(text string) (_, problem string) {
	if host, port, ok := hostPort(text); !ok || host == "" || port == 0 {
		return text, "must be host:port, such as redis:6379, without a scheme or a password"
	}
	return text, ""
}

func hostPort(text string) (host string, port uint64, ok bool) {
	host, service, err := net.SplitHostPort(text)
	if err != nil || strings.ContainsAny(host, "/@ ") {
		return "", 0, false
	}
	port, err = strconv.ParseUint(service, 10, 16)
	return host, port, err == nil
}

// originForm is scheme://host[:port], without a slash at its end.
func originForm(text string) (_, problem string) {
	trimmed, problem := urlForm(text)
	if problem != "" {
		return text, problem
	}
	if u, err := url.Parse(trimmed); err != nil || u.Path != "" {
		return text, "must be a scheme and a host only, such as https://posts.example.com"
	}
	return trimmed, ""
}

// urlForm is an http or https address that others can be appended to.
func urlForm(text string) (_, problem string) {
	trimmed := strings.TrimRight(text, "/")
	u, err := url.Parse(trimmed)
	switch {
	case err != nil, u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return text, "must be an address such as https://posts.example.com"
	case u.User != nil, strings.ContainsAny(text, "?#"):
		return text, "must have no user name, query or fragment"
	}
	return trimmed, ""
}

// pageForm is the path of a mini-program page as WeChat wants it.
func pageForm(text string) (_, problem string) {
	if text == "" || strings.HasPrefix(text, "/") || strings.ContainsAny(text, "?# ") {
		return text, "must be the path of a page without a leading slash or a query, such as pages/entry/entry"
	}
	return text, ""
}

// mailboxForm is a sender: an address, maybe with a name.
func mailboxForm(text string) (_, problem string) {
	if _, err := mail.ParseAddress(text); err != nil || strings.ContainsAny(text, "\r\n") {
		return text, "must be an e-mail address, maybe with a name, such as Countersign <notice@brand.example>"
	}
	return text, ""
}
