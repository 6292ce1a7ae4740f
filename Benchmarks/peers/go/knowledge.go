package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"log"
	"math"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/bson/primitive"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"golang.org/x/sync/errgroup"
)

type Document struct {
	ID            string    `json:"id" bson:"-"`
	BrandID       string    `json:"brandId" bson:"brandId"`
	Title         string    `json:"title" bson:"title"`
	Kind          string    `json:"kind" bson:"kind"`
	Format        string    `json:"format" bson:"format"`
	Content       string    `json:"content,omitempty" bson:"content,omitempty"`
	State         string    `json:"state" bson:"state"`
	Version       int       `json:"version" bson:"version,omitempty"`
	Chunks        int       `json:"chunks" bson:"chunks,omitempty"`
	ActiveVersion int       `json:"-" bson:"activeVersion,omitempty"`
	CreatedAt     time.Time `json:"createdAt" bson:"createdAt,omitempty"`
	UpdatedAt     time.Time `json:"updatedAt" bson:"updatedAt"`
}

type chunkRecord struct {
	ID        string `bson:"_id"`
	BrandID   string `bson:"brandId"`
	Version   int    `bson:"version"`
	Passage   `bson:",inline"`
	Embedding primitive.Binary `bson:"embedding"`
}

// Knowledge is documents in, passages out.
type Knowledge struct {
	brands, documents, chunks *mongo.Collection
	models                    *Models
	contract                  Contract
	mutex                     sync.Mutex
	known                     map[string]Brand
	indexes                   map[string]*heldIndex
}

// A heldIndex is read from the database once; the mutex holds back all others who want it meanwhile.
type heldIndex struct {
	mutex sync.Mutex
	index *Index
}

func newKnowledge(database *mongo.Database, models *Models, contract Contract) *Knowledge {
	return &Knowledge{
		brands: database.Collection("brands"), documents: database.Collection("documents"), chunks: database.Collection("chunks"),
		models: models, contract: contract, known: map[string]Brand{}, indexes: map[string]*heldIndex{},
	}
}

func (knowledge *Knowledge) brand(ctx context.Context, id string) (Brand, error) {
	knowledge.mutex.Lock()
	brand, isKnown := knowledge.known[id]
	knowledge.mutex.Unlock()
	if isKnown {
		return brand, nil
	}
	if err := knowledge.brands.FindOne(ctx, bson.M{"_id": id}).Decode(&brand); err != nil {
		return brand, found(err)
	}
	knowledge.mutex.Lock()
	knowledge.known[id] = brand
	knowledge.mutex.Unlock()
	return brand, nil
}

func (knowledge *Knowledge) forgetBrand(id string) {
	knowledge.mutex.Lock()
	delete(knowledge.known, id)
	knowledge.mutex.Unlock()
}

// accept stores the document as the next version of what has its id.
func (knowledge *Knowledge) accept(ctx context.Context, brandID, id string, document *Document) error {
	now := time.Now().UTC()
	document.BrandID, document.State, document.UpdatedAt = brandID, "queued", now
	update := bson.M{
		"$set": *document, "$inc": bson.M{"version": 1},
		"$setOnInsert": bson.M{"createdAt": now, "chunks": 0, "activeVersion": 0},
	}
	wish := options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After).SetProjection(bson.M{"content": 0})
	*document, document.ID = Document{}, id
	return knowledge.documents.FindOneAndUpdate(ctx, bson.M{"_id": brandID + "/" + id}, update, wish).Decode(document)
}

func (knowledge *Knowledge) document(ctx context.Context, brandID, id string) (Document, error) {
	document := Document{ID: id}
	wish := options.FindOne().SetProjection(bson.M{"content": 0})
	return document, found(knowledge.documents.FindOne(ctx, bson.M{"_id": brandID + "/" + id}, wish).Decode(&document))
}

func (knowledge *Knowledge) ingest(ctx context.Context, brand Brand, document Document, content string) error {
	pieces := cut(content, knowledge.contract.Chunk.Characters)
	passages, vectors := make([]*Passage, len(pieces)), make([][]float32, len(pieces))
	group, groupCtx := errgroup.WithContext(ctx)
	gate := make(chan struct{}, 2)
	for start := 0; start < len(pieces); start += knowledge.contract.EmbeddingBatch {
		start, end := start, min(start+knowledge.contract.EmbeddingBatch, len(pieces))
		group.Go(func() error {
			texts := make([]string, end-start)
			for number := start; number < end; number++ {
				passages[number] = &Passage{
					ChunkID: fmt.Sprintf("%s.%d.%d", document.ID, document.Version, number), DocumentID: document.ID,
					DocumentTitle: document.Title, HeadingPath: pieces[number].path, Text: pieces[number].text,
				}
				texts[number-start] = header(brand, document, pieces[number].path) + "\n" + pieces[number].text
			}
			gate <- struct{}{}
			found, err := knowledge.models.embed(groupCtx, texts)
			<-gate
			if err != nil {
				return err
			}
			copy(vectors[start:end], found)
			return knowledge.store(groupCtx, brand.ID, document.Version, passages[start:end], found)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return knowledge.activate(ctx, brand.ID, document, passages, vectors)
}

func header(brand Brand, document Document, path []string) string {
	parts := []string{brand.Name, document.Title}
	for _, heading := range path {
		if heading != document.Title {
			parts = append(parts, heading)
		}
	}
	return strings.Join(parts, " > ")
}

func (knowledge *Knowledge) store(ctx context.Context, brandID string, version int, passages []*Passage, vectors [][]float32) error {
	records := make([]any, len(passages))
	for number, passage := range passages {
		id := brandID + "/" + passage.ChunkID
		records[number] = chunkRecord{ID: id, BrandID: brandID, Version: version, Passage: *passage, Embedding: encode(vectors[number])}
	}
	_, err := knowledge.chunks.InsertMany(ctx, records, options.InsertMany().SetOrdered(false))
	return err
}

func (knowledge *Knowledge) activate(
	ctx context.Context, brandID string, document Document, passages []*Passage, vectors [][]float32,
) error {
	ready := bson.M{"state": "ready", "chunks": len(passages), "activeVersion": document.Version, "updatedAt": time.Now().UTC()}
	if _, err := knowledge.documents.UpdateOne(ctx, bson.M{"_id": brandID + "/" + document.ID}, bson.M{"$set": ready}); err != nil {
		return err
	}
	if document.Version > 1 {
		old := bson.M{"brandId": brandID, "documentId": document.ID, "version": bson.M{"$lt": document.Version}}
		if _, err := knowledge.chunks.DeleteMany(ctx, old); err != nil {
			return err
		}
	}
	held := knowledge.held(brandID)
	held.mutex.Lock()
	defer held.mutex.Unlock()
	if held.index != nil {
		held.index.replace(document.ID, document.Version, passages, vectors)
	}
	return nil
}

// BSON's vectors: subtype 9, the element type float32, no padding.
func encode(vector []float32) primitive.Binary {
	data := make([]byte, 2+4*len(vector))
	data[0] = 0x27
	for i, value := range vector {
		binary.LittleEndian.PutUint32(data[2+4*i:], math.Float32bits(value))
	}
	return primitive.Binary{Subtype: 9, Data: data}
}

func decode(data []byte) []float32 {
	vector := make([]float32, len(data)/4)
	for i := range vector {
		vector[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return vector
}

func (knowledge *Knowledge) held(brandID string) *heldIndex {
	knowledge.mutex.Lock()
	defer knowledge.mutex.Unlock()
	held := knowledge.indexes[brandID]
	if held == nil {
		held = &heldIndex{}
		knowledge.indexes[brandID] = held
	}
	return held
}

func (knowledge *Knowledge) index(ctx context.Context, brandID string) (*Index, error) {
	held := knowledge.held(brandID)
	held.mutex.Lock()
	defer held.mutex.Unlock()
	if held.index != nil {
		return held.index, nil
	}
	index := newIndex()
	if err := knowledge.load(ctx, brandID, index, bson.M{"brandId": brandID, "activeVersion": bson.M{"$gt": 0}}); err != nil {
		return nil, err
	}
	held.index = index
	return index, nil
}

// load reads the active chunks of the chosen documents, as far as the index has not got them.
func (knowledge *Knowledge) load(ctx context.Context, brandID string, index *Index, chosen bson.M) error {
	cursor, err := knowledge.documents.Find(ctx, chosen, options.Find().SetProjection(bson.M{"activeVersion": 1}))
	if err != nil {
		return err
	}
	var listed []struct {
		ID            string `bson:"_id"`
		ActiveVersion int    `bson:"activeVersion"`
	}
	if err := cursor.All(ctx, &listed); err != nil {
		return err
	}
	active, names := map[string]int{}, []string{}
	for _, document := range listed {
		id := document.ID[len(brandID)+1:]
		if !index.has(id, document.ActiveVersion) {
			active[id], names = document.ActiveVersion, append(names, id)
		}
	}
	for start := 0; start < len(names); start += 50 {
		if err := knowledge.loadSome(ctx, brandID, index, active, names[start:min(start+50, len(names))]); err != nil {
			return err
		}
	}
	return nil
}

func (knowledge *Knowledge) loadSome(ctx context.Context, brandID string, index *Index, active map[string]int, names []string) error {
	chosen := bson.M{"brandId": brandID, "documentId": bson.M{"$in": names}}
	cursor, err := knowledge.chunks.Find(ctx, chosen, options.Find().SetBatchSize(5000))
	if err != nil {
		return err
	}
	defer cursor.Close(ctx)
	passages, vectors := map[string][]*Passage{}, map[string][][]float32{}
	for cursor.Next(ctx) {
		var record chunkRecord
		if err := cursor.Decode(&record); err != nil {
			return err
		}
		if id := record.DocumentID; record.Version == active[id] {
			passage := record.Passage
			passages[id], vectors[id] = append(passages[id], &passage), append(vectors[id], decode(record.Embedding.Data[2:]))
		}
	}
	for id := range passages {
		index.replace(id, active[id], passages[id], vectors[id])
	}
	return cursor.Err()
}

// follow keeps the indexes equal to the database, whichever process writes.
func (knowledge *Knowledge) follow(ctx context.Context) error {
	stream, err := knowledge.documents.Watch(ctx, mongo.Pipeline{})
	if err != nil {
		return err
	}
	go func() {
		for ctx.Err() == nil {
			for stream != nil && stream.Next(ctx) {
				knowledge.apply(ctx, stream.Current)
			}
			if ctx.Err() != nil {
				return
			}
			// What was written meanwhile is not known: all is read again when it is searched.
			knowledge.mutex.Lock()
			knowledge.indexes, knowledge.known = map[string]*heldIndex{}, map[string]Brand{}
			knowledge.mutex.Unlock()
			time.Sleep(time.Second)
			if stream, err = knowledge.documents.Watch(ctx, mongo.Pipeline{}); err != nil {
				stream = nil
			}
		}
	}()
	return nil
}

func (knowledge *Knowledge) apply(ctx context.Context, change bson.Raw) {
	state, _ := change.Lookup("updateDescription", "updatedFields", "state").StringValueOK()
	key, _ := change.Lookup("documentKey", "_id").StringValueOK()
	brandID, _, isKey := strings.Cut(key, "/")
	if state != "ready" || !isKey {
		return
	}
	knowledge.mutex.Lock()
	held := knowledge.indexes[brandID]
	knowledge.mutex.Unlock()
	if held == nil {
		return
	}
	held.mutex.Lock()
	defer held.mutex.Unlock()
	if held.index == nil {
		return
	}
	if err := knowledge.load(ctx, brandID, held.index, bson.M{"_id": key, "activeVersion": bson.M{"$gt": 0}}); err != nil {
		log.Print("a change could not be read: ", err)
	}
}

func (knowledge *Knowledge) search(ctx context.Context, brand Brand, queries []string, limit int, mode string) ([][]Passage, error) {
	vectors := make([][]float32, len(queries))
	if mode != "text" {
		var err error
		// One request for all queries, as the API takes up to 2,048 texts.
		if vectors, err = knowledge.models.embed(ctx, queries); err != nil {
			return nil, err
		}
	}
	index, err := knowledge.index(ctx, brand.ID)
	if err != nil {
		return nil, err
	}
	found := make([][]Passage, len(queries))
	for number, query := range queries {
		found[number] = index.top(query, vectors[number], limit, mode)
	}
	return found, nil
}
