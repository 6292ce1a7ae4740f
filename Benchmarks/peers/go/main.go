// The peer in Go: net/http, MongoDB's driver, goroutines. One process, with all of a brand's vectors and words in memory;
// a search scans them on all processors. What other processes write comes through a change stream. Operations are
// goroutines; they do not survive the process, which Postwright's do, and their progress between stages is told to
// watchers without being stored.
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
	"go.mongodb.org/mongo-driver/mongo/writeconcern"
)

type Service struct {
	database   *mongo.Database
	models     *Models
	knowledge  *Knowledge
	operations *Operations
	contract   Contract
}

// Contract is what all peers share.
type Contract struct {
	Chunk          struct{ Characters int }
	EmbeddingBatch int
	Concurrency    int
	Passages       struct{ Pillars, Post, PerQuestion int }
	Platforms      map[string]Platform
	Prompts        map[string]Prompt
}

type Platform struct {
	Name, Guidance             string
	TextLimit, Lines, Hashtags int
}

type Prompt struct {
	Temperature  float64
	MaxTokens    int
	System, User string
}

type Brand struct {
	ID       string         `json:"id" bson:"_id"`
	Name     string         `json:"name" bson:"name"`
	Identity map[string]any `json:"identity" bson:"identity"`
	Goals    []string       `json:"goals" bson:"goals"`
}

// Failure is an answer other than the one that was asked for.
type Failure struct {
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

func (failure Failure) Error() string { return failure.Detail }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	var contract Contract
	text, err := os.ReadFile(os.Getenv("PEER_CONTRACT"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, &contract); err != nil {
		return err
	}
	durable := writeconcern.New(writeconcern.WMajority(), writeconcern.J(true))
	client, err := mongo.Connect(ctx, options.Client().ApplyURI(os.Getenv("MONGODB_URI")).SetWriteConcern(durable))
	if err != nil {
		return err
	}
	database := client.Database(os.Getenv("PEER_DATABASE"))
	if err := makeIndexes(ctx, database); err != nil {
		return err
	}
	models := newModels(os.Getenv("MODEL_BASE_URL"), contract.Concurrency)
	service := &Service{
		database: database, models: models, contract: contract,
		knowledge: newKnowledge(database, models, contract), operations: newOperations(ctx, database),
	}
	if err := service.knowledge.follow(ctx); err != nil {
		return err
	}
	server := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PEER_PORT"), Handler: http.HandlerFunc(service.route)}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	service.operations.group.Wait()
	return client.Disconnect(context.Background())
}

func makeIndexes(ctx context.Context, database *mongo.Database) error {
	indexes := map[string]bson.D{
		"chunks":    {{Key: "brandId", Value: 1}, {Key: "documentId", Value: 1}, {Key: "version", Value: 1}},
		"documents": {{Key: "brandId", Value: 1}}, "posts": {{Key: "planId", Value: 1}},
	}
	for name, keys := range indexes {
		if _, err := database.Collection(name).Indexes().CreateOne(ctx, mongo.IndexModel{Keys: keys}); err != nil {
			return err
		}
	}
	return nil
}

func (service *Service) route(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	status, answer, err := 200, any(nil), error(Failure{404, "no such path"})
	switch {
	case len(parts) == 1 && parts[0] == "healthz":
		answer, err = map[string]string{"status": "ok"}, nil
	case len(parts) == 3 && parts[1] == "brands" && r.Method == "PUT":
		status, answer, err = service.putBrand(r, parts[2])
	case len(parts) == 5 && parts[1] == "brands" && parts[3] == "documents" && r.Method == "PUT":
		status, answer, err = service.putDocument(r, parts[2], parts[4])
	case len(parts) == 4 && parts[1] == "brands" && parts[3] == "search" && r.Method == "POST":
		answer, err = service.search(r, parts[2])
	case len(parts) == 4 && parts[1] == "brands" && parts[3] == "plans" && r.Method == "POST":
		status = 202
		answer, err = service.postPlan(r, parts[2])
	case len(parts) == 3 && parts[1] == "plans" && r.Method == "GET":
		answer, err = service.plan(r.Context(), parts[2])
	case len(parts) == 3 && parts[1] == "operations" && r.Method == "GET":
		answer, err = service.operations.find(r.Context(), parts[2])
	case len(parts) == 4 && parts[1] == "operations" && parts[3] == "cancel" && r.Method == "POST":
		status = 202
		service.operations.cancel(parts[2])
		answer, err = service.operations.find(r.Context(), parts[2])
	case len(parts) == 4 && parts[1] == "operations" && parts[3] == "events" && r.Method == "GET":
		if err = service.operations.stream(w, r, parts[2]); err == nil {
			return
		}
	}
	if err != nil {
		failure := Failure{500, "the work failed"}
		if !errors.As(err, &failure) && !errors.Is(err, context.Canceled) {
			log.Print(r.URL.Path, ": ", err)
		}
		status, answer = failure.Status, failure
	}
	w.Header().Set("content-type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}

func read(r *http.Request, into any) error {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		return Failure{422, err.Error()}
	}
	return nil
}

// found turns a missing document into a 404.
func found(err error) error {
	if errors.Is(err, mongo.ErrNoDocuments) {
		return Failure{404, "not found"}
	}
	return err
}

func (service *Service) putBrand(r *http.Request, id string) (int, any, error) {
	brand := Brand{Identity: map[string]any{}, Goals: []string{}}
	if err := read(r, &brand); err != nil {
		return 0, nil, err
	}
	if brand.ID = id; brand.Name == "" {
		return 0, nil, Failure{422, "name is missing"}
	}
	result, err := service.database.Collection("brands").ReplaceOne(r.Context(), bson.M{"_id": id}, brand, options.Replace().SetUpsert(true))
	service.knowledge.forgetBrand(id)
	if err == nil && result.UpsertedCount > 0 {
		return 201, brand, nil
	}
	return 200, brand, err
}

func (service *Service) putDocument(r *http.Request, brandID, id string) (int, any, error) {
	brand, err := service.knowledge.brand(r.Context(), brandID)
	if err != nil {
		return 0, nil, err
	}
	document := Document{Kind: "other", Format: "markdown"}
	if err := read(r, &document); err != nil {
		return 0, nil, err
	}
	content := document.Content
	if err := service.knowledge.accept(r.Context(), brandID, id, &document); err != nil {
		return 0, nil, err
	}
	operation, ended, err := service.operations.begin(r.Context(), brandID, "ingestDocument", Result{"document", id},
		func(ctx context.Context, _ Report) error {
			return service.knowledge.ingest(ctx, brand, document, content)
		}, nil)
	if err != nil {
		return 0, nil, err
	}
	if preference := r.Header.Get("prefer"); strings.HasPrefix(preference, "wait=") {
		patience, _ := strconv.ParseFloat(preference[5:], 64)
		select {
		case state := <-ended:
			if state == "succeeded" {
				stored, err := service.knowledge.document(r.Context(), brandID, id)
				return 201, stored, err
			}
		case <-time.After(time.Duration(patience * float64(time.Second))):
		}
	}
	return 202, map[string]any{"document": document, "operation": operation}, nil
}

func (service *Service) search(r *http.Request, brandID string) (any, error) {
	brand, err := service.knowledge.brand(r.Context(), brandID)
	if err != nil {
		return nil, err
	}
	asked := struct {
		Query, Mode string
		Limit       int
	}{Mode: "hybrid", Limit: 8}
	if err := read(r, &asked); err != nil {
		return nil, err
	}
	if asked.Query == "" || asked.Limit < 1 || asked.Limit > 50 {
		return nil, Failure{422, "query or limit is not valid"}
	}
	passages, err := service.knowledge.search(r.Context(), brand, []string{asked.Query}, asked.Limit, asked.Mode)
	if err != nil {
		return nil, err
	}
	return map[string]any{"passages": passages[0]}, nil
}

func newID() string {
	var bytes [16]byte
	rand.Read(bytes[:])
	return hex.EncodeToString(bytes[:])
}
