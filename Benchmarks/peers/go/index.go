package main

import (
	"container/heap"
	"math"
	"regexp"
	"runtime"
	"sort"
	"strings"
	"sync"
	"unicode"
)

const saturation, lengthWeight = 1.2, 0.75

type Passage struct {
	ChunkID       string   `json:"chunkId" bson:"chunkId"`
	DocumentID    string   `json:"documentId" bson:"documentId"`
	DocumentTitle string   `json:"documentTitle" bson:"documentTitle"`
	HeadingPath   []string `json:"headingPath" bson:"headingPath"`
	Text          string   `json:"text" bson:"text"`
	Score         float32  `json:"score" bson:"-"`
}

type posting struct {
	row   uint32
	count uint32
}

type rows struct{ start, end int }

// Index has all chunks of a brand. Rows are appended; those of replaced documents are dead until half of all are.
type Index struct {
	mutex      sync.RWMutex
	versions   map[string]int
	rowsOf     map[string]rows
	live       int
	dimensions int
	vectors    []float32
	passages   []*Passage
	lengths    []uint32
	words      int
	postings   map[string][]posting
}

func newIndex() *Index {
	index := &Index{versions: map[string]int{}}
	index.clear()
	return index
}

func (index *Index) clear() {
	index.rowsOf, index.postings = map[string]rows{}, map[string][]posting{}
	index.vectors, index.passages, index.lengths, index.words, index.live = nil, nil, nil, 0, 0
}

// has tells whether the document is there in this version or a newer one.
func (index *Index) has(document string, version int) bool {
	index.mutex.RLock()
	defer index.mutex.RUnlock()
	return index.versions[document] >= version
}

// replace puts a document's chunks in the place of its former ones.
func (index *Index) replace(document string, version int, passages []*Passage, vectors [][]float32) {
	index.mutex.Lock()
	defer index.mutex.Unlock()
	if index.versions[document] >= version {
		return
	}
	index.versions[document] = version
	if old, isThere := index.rowsOf[document]; isThere {
		for row := old.start; row < old.end; row++ {
			index.passages[row] = nil
		}
		index.live -= old.end - old.start
	}
	index.append(document, passages, vectors)
	if len(index.passages) > 64 && index.live*2 < len(index.passages) {
		index.compact()
	}
}

func (index *Index) append(document string, passages []*Passage, vectors [][]float32) {
	start := len(index.passages)
	for number, passage := range passages {
		row := uint32(len(index.passages))
		index.passages = append(index.passages, passage)
		index.dimensions = len(vectors[number])
		index.vectors = append(index.vectors, vectors[number]...)
		counts, length := map[string]uint32{}, uint32(0)
		for _, word := range tokens(passage.Text) {
			counts[word]++
			length++
		}
		for word, count := range counts {
			index.postings[word] = append(index.postings[word], posting{row, count})
		}
		index.lengths = append(index.lengths, length)
		index.words += int(length)
	}
	index.rowsOf[document] = rows{start, len(index.passages)}
	index.live += len(passages)
}

func (index *Index) compact() {
	held, passages, vectors := index.rowsOf, index.passages, index.vectors
	index.clear()
	for document, rows := range held {
		var own [][]float32
		for row := rows.start; row < rows.end; row++ {
			own = append(own, vectors[row*index.dimensions:(row+1)*index.dimensions])
		}
		index.append(document, passages[rows.start:rows.end], own)
	}
}

func tokens(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' })
}

type hit struct {
	row   int
	score float32
}

// hits is a heap whose first element is the worst.
type hits []hit

func (h hits) Len() int           { return len(h) }
func (h hits) Less(i, j int) bool { return h[i].score < h[j].score }
func (h hits) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *hits) Push(x any)        { *h = append(*h, x.(hit)) }
func (h *hits) Pop() any          { old := *h; last := old[len(old)-1]; *h = old[:len(old)-1]; return last }

func (h *hits) offer(candidate hit, limit int) {
	if len(*h) < limit {
		heap.Push(h, candidate)
	} else if candidate.score > (*h)[0].score {
		(*h)[0] = candidate
		heap.Fix(h, 0)
	}
}

// top gives the best passages; the rows are divided among the processors.
func (index *Index) top(text string, vector []float32, limit int, mode string) []Passage {
	index.mutex.RLock()
	defer index.mutex.RUnlock()
	var words []float32
	if mode != "vector" {
		words = index.scoreWords(text)
	}
	count := len(index.passages)
	workers := runtime.GOMAXPROCS(0)
	if count < 4096 {
		workers = 1
	}
	parts := make([]hits, workers)
	var group sync.WaitGroup
	for worker := range parts {
		group.Add(1)
		go func(worker int) {
			defer group.Done()
			best := make(hits, 0, limit+1)
			for row := count * worker / workers; row < count*(worker+1)/workers; row++ {
				if index.passages[row] == nil {
					continue
				}
				best.offer(hit{row, index.score(row, vector, words, mode)}, limit)
			}
			parts[worker] = best
		}(worker)
	}
	group.Wait()
	var all hits
	for _, part := range parts {
		all = append(all, part...)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].score > all[j].score })
	found := []Passage{}
	for _, hit := range all[:min(limit, len(all))] {
		passage := *index.passages[hit.row]
		passage.Score = hit.score
		found = append(found, passage)
	}
	return found
}

func (index *Index) score(row int, vector, words []float32, mode string) float32 {
	if mode == "text" {
		return words[row]
	}
	cosine := dot(index.vectors[row*index.dimensions:(row+1)*index.dimensions], vector)
	if cosine < 0 {
		cosine = 0
	}
	if mode == "vector" {
		return cosine
	}
	return (cosine + words[row]) / 2
}

// dot has eight sums, so that additions need not wait for each other.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3, s4, s5, s6, s7 float32
	b = b[:len(a)]
	for len(a) >= 8 {
		x, y := a[:8:8], b[:8:8]
		s0 += x[0] * y[0]
		s1 += x[1] * y[1]
		s2 += x[2] * y[2]
		s3 += x[3] * y[3]
		s4 += x[4] * y[4]
		s5 += x[5] * y[5]
		s6 += x[6] * y[6]
		s7 += x[7] * y[7]
		a, b = a[8:], b[8:]
	}
	for i := range a {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3) + ((s4 + s5) + (s6 + s7))
}

// scoreWords is BM25, as a part of the best that any chunk has.
func (index *Index) scoreWords(text string) []float32 {
	scores := make([]float32, len(index.passages))
	mean := float64(index.words) / math.Max(1, float64(len(index.lengths)))
	seen, best := map[string]bool{}, float32(0)
	for _, word := range tokens(text) {
		list := index.postings[word]
		if seen[word] || len(list) == 0 {
			continue
		}
		seen[word] = true
		frequency := float64(len(list))
		weight := float32(math.Log(1+(float64(len(scores))-frequency+0.5)/(frequency+0.5)) * (saturation + 1))
		for _, posting := range list {
			norm := float32(saturation * (1 - lengthWeight + lengthWeight*float64(index.lengths[posting.row])/mean))
			scores[posting.row] += weight * float32(posting.count) / (float32(posting.count) + norm)
			if scores[posting.row] > best {
				best = scores[posting.row]
			}
		}
	}
	if best > 0 {
		for row := range scores {
			scores[row] /= best
		}
	}
	return scores
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

var (
	heading  = regexp.MustCompile(`^(#{1,6})\s+(.*)`)
	sentence = regexp.MustCompile(`[.!?]\s+`)
	blank    = regexp.MustCompile(`\n\s*\n`)
)

type piece struct {
	path []string
	text string
}

// cut gives pieces of about the target's length, each with the headings that it stands under.
func cut(content string, target int) []piece {
	var pieces []piece
	var levels []int
	var path, blocks []string
	size := 0
	flush := func() {
		if len(blocks) > 0 {
			pieces = append(pieces, piece{append([]string{}, path...), strings.Join(blocks, "\n\n")})
			blocks, size = nil, 0
		}
	}
	for _, block := range blank.Split(content, -1) {
		block = strings.TrimSpace(block)
		if match := heading.FindStringSubmatch(block); match != nil {
			flush()
			for len(levels) > 0 && levels[len(levels)-1] >= len(match[1]) {
				levels, path = levels[:len(levels)-1], path[:len(path)-1]
			}
			levels, path = append(levels, len(match[1])), append(path, strings.TrimSpace(match[2]))
			block = strings.TrimSpace(block[len(match[0]):])
		}
		for _, part := range divide(block, target) {
			if size+len(part) > target {
				flush()
			}
			blocks = append(blocks, part)
			size += len(part)
		}
	}
	flush()
	return pieces
}

// divide gives the block, or where it is too long its sentences, joined to the target's length.
func divide(block string, target int) []string {
	if block == "" {
		return nil
	}
	if len(block) <= target*14/10 {
		return []string{block}
	}
	var parts []string
	start, last := 0, 0
	for _, place := range append(sentence.FindAllStringIndex(block, -1), []int{len(block), len(block)}) {
		if place[1]-start > target && last > start {
			parts = append(parts, strings.TrimSpace(block[start:last]))
			start = last
		}
		last = place[1]
	}
	return append(parts, strings.TrimSpace(block[start:]))
}
