// Plan: the form for a new plan with its estimate, and the plans made before.

async function planView({brand}) {
	const [able, earlier] = await Promise.all([get(v1("capabilities")), plansOf(brand)]);
	return brandPage(brand, "plan", make("div.columns", planForm(brand, able), make("section.column", make("h2", texts.plan.earlier), earlierPlans(brand, earlier))));
}

// Plans are found through their operations, newest first.
async function plansOf(brand) {
	const answer = await get(`/v1/operations?limit=12&kind=generatePlan&brandId=${encodeURIComponent(brand.id)}`);
	return answer.items;
}

function earlierPlans(brand, operations) {
	if (operations.length === 0) return muted(texts.plan.noneEarlier);
	return make("ul.plan-list", operations.map((operation) => make("li", link([
		make("strong", shortMoment(operation.createdAt)), make("span.muted", texts.plan.written(writtenCount(operation), plannedPosts(operation))), operationBadge(operation),
	], at(brand, "plan", operation.result.id)))));
}

const postItems = ({items}) => items.filter((item) => item.kind === "post");
const writtenCount = (operation) => postItems(operation).filter((item) => item.state === "succeeded").length;

function plannedPosts(operation) {
	const posts = postItems(operation).length;
	return Math.max(posts, operation.progress.total - (operation.items.length - posts));
}

function operationBadge({state}) {
	const looks = {queued: ["quiet"], running: ["busy"], succeeded: ["good", "check"], partial: ["warn", "alert"], failed: ["bad", "alert"], cancelled: ["quiet"]};
	return badge(texts.plan.states[state], ...looks[state]);
}

function planForm(brand, able) {
	const controls = planControls(brand, able);
	const submit = submitButton(texts.plan.action, {"data-testid": "plan-submit"});
	const estimate = make("div.estimate", {"aria-live": "polite"});
	const ask = button(texts.plan.estimate, () => submitting(whole, ask, () => showEstimate(brand, controls, estimate, ask)));
	const whole = form("card", submit, () => makePlan(brand, controls),
		title("h2", texts.plan.title), planFields(controls), estimate, actions(submit, ask));
	return whole;
}

function planControls(brand, able) {
	const zone = localZone();
	const zones = new Set([zone, "UTC", ...Intl.supportedValuesOf("timeZone")]);
	return {
		posts: numberInput(12, 1, able.limits.plan.posts, {required: true, "data-testid": "plan-posts"}),
		start: input({type: "date", value: dayKey(Date.now(), zone), required: true}), days: numberInput(7, 1, able.limits.plan.days, {required: true}),
		zone: select([...zones].map((name) => [name, name.replaceAll("_", " ")]), zone),
		language: input({value: brand.identity.languages[0] ?? "en", maxlength: 35, spellcheck: "false"}),
		channels: able.platforms.map(channelControls), goals: textArea("", 3, {placeholder: brand.goals[0]}), events: eventRows(), pictures: pictureControls(brand),
		onFailure: select(Object.entries(texts.plan.failure), "settle"),
	};
}

function channelControls({id, contentTypes}) {
	const tick = (value) => make("input", {type: "checkbox", checked: true, value});
	const name = texts.platforms[id] ?? id;
	return {id, name, use: tick(id), types: contentTypes.map((type) => tick(type.id)), share: numberInput("", 0, 100, {"aria-label": texts.plan.shareOf(name), placeholder: "–"})};
}

function planFields(controls) {
	const one = (name, pointer, hint) => field(texts.plan[name], controls[name], {pointer, hint});
	const channels = group(texts.plan.channels, make("p.hint", texts.plan.channelsHint), controls.channels.map(channelRow), errorPlace("channels"));
	Object.assign(channels, {id: "channels", tabIndex: -1}).dataset.pointer = "/channels";
	return [
		make("div.trio", one("posts", "/posts"), one("start", "/period/start"), one("days", "/period/days")), channels, one("goals", "/goals", texts.plan.goalsHint),
		more(texts.plan.more, make("div.pair", one("zone", "/timeZone"), one("language", "/language")), one("onFailure", "/onFailure"),
			group(texts.plan.events, make("p.hint", texts.plan.eventsHint), controls.events.node), controls.pictures.node),
	];
}

function channelRow({name, use, types, share}) {
	const kinds = types.map((type) => make("label.chip", type, make("span", texts.contentTypes[type.value] ?? type.value)));
	const row = make("div.channel", make("label.choice", use, name), make("div.chips", {role: "group", "aria-label": texts.plan.typesOf(name)}, kinds), make("span.share", share, "%"));
	use.addEventListener("change", () => {
		row.classList.toggle("is-off", !use.checked);
		for (const control of [...types, share]) control.disabled = !use.checked;
	});
	return row;
}

function eventRows() {
	const rows = [];
	const add = () => {
		const row = {date: input({type: "date", "aria-label": texts.plan.eventDate}), name: input({"aria-label": texts.plan.eventName, placeholder: texts.plan.eventName, maxlength: 200})};
		rows.push(row);
		another.before(make("div.event-row", row.date, row.name));
		row.date.focus();
	};
	const another = button(texts.plan.addEvent, add, {look: "small", symbol: "plus"});
	const read = () => rows.map(({date, name}) => ({date: date.value, name: name.value.trim()})).filter(({date, name}) => date && name);
	return {node: make("div.event-rows", another), read};
}

// Pictures are stored as they are chosen; the plan names their ids.
function pictureControls(brand) {
	const ids = new Set();
	const shown = make("div.actions");
	const file = fileInput("image/jpeg,image/png,image/gif,image/webp");
	file.addEventListener("change", async () => {
		for (const chosen of Array.from(file.files)) {
			try {
				const media = await upload(owned(brand, "media"), chosen, {"Content-Type": chosen.type});
				ids.add(media.id);
				shown.append(chosenPicture(media.id, chosen.name, ids));
			} catch (problem) {
				markFault(file, `${chosen.name}: ${uploadProblem(problem)}`);
			}
		}
		file.value = "";
	});
	return {node: make("div", field(texts.plan.pictures, file, {hint: texts.plan.picturesHint}), shown), ids};
}

function chosenPicture(id, name, ids) {
	const leaveOut = () => {ids.delete(id); figure.remove();};
	const figure = make("figure.thumb", picture(id, name), button(unseen(texts.plan.removePicture(name)), leaveOut, {look: "bare", symbol: "close"}));
	return figure;
}

function planBody(controls) {
	const used = controls.channels.filter(({use}) => use.checked);
	const hasShares = used.some(({share}) => share.value !== "");
	return {
		posts: Number(controls.posts.value), period: {start: controls.start.value || undefined, days: Number(controls.days.value) || undefined},
		timeZone: controls.zone.value, language: controls.language.value.trim() || undefined, goals: lines(controls.goals),
		channels: used.map(({id, types, share}) => ({platform: id, contentTypes: types.filter((type) => type.checked).map((type) => type.value), share: hasShares ? Number(share.value) / 100 : undefined})),
		events: controls.events.read(), mediaIds: [...controls.pictures.ids], onFailure: controls.onFailure.value,
	};
}

async function makePlan(brand, controls) {
	const {plan} = await create(owned(brand, "plans"), planBody(controls));
	location.hash = `#/${at(brand, "plan", plan.id)}`;
}

// Services that cannot estimate refuse the member or the call: then the button goes.
async function showEstimate(brand, controls, box, ask) {
	try {
		const {estimate, budget} = await sendJSON("POST", owned(brand, "plans"), {...planBody(controls), dryRun: true});
		box.replaceChildren(estimateView(estimate, budget));
	} catch (problem) {
		const isUnknown = [403, 404].includes(problem.status) || problem.faults?.some((fault) => fault.pointer === "/dryRun");
		if (!isUnknown) throw problem;
		ask.remove();
		box.replaceChildren(muted(texts.plan.noEstimate));
	}
}

function estimateView(estimate, {isAllowed, remaining}) {
	const left = [typeof remaining.tokens === "number" && texts.plan.tokens(remaining.tokens), typeof remaining.money === "number" && money(remaining.money, estimate.currency)];
	const values = [texts.plan.tokens(estimate.tokens), count(estimate.languageCalls), estimate.imageCalls > 0 && count(estimate.imageCalls), left.filter(Boolean).join(", ") || texts.plan.unlimited];
	return make(`div.estimate-card.${isAllowed ? "" : "estimate-over"}`, make("p", make("strong.figure", money(estimate.money, estimate.currency))),
		facts(texts.plan.estimateNames.map((name, index) => [name, values[index]])), !isAllowed && make("p.bad-text", texts.plan.overBudget));
}
