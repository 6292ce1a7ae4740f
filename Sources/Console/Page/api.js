// Talks to the service: the key, problems as errors, uploads with progress, pictures. What a view asks for ends with it.

const keyStore = {
	get value() {return sessionStorage.getItem("postwright.key");},
	set value(key) {key ? sessionStorage.setItem("postwright.key", key) : sessionStorage.removeItem("postwright.key");},
};

// What the service answered instead of what was asked for; `status` is 0 when it did not answer.
class Problem extends Error {
	constructor(status, body, retryAfter) {
		super(body?.detail ?? texts.problems.unknown(status));
		Object.assign(this, {status, code: body?.code, faults: body?.errors ?? [], retryAfter: Number(retryAfter) || null});
	}
}

function problemText(problem) {
	if (!(problem instanceof Problem)) return texts.problems.unexpected;
	const detail = sentence(problem.message);
	const known = texts.problems[problem.code] ?? texts.problems[problem.status];
	return typeof known === "function" ? known(detail, problem.retryAfter) : known ?? detail;
}

// The service's own words begin small and end without a full stop.
function sentence(text) {
	const begun = text.trim().charAt(0).toUpperCase() + text.trim().slice(1);
	return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

const isAbort = (error) => error?.name === "AbortError";

function pause(milliseconds, signal) {
	return new Promise((resolve) => {
		setTimeout(resolve, milliseconds);
		signal?.addEventListener("abort", resolve, {once: true});
	});
}

const authorization = () => keyStore.value ? {Authorization: `Bearer ${keyStore.value}`} : {};

function refusal(status, body, retryAfter) {
	if (status === 401) session.refused();
	return new Problem(status, body, retryAfter);
}

// One request; throws a Problem for everything but success.
async function send(method, path, {body, headers, signal} = {}) {
	let response;
	try {
		response = await fetch(path, {method, body, headers: {...authorization(), ...headers}, signal, cache: "no-store"});
	} catch (error) {
		throw isAbort(error) ? error : new Problem(0);
	}
	if (response.ok) return response;
	throw refusal(response.status, await response.json().catch(() => null), response.headers.get("Retry-After"));
}

// Reading is tried again when the service asks for a moment of patience.
async function get(path, signal = viewSignal()) {
	for (let attempts = 0; ; attempts += 1) {
		try {
			return await (await send("GET", path, {signal})).json();
		} catch (problem) {
			if (problem.status !== 429 || attempts === 3) throw problem;
			await pause(Math.min(problem.retryAfter ?? 1, 10) * 1000, signal);
		}
	}
}

async function sendJSON(method, path, body, headers) {
	const response = await send(method, path, {body: JSON.stringify(body), headers: {"Content-Type": "application/json", ...headers}});
	return response.json();
}

// POSTs what creates work: sent twice, it is done once.
const create = (path, body) => sendJSON("POST", path, body, {"Idempotency-Key": crypto.randomUUID()});

// All items of a listing, page after page.
async function getAll(path) {
	const items = [];
	for (let cursor = ""; cursor !== null && items.length < 2000;) {
		const page = await get(`${path}?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
		items.push(...page.items);
		cursor = page.nextCursor;
	}
	return items;
}

// Sends a body and tells how much of it is gone: fetch cannot.
function upload(path, body, headers, onProgress) {
	return new Promise((resolve, reject) => {
		const request = new XMLHttpRequest();
		request.open("POST", path);
		for (const [name, value] of Object.entries({...authorization(), ...headers})) request.setRequestHeader(name, value);
		request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress?.(event.loaded / event.total));
		request.addEventListener("error", () => reject(new Problem(0)));
		request.addEventListener("load", () => {
			const body = parsed(request.responseText);
			if (request.status < 300) resolve(body);
			else reject(refusal(request.status, body, request.getResponseHeader("Retry-After")));
		});
		request.send(body);
	});
}

function parsed(text) {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}

const pictureURLs = new Map();

// Pictures need the key too, so they are fetched and shown from memory.
function picture(mediaId, alt) {
	const image = make("img.picture", {alt});
	if (!pictureURLs.has(mediaId)) {
		pictureURLs.set(mediaId, send("GET", v1("media", mediaId)).then((response) => response.blob()).then((blob) => URL.createObjectURL(blob)));
	}
	pictureURLs.get(mediaId).then((url) => {image.src = url;}, () => {pictureURLs.delete(mediaId); image.replaceWith(muted(texts.pictureMissing));});
	return image;
}
