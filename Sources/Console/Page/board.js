// The board of a plan: stages, themes, and a card for each post that fills in as it is written.

async function boardView({brand, params}) {
	const signal = viewSignal();
	const plan = await get(v1("plans", params.plan));
	const operation = await get(v1("operations", plan.operationId));
	const board = {brand, plan, operation, signal, posts: new Map(), places: new Map(), asked: new Set(), isConnected: true, head: make("div.page"), themes: make("div"), days: make("div.days")};
	drawBoard(board);
	if (!isOver(operation)) followBoard(board);
	return brandPage(brand, "plan", backLink(texts.plan.all, at(brand, "plan")), board.head, board.themes, board.days);
}

function drawBoard(board) {
	for (const post of board.plan.posts) board.posts.set(post.slotId, post);
	drawBoardHead(board);
	drawThemes(board);
	if (board.places.size !== board.plan.slots.length || board.places.size === 0) drawDays(board);
	for (const slot of board.plan.slots) drawPlace(board, slot.id);
}

async function followBoard(board) {
	const onConnection = (isConnected) => {
		if (isConnected === board.isConnected) return;
		board.isConnected = isConnected;
		drawBoardHead(board);
	};
	await attempt(async () => {
		const end = await follow(board.operation.id, {signal: board.signal, onConnection, onState: (operation) => applyState(board, operation)});
		if (end) await reloadBoard(board);
	});
}

async function reloadBoard(board) {
	board.plan = await get(v1("plans", board.plan.id), board.signal);
	drawBoard(board);
}

function applyState(board, operation) {
	const {plan, days} = board;
	board.operation = operation;
	drawBoardHead(board);
	announceProgress(board);
	const hasThemes = operation.items.some((item) => item.id === "pillars" && item.state === "succeeded");
	const isBehind = (plan.slots.length === 0 && postItems(operation).length > 0) || (plan.pillars.length === 0 && hasThemes);
	if (isBehind) return void reloadBoard(board).catch(() => {});
	if (plan.slots.length === 0 && days.childElementCount === 0) drawDays(board);
	for (const item of postItems(operation)) drawPlace(board, item.id);
}

async function loadPost(board, item) {
	if (board.posts.has(item.id) || board.asked.has(item.resultId)) return;
	board.asked.add(item.resultId);
	try {
		board.posts.set(item.id, await get(v1("posts", item.resultId), board.signal));
		drawPlace(board, item.id);
	} catch {
		board.asked.delete(item.resultId);
	}
}

// Often enough to be of use, seldom enough to be listened to.
function announceProgress(board) {
	const {operation} = board;
	if (!isOver(operation) && Date.now() - (board.announcedAt ?? 0) < 4000) return;
	board.announcedAt = Date.now();
	announce(`${isOver(operation) ? texts.plan.states[operation.state] : texts.plan.stages[operation.stage] ?? ""}. ${texts.plan.written(writtenCount(operation), plannedPosts(operation))}.`);
}

function drawBoardHead(board) {
	const {operation, head} = board;
	const focused = document.activeElement?.dataset.action;
	head.replaceChildren(planHead(board, "board"), ...[!isOver(operation) && progressCard(board), boardTrouble(operation), boardActions(board)].filter(Boolean));
	if (focused) head.querySelector(`[data-action="${focused}"]`)?.focus();
}

// The title of a plan, as its board and its calendar have it.
function planHead({brand, plan, operation}, view) {
	const tokens = operation.usage.inputTokens + operation.usage.outputTokens;
	const note = [texts.plan.written(writtenCount(operation), plannedPosts(operation)), plan.timeZone.replaceAll("_", " "), tokens > 0 && texts.plan.tokens(tokens)];
	const views = ["board", "calendar"].map((name) => link(texts.plan[name], at(brand, "plan", plan.id, ...(name === "board" ? [] : [name])), {"aria-current": name === view && "page", "data-action": `view-${name}`}));
	return make("div", viewTitle(periodText(plan.period), operationBadge(operation), make("nav.switch", {"aria-label": texts.plan.views}, views)), muted(note.filter(Boolean).join(" · ")));
}

function progressCard({operation, isConnected}) {
	const {done, total} = operation.progress;
	const progress = make("progress", {max: Math.max(1, total), value: done, "aria-label": texts.plan.progress});
	const stages = [...operation.items.filter((item) => item.kind === "stage"), {id: "posts", state: operation.stage === "posts" ? "running" : "queued"}];
	return make("div.card", make("ol.stages", stages.map(({id, state}) => make(`li.stage.stage-${state}`, {"aria-current": state === "running" && "step"},
		make("span.stage-dot", state === "succeeded" && icon("check")), texts.plan.stages[id] ?? id, unseen(`: ${texts.plan.itemStates[state]}`)))),
	progress, !isConnected && make("p.warn-text", texts.plan.reconnecting));
}

// Names what failed; the cards of those posts say why.
function boardTrouble(operation) {
	const {state, error} = operation;
	if (!["failed", "partial", "cancelled"].includes(state)) return null;
	const failed = postItems(operation).filter((item) => item.state === "failed");
	const text = state === "cancelled" ? texts.plan.wasCancelled : error ? sentence(error.detail) : texts.plan.someFailed(failed.length);
	return alertBox(text, state === "cancelled" ? "quiet" : "warn");
}

function boardActions(board) {
	const {operation, plan, posts} = board;
	const steering = (name, look, symbol) => button(texts.plan[name], (event) => steer(board, name, event.currentTarget), {look, symbol, "data-action": name});
	if (!isOver(operation)) return actions(steering("cancel", "small"));
	const exports = Object.entries(texts.plan.exports).map(([type, label]) => button(label, () => exportPlan(plan, `text/${type}`), {look: "small", symbol: "download", "data-action": type}));
	return actions(operation.state !== "succeeded" && steering("resume", "primary.small", "play"), posts.size > 0 && exports);
}

// What became of a cancelled plan comes over the stream, which may be ahead of the answer.
async function steer(board, name, control) {
	control.setAttribute("aria-busy", "true");
	await attempt(async () => {
		const operation = await create(v1("operations", board.operation.id, name), {});
		if (name === "cancel") return;
		board.operation = operation;
		followBoard(board);
		await reloadBoard(board);
	});
	control.removeAttribute("aria-busy");
}

function exportPlan(plan, type) {
	return attempt(async () => {
		const response = await send("GET", v1("plans", plan.id), {headers: {Accept: type}});
		const [, name] = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition")) ?? [];
		saveFile(await response.blob(), name ?? plan.id);
	});
}

function drawThemes({plan, themes}) {
	if (plan.pillars.length === 0) return;
	themes.replaceChildren(make("section.themes", make("h3", texts.plan.stages.pillars), make("ul.pair", plan.pillars.map((pillar) =>
		make("li", make("div.theme-head", make("strong", pillar.name), make("span.muted", percent(pillar.share))), bar(pillar.share), muted(pillar.rationale))))));
}

const byTime = (slots) => [...slots].sort((a, b) => a.scheduledAt.localeCompare(b.scheduledAt));

// The posts under their days, in the plan's time zone; before there is a schedule, blank cards.
function drawDays(board) {
	const {plan, operation, days, places} = board;
	if (plan.slots.length === 0) {
		const blanks = isOver(operation) ? 0 : Math.min(plannedPosts(operation), 12);
		return days.replaceChildren(make("div.post-grid", {"aria-hidden": "true"}, Array.from({length: blanks}, () => make("div.card.post-card.slot-card", make("div.post-stage", skeleton())))));
	}
	const byDay = new Map();
	for (const slot of byTime(plan.slots)) {
		const day = dayKey(slot.scheduledAt, plan.timeZone);
		places.set(slot.id, make("div.post-place"));
		byDay.set(day, [...(byDay.get(day) ?? []), places.get(slot.id)]);
	}
	days.replaceChildren(...[...byDay].map(([day, cards]) => make("section.day", make("h3", dayText(day, {weekday: "long"}), " ", make("span", dayText(day))), make("div.post-grid", cards))));
}

// Draws a post's card when something of it changed; what a person is reading stays as it is.
function drawPlace(board, slotId) {
	const {plan, operation, places, posts, brand} = board;
	const slot = plan.slots.find((candidate) => candidate.id === slotId);
	const item = operation.items.find((candidate) => candidate.id === slotId) ?? {state: "queued"};
	const [place, post] = [places.get(slotId), posts.get(slotId)];
	const state = post ? `written-${post.revision}` : isOver(operation) && item.state !== "failed" ? "missing" : item.state;
	if (!post && item.state === "succeeded") loadPost(board, item);
	if (!place || place.dataset.state === state) return;
	place.dataset.state = state;
	place.replaceChildren(post ? postCard(post, brand, plan.timeZone) : slotCard(slot, item, state, plan.timeZone));
}

function slotCard(slot, item, state, timeZone) {
	const looks = {failed: ["bad", "alert"], running: ["busy"]};
	const reason = state === "failed" ? make("p.bad-text", sentence(item.error?.detail ?? texts.plan.noReason)) : state !== "missing" && skeleton();
	return make(`article.card.post-card.slot-card.slot-${state}`,
		make("header.post-head", make("h4", texts.posts.name(slot)), make("span.muted", clockTime(slot.scheduledAt, timeZone)), badge(texts.plan.itemStates[state], ...(looks[state] ?? []))),
		make("div.post-stage", muted(slot.brief), reason), make("footer.post-foot", make("p.post-summary", make("span.pillar-name", slot.pillar))));
}

const skeleton = () => make("div.skeleton", {"aria-hidden": "true"}, [1, 2, 3].map(() => make("span")));
