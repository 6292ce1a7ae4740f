// Signing in with a key, and forgetting it.

const session = {
	isNeeded: false,

	// The service wants a key, or another one.
	refused() {
		const isRefused = keyStore.value !== null;
		keyStore.value = null;
		if (this.isNeeded && !isRefused) return;
		this.isNeeded = true;
		showSignIn(isRefused && texts.signIn.refused);
	},

	signOut() {
		keyStore.value = null;
		for (const loading of pictureURLs.values()) loading.then((url) => URL.revokeObjectURL(url), () => {});
		pictureURLs.clear();
		showSignIn();
	},
};

function showSignIn(problem) {
	leaveView();
	const key = input({type: "password", required: true, spellcheck: "false"});
	const submit = submitButton(texts.signIn.title);
	const main = byId("main");
	drawTop();
	document.title = `${texts.signIn.title} – ${texts.name}`;
	main.dataset.view = "sign-in";
	main.replaceChildren(form("sign-in.card", submit, () => signIn(key),
		make("h1", texts.signIn.title), muted(texts.signIn.text), field(texts.signIn.key, key, {hint: texts.signIn.hint}), submit));
	problem ? markFault(key, problem) : key.focus();
}

async function signIn(key) {
	const value = key.value.trim();
	if (!value) return markFault(key, texts.signIn.missing);
	const answer = await fetch("/v1/brands?limit=1", {headers: {Authorization: `Bearer ${value}`}}).catch(() => {throw new Problem(0);});
	if (answer.status === 401) return markFault(key, texts.signIn.refused);
	// Any other refusal is the views' to tell: the key is one.
	keyStore.value = value;
	start();
}
