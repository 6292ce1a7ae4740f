// Draws a post as it would look on its platform, with its citations marked in the text.

const previews = {
	instagram: (post, brand, text) => [byline(brand, brand.name), visual(post, true), make("div.caption", make("strong", brand.id), " ", text), hashtags(post)],
	linkedin: (post, brand, text) => [byline(brand, brand.name, texts.previews.company), text, hashtags(post), visual(post)],
	facebook: (post, brand, text) => [byline(brand, brand.name, texts.previews.page), text, hashtags(post), visual(post)],
	tiktok: (post, brand, text) => [visual(post, true), byline(brand, `@${brand.id}`), text, hashtags(post)],
	threads: (post, brand, text) => threaded(brand, [text, hashtags(post), visual(post)], []),
	x: (post, brand, text) => threaded(brand, [text, hashtags(post), visual({...post, slides: []})], post.slides ?? []),
};

function preview(post, brand, text) {
	const draw = ["story", "reel", "video"].includes(post.contentType) ? upright : previews[post.platform] ?? previews.linkedin;
	return make(`div.preview.preview-${post.platform}`, {lang: post.language}, draw(post, brand, text));
}

const byline = (brand, name, note) => make("div.byline", avatar(brand), make("span", make("strong", name), note && make("span.byline-note", note)));

const hashtags = ({hashtags}) => hashtags.length > 0 && make("p.hashtags", hashtags.map((tag) => `#${tag}`).join(" "));

// The slides, the picture, or the brief of a picture that is still to be made.
function visual(post, isAlways) {
	if (post.slides?.length) return slideStrip(post);
	if (post.media.mediaId) return make("div.visual", picture(post.media.mediaId, post.altText));
	if (!post.media.brief || (!isAlways && post.contentType !== "post")) return null;
	return make("div.visual.visual-brief", pictureBrief(post, "picture"));
}

const pictureBrief = (post, symbol) => post.media.brief && [icon(symbol), make("p.clamp", unseen(texts.previews.pictureBrief), post.media.brief)];

function slideStrip(post) {
	const {slides, media, altText} = post;
	const strip = make("div.slides", {tabindex: "0", role: "group", "aria-label": texts.previews.slides(slides.length)}, slides.map((slide, index) =>
		make("div.slide", index === 0 && media.mediaId && picture(media.mediaId, altText), make("p", slide), make("span.slide-number", `${index + 1} / ${slides.length}`))));
	const move = (step) => () => strip.scrollBy({left: step * strip.clientWidth, behavior: scrollBehavior()});
	const turn = (symbol, label, step) => button(unseen(label), move(step), {look: `bare.slide-${symbol}`, symbol});
	return make("div.slide-box", strip, slides.length > 1 && [turn("back", texts.previews.previous, -1), turn("next", texts.previews.following, 1)]);
}

// A full-height video or story: the text lies over it.
function upright(post, brand, text) {
	return make("div.upright", post.media.mediaId ? picture(post.media.mediaId, post.altText) : make("div.upright-brief", pictureBrief(post, post.contentType === "story" ? "picture" : "play")),
		make("div.upright-text", byline(brand, brand.id), text, hashtags(post)));
}

// Posts under each other along a line, as on X and Threads.
function threaded(brand, first, others) {
	const entry = (content) => make("div.thread-entry", avatar(brand), make("div.thread-body", make("p", make("strong", brand.name), make("span.muted", ` @${brand.id}`)), content));
	return make("div", entry(first), others.map((text) => entry(make("p.post-text", text))));
}

// The text with its citations marked: each stretch can be pressed, each source has a numbered button behind it.
function citedText(post, showSource) {
	const spans = post.citations.map((citation, index) => ({...citation.span, citation, number: index + 1}));
	return make("div.post-text", cutAtSpans(post.text, spans).map((part) => (part.spans.length > 0 ? citedPart(part, showSource) : part.text)));
}

function citedPart(part, showSource) {
	const isDoubtful = part.spans.some(({citation}) => !citation.verified || !citation.current);
	const buttons = part.ends.map((span) => sourceButton(span, showSource));
	// A number stays on the line of the last word.
	const end = part.text.search(/\S{0,30}\s*$/);
	const press = (event) => {if (String(getSelection()) === "") showSource(part.spans[0].citation, part.spans[0].number, buttons[0] ?? event.currentTarget);};
	return make(`mark.citation.${isDoubtful ? "citation-doubtful" : ""}`, {"data-testid": "citation", click: press}, part.text.slice(0, end), make("span.together", part.text.slice(end), buttons));
}

function sourceButton({citation, number}, showSource) {
	const label = (citation.current ? texts.posts.source : texts.posts.sourceChanged)(number, citation.documentTitle);
	const press = (event) => {event.stopPropagation(); showSource(citation, number, event.currentTarget);};
	return make("button.source-number", {type: "button", "aria-label": label, title: citation.documentTitle, "data-number": number, click: press});
}
