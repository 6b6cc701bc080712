package mapping

// WarehouseRule maps locations of the channel.
type WarehouseRule struct {
	// Location is a pattern of the channel's location. Required. Of several that match, the one
	// with the most literal characters wins.
	Location string `yaml:"location"`
	// Warehouse is the Odoo warehouse, by id, name or short name. Required.
	Warehouse Ref `yaml:"warehouse"`
}

func (w WarehouseRule) selector() string { return fold(w.Location) }

func (w WarehouseRule) check(ps *problems, path string) {
	if w.Location == "" {
		ps.add(join(path, "location"), "location is missing", "write the channel's location or a pattern; * stands for anything")
	}
	checkPattern(ps, join(path, "location"), w.Location)
	required(ps, join(path, "warehouse"), w.Warehouse, "name the warehouse or give its id")
}
