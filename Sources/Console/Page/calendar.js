// A plan's weeks as a calendar: seven columns, or on a narrow screen the days under each other.

async function calendarView({brand, params}) {
	const signal = viewSignal();
	const content = make("div.page");
	const refresh = async () => {
		const plan = await get(v1("plans", params.plan), signal);
		const operation = await get(v1("operations", plan.operationId), signal);
		content.replaceChildren(planHead({brand, plan, operation}, "calendar"), ...(plan.slots.length > 0 ? weeksOf(plan).map((week) => weekView(brand, plan, week)) : [emptyState(texts.calendar.none, texts.calendar.noneText)]));
		if (!isOver(operation)) pause(3000, signal).then(() => signal.aborted || refresh().catch(() => {}));
	};
	await refresh();
	return brandPage(brand, "plan", backLink(texts.plan.all, at(brand, "plan")), content);
}

function weeksOf({period: {start, days}}) {
	const weeks = [];
	for (let monday = weekStart(start); monday < addDays(start, days); monday = addDays(monday, 7)) weeks.push(monday);
	return weeks;
}

const weekView = (brand, plan, monday) =>
	make("ol.week", {"aria-label": texts.calendar.week(dayText(monday))}, Array.from({length: 7}, (_, index) => dayView(brand, plan, addDays(monday, index))));

function dayView(brand, plan, day) {
	const {start, days} = plan.period;
	const slots = byTime(plan.slots).filter((slot) => dayKey(slot.scheduledAt, plan.timeZone) === day);
	const events = plan.events.filter((event) => event.date === day).map((event) => make("p.week-event", event.name));
	const isToday = day === dayKey(Date.now(), plan.timeZone);
	const look = [day < start || day >= addDays(start, days) ? "is-outside" : "", isToday ? "is-today" : ""].join(".");
	return make(`li.week-day.${look}`, make("h3", {"aria-current": isToday && "date"}, dayText(day, {weekday: "short"}), " ", make("strong", dayText(day, {day: "numeric", month: "short"}))),
		events, slots.length > 0 && make("ul", slots.map((slot) => make("li", calendarPost(brand, plan, slot)))));
}

function calendarPost(brand, plan, slot) {
	const post = plan.posts.find((candidate) => candidate.slotId === slot.id);
	const content = [make("span.muted", clockTime(slot.scheduledAt, plan.timeZone)), make("strong", texts.posts.name(slot)), make("span.clamp", post?.text || slot.brief)];
	if (!post) return make("div.week-post.week-post-missing", content, make("span.muted", texts.plan.itemStates.missing));
	return link([content, post.state !== "ready" && make("span.warn-text", texts.posts.states[post.state])], at(brand, "posts", post.id), {look: `week-post.week-post-${post.state}`});
}
