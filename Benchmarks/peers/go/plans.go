package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo/options"
	"golang.org/x/sync/errgroup"
)

// Models calls the OpenAI-compatible API.
type Models struct {
	url    string
	client *http.Client
	gate   chan struct{}
}

func newModels(url string, concurrency int) *Models {
	transport := &http.Transport{MaxIdleConnsPerHost: 256, IdleConnTimeout: 90 * time.Second}
	return &Models{url: url, client: &http.Client{Transport: transport}, gate: make(chan struct{}, concurrency)}
}

func (models *Models) post(ctx context.Context, path string, body, into any) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, "POST", models.url+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	request.Header.Set("content-type", "application/json")
	response, err := models.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != 200 {
		return fmt.Errorf("the model answered %d", response.StatusCode)
	}
	return json.Unmarshal(answer, into)
}

func (models *Models) embed(ctx context.Context, texts []string) ([][]float32, error) {
	var answer struct{ Data []struct{ Embedding string } }
	body := map[string]any{"model": "sim", "input": texts, "encoding_format": "base64"}
	if err := models.post(ctx, "/embeddings", body, &answer); err != nil {
		return nil, err
	}
	vectors := make([][]float32, len(answer.Data))
	for i, item := range answer.Data {
		data, err := base64.StdEncoding.DecodeString(item.Embedding)
		if err != nil {
			return nil, err
		}
		vectors[i] = decode(data)
	}
	return vectors, nil
}

// ask fills the prompt's words in and reads the answer, which follows the schema.
func (service *Service) ask(ctx context.Context, name string, schema any, words map[string]any, into any) error {
	select {
	case service.models.gate <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-service.models.gate }()
	prompt := service.contract.Prompts[name]
	body := map[string]any{
		"model": "sim", "temperature": prompt.Temperature, "max_completion_tokens": prompt.MaxTokens,
		"messages": []map[string]string{
			{"role": "system", "content": prompt.System},
			{"role": "user", "content": os.Expand(prompt.User, func(key string) string { return fmt.Sprint(words[key]) })},
		},
		"response_format": map[string]any{
			"type": "json_schema", "json_schema": map[string]any{"name": name, "strict": true, "schema": schema},
		},
	}
	var answer struct {
		Choices []struct{ Message struct{ Content string } }
	}
	if err := service.models.post(ctx, "/chat/completions", body, &answer); err != nil {
		return err
	}
	if len(answer.Choices) == 0 {
		return fmt.Errorf("the model gave no answer")
	}
	return json.Unmarshal([]byte(answer.Choices[0].Message.Content), into)
}

// JSON Schemas

type schema = map[string]any

func text(limit int) schema { return schema{"type": "string", "minLength": 1, "maxLength": limit} }

func choice(values ...string) schema { return schema{"type": "string", "enum": values} }

func array(items schema, least, most int) schema {
	return schema{"type": "array", "items": items, "minItems": least, "maxItems": most}
}

type member struct {
	name   string
	schema schema
}

func object(members ...member) schema {
	properties, required := schema{}, []string{}
	for _, member := range members {
		properties[member.name], required = member.schema, append(required, member.name)
	}
	return schema{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func pillarsSchema(ids []string) schema {
	share := schema{"type": "number", "minimum": 0.05, "maximum": 1}
	evidence := array(choice(ids...), 1, min(4, len(ids)))
	pillar := object(member{"name", text(60)}, member{"rationale", text(300)}, member{"share", share}, member{"evidence", evidence})
	return object(member{"pillars", array(pillar, 3, 5)})
}

func distributionSchema(slots []Slot, pillars []Pillar) schema {
	var ids, names []string
	for _, slot := range slots {
		ids = append(ids, slot.ID)
	}
	for _, pillar := range pillars {
		names = append(names, pillar.Name)
	}
	entry := object(member{"slot", choice(ids...)}, member{"pillar", choice(names...)}, member{"brief", text(400)})
	return object(member{"slots", array(entry, len(slots), len(slots))})
}

func postSchema(ids []string, slot Slot, rules Platform) schema {
	citation := object(member{"passage", choice(ids...)}, member{"quote", text(200)})
	line := object(member{"text", text(400)}, member{"citations", array(citation, 0, 2)})
	return object(
		member{"platform", choice(slot.Platform)}, member{"contentType", choice(slot.ContentType)},
		member{"body", array(line, 1, rules.Lines)}, member{"hashtags", array(text(40), 0, rules.Hashtags)},
		member{"altText", text(300)}, member{"callToAction", text(120)}, member{"mediaBrief", text(400)},
	)
}

// Plans

type Channel struct {
	Platform     string   `json:"platform" bson:"platform"`
	ContentTypes []string `json:"contentTypes" bson:"contentTypes"`
}

type Period struct {
	Start string `json:"start" bson:"start"`
	Days  int    `json:"days" bson:"days"`
}

type Pillar struct {
	Name      string   `json:"name" bson:"name"`
	Rationale string   `json:"rationale" bson:"rationale"`
	Share     float64  `json:"share" bson:"share"`
	Evidence  []string `json:"evidence" bson:"evidence"`
}

type Slot struct {
	ID          string    `json:"id" bson:"id"`
	Platform    string    `json:"platform" bson:"platform"`
	ContentType string    `json:"contentType" bson:"contentType"`
	ScheduledAt time.Time `json:"scheduledAt" bson:"scheduledAt"`
	Pillar      string    `json:"pillar" bson:"pillar"`
	Brief       string    `json:"brief" bson:"brief"`
}

type Plan struct {
	ID        string    `json:"id" bson:"_id"`
	BrandID   string    `json:"brandId" bson:"brandId"`
	State     string    `json:"state" bson:"state"`
	Period    Period    `json:"period" bson:"period"`
	Channels  []Channel `json:"channels" bson:"channels"`
	Pillars   []Pillar  `json:"pillars" bson:"pillars"`
	Slots     []Slot    `json:"slots" bson:"slots"`
	Posts     []Post    `json:"posts" bson:"-"`
	CreatedAt time.Time `json:"createdAt" bson:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt" bson:"updatedAt"`
}

type Citation struct {
	Quote         string `json:"quote" bson:"quote"`
	ChunkID       string `json:"chunkId" bson:"chunkId"`
	DocumentID    string `json:"documentId" bson:"documentId"`
	DocumentTitle string `json:"documentTitle" bson:"documentTitle"`
	Verified      bool   `json:"verified" bson:"verified"`
}

type Post struct {
	ID           string     `json:"id" bson:"_id"`
	BrandID      string     `json:"brandId" bson:"brandId"`
	PlanID       string     `json:"planId" bson:"planId"`
	SlotID       string     `json:"slotId" bson:"slotId"`
	State        string     `json:"state" bson:"state"`
	Platform     string     `json:"platform" bson:"platform"`
	ContentType  string     `json:"contentType" bson:"contentType"`
	ScheduledAt  time.Time  `json:"scheduledAt" bson:"scheduledAt"`
	Pillar       string     `json:"pillar" bson:"pillar"`
	Brief        string     `json:"brief" bson:"brief"`
	Text         string     `json:"text" bson:"text"`
	Hashtags     []string   `json:"hashtags" bson:"hashtags"`
	AltText      string     `json:"altText" bson:"altText"`
	CallToAction string     `json:"callToAction" bson:"callToAction"`
	MediaBrief   string     `json:"mediaBrief" bson:"mediaBrief"`
	Citations    []Citation `json:"citations" bson:"citations"`
	CreatedAt    time.Time  `json:"createdAt" bson:"createdAt"`
}

func (service *Service) postPlan(r *http.Request, brandID string) (any, error) {
	brand, err := service.knowledge.brand(r.Context(), brandID)
	if err != nil {
		return nil, err
	}
	asked := struct {
		Posts    int
		Period   Period
		Channels []Channel
	}{Period: Period{Days: 7}}
	if err := read(r, &asked); err != nil {
		return nil, err
	}
	if asked.Posts < 1 || len(asked.Channels) == 0 {
		return nil, Failure{422, "posts or channels are missing"}
	}
	now := time.Now().UTC()
	start := time.Date(now.Year(), now.Month(), now.Day(), 9, 0, 0, 0, time.UTC)
	plan := Plan{
		ID: newID(), BrandID: brandID, State: "queued", Period: Period{start.Format("2006-01-02"), asked.Period.Days},
		Channels: asked.Channels, Pillars: []Pillar{}, Posts: []Post{}, CreatedAt: now, UpdatedAt: now,
	}
	span := time.Duration(asked.Period.Days) * 24 * time.Hour
	for i := 0; i < asked.Posts; i++ {
		channel := asked.Channels[i%len(asked.Channels)]
		if len(channel.ContentTypes) == 0 {
			channel.ContentTypes = []string{"post"}
		}
		kind := channel.ContentTypes[i/len(asked.Channels)%len(channel.ContentTypes)]
		at := start.Add(span * time.Duration(i) / time.Duration(asked.Posts))
		plan.Slots = append(plan.Slots, Slot{ID: fmt.Sprintf("slot-%d", i+1), Platform: channel.Platform, ContentType: kind, ScheduledAt: at})
	}
	if _, err := service.database.Collection("plans").InsertOne(r.Context(), plan); err != nil {
		return nil, err
	}
	operation, _, err := service.operations.begin(r.Context(), brandID, "generatePlan", Result{"plan", plan.ID},
		func(ctx context.Context, report Report) error { return service.runPlan(ctx, brand, plan, report) },
		func(ctx context.Context, state string) error {
			if state == "succeeded" {
				state = "ready"
			}
			return service.savePlan(ctx, plan.ID, bson.M{"state": state})
		})
	return map[string]any{"plan": plan, "operation": operation}, err
}

func (service *Service) savePlan(ctx context.Context, id string, changes bson.M) error {
	changes["updatedAt"] = time.Now().UTC()
	_, err := service.database.Collection("plans").UpdateOne(ctx, bson.M{"_id": id}, bson.M{"$set": changes})
	return err
}

func (service *Service) plan(ctx context.Context, id string) (Plan, error) {
	plan := Plan{Posts: []Post{}}
	if err := service.database.Collection("plans").FindOne(ctx, bson.M{"_id": id}).Decode(&plan); err != nil {
		return plan, found(err)
	}
	inOrder := options.Find().SetSort(bson.M{"scheduledAt": 1})
	cursor, err := service.database.Collection("posts").Find(ctx, bson.M{"planId": id}, inOrder)
	if err != nil {
		return plan, err
	}
	return plan, cursor.All(ctx, &plan.Posts)
}

// evidence gives the passages short ids, and their words for a prompt.
func evidence(passages []Passage) (ids []string, shown string) {
	var words strings.Builder
	for i, passage := range passages {
		ids = append(ids, fmt.Sprintf("P%d", i+1))
		section := strings.Join(passage.HeadingPath, " > ")
		fmt.Fprintf(&words, "<passage id=%q document=%q section=%q>\n", ids[i], passage.DocumentTitle, section)
		words.WriteString(passage.Text + "\n</passage>\n")
	}
	return ids, words.String()
}

// interleaved gives every list's first before any second, no passage twice.
func interleaved(lists [][]Passage, limit int) (merged []Passage) {
	seen := map[string]bool{}
	for rank, isOver := 0, false; !isOver; rank++ {
		isOver = true
		for _, list := range lists {
			if rank >= len(list) {
				continue
			}
			isOver = false
			if passage := list[rank]; !seen[passage.ChunkID] && len(merged) < limit {
				seen[passage.ChunkID], merged = true, append(merged, passage)
			}
		}
	}
	return merged
}

// runPlan makes the pillars, then their distribution over the slots, then all posts at once.
func (service *Service) runPlan(ctx context.Context, brand Brand, plan Plan, report Report) error {
	limits, total := service.contract.Passages, len(plan.Slots)+2
	if err := report(ctx, 0, total, "pillars"); err != nil {
		return err
	}
	questions := append([]string{"What " + brand.Name + " offers", "prices, figures and facts"}, brand.Goals...)
	lists, err := service.knowledge.search(ctx, brand, questions[:min(8, len(questions))], limits.PerQuestion, "hybrid")
	if err != nil {
		return err
	}
	ids, shown := evidence(interleaved(lists, limits.Pillars))
	words := map[string]any{
		"brand": brand.Name, "goals": strings.Join(brand.Goals, "; "), "evidence": shown, "days": plan.Period.Days, "start": plan.Period.Start,
		"posts": len(plan.Slots),
	}
	var planned struct{ Pillars []Pillar }
	if err := service.ask(ctx, "pillars", pillarsSchema(ids), words, &planned); err != nil {
		return err
	}
	if err := service.savePlan(ctx, plan.ID, bson.M{"state": "running", "pillars": planned.Pillars}); err != nil {
		return err
	}
	if err := report(ctx, 1, total, "distribution"); err != nil {
		return err
	}
	if err := service.distribute(ctx, plan.Slots, planned.Pillars, words); err != nil {
		return err
	}
	// None waits for the others: the plan with its slots is stored while the evidence is looked for.
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error { return service.savePlan(groupCtx, plan.ID, bson.M{"slots": plan.Slots}) })
	group.Go(func() error { return report(groupCtx, 2, total, "posts") })
	group.Go(func() error {
		var questions []string
		for _, slot := range plan.Slots {
			place := slot.Platform + " " + slot.ContentType
			questions = append(questions, slot.Brief, slot.Pillar+": "+slot.Brief, place+": "+slot.Brief)
		}
		var err error
		lists, err = service.knowledge.search(groupCtx, brand, questions, limits.PerQuestion, "hybrid")
		return err
	})
	if err := group.Wait(); err != nil {
		return err
	}
	return service.writePosts(ctx, brand, plan, lists, report)
}

// distribute gives each slot a pillar and a brief.
func (service *Service) distribute(ctx context.Context, slots []Slot, pillars []Pillar, words map[string]any) error {
	var pillarLines, slotLines []string
	for _, pillar := range pillars {
		pillarLines = append(pillarLines, "- "+pillar.Name+": "+pillar.Rationale)
	}
	for _, slot := range slots {
		at := slot.ScheduledAt.Format(time.RFC3339)
		slotLines = append(slotLines, fmt.Sprintf("- %s: %s, %s %s", slot.ID, at, slot.Platform, slot.ContentType))
	}
	words["pillars"], words["slots"] = strings.Join(pillarLines, "\n"), strings.Join(slotLines, "\n")
	var answer struct {
		Slots []struct{ Slot, Pillar, Brief string }
	}
	if err := service.ask(ctx, "distribution", distributionSchema(slots, pillars), words, &answer); err != nil {
		return err
	}
	if len(answer.Slots) == 0 {
		return fmt.Errorf("the model gave no slots")
	}
	given := map[string]int{}
	for i, entry := range answer.Slots {
		given[entry.Slot] = i
	}
	for i := range slots {
		entry := answer.Slots[given[slots[i].ID]]
		slots[i].Pillar, slots[i].Brief = entry.Pillar, entry.Brief
	}
	return nil
}

// writePosts writes and stores all posts; the first failure ends the calls of the others.
func (service *Service) writePosts(ctx context.Context, brand Brand, plan Plan, lists [][]Passage, report Report) error {
	done := int64(2)
	group, groupCtx := errgroup.WithContext(ctx)
	for i, slot := range plan.Slots {
		slot, passages := slot, interleaved(lists[i*3:i*3+3], service.contract.Passages.Post)
		group.Go(func() error {
			post, err := service.writePost(groupCtx, brand, plan.ID, slot, passages)
			if err != nil {
				return err
			}
			if _, err := service.database.Collection("posts").InsertOne(groupCtx, post); err != nil {
				return err
			}
			return report(groupCtx, int(atomic.AddInt64(&done, 1)), len(plan.Slots)+2, "")
		})
	}
	return group.Wait()
}

func (service *Service) writePost(ctx context.Context, brand Brand, planID string, slot Slot, passages []Passage) (Post, error) {
	rules := service.contract.Platforms[slot.Platform]
	ids, shown := evidence(passages)
	voice, _ := brand.Identity["voice"].(string)
	words := map[string]any{
		"brand": brand.Name, "voice": voice, "platform": rules.Name, "contentType": slot.ContentType, "guidance": rules.Guidance,
		"textLimit": rules.TextLimit, "hashtags": rules.Hashtags, "pillar": slot.Pillar, "brief": slot.Brief, "evidence": shown,
	}
	var answer struct {
		Body []struct {
			Text      string
			Citations []struct{ Passage, Quote string }
		}
		Hashtags                          []string
		AltText, CallToAction, MediaBrief string
	}
	if err := service.ask(ctx, "post", postSchema(ids, slot, rules), words, &answer); err != nil {
		return Post{}, err
	}
	post := Post{
		ID: planID + "-" + slot.ID, BrandID: brand.ID, PlanID: planID, SlotID: slot.ID, State: "ready", Platform: slot.Platform,
		ContentType: slot.ContentType, ScheduledAt: slot.ScheduledAt, Pillar: slot.Pillar, Brief: slot.Brief, Hashtags: answer.Hashtags,
		AltText: answer.AltText, CallToAction: answer.CallToAction, MediaBrief: answer.MediaBrief, Citations: []Citation{},
		CreatedAt: time.Now().UTC(),
	}
	var lines []string
	for _, line := range answer.Body {
		lines = append(lines, line.Text)
		for _, citation := range line.Citations {
			var number int
			if fmt.Sscanf(citation.Passage, "P%d", &number); number < 1 || number > len(passages) {
				continue
			}
			source := passages[number-1]
			isVerbatim := strings.Contains(source.Text, citation.Quote)
			if !isVerbatim {
				post.State = "needsReview"
			}
			post.Citations = append(post.Citations, Citation{citation.Quote, source.ChunkID, source.DocumentID, source.DocumentTitle, isVerbatim})
		}
	}
	post.Text = strings.Join(lines, "\n\n")
	return post, nil
}
