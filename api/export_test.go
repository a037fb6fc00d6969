package api

import "net/http"

// Route is one method and path that the server answers.
type Route struct{ Method, Path string }

// RoutesOf lists every route of a handler that New made.
func RoutesOf(h http.Handler) (list []Route) {
	for _, r := range h.(*API).gin.Routes() {
		list = append(list, Route{r.Method, r.Path})
	}
	return list
}

// Cells is how many posts one part of the calendar holds at most.
const Cells = cells

// ETagOf is the ETag of a version.
var ETagOf = etag

// HookTime is how long Douyin's message may take to be stored.
const HookTime = hookTime
