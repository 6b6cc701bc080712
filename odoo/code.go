package odoo

// Code says what went wrong, and so what may be done about it.
type Code string

// The codes of an [Error].
const (
	// CodeUnreachable: no connection, or a proxy without an Odoo behind it. Nothing was done. Try later.
	CodeUnreachable Code = "unreachable"
	// CodeNotOdoo: something else than Odoo's API answered. Check the address.
	CodeNotOdoo Code = "not_odoo"
	// CodeNoDatabase: the server has several databases and none was named. Use [WithDatabase].
	CodeNoDatabase Code = "no_database"
	// CodeWrongDatabase: the server has no database of that name.
	CodeWrongDatabase Code = "wrong_database"
	// CodeOtherDatabase: it is a database, and not the one of this environment. See [WithIdentity].
	CodeOtherDatabase Code = "other_database"
	// CodeUnauthenticated: the login, password or key is wrong or has expired.
	CodeUnauthenticated Code = "unauthenticated"
	// CodeAccess: the user may not do this. Grant the right, or use another user.
	CodeAccess Code = "access_denied"
	// CodeMissingRecord: a record does not exist (any more).
	CodeMissingRecord Code = "missing_record"
	// CodeUserError: Odoo's business rules refuse; the message says why.
	CodeUserError Code = "user_error"
	// CodeValidation: a value or a combination of values is not valid.
	CodeValidation Code = "validation"
	// CodeIntegrity: a constraint of the database refuses: a duplicate, a missing value, a reference.
	CodeIntegrity Code = "integrity"
	// CodeLock: a record is locked by another transaction. Nothing was done. Try again.
	CodeLock Code = "lock"
	// CodeConcurrency: a concurrent update won. Nothing was done. Try again.
	CodeConcurrency Code = "concurrency"
	// CodeRateLimited: too many calls. Nothing was done. Wait for RetryAfter.
	CodeRateLimited Code = "rate_limited"
	// CodeUnknownField: the model has no such field in this database, or the user may not see it.
	CodeUnknownField Code = "unknown_field"
	// CodeUnknownModel: a module is not installed, or the name is wrong.
	CodeUnknownModel Code = "unknown_model"
	// CodeUnknownMethod: the model has no such method in this version.
	CodeUnknownMethod Code = "unknown_method"
	// CodeBadArguments: the call itself is wrong: names, types, missing ids. A mistake in the program.
	CodeBadArguments Code = "bad_arguments"
	// CodeRedirectWarning: Odoo asks a person to set something up first.
	CodeRedirectWarning Code = "redirect_warning"
	// CodeWizard: the method answered with a dialogue for a person. As a rule nothing was done; look,
	// since some methods do their work and then show it.
	CodeWizard Code = "wizard"
	// CodeAmbiguous: the call was sent and its outcome is unknown. Look it up before repeating it.
	CodeAmbiguous Code = "ambiguous"
	// CodeTimeout: the time given was over, and nothing was changed.
	CodeTimeout Code = "timeout"
	// CodeCanceled: the caller gave up, and nothing was changed.
	CodeCanceled Code = "canceled"
	// CodeUnsupported: this server, version or credential cannot do what was asked.
	CodeUnsupported Code = "unsupported"
	// CodeServer: an error inside Odoo or one of its modules. Rolled back; repeating it rarely helps.
	CodeServer Code = "server"
	// CodeDecode: the reply does not fit the type it is read into. The call itself has succeeded.
	CodeDecode Code = "decode"
)
