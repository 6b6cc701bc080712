package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// Reading is what a survey of a channel found last.
type Reading struct {
	// Survey is its kind ("orders").
	Survey, Channel string
	At              time.Time
	Points          []Point
}

// Point is one number of a reading.
type Point struct {
	Metric     string            `json:"metric"`
	Value      float64           `json:"value"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

// Value is the number of a metric, of points with an attribute of that value if one is named; false if the reading has none.
func (r Reading) Value(metric, attribute string) (float64, bool) {
	for _, point := range r.Points {
		if point.Metric != metric {
			continue
		}
		fits := attribute == ""
		for _, value := range point.Attributes {
			fits = fits || value == attribute
		}
		if fits {
			return point.Value, true
		}
	}
	return 0, false
}

// PutReadings notes what surveys found, in place of what they found before. One that is older than what is noted changes nothing.
func (d *Database) PutReadings(ctx context.Context, readings ...Reading) error {
	return d.write(ctx, func(tx *sql.Tx) error {
		for _, reading := range readings {
			points, err := json.Marshal(reading.Points)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, d.sql(`INSERT INTO {p}reading (survey, channel, at, points) VALUES (?, ?, ?, ?)
				ON CONFLICT (survey, channel) DO UPDATE SET at = excluded.at, points = excluded.points WHERE excluded.at >= reading.at`),
				reading.Survey, reading.Channel, stamp(reading.At), string(points)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Readings returns the last reading of each survey, by survey and channel.
func (d *Database) Readings(ctx context.Context) ([]Reading, error) {
	var readings []Reading
	err := d.each(ctx, func(scan func(...any) error) error {
		var r Reading
		var at int64
		var points string
		if err := scan(&r.Survey, &r.Channel, &at, &points); err != nil {
			return err
		}
		r.At = unstamp(at)
		if err := json.Unmarshal([]byte(points), &r.Points); err != nil {
			return fmt.Errorf("state: the reading of survey %s is none: %w", r.Survey, err)
		}
		readings = append(readings, r)
		return nil
	}, `SELECT survey, channel, at, points FROM {p}reading ORDER BY survey, channel`)
	return readings, err
}
