// Documents: upload with progress, the list with states, and one document with the posts that cite it.

const documentKinds = ["guideline", "brandVoice", "productSheet", "pastPost", "other"];

async function documentsView({brand}) {
	const list = make("div");
	const refresh = documentRefresher(brand, list, viewSignal());
	await refresh();
	return brandPage(brand, "documents", viewTitle(texts.documents.title), uploadCard(brand, refresh), list);
}

// Draws the list, and again each second while some document is being read.
function documentRefresher(brand, list, signal) {
	let timer = null;
	const refresh = async () => {
		clearTimeout(timer);
		const documents = await getAll(owned(brand, "documents"));
		const busy = documents.filter(isBeingRead).length;
		drawDocuments(list, brand, documents);
		announce(busy > 0 ? texts.documents.reading(busy) : "");
		if (busy > 0 && !signal.aborted) timer = setTimeout(() => signal.aborted || refresh().catch(() => {}), 1000);
	};
	return refresh;
}

const isBeingRead = ({state}) => state === "queued" || state === "processing";

function drawDocuments(list, brand, documents) {
	if (documents.length === 0) return list.replaceChildren(emptyState(texts.documents.none, texts.documents.noneText));
	documents.sort((a, b) => isBeingRead(b) - isBeingRead(a) || a.title.localeCompare(b.title));
	const head = texts.documents.columns.map((name, index) => make(index === 2 ? "th.number" : "th", {scope: "col"}, name));
	list.replaceChildren(make("table.table.rows", make("caption.unseen", texts.documents.title), make("thead", make("tr", head)), make("tbody", documents.map((document) => documentRow(brand, document)))));
}

function documentRow(brand, document) {
	return make("tr",
		make("th", {scope: "row"}, link(document.title, at(brand, "documents", document.id)), document.error && make("p.bad-text", sentence(document.error))),
		make("td", `${texts.documents.kinds[document.kind]} · ${texts.documents.formats[document.format]}`),
		make("td.number", {"data-name": texts.documents.columns[2]}, count(document.chunks)),
		make("td", documentBadge(document)),
		make("td.muted", shortMoment(document.updatedAt)));
}

function documentBadge({state}) {
	const looks = {ready: ["good", "check"], failed: ["bad", "alert"], queued: ["quiet"], processing: ["busy"]};
	return badge(texts.documents.states[state], ...looks[state]);
}

function uploadCard(brand, refresh) {
	const files = fileInput(".md,.markdown,.txt,.html,.htm,.csv,.json,.pdf,.docx", {"data-testid": "upload-file"});
	const kind = select(documentKinds.map((name) => [name, texts.documents.kinds[name]]), "guideline");
	const submit = submitButton(texts.documents.upload, {symbol: "upload", "data-testid": "upload-submit"});
	const chosen = make("ul.upload-list", {"aria-label": texts.documents.chosen});
	const zone = field(texts.documents.files, files, {hint: texts.documents.filesHint, look: "drop-zone"});
	files.addEventListener("change", () => drawChosen(chosen, files.files));
	acceptDrops(zone, files);
	return form("card", submit, () => uploadAll(brand, files, kind.value, chosen, refresh), zone, make("div.upload-row", field(texts.documents.kind, kind), submit), chosen);
}

function acceptDrops(zone, files) {
	const hover = (isOver) => (event) => {event.preventDefault(); zone.classList.toggle("is-over", isOver);};
	zone.addEventListener("dragover", hover(true));
	zone.addEventListener("dragleave", hover(false));
	zone.addEventListener("drop", (event) => {
		hover(false)(event);
		files.files = event.dataTransfer.files;
		files.dispatchEvent(new Event("change"));
	});
}

function drawChosen(list, files) {
	list.replaceChildren(...Array.from(files, (file) => make("li", make("span", file.name), make("span.upload-state"))));
}

// Two at a time, each file a request of its own: one that is refused does not hold up the others.
async function uploadAll(brand, input, kind, list, refresh) {
	const files = Array.from(input.files);
	if (files.length === 0) return markFault(input, texts.documents.noFile);
	drawChosen(list, files);
	const waiting = files.map((file, index) => [file, list.children[index].lastChild]);
	let sent = 0;
	const work = async () => {
		for (let next = waiting.shift(); next; next = waiting.shift()) if (await uploadOne(brand, kind, ...next)) sent += 1;
	};
	await Promise.all([work(), work()]);
	input.value = "";
	notify(texts.documents.sent(sent, files.length), sent === files.length ? "good" : "bad");
	await refresh();
}

async function uploadOne(brand, kind, file, state) {
	const body = new FormData();
	body.append("file", file, file.name);
	body.append("kind", kind);
	try {
		await upload(owned(brand, "documents"), body, {"Idempotency-Key": crypto.randomUUID()}, (part) => state.replaceChildren(bar(part), percent(part)));
		state.replaceChildren(badge(texts.documents.received, "good", "check"));
		return true;
	} catch (problem) {
		state.replaceChildren(make("span.bad-text", uploadProblem(problem)));
		return false;
	}
}

const uploadProblem = (problem) => problem.faults?.length > 0 ? sentence(problem.faults[0].detail) : problemText(problem);

async function documentView({brand, params}) {
	const signal = viewSignal();
	const [{document, chunks}, citing] = await Promise.all([chunksOf(brand, params.document), getAll(owned(brand, "documents", params.document, "citing-posts"))]);
	if (isBeingRead(document)) pause(1000, signal).then(() => signal.aborted || draw());
	const remove = button(texts.documents.remove, () => removeDocument(brand, document), {look: "danger"});
	return brandPage(brand, "documents", backLink(texts.documents.all, at(brand, "documents")), viewTitle(document.title, documentBadge(document)),
		make("div.columns",
			make("article.card.sheet", chunks.length > 0 ? documentText(chunks) : muted(document.error ? sentence(document.error) : texts.documents.notRead)),
			make("div.column", card(texts.documents.about, documentFacts(document), actions(remove)), card(texts.documents.citing, citingPosts(brand, citing)))));
}

function documentFacts(document) {
	const values = [texts.documents.kinds[document.kind], texts.documents.formats[document.format], count(document.chunks), count(document.version), document.source, shortMoment(document.updatedAt), code(document.id)];
	return facts(texts.documents.facts.map((name, index) => [name, values[index]]));
}

function citingPosts(brand, posts) {
	if (posts.length === 0) return muted(texts.documents.notCited);
	return make("ul.plain-list", posts.map((post) => make("li", link(texts.posts.name(post), at(brand, "posts", post.postId)),
		make("span.muted", post.scheduledAt && shortMoment(post.scheduledAt)), post.outdated && outdatedBadge())));
}

async function removeDocument(brand, document) {
	if (!await confirmed(texts.documents.removeAsk(document.title), texts.documents.removeText, texts.documents.remove)) return;
	attempt(async () => {
		await send("DELETE", owned(brand, "documents", document.id));
		location.hash = `#/${at(brand, "documents")}`;
	});
}
