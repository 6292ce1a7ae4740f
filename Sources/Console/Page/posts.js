// Posts: the card on a board, and the page with sources, checks, changes by hand and writing anew.

const postState = ({state}) =>
	badge(texts.posts.states[state], state === "ready" ? "good" : state === "failed" ? "bad" : "warn", state === "ready" ? "check" : "alert");

const outdatedBadge = () => badge(texts.posts.outdated, "warn", "alert");

function publishedText(post) {
	const slides = post.contentType === "thread" ? post.slides ?? [] : [];
	return [post.text, ...slides, post.hashtags.map((tag) => `#${tag}`).join(" ")].filter(Boolean).join("\n\n");
}

function postCard(post, brand, timeZone) {
	const id = `post-${post.id}`;
	return make("article.card.post-card", {"data-testid": "post", "aria-labelledby": id},
		make("header.post-head", make("h4", {id}, texts.posts.name(post)), make("span.muted", clockTime(post.scheduledAt, timeZone)), postState(post)),
		postStage(post, brand, (citation, number, opener) => showSource(brand, citation, number, opener)),
		make("footer.post-foot", postSummary(post), actions(post.text && copyButton(post), link(texts.posts.open, at(brand, "posts", post.id), {look: "button.small", "aria-label": texts.posts.openNamed(post)}))));
}

function postStage(post, brand, showSource) {
	const reason = post.checks.find((check) => check.status === "fail")?.detail ?? texts.posts.noText;
	return make("div.post-stage", post.text ? preview(post, brand, citedText(post, showSource)) : muted(sentence(reason)));
}

const copyButton = (post) => button(texts.posts.copy, () => copyText(publishedText(post)), {look: "small", symbol: "copy"});

function postSummary(post) {
	const bad = post.checks.filter((check) => check.status === "fail").length;
	return make("p.post-summary", make("span.pillar-name", post.pillar), make("span", texts.posts.sources(post.citations.length)),
		bad > 0 ? make("span.bad-text", texts.posts.checksFailed(bad)) : make("span", texts.posts.checksPassed), post.outdated && outdatedBadge());
}

// The passage that a claim rests on, beside the post.
function showSource(brand, citation, number, opener) {
	const reader = documentReader(brand, citation.documentId, citation);
	openPanel(texts.posts.sourceTitle(number), make("div.source", make("div.source-quote", sourceQuote(citation)), reader), opener);
	choose(opener.closest(".citation"), "chosen");
}

function sourceQuote(citation, ...beside) {
	const doubt = !citation.verified ? texts.posts.unverified : !citation.current && texts.posts.changed;
	return [make("blockquote", citation.quote), actions(doubt ? badge(doubt, "warn", "alert") : badge(texts.posts.verified, "good", "check"), beside)];
}

async function postView({brand, params}) {
	const post = await get(v1("posts", params.post));
	const plan = post.planId && await get(v1("plans", post.planId));
	const back = plan ? backLink(texts.posts.back(periodText(plan.period)), at(brand, "plan", plan.id)) : backLink(texts.plan.all, at(brand, "plan"));
	const sheet = make("article.card.post-card", {"data-testid": "post", "aria-label": texts.posts.name(post)}, postStage(post, brand, (_, number) => pointAtSource(number)),
		post.text && make("footer.post-foot", actions(copyButton(post))));
	return brandPage(brand, "plan", back, viewTitle(texts.posts.name(post), postState(post), post.outdated && outdatedBadge()),
		make("p.muted.view-note", [post.scheduledAt && shortMoment(post.scheduledAt, plan?.timeZone), post.pillar].filter(Boolean).join(" · ")),
		make("div.columns.columns-post", make("div.column-post", sheet), make("div.column", sourcesCard(post, brand), checksCard(post), changeCard(post), detailsCard(post))));
}

// On a post's own page the sources stand beside it already.
function pointAtSource(number) {
	const source = byId(`source-${number}`);
	choose(source, "source-chosen");
	source.focus({preventScroll: true});
	source.scrollIntoView({block: "nearest", behavior: scrollBehavior()});
}

function sourcesCard(post, brand) {
	if (post.citations.length === 0) return card(texts.posts.sourcesTitle, muted(texts.posts.noSources));
	return card(texts.posts.sourcesTitle, make("ol.source-list", post.citations.map((citation, index) => {
		const open = button(texts.posts.showPassage, () => showSource(brand, citation, index + 1, open), {look: "small", "aria-label": texts.posts.showPassageOf(index + 1)});
		return make("li.source-item", {id: `source-${index + 1}`, tabindex: "-1"}, make("span.source-number", {"aria-hidden": "true", "data-number": index + 1}), make("div", make("strong", citation.documentTitle), sourceQuote(citation, open)));
	})));
}

function checksCard(post) {
	const looks = {pass: ["good-text", "check"], repaired: ["muted", "repair"], fail: ["bad-text", "alert"]};
	return card(texts.posts.checksTitle, make("ul.pair.check-list", post.checks.map(({rule, status, detail}) => make("li", make(`span.${looks[status][0]}`, icon(looks[status][1])),
		make("div", texts.checks[rule] ?? rule, unseen(`: ${texts.posts.checkStates[status]}`), detail && muted(sentence(detail)))))));
}

function detailsCard(post) {
	const {voice, provenance, media} = post;
	const values = [
		post.brief, post.callToAction, media.brief, post.altText, post.script && make("span.pre", post.script), post.instruction,
		voice && texts.posts.words(voice.sentenceLength), voice && `LIX ${Math.round(voice.readingLevel)}`,
		provenance.model, post.editedAt && shortMoment(post.editedAt),
	];
	return card(texts.posts.detailsTitle, facts(texts.posts.details.map((name, index) => [name, values[index]])));
}

function changeCard(post) {
	const text = textArea(post.text, 8);
	const tags = input({value: post.hashtags.join(", ")});
	const save = submitButton(texts.posts.save, {look: ""});
	const edit = form("", save, () => editPost(post, text, tags), make("p.hint", texts.posts.editHint),
		field(texts.posts.text, text, {pointer: "/text"}), field(texts.posts.hashtags, tags, {pointer: "/hashtags", hint: texts.posts.hashtagsHint}), actions(save));
	const wish = textArea("", 2, {placeholder: texts.posts.wishPlaceholder, maxlength: 4000});
	const again = submitButton(texts.posts.writeAnew, {look: "", symbol: "repair"});
	const anew = form("", again, () => rewritePost(post, wish), field(texts.posts.wish, wish, {pointer: "/instruction"}), actions(again));
	return card(texts.posts.changeTitle, anew, post.text && more(texts.posts.edit, edit));
}

async function editPost(post, text, tags) {
	await sendJSON("PATCH", v1("posts", post.id), {text: text.value, hashtags: commaList(tags).map((tag) => tag.replace(/^#/, "")), revision: post.revision});
	notify(texts.posts.saved);
	draw();
}

async function rewritePost(post, wish) {
	const signal = viewSignal();
	if (!wish.value.trim()) return markFault(wish, texts.posts.wishMissing);
	const {operation} = await create(v1("posts", post.id, "regenerate"), {instruction: wish.value.trim()});
	announce(texts.posts.rewriting);
	const end = await follow(operation.id, {signal});
	if (!end) return;
	if (end.state !== "succeeded") throw new Problem(200, end.error ?? {detail: texts.plan.states[end.state]});
	notify(texts.posts.rewritten);
	draw();
}
