package odootest

// FieldType is a field's type as fields_get names it.
type FieldType string

// The field types that the server knows.
const (
	Char      FieldType = "char"
	Text      FieldType = "text"
	HTML      FieldType = "html"
	Boolean   FieldType = "boolean"
	Integer   FieldType = "integer"
	Float     FieldType = "float"
	Monetary  FieldType = "monetary"
	Date      FieldType = "date"
	Datetime  FieldType = "datetime"
	Selection FieldType = "selection"
	Binary    FieldType = "binary"
	JSON      FieldType = "json"
	Many2One  FieldType = "many2one"
	One2Many  FieldType = "one2many"
	Many2Many FieldType = "many2many"
)

// Field is one field of a model.
type Field struct {
	Name  string
	Label string // fields_get's string; empty: made from the name
	Type  FieldType
	// Relation is the model that a many2one, one2many or many2many points to; Inverse the many2one
	// there that a one2many reads back.
	Relation, Inverse string
	// Digits is the number of decimals that a float is rounded to when written; 0 keeps them all.
	Digits             int
	Required, ReadOnly bool
	Selection          [][2]string
	// Default is stored by create where the caller says nothing: a value as JSON would give it, or
	// nil. A boolean, integer or float without one starts as false or zero.
	Default any
	// Since and Until bound the Odoo series that have the field; zero is unbounded.
	Since, Until int
	// Indexed makes searches for an equal value fast; it changes no result.
	Indexed bool

	mirror  string // the many2many of the other model that says the same from there
	related string // "order_id.state": read through a many2one, not stored
	compute func(*env, *table, *record) any
	inverse func(*env, *table, *record, any) error // what a write to a computed field does
	index   int
}

// Model is one model: its fields and how a record is named.
type Model struct {
	Name        string
	Description string
	Fields      []Field
	// NameField is the field that a record is shown by; empty means name.
	NameField string
	// Parent is the many2one to the model itself that child_of and parent_of follow; empty means parent_id.
	Parent string
	// Since and Until bound the Odoo series that have the model; zero is unbounded.
	Since, Until int
	// Access maps a group's External ID to the letters of what it may do: r, w, c, u. With no entry
	// at all every user may do everything.
	Access map[string]string

	byName  map[string]*Field
	display func(*env, *table, *record) string
}

// in reports whether the series has the model.
func (m *Model) in(series int) bool {
	return (m.Since == 0 || series >= m.Since) && (m.Until == 0 || series <= m.Until)
}

func (m *Model) field(name string) *Field { return m.byName[name] }

func (m *Model) label(name string) string {
	if f := m.byName[name]; f != nil {
		return f.Label
	}
	return name
}

// prepare fills in what every model has and drops the fields of other series.
func (m *Model) prepare(series int) {
	fields := make([]Field, 0, len(m.Fields)+6)
	add := func(f Field) {
		if (f.Since != 0 && series < f.Since) || (f.Until != 0 && series > f.Until) {
			return
		}
		for i := range fields {
			if fields[i].Name == f.Name {
				fields[i] = f
				return
			}
		}
		fields = append(fields, f)
	}
	for _, f := range m.Fields {
		add(f)
	}
	for _, f := range []Field{
		{Name: "id", Label: "ID", Type: Integer, ReadOnly: true},
		{Name: "display_name", Label: "Display Name", Type: Char, ReadOnly: true, compute: func(e *env, t *table, r *record) any { return e.displayName(t, r) }},
		{Name: "create_date", Label: "Created on", Type: Datetime, ReadOnly: true},
		{Name: "create_uid", Label: "Created by", Type: Many2One, Relation: "res.users", ReadOnly: true},
		{Name: "write_date", Label: "Last Updated on", Type: Datetime, ReadOnly: true},
		{Name: "write_uid", Label: "Last Updated by", Type: Many2One, Relation: "res.users", ReadOnly: true},
	} {
		add(f)
	}
	m.Fields = fields
	m.byName = make(map[string]*Field, len(fields))
	for i := range m.Fields {
		f := &m.Fields[i]
		f.index = i
		if f.Label == "" {
			f.Label = labelOf(f.Name)
		}
		m.byName[f.Name] = f
	}
	if m.NameField == "" {
		m.NameField = "name"
	}
	if m.Parent == "" {
		m.Parent = "parent_id"
	}
	if m.Description == "" {
		m.Description = m.Name
	}
}

// labelOf makes a label from a field's name, as Odoo does.
func labelOf(name string) string {
	for _, suffix := range []string{"_ids", "_id"} {
		if len(name) > len(suffix) && name[len(name)-len(suffix):] == suffix {
			name = name[:len(name)-len(suffix)]
			break
		}
	}
	label := []byte(name)
	up := true
	for i, c := range label {
		switch {
		case c == '_':
			label[i], up = ' ', true
		case up && c >= 'a' && c <= 'z':
			label[i], up = c-'a'+'A', false
		default:
			up = false
		}
	}
	return string(label)
}

// stored reports whether records hold the field's value.
func (f *Field) stored() bool { return f.compute == nil && f.related == "" && f.Type != One2Many }

func (f *Field) relational() bool {
	return f.Type == Many2One || f.Type == One2Many || f.Type == Many2Many
}
