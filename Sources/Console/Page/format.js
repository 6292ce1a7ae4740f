// Numbers, days and times as people read them.

const locale = "en-GB";

const count = (value) => (value ?? 0).toLocaleString(locale);

const compact = (value) => value < 10000 ? count(value) : value.toLocaleString(locale, {notation: "compact", maximumFractionDigits: 1});

function money(value, currency) {
	const digits = value !== 0 && Math.abs(value) < 1 ? 4 : 2;
	return value.toLocaleString(locale, {style: "currency", currency, currencyDisplay: "narrowSymbol", minimumFractionDigits: 2, maximumFractionDigits: digits});
}

const percent = (part) => `${Math.round(part * 100)} %`;

const score = (value) => value?.toFixed(2) ?? "–";

const dateText = (value, options, timeZone) => new Intl.DateTimeFormat(locale, {...options, timeZone}).format(new Date(value));

const dayText = (day, options = {day: "numeric", month: "long"}) => dateText(`${day}T12:00:00Z`, options, "UTC");

const shortMoment = (value, timeZone) =>
	dateText(value, {weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit"}, timeZone);

const clockTime = (value, timeZone) => dateText(value, {hour: "2-digit", minute: "2-digit"}, timeZone);

// The calendar day of a moment in a time zone.
const dayKey = (value, timeZone) =>
	new Intl.DateTimeFormat("en-CA", {year: "numeric", month: "2-digit", day: "2-digit", timeZone}).format(new Date(value));

function addDays(day, days) {
	const date = new Date(`${day}T12:00:00Z`);
	date.setUTCDate(date.getUTCDate() + days);
	return date.toISOString().slice(0, 10);
}

const weekStart = (day) => addDays(day, -((new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7));

function periodText({start, days}) {
	const end = addDays(start, days - 1);
	const last = dayText(end, {day: "numeric", month: "long", year: "numeric"});
	if (days === 1) return last;
	return `${dayText(start, start.slice(0, 7) === end.slice(0, 7) ? {day: "numeric"} : undefined)} – ${last}`;
}

function localZone() {
	const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC";
	return zone.startsWith("Etc/") ? "UTC" : zone;
}

const initials = (name) => name.split(/\s+/).slice(0, 2).map((word) => Array.from(word)[0] ?? "").join("").toUpperCase();
