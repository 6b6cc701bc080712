package worker

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Task is a wake-up for one event. It holds no data: an engine may lose it or run it twice.
type Task struct {
	Seq     int64  `json:"seq"`
	Channel string `json:"channel"`
	Key     string `json:"key"`
	Class   Class  `json:"class"`
}

// Queue returns the queue of the task.
func (t Task) Queue() string { return QueueName(t.Channel, t.Class) }

// TaskOf returns the task of a record.
func TaskOf(r Record) Task {
	return Task{Seq: r.Seq, Channel: r.Channel, Key: r.Key, Class: r.Class}
}

// QueueName returns the name of a channel's queue for a class: lower-case letters, digits and single hyphens and underscores, at most
// 60, different for different channels ("woocommerce_main-orders").
func QueueName(channel string, class Class) string {
	slug := slugOf(channel)
	if strings.Replace(slug, "_", "/", 1) != channel || len(slug) > 48 {
		// Something was replaced: the digest keeps channels apart that then look alike.
		sum := sha256.Sum256([]byte(channel))
		slug = strings.Trim(slug[:min(len(slug), 36)]+"-"+hex.EncodeToString(sum[:5]), "-_")
	}
	return slug + "-" + string(class)
}

// slugOf turns the first slash into an underscore and all else that a name may not hold into single hyphens.
func slugOf(channel string) string {
	name, account, two := strings.Cut(channel, "/")
	words := func(text string) string {
		return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < '0' || r > '9')
		}), "-")
	}
	if slug := words(account); two && slug != "" && words(name) != "" {
		return words(name) + "_" + slug
	}
	return words(channel)
}
