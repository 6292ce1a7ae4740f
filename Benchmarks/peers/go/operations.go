package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

const keepAlive, poll = 15 * time.Second, time.Second

type Progress struct {
	Done  int `json:"done" bson:"done"`
	Total int `json:"total" bson:"total"`
}

type Result struct {
	Type string `json:"type" bson:"type"`
	ID   string `json:"id" bson:"id"`
}

type Problem struct {
	Code   string `json:"code" bson:"code"`
	Detail string `json:"detail" bson:"detail"`
}

type Operation struct {
	ID        string    `json:"id" bson:"_id"`
	BrandID   string    `json:"brandId" bson:"brandId"`
	Kind      string    `json:"kind" bson:"kind"`
	State     string    `json:"state" bson:"state"`
	Version   int       `json:"version" bson:"version"`
	Stage     string    `json:"stage" bson:"stage"`
	Progress  Progress  `json:"progress" bson:"progress"`
	Error     *Problem  `json:"error,omitempty" bson:"error,omitempty"`
	CreatedAt time.Time `json:"createdAt" bson:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt" bson:"updatedAt"`
	Result    Result    `json:"result" bson:"result"`
}

func (operation Operation) isTerminal() bool {
	return operation.State != "queued" && operation.State != "running"
}

// An activeRun is an operation that this process works on; `changed` is closed and made anew with each change.
type activeRun struct {
	mutex     sync.Mutex
	operation Operation
	changed   chan struct{}
	cancel    context.CancelFunc
}

func (run *activeRun) change(change func(*Operation)) Operation {
	run.mutex.Lock()
	defer run.mutex.Unlock()
	change(&run.operation)
	run.operation.Version++
	run.operation.UpdatedAt = time.Now().UTC()
	close(run.changed)
	run.changed = make(chan struct{})
	return run.operation
}

func (run *activeRun) state() (Operation, <-chan struct{}) {
	run.mutex.Lock()
	defer run.mutex.Unlock()
	return run.operation, run.changed
}

// Operations are slow work: their state is in memory while they run, and in MongoDB at each stage and at the end.
type Operations struct {
	ctx        context.Context
	collection *mongo.Collection
	group      sync.WaitGroup
	mutex      sync.Mutex
	running    map[string]*activeRun
}

func newOperations(ctx context.Context, database *mongo.Database) *Operations {
	return &Operations{ctx: ctx, collection: database.Collection("operations"), running: map[string]*activeRun{}}
}

// Report tells of progress; one with a stage is stored.
type Report func(ctx context.Context, done, total int, stage string) error

// begin stores the operation and starts the work; the channel gives its state at the end.
func (operations *Operations) begin(
	ctx context.Context, brandID, kind string, result Result, work func(context.Context, Report) error,
	onEnd func(ctx context.Context, state string) error,
) (Operation, <-chan string, error) {
	now := time.Now().UTC()
	operation := Operation{
		ID: newID(), BrandID: brandID, Kind: kind, State: "queued", Version: 1, Stage: "queued", CreatedAt: now, UpdatedAt: now, Result: result,
	}
	if err := operations.save(ctx, operation); err != nil {
		return operation, nil, err
	}
	workCtx, cancel := context.WithCancel(operations.ctx)
	run := &activeRun{operation: operation, changed: make(chan struct{}), cancel: cancel}
	operations.mutex.Lock()
	operations.running[operation.ID] = run
	operations.mutex.Unlock()
	ended := make(chan string, 1)
	operations.group.Add(1)
	go func() {
		defer operations.group.Done()
		defer cancel()
		ended <- operations.perform(workCtx, run, work, onEnd)
	}()
	return operation, ended, nil
}

func (operations *Operations) perform(
	ctx context.Context, run *activeRun, work func(context.Context, Report) error, onEnd func(context.Context, string) error,
) string {
	run.change(func(operation *Operation) { operation.State = "running" })
	err := work(ctx, func(ctx context.Context, done, total int, stage string) error {
		operation := run.change(func(operation *Operation) {
			operation.Progress = Progress{done, total}
			if stage != "" {
				operation.Stage = stage
			}
		})
		if stage == "" {
			return nil
		}
		return operations.save(ctx, operation)
	})
	state, problem := "succeeded", (*Problem)(nil)
	if ctx.Err() != nil {
		state = "cancelled"
	} else if err != nil {
		log.Print("operation ", run.operation.ID, " failed: ", err)
		state, problem = "failed", &Problem{"failed", "the work failed"}
	}
	ending, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	if onEnd != nil {
		if err := onEnd(ending, state); err != nil {
			log.Print(err)
		}
	}
	last, _ := run.state()
	last.State, last.Stage, last.Error = state, "done", problem
	last.Version++
	if err := operations.save(ending, last); err != nil {
		log.Print(err)
	}
	run.change(func(operation *Operation) { operation.State, operation.Stage, operation.Error = state, "done", problem })
	operations.mutex.Lock()
	delete(operations.running, last.ID)
	operations.mutex.Unlock()
	return state
}

func (operations *Operations) save(ctx context.Context, operation Operation) error {
	_, err := operations.collection.ReplaceOne(ctx, bson.M{"_id": operation.ID}, operation, options.Replace().SetUpsert(true))
	return err
}

func (operations *Operations) run(id string) *activeRun {
	operations.mutex.Lock()
	defer operations.mutex.Unlock()
	return operations.running[id]
}

func (operations *Operations) find(ctx context.Context, id string) (Operation, error) {
	if run := operations.run(id); run != nil {
		operation, _ := run.state()
		return operation, nil
	}
	var operation Operation
	err := operations.collection.FindOne(ctx, bson.M{"_id": id}).Decode(&operation)
	return operation, found(err)
}

func (operations *Operations) cancel(id string) {
	if run := operations.run(id); run != nil {
		run.cancel()
	}
}

// stream sends server-sent events until the end; an operation of another process is looked up each second.
func (operations *Operations) stream(w http.ResponseWriter, r *http.Request, id string) error {
	if _, err := operations.find(r.Context(), id); err != nil {
		return err
	}
	flusher := w.(http.Flusher)
	w.Header().Set("content-type", "text/event-stream")
	run, version := operations.run(id), 0
	for {
		var operation Operation
		var changed <-chan struct{}
		pause := poll
		if run != nil {
			pause = keepAlive
			operation, changed = run.state()
		} else {
			var err error
			if operation, err = operations.find(r.Context(), id); err != nil {
				return nil
			}
		}
		if operation.Version > version {
			version = operation.Version
			text, _ := json.Marshal(operation)
			fmt.Fprintf(w, "event: operation\nid: %d\ndata: %s\n\n", version, text)
		} else {
			fmt.Fprint(w, ": waiting\n\n")
		}
		flusher.Flush()
		if operation.isTerminal() {
			return nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-r.Context().Done():
			timer.Stop()
			return nil
		case <-changed:
			timer.Stop()
		case <-timer.C:
		}
	}
}
