// Usage and cost of a month. Services that do not tell, or not this key, have no such page.

const usageState = {isAvailable: false};

const thisMonth = () => new Date().toISOString().slice(0, 7);

async function checkUsage() {
	usageState.isAvailable = await send("GET", `/v1/usage?month=${thisMonth()}`).then(() => true, () => false);
	drawTop();
}

async function usageView({query}) {
	const month = query.get("month") ?? thisMonth();
	const usage = await get(`/v1/usage?month=${encodeURIComponent(month)}`);
	const price = (value) => money(value, usage.currency);
	const {used} = usage;
	const values = [price(used.money), compact(used.tokens), compact(used.inputTokens), compact(used.outputTokens), compact(used.embeddingTokens), compact(used.languageCalls + used.embeddingCalls + used.imageCalls)];
	const models = usage.models.map((model) => [code(model.model), compact(model.inputTokens + model.outputTokens + model.embeddingTokens), count(model.calls), price(model.money)]);
	const brands = usage.brands.map(({brandId, tokens, money}) => [brandId ? link(brandId, at({id: brandId}, "documents")) : texts.usage.noBrand, compact(tokens), price(money)]);
	return make("div.page", make("div.page-head", title("h1", texts.usage.title), monthSwitch(month)),
		make("div.figures", texts.usage.figures.map((name, index) => make("div", make("span.muted", name), make("strong.figure", values[index])))),
		budgetView(usage, price), make("section.card", make("h2", texts.usage.days), dayChart(usage, price)),
		make("div.pair.pair-wide", figureTable(texts.usage.models, texts.usage.modelColumns, models), figureTable(texts.usage.brands, texts.usage.brandColumns, brands)));
}

function monthSwitch(month) {
	const step = (months) => {const date = new Date(`${month}-15T12:00:00Z`); date.setUTCMonth(date.getUTCMonth() + months); return date.toISOString().slice(0, 7);};
	const turn = (symbol, label, months) => link([icon(symbol), unseen(label)], `usage?month=${step(months)}`, {look: "button.bare"});
	return make("div.actions", turn("back", texts.usage.previous, -1), make("strong", dayText(`${month}-15`, {month: "long", year: "numeric"})), month < thisMonth() && turn("next", texts.usage.next, 1));
}

function budgetView({budget, used, reserved}, price) {
	const rows = [["money", price], ["tokens", count]].filter(([name]) => typeof budget[name] === "number");
	if (rows.length === 0) return muted(texts.usage.noBudget);
	return make("section.card", make("h2", texts.usage.budget), rows.map(([name, form]) => {
		const part = (used[name] + reserved[name]) / (budget[name] || 1);
		return make("div", make("p", texts.usage.ofBudget(form(used[name]), form(budget[name])), reserved[name] > 0 && texts.usage.reserved(form(reserved[name]))), bar(part, part > 0.9 ? "bar-high" : ""));
	}));
}

// A bar for each day of the month, and the same for those who listen.
function dayChart({month, days}, price) {
	const [year, number] = month.split("-").map(Number);
	const most = Math.max(1, ...days.map((day) => day.tokens));
	return make("ol.chart", Array.from({length: new Date(Date.UTC(year, number, 0)).getUTCDate()}, (_, index) => {
		const name = `${month}-${String(index + 1).padStart(2, "0")}`;
		const {tokens, money: spent} = days.find(({day}) => day === name) ?? {tokens: 0, money: 0};
		const text = texts.usage.day(dayText(name), count(tokens), price(spent));
		const fill = make("span");
		fill.style.height = `${(tokens / most) * 100}%`;
		return make("li", {title: text}, make("span.chart-bar", fill), make("span.chart-label", {"aria-hidden": "true"}, (index + 1) % 5 === 0 ? index + 1 : ""), unseen(text));
	}));
}

function figureTable(title, columns, rows) {
	const cells = ([first, ...others], [name, ...attributes]) => [make(name, ...attributes, first), others.map((value) => make("td.number", value))];
	return make("section.card", make("h2", title), make("table.table", make("caption.unseen", title),
		make("thead", make("tr", columns.map((name, index) => make(index > 0 ? "th.number" : "th", {scope: "col"}, name)))),
		make("tbody", rows.map((row) => make("tr", cells(row, ["th", {scope: "row"}]))))));
}
