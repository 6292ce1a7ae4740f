// Shows documents as they were read, with spans marked, and the panel at the side in which sources stand.

async function chunksOf(brand, documentId) {
	const path = ["documents", documentId];
	const [document, chunks] = await Promise.all([get(owned(brand, ...path)), getAll(owned(brand, ...path, "chunks"))]);
	return {document, chunks};
}

// A document's text under its headings. `mark` says what is marked: {chunkId, span} or {chunkId, quote}.
function documentText(chunks, mark) {
	let path = [];
	return make("div.source-text", chunks.map((chunk) => {
		const headings = newHeadings(path, chunk.headingPath);
		path = chunk.headingPath;
		const isMarked = chunk.id === mark?.chunkId;
		return [headings, make(isMarked ? "div.chunk-marked" : "div", isMarked ? markedParts(chunk, mark) : chunk.text)];
	}));
}

// The headings of a path that were not open before; the first is the document's title.
function newHeadings(before, now) {
	let same = 0;
	while (same < before.length && before[same] === now[same]) same += 1;
	return now.slice(same).map((heading, index) => make(`p.source-heading.source-heading-${same + index + 1}`, heading));
}

function markedParts(chunk, {span, quote}) {
	if (quote) return quotedParts(chunk.text, quote);
	return cutAtSpans(chunk.text, [span], chunk.span.start).map((part) => (part.spans.length > 0 ? make("mark", part.text) : part.text));
}

// A text with a quote of it marked. Line ends and runs of blanks count as one blank.
function quotedParts(text, quote) {
	const words = quote.trim().split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
	const found = new RegExp(words.join("\\s+"), "i").exec(text);
	if (!found) return text;
	return [text.slice(0, found.index), make("mark", found[0]), text.slice(found.index + found[0].length)];
}

// Scrolls what is marked into the upper half of the box that scrolls it.
function showMark(box) {
	const mark = box.querySelector("mark, .chunk-marked");
	if (!mark) return;
	const difference = mark.getBoundingClientRect().top - box.getBoundingClientRect().top;
	box.scrollTo({top: box.scrollTop + difference - box.clientHeight / 3, behavior: scrollBehavior()});
}

const scrollBehavior = () => matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";

// A document with a passage marked in it, as a node that fills itself.
function documentReader(brand, documentId, mark) {
	const body = make("div.reader-body", {tabindex: "0", role: "region", "aria-label": texts.reader.text});
	const title = make("h3", texts.loading);
	chunksOf(brand, documentId).then(({document, chunks}) => {
		title.textContent = document.title;
		body.replaceChildren(documentText(chunks, mark));
		showMark(body);
	}, (problem) => {
		title.textContent = texts.reader.missing;
		body.replaceChildren(muted(problem.status === 404 ? texts.reader.deleted : problemText(problem)));
	});
	return make("div.reader", make("div.reader-head", title, link(texts.reader.open, at(brand, "documents", documentId))), body);
}

let panelOpener = null;

// Shows something beside the page; on a narrow screen, over its lower half. What opened it gets the focus back.
function openPanel(title, content, opener) {
	const panel = byId("panel");
	const heading = make("h2", {tabindex: "-1"}, title);
	panelOpener = opener;
	panel.setAttribute("aria-label", title);
	panel.replaceChildren(make("div.panel-head", heading, closeButton(() => closePanel())), content);
	panel.hidden = false;
	document.body.classList.add("has-panel");
	heading.focus({preventScroll: true});
	opener.scrollIntoView({block: "nearest"});
}

function closePanel(isLeaving) {
	const panel = byId("panel");
	if (panel.hidden) return;
	panel.hidden = true;
	panel.replaceChildren();
	document.body.classList.remove("has-panel");
	choose(null, "chosen");
	if (!isLeaving) panelOpener?.focus();
}

function choose(node, name) {
	for (const chosen of document.querySelectorAll(`.${name}`)) chosen.classList.remove(name);
	node?.classList.add(name);
}

document.addEventListener("keydown", (event) => {
	if (event.key === "Escape" && !document.querySelector("dialog[open]")) closePanel();
});
