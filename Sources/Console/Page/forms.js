// Fields with a label, a hint and a place for what is wrong, and how a problem's pointers find them.

let fieldNumber = 0;

// `pointer` is the JSON Pointer of the value in the request's body.
function field(label, control, {hint, pointer, look = ""} = {}) {
	fieldNumber += 1;
	control.id ||= `field-${fieldNumber}`;
	if (pointer) control.dataset.pointer = pointer;
	control.setAttribute("aria-describedby", `${hint ? `${control.id}-hint ` : ""}${control.id}-error`);
	return make(`div.field.${look}`, make("label", {for: control.id}, label), hint && make("p.hint", {id: `${control.id}-hint`}, hint), control, errorPlace(control.id));
}

const errorPlace = (id) => make("p.field-error", {id: `${id}-error`, hidden: true});

const input = (attributes) => make("input", {type: "text", autocomplete: "off", ...attributes});

const numberInput = (value, min, max, attributes) => input({type: "number", inputmode: "numeric", value, min, max, ...attributes});

const textArea = (value, rows = 3, attributes = {}) => make("textarea", {rows, value: value ?? "", ...attributes});

const select = (options, value) => make("select", {value}, options.map(([key, label]) => make("option", {value: key}, label)));

const fileInput = (accept, attributes) => make("input.file-input", {type: "file", multiple: true, accept, ...attributes});

const group = (legend, ...content) => make("fieldset", make("legend", legend), content);

const more = (summary, ...content) => make("details.more", make("summary", summary), make("div.more-content", content));

const lines = (control) => control.value.split("\n").map((line) => line.trim()).filter(Boolean);
const commaList = (control) => control.value.split(",").map((part) => part.trim()).filter(Boolean);

function clearFaults(form) {
	for (const error of form.querySelectorAll(".field-error")) Object.assign(error, {hidden: true, textContent: ""});
	for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
	form.querySelector(".form-problem")?.remove();
}

function markFault(control, text) {
	const error = byId(`${control.id}-error`);
	control.setAttribute("aria-invalid", "true");
	for (let box = control.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
	Object.assign(error, {textContent: `${error.textContent} ${text}`.trim(), hidden: false});
	control.focus();
}

// The control of the longest pointer that the fault's begins with.
function controlFor(form, pointer) {
	const fitting = [...form.querySelectorAll("[data-pointer]")].filter(({dataset}) => `${pointer}/`.startsWith(`${dataset.pointer}/`));
	return fitting.sort((a, b) => b.dataset.pointer.length - a.dataset.pointer.length)[0];
}

// Shows a problem: beside the fields that it names, and above the form what it says of nothing there.
function showProblem(form, problem) {
	clearFaults(form);
	const strange = [];
	for (const {pointer, detail} of problem.faults ?? []) {
		const control = controlFor(form, pointer);
		control ? markFault(control, sentence(detail)) : strange.push(`${pointer}: ${detail}`);
	}
	const first = form.querySelector("[aria-invalid]");
	if (!first || strange.length > 0) {
		const box = alertBox(problemText(problem), "bad", strange.length > 0 && make("ul", strange.map((text) => make("li", text))));
		box.classList.add("form-problem");
		form.prepend(box);
		box.scrollIntoView({block: "nearest"});
	}
	first?.focus();
}

// Runs a form's work once at a time: the button tells that it is busy, and a problem is shown in the form.
async function submitting(form, control, work) {
	if (control.getAttribute("aria-busy") === "true") return;
	clearFaults(form);
	control.setAttribute("aria-busy", "true");
	try {
		await work();
	} catch (problem) {
		if (!(problem instanceof Problem) && !isAbort(problem)) console.error(problem);
		if (!isAbort(problem)) showProblem(form, problem);
	} finally {
		control.removeAttribute("aria-busy");
	}
}

function form(look, control, work, ...content) {
	const whole = make(`form.form.${look}`, {novalidate: true, submit: (event) => {event.preventDefault(); submitting(whole, control, work);}}, content);
	return whole;
}
