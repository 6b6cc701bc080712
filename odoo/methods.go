package odoo

import "strings"

// readMethods are the methods of Odoo itself that change nothing.
var readMethods = map[string]bool{
	"search": true, "search_read": true, "search_count": true, "search_fetch": true, "read": true, "exists": true,
	"fields_get": true, "read_group": true, "formatted_read_group": true, "name_search": true, "name_get": true,
	"default_get": true, "context_get": true, "get_external_id": true, "web_read": true, "web_search_read": true,
	"web_read_group": true, "has_group": true, "check_access_rights": true, "has_access": true, "check_access": true,
	"get_metadata": true, "get_views": true, "onchange": true, "export_data": true,
}

// recordMethods are the methods of Odoo itself that do nothing without ids.
var recordMethods = map[string]bool{
	"write": true, "unlink": true, "read": true, "copy": true, "get_external_id": true, "exists": true, "name_get": true,
	"get_metadata": true, "web_read": true, "message_post": true, "toggle_active": true, "export_data": true,
}

// newRecordMethods are the methods of records that also work on one that is not saved. JSON-RPC wants an empty list of
// ids for it, JSON-2 none.
var newRecordMethods = map[string]bool{"onchange": true}

func needsIDs(method string) bool {
	return recordMethods[method] || strings.HasPrefix(method, "action_") || strings.HasPrefix(method, "button_")
}

// positional lists the leading parameters of Odoo's own methods. JSON-RPC is given them by position,
// because their names differ between versions and overrides (domain was args until 16, fields was
// fields_list until 18), and because "create" is looked at by position in the server.
var positional = map[string][]string{
	"create":              {"vals_list"},
	"write":               {"vals"},
	"search":              {"domain"},
	"search_count":        {"domain"},
	"search_read":         {"domain", "fields"},
	"read":                {"fields"},
	"name_search":         {"name", "domain"},
	"default_get":         {"fields"},
	"load":                {"fields", "data"},
	"has_group":           {"group_ext_id"},
	"check_access_rights": {"operation"},
}
