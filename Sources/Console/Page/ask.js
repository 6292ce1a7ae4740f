// Ask: a question, the passages that answer it with their scores, and the place in the document.

async function askView({brand, query}) {
	const answer = make("div.answer", {"aria-live": "polite"});
	const controls = askControls(query);
	const submit = submitButton(texts.ask.action, {"data-testid": "ask-submit"});
	const run = () => ask(brand, controls, answer);
	const askForm = form("card.ask", submit, run, field(texts.ask.question, controls.question, {pointer: "/query"}), make("div.ask-row", askOptions(controls), submit));
	if (controls.question.value) queueMicrotask(() => submitting(askForm, submit, run));
	else answer.append(emptyState(texts.ask.emptyTitle, texts.ask.emptyText));
	return brandPage(brand, "ask", viewTitle(texts.ask.title), askForm, answer);
}

function askControls(query) {
	return {
		question: input({type: "search", value: query.get("q") ?? "", maxlength: 4000, placeholder: texts.ask.placeholder, "data-testid": "ask-input"}),
		mode: select(Object.entries(texts.ask.modes), query.get("mode") ?? "hybrid"),
		kind: select([["", texts.ask.anyKind], ...documentKinds.map((name) => [name, texts.documents.kinds[name]])], query.get("kind") ?? ""),
		limit: numberInput(query.get("limit") ?? 8, 1, 50),
	};
}

function askOptions(controls) {
	const fields = ["mode", "kind", "limit"].map((name) => field(texts.ask[name], controls[name], {pointer: name === "kind" ? "/filter" : `/${name}`}));
	return more(texts.ask.options, make("div.pair", fields));
}

async function ask(brand, controls, answer) {
	const {question, mode, kind, limit} = controls;
	const query = question.value.trim();
	if (!query) return markFault(question, texts.ask.missing);
	const body = {query, mode: mode.value, limit: Number(limit.value) || 8};
	if (kind.value) body.filter = {kind: kind.value};
	// The question stands in the address, so that it can be reloaded and sent to somebody.
	history.replaceState(null, "", `#/${at(brand, "ask")}?${new URLSearchParams({q: query, mode: mode.value, kind: kind.value, limit: limit.value})}`);
	const {passages, tookMs} = await sendJSON("POST", owned(brand, "search"), body);
	drawAnswer(answer, brand, passages, tookMs);
}

function drawAnswer(answer, brand, passages, tookMs) {
	closePanel(true);
	if (passages.length === 0) return answer.replaceChildren(emptyState(texts.ask.noneTitle, texts.ask.noneText));
	const place = make("div.answer-document");
	const cards = passages.map((passage, index) => passageCard(passage, index, (opener) => showPassage(brand, passage, place, opener)));
	answer.replaceChildren(make("p.muted.small-text", texts.ask.found(passages.length, tookMs)), make("div.columns.columns-answer", make("ol.passages", cards), place));
	if (isWide()) cards[0].querySelector("button").click();
}

const isWide = () => matchMedia("(min-width: 64rem)").matches;

function passageCard(passage, index, show) {
	const open = make("button.passage-title", {type: "button", click: () => show(open)}, passage.documentTitle, unseen(`, ${index + 1}`));
	const press = (event) => {if (event.target.closest("button") === null && String(getSelection()) === "") show(open);};
	const value = make("span.score", bar(passage.score), make("strong", unseen(texts.ask.score), score(passage.score)));
	return make("li.card.passage", {click: press},
		make("div.passage-head", make("span.muted", {"aria-hidden": "true"}, index + 1), make("h3", open), value),
		passage.headingPath.length > 0 && make("p.muted.small-text", passage.headingPath.join(" › ")),
		make("div.source-text", passage.text),
		make("p.muted.small-text", texts.ask.scores(score(passage.scores.vector), score(passage.scores.text))));
}

function showPassage(brand, passage, place, opener) {
	choose(opener.closest(".passage"), "passage-chosen");
	const reader = documentReader(brand, passage.documentId, passage);
	isWide() ? place.replaceChildren(reader) : openPanel(passage.documentTitle, reader, opener);
}
