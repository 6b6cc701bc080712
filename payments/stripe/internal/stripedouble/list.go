package stripedouble

import (
	"net/url"
	"slices"
	"strconv"
)

// listed is an object of a list.
type listed struct {
	id      string
	created int64
	render  func() any
}

// list answers with a page of objects, which are given in the order in which they were made.
func list(form url.Values, path string, objects []listed) (any, *failure) {
	limit := 10
	if text := form.Get("limit"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > 100 {
			return nil, &failure{status: 400, kind: "invalid_request_error", param: "limit", message: "Invalid limit"}
		}
	}
	objects = slices.Clone(objects)
	slices.Reverse(objects)
	objects = slices.DeleteFunc(objects, func(o listed) bool {
		bound := func(name string) (int64, bool) {
			value, err := strconv.ParseInt(form.Get("created["+name+"]"), 10, 64)
			return value, err == nil
		}
		if value, ok := bound("lt"); ok && o.created >= value {
			return true
		}
		value, ok := bound("gte")
		return ok && o.created < value
	})
	find := func(param string) (int, *failure) {
		at := slices.IndexFunc(objects, func(o listed) bool { return o.id == form.Get(param) })
		if at < 0 {
			return 0, missing("object", form.Get(param), param)
		}
		return at, nil
	}
	var more bool
	switch {
	case form.Get("ending_before") != "":
		at, failed := find("ending_before")
		if failed != nil {
			return nil, failed
		}
		objects, more = objects[max(0, at-limit):at], at > limit // those next to it
	case form.Get("starting_after") != "":
		at, failed := find("starting_after")
		if failed != nil {
			return nil, failed
		}
		objects = objects[at+1:]
		fallthrough
	default:
		more = len(objects) > limit
		objects = objects[:min(limit, len(objects))]
	}
	data := []any{}
	for _, o := range objects {
		data = append(data, o.render())
	}
	return map[string]any{"object": "list", "url": path, "has_more": more, "data": data}, nil
}
