// Follows operations through server-sent events. fetch is used because EventSource cannot send the key.

const isOver = ({state}) => ["succeeded", "failed", "cancelled", "partial"].includes(state);

// Reads a body as events {event, id, data}, of one line each, as the service sends them; `onBytes` is called whenever something comes.
async function* serverSentEvents(body, onBytes) {
	const reader = body.pipeThrough(new TextDecoderStream()).getReader();
	for (let buffer = ""; ;) {
		const {value, done} = await reader.read();
		if (done) return;
		onBytes();
		const blocks = (buffer + value).replaceAll("\r\n", "\n").split("\n\n");
		buffer = blocks.pop();
		yield* blocks.map(serverSentEvent).filter((event) => event.data);
	}
}

function serverSentEvent(block) {
	const fields = block.split("\n").map((line) => /^([^:]*):? ?(.*)$/.exec(line).slice(1));
	return Object.fromEntries(fields);
}

// Calls `onState` with each state of an operation until it is over or the signal aborts, over as many connections
// as it takes. `onConnection(isConnected)` tells when the line is lost and found.
async function follow(id, {signal, onState, onConnection}) {
	const line = {last: null, delay: 500};
	while (!signal.aborted) {
		try {
			const end = await followOnce(id, line, signal, (operation) => {onConnection?.(true); onState?.(operation);});
			if (end) return end;
		} catch (problem) {
			if (signal.aborted) return null;
			if (problem instanceof Problem && ![0, 429, 500, 502, 503, 504].includes(problem.status)) throw problem;
			onConnection?.(false);
			line.delay = Math.max(line.delay, (problem.retryAfter ?? 0) * 1000);
		}
		await pause(line.delay, signal);
		line.delay = Math.min(line.delay * 2, 15000);
	}
	return null;
}

async function followOnce(id, line, signal, onState) {
	const connection = new AbortController();
	const stop = () => connection.abort();
	signal.addEventListener("abort", stop);
	// The service says something every second: a silent line is a dead one.
	let silence = setTimeout(stop, 20000);
	const heard = () => {clearTimeout(silence); silence = setTimeout(stop, 20000);};
	try {
		const headers = {Accept: "text/event-stream", ...(line.last && {"Last-Event-ID": line.last})};
		const response = await send("GET", v1("operations", id, "events"), {headers, signal: connection.signal});
		for await (const event of serverSentEvents(response.body, heard)) {
			if (event.event !== "operation") continue;
			Object.assign(line, {last: event.id ?? line.last, delay: 500});
			const operation = JSON.parse(event.data);
			onState(operation);
			if (isOver(operation)) return operation;
		}
		return null;
	} finally {
		clearTimeout(silence);
		signal.removeEventListener("abort", stop);
		stop();
	}
}
