// Makes elements. What comes from documents, models and people becomes text and attributes only, never markup.

const byId = (id) => document.getElementById(id);

// `selector` is a name with classes, such as "p.muted"; an object behind it holds attributes and listeners.
function make(selector, ...content) {
	const [name, ...classes] = selector.split(".");
	const node = document.createElement(name);
	const attributes = content[0]?.constructor === Object ? content.shift() : {};
	node.append(...content.flat(Infinity).filter((part) => part !== false && part !== null && part !== undefined));
	if (classes.length > 0) node.className = classes.join(" ").trim();
	for (const [key, value] of Object.entries(attributes)) setMember(node, key, value);
	return node;
}

function setMember(node, key, value) {
	if (value === null || value === undefined || value === false) return;
	if (typeof value === "function") node.addEventListener(key, value);
	else if (key === "value") node.value = value;
	else node.setAttribute(key, value === true ? "" : value);
}

const icons = {
	back: "M15 5l-7 7 7 7",
	next: "M9 5l7 7-7 7",
	close: "M6 6l12 12M18 6L6 18",
	check: "M5 12.5l4.5 4.5L19 7.5",
	alert: "M12 8v5m0 3.5v.01M12 3.5l9 16H3z",
	plus: "M12 5v14M5 12h14",
	upload: "M12 16V5m-4.5 4.5L12 5l4.5 4.5M5 19h14",
	download: "M12 5v11m-4.5-4.5L12 16l4.5-4.5M5 19h14",
	copy: "M9 9h10v10H9zM15 9V5H5v10h4",
	picture: "M4 5h16v14H4zM4 16l4.5-4.5 4 4 2.5-2.5 5 5M15.5 9.5v.01",
	play: "M8 5.5v13l11-6.5z",
	repair: "M19 12a7 7 0 1 1-2.2-5.1M19 4v4h-4",
};

function icon(name) {
	const [svg, path] = ["svg", "path"].map((part) => document.createElementNS("http://www.w3.org/2000/svg", part));
	svg.setAttribute("viewBox", "0 0 24 24");
	svg.setAttribute("class", "icon");
	svg.setAttribute("aria-hidden", "true");
	path.setAttribute("d", icons[name]);
	svg.append(path);
	return svg;
}

// `look` is a list of classes with dots between.
const button = (label, action, {look = "", symbol, ...attributes} = {}) =>
	make(`button.button.${look}`, {type: "button", click: action, ...attributes}, symbol && icon(symbol), label);

const submitButton = (label, attributes) => button(label, null, {type: "submit", look: "primary", ...attributes});

const closeButton = (action) => button(unseen(texts.close), action, {look: "bare", symbol: "close"});

const link = (label, path, {look = "", ...attributes} = {}) => make(`a.${look}`, {href: `#/${path}`, ...attributes}, label);

const backLink = (label, path) => link([icon("back"), label], path, {look: "back"});

const pathOf = (...parts) => parts.map(encodeURIComponent).join("/");

// The address of something of a brand in this page and in the API, and of anything in the API.
const at = (brand, ...parts) => pathOf("brands", brand.id, ...parts);
const owned = (brand, ...parts) => v1("brands", brand.id, ...parts);
const v1 = (...parts) => `/v1/${pathOf(...parts)}`;

// The heading that gets the focus when its view is shown.
const title = (name, text) => make(name, {tabindex: "-1"}, text);

const badge = (label, tone = "quiet", symbol) => make(`span.badge.badge-${tone}`, symbol && icon(symbol), label);

const unseen = (text) => make("span.unseen", text);
const muted = (...content) => make("p.muted", content);
const actions = (...content) => make("div.actions", content);
const code = (text) => make("span.code", text);

const card = (title, ...content) => make("section.card", make("h3", title), content);

// A bar that is filled to a part of one; what it means stands beside it as text.
function bar(part, look = "") {
	const fill = make("span.bar-fill");
	fill.style.width = `${Math.max(0, Math.min(1, part)) * 100}%`;
	return make(`span.bar.${look}`, {"aria-hidden": "true"}, fill);
}

const emptyState = (title, text) => make("div.empty", make("p", make("strong", title)), muted(text));

// Names and values, without those that have none.
function facts(pairs) {
	const isThere = ([, value]) => value !== null && value !== undefined && value !== "" && value !== false;
	return make("dl.facts", pairs.filter(isThere).map(([name, value]) => make("div", make("dt", name), make("dd", value))));
}

// The parts of a text between the ends of spans, each with the spans that cover it. Spans count Unicode scalars.
function cutAtSpans(text, spans, offset = 0) {
	const scalars = Array.from(text);
	const place = (value) => Math.min(scalars.length, Math.max(0, value - offset));
	const ranges = spans.map((span) => ({span, start: place(span.start), end: place(span.end)})).filter(({start, end}) => start < end);
	const cuts = [...new Set([0, scalars.length, ...ranges.flatMap(({start, end}) => [start, end])])].sort((a, b) => a - b);
	return cuts.slice(0, -1).map((start, index) => {
		const end = cuts[index + 1];
		const covering = ranges.filter((range) => range.start <= start && range.end >= end);
		const ending = covering.filter((range) => range.end === end);
		return {text: scalars.slice(start, end).join(""), spans: covering.map(({span}) => span), ends: ending.map(({span}) => span)};
	});
}

// Says something that was done, or went wrong, for some seconds.
function notify(text, tone = "good") {
	const note = make(`div.notice.notice-${tone}`, make("p", text), closeButton(() => note.remove()));
	byId("notices").append(note);
	setTimeout(() => note.remove(), tone === "bad" ? 12000 : 5000);
}

// Runs what a button does, and says what went wrong.
async function attempt(work) {
	try {
		return await work();
	} catch (problem) {
		if (!isAbort(problem)) notify(problemText(problem), "bad");
	}
}

function announce(text) {
	const announcer = byId("announcer");
	if (announcer.textContent !== text) announcer.textContent = text;
}

const alertBox = (text, tone, ...more) =>
	make(`div.alert.alert-${tone}`, {role: tone === "bad" && "alert"}, icon("alert"), make("div", make("p", text), more));

// Asks before something is lost; resolves to whether it shall be done.
function confirmed(title, text, action) {
	return new Promise((resolve) => {
		const end = (answer) => dialog.close(answer);
		const dialog = make("dialog.dialog", {"aria-labelledby": "dialog-title"}, make("h2", {id: "dialog-title"}, title), make("p", text),
			actions(button(action, () => end("yes"), {look: "danger"}), button(texts.keep, () => end("no"), {autofocus: true})));
		dialog.addEventListener("close", () => {dialog.remove(); resolve(dialog.returnValue === "yes");});
		document.body.append(dialog);
		dialog.showModal();
	});
}

// The clipboard is closed to pages on plain HTTP; there the text is selected and copied.
async function copyText(text) {
	const area = make("textarea.unseen", {value: text});
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		document.body.append(area);
		area.select();
		document.execCommand("copy");
		area.remove();
	}
	notify(texts.copied);
}

function saveFile(blob, name) {
	const url = URL.createObjectURL(blob);
	make("a", {href: url, download: name}).click();
	setTimeout(() => URL.revokeObjectURL(url), 10000);
}
