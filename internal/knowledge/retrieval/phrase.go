package retrieval

// trigrams lists, in order, the hashed letter triples of each word, padded with
// two spaces before and one after as PostgreSQL's pg_trgm pads them.
func trigrams(ws []string) []uint32 {
	var out []uint32
	for _, w := range ws {
		if len(out) >= maxTrigrams {
			break
		}
		eachRun(" "+w, 3, func(s string) {
			h := hash(kindLetters, s)
			out = append(out, uint32(h^h>>32))
		})
	}
	return out
}

// maxTrigrams bounds, to within a word, what is read of one text, since looking for a phrase costs
// up to the square of it. Twelve sentences are more than a question has.
const maxTrigrams = 1_000

// phraseMatcher finds the stretch of a text that is most like a question:
// word_similarity of pg_trgm, the greatest Jaccard index of the question's
// trigrams with those of any run of the text. One slip from pg_trgm: a trigram
// that is not the question's counts each time it comes, which saves a table.
type phraseMatcher struct {
	index map[uint32]int // trigram of the question -> its number
	seen  []int          // by number: the last start that met it
	run   []int          // reused: the text as numbers, -1 for a stranger
	clock int
}

func newPhraseMatcher(query []uint32) *phraseMatcher {
	m := &phraseMatcher{index: make(map[uint32]int, len(query))}
	for _, t := range query {
		if _, ok := m.index[t]; !ok {
			m.index[t] = len(m.index)
		}
	}
	m.seen = make([]int, len(m.index))
	return m
}

// similarity is between 0 and 1.
func (m *phraseMatcher) similarity(text []uint32) float32 {
	m.run = m.run[:0]
	for _, t := range text {
		n, ok := m.index[t]
		if !ok {
			n = -1
		}
		m.run = append(m.run, n)
	}
	size := len(m.index)
	var best float32
	for start, first := range m.run {
		if first < 0 {
			continue
		}
		m.clock++
		hits, strangers := 0, 0
		// A run with more strangers than size/best cannot win any more.
		for _, n := range m.run[start:] {
			if n < 0 {
				if strangers++; best*float32(size+strangers) > float32(size) {
					break
				}
				continue
			}
			if m.seen[n] == m.clock {
				continue
			}
			m.seen[n] = m.clock
			hits++
			best = max(best, float32(hits)/float32(size+strangers))
		}
	}
	return best
}
