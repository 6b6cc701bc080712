package odoo

import (
	"net/http"
	"strings"
)

// exception is Odoo's description of an error: the body of a failed JSON-2 call, and error.data of JSON-RPC.
type exception struct {
	Name    string `json:"name"`
	Message string `json:"message"`
	Debug   string `json:"debug"`
}

// classes maps exception classes to codes. A class that is not here is an error inside Odoo.
var classes = map[string]Code{
	"odoo.exceptions.AccessDenied":                 CodeUnauthenticated,
	"odoo.exceptions.AccessError":                  CodeAccess,
	"odoo.exceptions.MissingError":                 CodeMissingRecord,
	"odoo.exceptions.UserError":                    CodeUserError,
	"odoo.exceptions.Warning":                      CodeUserError,
	"odoo.exceptions.except_orm":                   CodeUserError,
	"odoo.exceptions.CacheMiss":                    CodeServer,
	"odoo.exceptions.ValidationError":              CodeValidation,
	"odoo.exceptions.RedirectWarning":              CodeRedirectWarning,
	"odoo.exceptions.LockError":                    CodeLock,
	"odoo.exceptions.ConcurrencyError":             CodeConcurrency,
	"odoo.http.SessionExpiredException":            CodeUnauthenticated,
	"psycopg2.errors.SerializationFailure":         CodeConcurrency,
	"psycopg2.errors.DeadlockDetected":             CodeConcurrency,
	"psycopg2.errors.LockNotAvailable":             CodeConcurrency,
	"psycopg2.extensions.TransactionRollbackError": CodeConcurrency,
	"psycopg2.errors.UniqueViolation":              CodeIntegrity,
	"psycopg2.errors.NotNullViolation":             CodeIntegrity,
	"psycopg2.errors.ForeignKeyViolation":          CodeIntegrity,
	"psycopg2.errors.CheckViolation":               CodeIntegrity,
	"psycopg2.errors.ExclusionViolation":           CodeIntegrity,
	"psycopg2.errors.RestrictViolation":            CodeIntegrity,
	"psycopg2.IntegrityError":                      CodeIntegrity,
	"werkzeug.exceptions.Unauthorized":             CodeUnauthenticated,
	"werkzeug.exceptions.Forbidden":                CodeAccess,
	"werkzeug.exceptions.UnprocessableEntity":      CodeBadArguments,
	"werkzeug.exceptions.BadRequest":               CodeBadArguments,
	"werkzeug.exceptions.UnsupportedMediaType":     CodeBadArguments,
	"werkzeug.exceptions.RequestEntityTooLarge":    CodeBadArguments,
	"werkzeug.exceptions.TooManyRequests":          CodeRateLimited,
}

// errorOf turns an exception of Odoo into an error. Odoo has rolled back by then.
func errorOf(call *Call, status int, ex exception) *Error {
	e := &Error{
		Code: CodeServer, Model: call.Model, Method: call.Method, Name: ex.Name,
		Message: shorten(ex.Message), HTTPStatus: status, debug: ex.Debug,
	}
	if code, ok := classes[ex.Name]; ok {
		e.Code = code
	}
	switch ex.Name {
	case "odoo.exceptions.UserError":
		if model, ok := cutQuoted(ex.Message, "Object ", " doesn't exist"); ok {
			e.Code, e.Model = CodeUnknownModel, model
		}
	case "odoo.exceptions.ValidationError":
		if isIntegrity(ex.Message) {
			e.Code = CodeIntegrity
		}
	case "werkzeug.exceptions.NotFound":
		switch {
		case strings.HasPrefix(ex.Message, "the model "):
			e.Code = CodeUnknownModel
		case strings.HasPrefix(ex.Message, "The method "):
			e.Code = CodeUnknownMethod
		}
	case "builtins.ValueError", "builtins.KeyError":
		if field, ok := unknownField(ex); ok {
			e.Code, e.Field = CodeUnknownField, field
		} else if strings.HasPrefix(ex.Message, "Invalid operator") || strings.HasPrefix(ex.Message, "Invalid leaf") {
			e.Code = CodeBadArguments
		}
	case "builtins.AttributeError":
		if strings.Contains(ex.Message, "'"+call.Model+"."+call.Method+"' does not exist") ||
			strings.Contains(ex.Message, "'"+call.Model+"' has no attribute '"+call.Method+"'") {
			e.Code = CodeUnknownMethod
		}
	case "builtins.TypeError":
		if strings.Contains(ex.Message, call.Method+"()") &&
			(strings.Contains(ex.Message, "argument")) {
			e.Code = CodeBadArguments
		}
	case "builtins.IndexError":
		if call.IDs == nil && (ex.Message == "list index out of range" || ex.Message == "tuple index out of range") {
			e.Code = CodeBadArguments
		}
	case "psycopg2.OperationalError":
		switch {
		case strings.Contains(ex.Message, "does not exist") && strings.Contains(ex.Message, "database"):
			e.Code, e.Message = CodeWrongDatabase, "the server has no such database"
		case strings.Contains(ex.Message, "could not serialize access"), strings.Contains(ex.Message, "deadlock detected"),
			strings.Contains(ex.Message, "could not obtain lock"):
			e.Code = CodeConcurrency
		default:
			e.Code, e.Hint = withoutDatabase(call, ex)
		}
	case "psycopg2.InterfaceError", "psycopg2.pool.PoolError", "psycopg2.errors.AdminShutdown", "psycopg2.errors.CrashShutdown", "psycopg2.errors.CannotConnectNow":
		e.Code, e.Hint = withoutDatabase(call, ex)
	}
	if e.Hint == "" {
		e.Hint = hintFor(e)
	}
	return e
}

// withoutDatabase classifies what Odoo says when its PostgreSQL is away, restarts or has no connection left, and what to do. Only what failed while it
// connected has certainly done nothing.
func withoutDatabase(call *Call, ex exception) (Code, string) {
	connecting := ex.Name == "psycopg2.pool.PoolError" || ex.Name == "psycopg2.errors.CannotConnectNow"
	for _, text := range []string{
		"could not connect", "connection to server ", "Connection refused", "could not translate host name", "too many clients", "remaining connection slots",
		"the database system is",
	} {
		connecting = connecting || strings.Contains(ex.Message, text)
	}
	if connecting || call.Effect == EffectRead {
		return CodeUnreachable, "Odoo's PostgreSQL is out of reach, restarting or has no connection left; try again later"
	}
	return CodeAmbiguous, hintAmbiguous(call)
}

// isIntegrity recognises constraints of the database behind Odoo's ValidationError: by Odoo's sentence,
// which is not translated unless the context has a language, or by the bare name of a constraint.
func isIntegrity(message string) bool {
	return strings.HasPrefix(message, "The operation cannot be completed") ||
		message != "" && !strings.ContainsAny(message, " \n") && strings.Contains(message, "_")
}

// unknownField finds the field in the sentences of Odoo 14 to 19.
func unknownField(ex exception) (string, bool) {
	const start = "Invalid field "
	i := strings.Index(ex.Message, start)
	if i < 0 {
		return "", false
	}
	rest := ex.Message[i+len(start):]
	if quoted, ok := cutQuoted(rest, "'", "'"); ok && strings.HasPrefix(rest, "'") {
		return quoted, true
	}
	word, _, _ := strings.Cut(rest, " ")
	if dot := strings.LastIndexByte(word, '.'); dot >= 0 {
		word = word[dot+1:]
	}
	return strings.Trim(word, `'",`), word != ""
}

func cutQuoted(text, before, after string) (string, bool) {
	_, rest, ok := strings.Cut(text, before)
	if !ok {
		return "", false
	}
	found, _, ok := strings.Cut(rest, after)
	return strings.Trim(found, `'"`), ok && found != ""
}

// hintFor is the way out of an error that Odoo described.
func hintFor(e *Error) string {
	switch e.Code {
	case CodeUnauthenticated:
		return "check login, password or key; API keys expire after at most three months"
	case CodeAccess:
		return "give the connector's user the right, or use a user who has it"
	case CodeMissingRecord:
		return "the record was deleted, or belongs to a company that the user may not see"
	case CodeUnknownModel:
		return hintModel(e.Model)
	case CodeUnknownField:
		return "the field is not in this version, its module is not installed, or the user may not see it"
	case CodeUnknownMethod:
		return "the method is not in this version, or its module is not installed"
	case CodeWrongDatabase:
		return "check the name given to WithDatabase"
	case CodeRedirectWarning:
		return "an administrator has to set this up in Odoo first"
	case CodeBadArguments:
		return "check the names and types of the arguments, and whether the method needs ids"
	case CodeConcurrency, CodeLock:
		return "nothing was done; try again later"
	case CodeServer:
		return "an error inside Odoo or one of its modules; its log has the details"
	}
	return ""
}

// page classifies a reply that is not Odoo's JSON: a proxy, another program, Odoo's web pages.
func page(call *Call, a *answer) *Error {
	e := &Error{Model: call.Model, Method: call.Method, HTTPStatus: a.status, RetryAfter: retryAfter(a.header)}
	text := string(a.body[:min(len(a.body), 4096)])
	switch status := a.status; {
	case status == http.StatusTooManyRequests:
		e.Code, e.Message = CodeRateLimited, "the server or a proxy limits the calls"
		e.Hint = "call less often (WithRateLimit)"
	case status >= 300 && status < 400:
		e.Code, e.Message = CodeNotOdoo, "the server redirects to "+redirectTarget(a.header)
		e.Hint = "dial that address"
	case strings.Contains(text, "No database is selected") || status == http.StatusNotFound && strings.Contains(text, "X-Odoo-Database"):
		e.Code, e.Message = CodeNoDatabase, "the server did not select a database"
		e.Hint = "name it with WithDatabase; if you did, there is none of that name"
	case status == http.StatusRequestEntityTooLarge:
		e.Code, e.Message = CodeBadArguments, "the request is larger than the server or a proxy takes"
		e.Hint = "send fewer records at once"
	case status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusProxyAuthRequired:
		e.Code, e.Message = CodeNotOdoo, "a proxy in front of Odoo refuses the request"
		e.Hint = "let it pass the paths /json/2 and /jsonrpc"
	case status >= 500 && call.Effect == EffectRead:
		e.Code, e.Message = CodeUnreachable, "a proxy answered in place of Odoo"
		e.Hint = "Odoo is down, overloaded or restarting; try again later"
	case status >= 500:
		e.Code, e.Message = CodeAmbiguous, "a proxy answered in place of Odoo, which may be at work still"
		e.Hint = hintAmbiguous(call)
	case status < 300 && !looksHTML(text) && call.Effect != EffectRead:
		e.Code, e.Message = CodeAmbiguous, "the reply is damaged"
		e.Hint = hintAmbiguous(call)
	case status < 300 && !looksHTML(text) && len(text) > 0:
		e.Code, e.Message = CodeUnreachable, "the reply is damaged"
		e.Hint = "a proxy may cut it off; try again later"
	case strings.Contains(text, "/web/login") || strings.Contains(text, "oe_login_form"):
		e.Code, e.Message = CodeNotOdoo, "Odoo's login page came instead of its API"
		e.Hint = "dial the server's root address, without a path"
	default:
		e.Code, e.Message = CodeNotOdoo, "the reply is not from Odoo's API"
		e.Hint = "check the address; for this path a proxy or another program answered"
	}
	return e
}

// hintAmbiguous is the way out of an unknown outcome.
func hintAmbiguous(call *Call) string {
	if call.Effect == EffectIdempotent {
		return "it may be repeated as it is"
	}
	return "look up whether it was carried out before you repeat it"
}

func looksHTML(text string) bool {
	return strings.HasPrefix(strings.TrimLeft(text, " \t\r\n\ufeff"), "<")
}

// redirectTarget keeps the query out, which can hold a token.
func redirectTarget(header http.Header) string {
	target, _, _ := strings.Cut(header.Get("Location"), "?")
	return shorten(target)
}
