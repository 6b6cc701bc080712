package observe

// Kind is the kind of a metric's instrument.
type Kind string

// The kinds of metrics.
const (
	Counter   Kind = "counter"
	Histogram Kind = "histogram"
	Gauge     Kind = "gauge"
)

// Metric describes one metric.
type Metric struct {
	// Name is its name in OpenTelemetry; [Metric.Prometheus] has the other.
	Name string
	Kind Kind
	// Unit is in UCUM: "s" for seconds, "1" for a ratio, "{order}" for a count.
	Unit string
	// Description says in one sentence what the number means.
	Description string
	// Attributes are the keys that its points may have.
	Attributes []string
}

// The names of the technical metrics.
const (
	FlowDuration      = "retailsync.flow.duration"
	CallDuration      = "retailsync.call.duration"
	CallWait          = "retailsync.call.wait.duration"
	CallRetries       = "retailsync.call.retries"
	CallsLimited      = "retailsync.call.rate_limited"
	EndpointUp        = "retailsync.endpoint.up"
	EventsAccepted    = "retailsync.event.accepted"
	EventDuration     = "retailsync.event.duration"
	EventCompletion   = "retailsync.event.completion.duration"
	EventsReplayed    = "retailsync.event.replayed"
	QueueDepth        = "retailsync.queue.depth"
	QueueOldestAge    = "retailsync.queue.oldest_age"
	DeadLetters       = "retailsync.queue.dead_letters"
	BreakerState      = "retailsync.breaker.state"
	ChannelPaused     = "retailsync.channel.paused"
	SurveyAge         = "retailsync.survey.age"
	SurveyFailures    = "retailsync.survey.failures"
	CollectionFailure = "retailsync.collection.failures"
)

// The names of the business metrics. Each comes from a survey: from what the channel, the platform or the provider says and what Odoo says.
const (
	OrdersAtSource     = "retailsync.order.source"
	OrdersMissing      = "retailsync.order.missing"
	OrderCompleteness  = "retailsync.order.completeness"
	OrderMissingAge    = "retailsync.order.oldest_missing_age"
	StockChecked       = "retailsync.stock.checked"
	StockDrift         = "retailsync.stock.drift"
	StockLag           = "retailsync.stock.lag"
	ReturnsOpen        = "retailsync.return.open"
	ReturnCycleTime    = "retailsync.return.cycle_time"
	ReturnOpenAge      = "retailsync.return.oldest_open_age"
	RefundsAtSource    = "retailsync.refund.source"
	RefundsOpen        = "retailsync.refund.open"
	RefundCompleteness = "retailsync.refund.completeness"
	RefundOpenAge      = "retailsync.refund.oldest_open_age"
	Exceptions         = "retailsync.settlement.exceptions"
	ExceptionAge       = "retailsync.settlement.oldest_exception_age"
)

// The keys of attributes.
const (
	KeyFlow      = "retailsync.flow"      // ImportOrders
	KeyChannel   = "retailsync.channel"   // woocommerce/main; a platform or provider likewise
	KeySystem    = "retailsync.system"    // odoo, woocommerce
	KeyEndpoint  = "retailsync.endpoint"  // the database or the connected account
	KeyOperation = "retailsync.operation" // sale.order.read, or an HTTP method
	KeyOutcome   = "retailsync.outcome"   // ok, or why not
	KeyClass     = "retailsync.class"     // of a queue: money, orders, …
	KeyKind      = "retailsync.kind"      // of an event
	KeyVerdict   = "retailsync.verdict"   // of a failure
	KeyCause     = "retailsync.cause"     // of a pause: person or breaker
	KeyDuplicate = "retailsync.duplicate" // of an accepted event: true or false
	KeyQuantile  = "retailsync.quantile"  // 0.5 or 0.9
	KeySurvey    = "retailsync.survey"    // orders, stock, returns, refunds, settlements
	KeyReason    = "retailsync.reason"    // of an exception of a settlement
)

// Metrics returns all metrics that this module has, technical ones first.
func Metrics() []Metric {
	call := []string{KeySystem, KeyEndpoint}
	queue := []string{KeyChannel, KeyClass}
	channel := []string{KeyChannel}
	return []Metric{
		{FlowDuration, Histogram, "s", "Time of a run of a flow; outcome is ok, partial when some objects failed, error when it could not go on, or canceled.", []string{KeyFlow, KeyChannel, KeyOutcome}},
		{CallDuration, Histogram, "s", "Time of an attempt to call Odoo or a channel, without the wait for our own rate limit.", []string{KeySystem, KeyEndpoint, KeyOperation, KeyOutcome}},
		{CallWait, Histogram, "s", "Wait for our own limits before an attempt.", call},
		{CallRetries, Counter, "{call}", "Attempts that repeat an earlier one of the same call.", call},
		{CallsLimited, Counter, "{call}", "Attempts that the server refused because its rate limit was reached.", call},
		{EndpointUp, Gauge, "{endpoint}", "1 if the last attempt got an answer from the server itself, 0 if it was down, hung or failed.", call},
		{EventsAccepted, Counter, "{event}", "Events that the ledger accepted, repeats included.", []string{KeyChannel, KeyClass, KeyDuplicate}},
		{EventDuration, Histogram, "s", "Time of a try of an event; outcome is done, pending for another try, or dead.", []string{KeyChannel, KeyKind, KeyOutcome, KeyVerdict}},
		{EventCompletion, Histogram, "s", "Time from an event's receipt until it was done.", []string{KeyChannel, KeyKind}},
		{EventsReplayed, Counter, "{event}", "Events that a person had replayed.", channel},
		{QueueDepth, Gauge, "{event}", "Events that wait, whether for their turn or for their next try.", queue},
		{QueueOldestAge, Gauge, "s", "Age of the oldest event that waits; 0 if none does.", queue},
		{DeadLetters, Gauge, "{event}", "Dead letters that wait for a person.", queue},
		{BreakerState, Gauge, "{state}", "A channel's breaker in this process: 0 closed, 1 half-open, 2 open.", channel},
		{ChannelPaused, Gauge, "{pause}", "1 while a channel's events are held back, by a person or by a breaker.", []string{KeyChannel, KeyCause}},
		{SurveyAge, Gauge, "s", "Time since the survey last succeeded: how old the business metrics are.", []string{KeySurvey, KeyChannel}},
		{SurveyFailures, Counter, "{survey}", "Surveys that failed.", []string{KeySurvey, KeyChannel}},
		{CollectionFailure, Counter, "{collection}", "Times that the ledger could not be read for the metrics of queues.", nil},

		{OrdersAtSource, Gauge, "{order}", "Orders that the channel has in the survey's window and that are to be imported.", channel},
		{OrdersMissing, Gauge, "{order}", "Of those, orders that Odoo does not have although the time of grace is over.", channel},
		{OrderCompleteness, Gauge, "1", "Share of those orders that Odoo has; 1 if there are none.", channel},
		{OrderMissingAge, Gauge, "s", "Age of the oldest missing order; 0 if none is missing.", channel},
		{StockChecked, Gauge, "{product}", "Products whose stock was compared between Odoo and the channel.", channel},
		{StockDrift, Gauge, "{product}", "Of those, products for which the channel shows another stock than Odoo's by the rules.", channel},
		{StockLag, Gauge, "s", "Age of the oldest change of stock in Odoo that the channel does not show; 0 if it shows all.", channel},
		{ReturnsOpen, Gauge, "{return}", "Returns at the platform in the window that Odoo has not finished.", channel},
		{ReturnCycleTime, Gauge, "s", "Time from a return's request at the platform until Odoo finished it, of the returns finished in the window.", []string{KeyChannel, KeyQuantile}},
		{ReturnOpenAge, Gauge, "s", "Age of the oldest open return; 0 if none is open.", channel},
		{RefundsAtSource, Gauge, "{refund}", "Refunds that the channel or the provider paid in the window.", channel},
		{RefundsOpen, Gauge, "{refund}", "Of those, refunds that Odoo does not have although the time of grace is over.", channel},
		{RefundCompleteness, Gauge, "1", "Share of those refunds that Odoo has; 1 if there are none.", channel},
		{RefundOpenAge, Gauge, "s", "Age of the oldest open refund; 0 if none is open.", channel},
		{Exceptions, Gauge, "{item}", "Items of settlements that are not reconciled in Odoo, by reason.", []string{KeyChannel, KeyReason}},
		{ExceptionAge, Gauge, "s", "Age of the oldest of those items; 0 if there is none.", channel},
	}
}
