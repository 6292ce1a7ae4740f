// Brands: the list, the form to make and change one, and the head that all views of a brand share.

async function brandsView() {
	const brands = await getAll(v1("brands"));
	if (brands.length === 0) return welcome();
	return make("div.page",
		make("div.page-head", title("h1", texts.brands.title), link([icon("plus"), texts.brands.add], "brands/new", {look: "button.primary"})),
		make("ul.brand-list", brands.map((brand) => make("li", brandCard(brand)))));
}

function brandCard(brand) {
	const about = brand.identity.voice || brand.identity.audience || texts.brands.noVoice;
	return link([avatar(brand), make("span.brand-card-text", make("strong", brand.name), make("span.muted.clamp", about), code(brand.id))],
		at(brand, "documents"), {look: "brand-card.card", "data-testid": "brand"});
}

const avatar = (brand) => make("span.avatar", {"aria-hidden": "true"}, initials(brand.name));

function welcome() {
	const steps = texts.brands.steps.map(([title, text]) => make("li", make("strong", title), make("span.muted", text)));
	return make("div.page.welcome", title("h1", texts.brands.welcome), make("p.lead", texts.brands.welcomeText), make("ol.steps", steps),
		actions(link([icon("plus"), texts.brands.first], "brands/new", {look: "button.primary"})));
}

function brandPage(brand, tab, ...content) {
	const tabs = ["documents", "ask", "plan", "profile"].map((name) =>
		link(texts.tabs[name], at(brand, name), {"data-testid": `tab-${name}`, "aria-current": name === tab && "page"}));
	return make("div.page", make("div.brand-head", avatar(brand), make("h1", brand.name)), make("nav.tabs", {"aria-label": texts.tabs.label}, tabs), content);
}

const viewTitle = (text, ...beside) => make("div.view-head", title("h2", text), beside);

async function newBrandView() {
	return make("div.page.narrow", title("h1", texts.brands.newTitle), make("p.lead", texts.brands.newText), brandForm());
}

async function profileView({brand}) {
	return brandPage(brand, "profile", viewTitle(texts.tabs.profile), make("div.narrow", brandForm(brand)));
}

const brandParts = {texts: ["voice", "tone", "audience"], lists: ["values", "dos", "donts", "bannedTerms", "requiredTerms"]};

function brandForm(brand) {
	const controls = brandControls(brand);
	const submit = submitButton(brand ? texts.brands.save : texts.brands.create);
	if (!brand) suggestId(controls.name, controls.id);
	return form("card", submit, () => saveBrand(brand, controls), brandFields(brand, controls), actions(submit));
}

function brandControls(brand) {
	const {identity = {languages: ["en"]}, goals = [], name = ""} = brand ?? {};
	const list = (name) => [name, textArea((identity[name] ?? []).join("\n"), 4)];
	return {
		name: input({value: name, required: true, maxlength: 200}), id: input({required: true, maxlength: 64, spellcheck: "false"}),
		...Object.fromEntries([...brandParts.texts.map((name) => [name, textArea(identity[name])]), ...brandParts.lists.map(list)]),
		languages: input({value: identity.languages.join(", ")}), goals: textArea(goals.join("\n"), 4),
	};
}

function brandFields(brand, controls) {
	const places = {name: "/name", id: "/id", goals: "/goals"};
	const one = (name) => field(texts.brands.fields[name][0], controls[name], {hint: texts.brands.fields[name][1], pointer: places[name] ?? `/identity/${name}`});
	const part = (text) => make("h2.form-title", text);
	return [
		one("name"), !brand && one("id"),
		part(texts.brands.soundsLike), brandParts.texts.map(one),
		part(texts.brands.standsFor), one("values"), make("div.pair", one("dos"), one("donts")), one("goals"),
		part(texts.brands.words), make("div.pair", one("bannedTerms"), one("requiredTerms")), one("languages"),
	];
}

function suggestId(name, id) {
	let isOwn = false;
	id.addEventListener("input", () => {isOwn = id.value !== "";});
	name.addEventListener("input", () => {if (!isOwn) id.value = slug(name.value);});
}

const letters = {æ: "ae", ø: "o", œ: "oe", ß: "ss", ł: "l", đ: "d"};

const slug = (text) =>
	text.toLowerCase().replace(/[æøœßłđ]/g, (letter) => letters[letter]).normalize("NFKD").replace(/[\u0300-\u036f]/g, "").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 64);

// What the form does not show of the brand stays as it is.
function brandBody(brand, controls) {
	const identity = {...brand?.identity, languages: commaList(controls.languages)};
	for (const name of brandParts.texts) identity[name] = controls[name].value.trim();
	for (const name of brandParts.lists) identity[name] = lines(controls[name]);
	return {name: controls.name.value.trim(), identity, goals: lines(controls.goals), metadata: brand?.metadata ?? {}};
}

async function saveBrand(brand, controls) {
	const id = brand?.id ?? controls.id.value.trim();
	if (!controls.name.value.trim()) return markFault(controls.name, texts.brands.nameMissing);
	if (!brand && !/^[a-z0-9][a-z0-9-]{0,63}$/.test(id)) return markFault(controls.id, texts.brands.idWrong);
	// PUT replaces: a new brand must not overwrite another one.
	if (!brand && (await getAll(v1("brands"))).some((other) => other.id === id)) return markFault(controls.id, texts.brands.idTaken);
	await sendJSON("PUT", v1("brands", id), brandBody(brand, controls));
	notify(brand ? texts.brands.saved : texts.brands.created);
	brand ? draw() : (location.hash = `#/${at({id}, "documents")}`);
}
