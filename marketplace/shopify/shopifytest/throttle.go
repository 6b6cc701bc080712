package shopifytest

import (
	"encoding/json"
	"strconv"
)

// throttle is how the shop's points stand.
type throttle struct {
	// times is how many operations are still refused.
	times           int
	available, rate int
}

// Throttle refuses the next operations because the points are used up: so many are available, and so many come back each
// second.
func (s *Server) Throttle(times, available, rate int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.throttled = throttle{times: times, available: available, rate: rate}
}

// SetLargestPage refuses operations that ask for more orders at once as too costly.
func (s *Server) SetLargestPage(orders int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.maxFirst = orders
}

// operationCost is what every operation is taken to cost.
const operationCost = 200

// cost returns what an answer says of points, and whether the operation is refused.
func (s *Server) cost() (extensions map[string]any, refused bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	available, rate := 1800, 100
	if refused = s.throttled.times > 0; refused {
		s.throttled.times--
		available, rate = s.throttled.available, s.throttled.rate
	}
	var actual any = operationCost
	if refused {
		actual = nil
	}
	return map[string]any{"cost": map[string]any{
		"requestedQueryCost": operationCost, "actualQueryCost": actual,
		"throttleStatus": map[string]any{
			"maximumAvailable": json.Number("2000.0"), "currentlyAvailable": available, "restoreRate": json.Number(strconv.Itoa(rate) + ".0"),
		},
	}}, refused
}
