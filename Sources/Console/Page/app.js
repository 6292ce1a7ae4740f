// The frame: which address shows which view, the bar at the top, and the start.

const routes = Object.entries({
	"": brandsView, "brands/new": newBrandView, usage: usageView,
	"brands/:brand": documentsView, "brands/:brand/documents": documentsView, "brands/:brand/documents/:document": documentView,
	"brands/:brand/ask": askView, "brands/:brand/plan": planView, "brands/:brand/plan/:plan": boardView,
	"brands/:brand/plan/:plan/calendar": calendarView, "brands/:brand/posts/:post": postView, "brands/:brand/profile": profileView,
});

let view = new AbortController();

const viewSignal = () => view.signal;

function leaveView() {
	view.abort();
	view = new AbortController();
	closePanel(true);
	byId("main").removeAttribute("aria-busy");
}

// What the address asks for: a view, the names in its path, and its query.
function currentRoute() {
	const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
	const parts = path.split("/").filter(Boolean);
	for (const [pattern, show] of routes) {
		const params = matched(pattern.split("/").filter(Boolean), parts);
		if (params) return {show, params, query: new URLSearchParams(query)};
	}
	return {show: () => {throw new Problem(404);}, params: {}};
}

function matched(pattern, parts) {
	const params = {};
	const isMatch = pattern.length === parts.length && pattern.every((name, index) => {
		if (name.startsWith(":")) params[name.slice(1)] = decodeURIComponent(parts[index]);
		return name.startsWith(":") || name === parts[index];
	});
	return isMatch && params;
}

// Shows the view of the address. `isMove`: the person went there, so that the focus goes along.
async function draw(isMove) {
	leaveView();
	const {signal} = view;
	const main = byId("main");
	const slow = setTimeout(() => signal.aborted || main.setAttribute("aria-busy", "true"), 150);
	let brand = null;
	let content;
	try {
		const {show, params, query} = currentRoute();
		brand = params.brand && await get(v1("brands", params.brand));
		content = await show({brand, params, query});
	} catch (problem) {
		if (!(problem instanceof Problem) && !isAbort(problem)) console.error(problem);
		content = failedView(problem);
	}
	clearTimeout(slow);
	// A view that was left, also for signing in, is not shown any more.
	if (signal.aborted) return;
	main.removeAttribute("aria-busy");
	place(main, content, brand, isMove);
}

function place(main, content, brand, isMove) {
	const name = location.hash.split("?")[0];
	const isSame = main.dataset.view === name;
	main.replaceChildren(content);
	main.dataset.view = name;
	const title = main.querySelector("h1[tabindex], h2[tabindex]");
	document.title = [...new Set([title?.textContent, brand?.name, texts.name])].filter(Boolean).join(" – ");
	drawTop();
	if (isSame) return;
	scrollTo(0, 0);
	if (isMove) title?.focus({preventScroll: true});
}

function failedView(problem) {
	const isMissing = problem.status === 404;
	return make("div.page", title("h1", isMissing ? texts.missing.title : texts.problems.title), make("p.lead", isMissing ? texts.missing.text : problemText(problem)),
		actions(!isMissing && button(texts.problems.again, () => draw(), {look: "primary"}), link(texts.missing.home, "", {look: "button"})));
}

function drawTop() {
	const isSignedOut = session.isNeeded && !keyStore.value;
	const current = (begin) => location.hash.replace(/^#\/?/, "").split("?")[0] === begin && "page";
	const links = make("nav.top-links", {"aria-label": texts.mainNavigation}, link(texts.brands.title, "", {"aria-current": current("")}), usageState.isAvailable && link(texts.usage.title, "usage", {"aria-current": current("usage")}));
	const logo = make("span.logo", {"aria-hidden": "true"}, make("span"), make("span"), make("span"));
	byId("top").replaceChildren(...[
		button(texts.skip, () => byId("main").focus(), {look: "skip"}), link([logo, texts.name], "", {look: "wordmark"}),
		!isSignedOut && links, keyStore.value && button(texts.signIn.out, () => session.signOut(), {look: "small"}),
	].filter(Boolean));
}

// Where no key is needed, nobody is asked for one.
async function start() {
	const needsKey = document.querySelector("meta[name=authentication]").content === "keys";
	if (needsKey && !keyStore.value) return session.refused();
	const isOpen = await send("GET", "/v1/brands?limit=1").catch((problem) => problem.status !== 401);
	if (!isOpen) return;
	draw();
	checkUsage();
}

addEventListener("hashchange", () => {if (!session.isNeeded || keyStore.value) draw(true);});
drawTop();
start();
