package stock

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/fnv"
	"maps"
	"slices"
	"time"
)

// seen remembers what rows looked like, in bounded space: each by itself while there are few, and blocks of rows with
// neighbouring ids when there are many. A block is news as a whole when one of its rows is, which costs time but loses
// nothing, and it is not news again afterwards.
type seen struct {
	// shift is how many low bits of an id are dropped to name its block.
	shift uint
	// sums are the sums of the digests of the rows, by block.
	sums map[uint64]uint32
}

// mostSeen is how long a memory is at most in bytes, before base64 makes them a third longer; stores take values of 64 KiB.
const mostSeen = 42_000

// look remembers the rows that were written since a time, and the moves that were remembered one by one.
func look(rows []changedRow, from time.Time, moves seen) seen {
	s := seen{sums: map[uint64]uint32{}}
	if moves.whole() {
		for block, sum := range moves.sums {
			if block&1 == 1 {
				s.sums[block] = sum
			}
		}
	}
	for _, row := range rows {
		if !row.at.Before(from) {
			s.sums[s.block(row)] += row.digest()
		}
	}
	for len(s.bytes()) > mostSeen {
		s.fold()
	}
	return s
}

// with is a memory that is whole, with rows in place of what they looked like before.
func (s seen) with(rows []changedRow) seen {
	sums := make(map[uint64]uint32, len(s.sums)+len(rows))
	maps.Copy(sums, s.sums)
	for _, row := range rows {
		sums[s.block(row)] = row.digest()
	}
	return seen{sums: sums}
}

// fold joins each two neighbouring blocks.
func (s *seen) fold() {
	joined := make(map[uint64]uint32, len(s.sums)/2)
	for block, sum := range s.sums {
		// The lowest bit says which model it is.
		joined[block>>2<<1|block&1] += sum
	}
	s.shift, s.sums = s.shift+1, joined
}

// whole reports whether each row is remembered by itself.
func (s seen) whole() bool { return s.shift == 0 }

// missing returns the rows other than moves that were seen and are not there, of a memory that is whole.
func (s seen) missing(there map[int64]*sight) []int64 {
	var missing []int64
	for block := range s.sums {
		if id := int64(block >> 1); block&1 == 0 && there[id] == nil {
			missing = append(missing, id)
		}
	}
	return missing
}

// has reports whether the row, or one of its block, was there.
func (s seen) has(row changedRow) bool {
	_, ok := s.sums[s.block(row)]
	return ok
}

func (s seen) block(row changedRow) uint64 {
	block := uint64(row.ID) >> s.shift << 1
	if row.move {
		block |= 1
	}
	return block
}

// digest is that of the row's look. It counts the id in, so that rows of one block that swap their looks differ.
func (c changedRow) digest() uint32 {
	hash := fnv.New64a()
	var id [8]byte
	binary.LittleEndian.PutUint64(id[:], uint64(c.ID))
	hash.Write(id[:])
	hash.Write([]byte(c.look()))
	sum := hash.Sum64()
	return uint32(sum>>32) ^ uint32(sum)
}

// news returns the products of the rows that are not as they were seen, of rows written since from, and of all that
// were written before: those were not looked at.
func (s seen) news(rows []changedRow, from time.Time) map[int64]bool {
	sums := make(map[uint64]uint32, len(rows))
	for _, row := range rows {
		if !row.at.Before(from) {
			sums[s.block(row)] += row.digest()
		}
	}
	products := map[int64]bool{}
	for _, row := range rows {
		block := s.block(row)
		if sum, ok := s.sums[block]; !ok || sum != sums[block] || row.at.Before(from) {
			products[row.Product.ID] = true
		}
	}
	return products
}

// bytes are the blocks in their order, each as its distance from the one before and its sum.
func (s seen) bytes() []byte {
	all := make([]byte, 0, 6*len(s.sums))
	var last uint64
	for _, block := range slices.Sorted(maps.Keys(s.sums)) {
		all = binary.AppendUvarint(all, block-last)
		all = binary.LittleEndian.AppendUint32(all, s.sums[block])
		last = block
	}
	return all
}

type seenText struct {
	Shift uint   `json:"shift,omitempty"`
	Sums  string `json:"sums,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (s seen) MarshalJSON() ([]byte, error) {
	return json.Marshal(seenText{s.shift, base64.RawStdEncoding.EncodeToString(s.bytes())})
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *seen) UnmarshalJSON(raw []byte) error {
	var written seenText
	if err := json.Unmarshal(raw, &written); err != nil {
		return err
	}
	data, err := base64.RawStdEncoding.DecodeString(written.Sums)
	if err != nil {
		return err
	}
	if written.Shift > 63 {
		return errors.New("blocks wider than an id")
	}
	*s = seen{shift: written.Shift, sums: map[uint64]uint32{}}
	var block uint64
	for len(data) > 0 {
		step, n := binary.Uvarint(data)
		if n <= 0 || len(data) < n+4 || len(s.sums) > 0 && step == 0 || block+step < block {
			return errors.New("the sums are cut off or out of order")
		}
		block += step
		s.sums[block] = binary.LittleEndian.Uint32(data[n:])
		data = data[n+4:]
	}
	return nil
}
