// Every English text that people see, in one place.

const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

const texts = {
	name: "Postwright", skip: "Skip to the content", mainNavigation: "Main", close: "Close", keep: "Keep it", copied: "Copied.", loading: "Loading …",
	pictureMissing: "The picture is not there.",
	platforms: {instagram: "Instagram", linkedin: "LinkedIn", x: "X", facebook: "Facebook", tiktok: "TikTok", threads: "Threads"},
	contentTypes: {post: "Post", carousel: "Carousel", reel: "Reel", story: "Story", thread: "Thread", video: "Video", photo: "Photo"},
	tabs: {label: "Brand", documents: "Documents", ask: "Ask", plan: "Plan", profile: "Profile"},
	missing: {title: "There is nothing here", text: "It may have been deleted, or the address is not complete.", home: "To all brands"},

	problems: {
		title: "That did not work", again: "Try again",
		0: "The service does not answer. Check your connection, then try again.",
		unknown: (status) => `the service answered ${status}`,
		unexpected: "Something went wrong here. Reload the page.",
		budgetExceeded: (detail) => `The budget is used up. ${detail} An administrator can raise it.`,
		rateLimited: (_, seconds) => `That was more than your key may ask for at once. Try again ${seconds ? `in ${seconds} s` : "in a moment"}.`,
		unavailable: (detail) => `The service cannot do this right now. ${detail} Try again in a moment.`,
		forbidden: (detail) => `Your key does not allow this. ${detail}`,
		tooLarge: (detail) => `That is too large. ${detail}`,
		unsupportedMediaType: (detail) => `That kind of file cannot be read. ${detail}`,
		internal: (detail) => `The service failed. ${detail}`,
	},

	signIn: {
		title: "Sign in", out: "Sign out", key: "Key",
		text: "This service is used with a key. It stays in this tab, and is forgotten when you sign out or close it.",
		hint: "An administrator makes keys with “postwright keys create”.",
		missing: "Enter a key.", refused: "This key is not known, or it was revoked.",
	},

	brands: {
		title: "Brands", add: "New brand", first: "Create your first brand", noVoice: "No voice described yet",
		welcome: "Posts that stand on what your brand knows",
		welcomeText: "Postwright writes a week of posts from your documents. Each claim leads back to its passage.",
		steps: [
			["Describe the brand", "Its voice, its audience, and the words that it never uses."],
			["Add what it knows", "Voice guides, product sheets, policies, past posts."],
			["Plan a week", "Posts for each channel, written at once and checked against their sources."],
		],
		newTitle: "New brand", newText: "Only the name and the id are needed. All else can follow.",
		create: "Create brand", save: "Save changes", saved: "The brand is saved.", created: "The brand is created. Now add what it knows.",
		nameMissing: "Give the brand a name.", idWrong: "Use small letters, digits and hyphens; begin with a letter or digit.", idTaken: "There is a brand with this id already.",
		soundsLike: "How it sounds", standsFor: "What it stands for", words: "Words",
		fields: {
			name: ["Name"], id: ["Id", "Part of addresses. It cannot be changed later."],
			voice: ["Voice", "Who is speaking, and how they explain things."], tone: ["Tone", "The mood of it, in a sentence."], audience: ["Audience", "Whom the posts are for."],
			values: ["Values", "One a line."], dos: ["Do", "One a line."], donts: ["Don't", "One a line."], goals: ["Goals", "One a line. What posts shall achieve."],
			bannedTerms: ["Banned terms", "One a line. No post may have them."], requiredTerms: ["Required terms", "One a line. Every post has to have them."],
			languages: ["Languages", "Codes such as en, nb. Posts are written in the first."],
		},
	},

	documents: {
		title: "Documents", all: "All documents",
		kinds: {guideline: "Guideline", brandVoice: "Brand voice", productSheet: "Product sheet", pastPost: "Past posts", other: "Other"},
		formats: {markdown: "Markdown", text: "Text", html: "HTML", json: "JSON", csv: "CSV", pdf: "PDF", docx: "Word"},
		states: {queued: "Waiting", processing: "Reading", ready: "Ready", failed: "Failed"},
		columns: ["Title", "Kind", "Passages", "State", "Changed"],
		files: "Add documents", filesHint: "Drop files here or choose them: Markdown, text, HTML, PDF, Word, CSV or JSON.",
		kind: "What they are", upload: "Upload", chosen: "Chosen files", noFile: "Choose a file first.", received: "Received",
		sent: (sent, all) => (sent === all ? `${plural(all, "file")} uploaded.` : `${sent} of ${plural(all, "file")} uploaded. The list says why the others are not.`),
		reading: (number) => `Reading ${plural(number, "document")}.`,
		none: "No documents yet", noneText: "Upload what the brand knows. Posts are written from these documents only.",
		notRead: "It is being read. Its text appears here in a moment.",
		about: "About", facts: ["Kind", "Format", "Passages", "Version", "Source", "Changed", "Id"], citing: "Posts that cite it", notCited: "No post cites it so far.",
		remove: "Delete document", removeAsk: (title) => `Delete “${title}”?`, removeText: "Posts that cite it stay, and are marked as outdated.",
	},

	ask: {
		title: "Ask the documents", question: "Question", placeholder: "What do we say about shipping?", action: "Ask", missing: "Write a question.",
		options: "Options", mode: "Search by", modes: {hybrid: "Meaning and words", vector: "Meaning", text: "Words"},
		kind: "In", anyKind: "All documents", limit: "Passages, at most",
		emptyTitle: "What does the brand say?", emptyText: "The best passages are shown with their scores, and where they stand in their documents.",
		noneTitle: "No passage answers this", noneText: "Ask in other words, or add a document that says it.",
		found: (number, milliseconds) => `${plural(number, "passage")} in ${Math.max(1, Math.round(milliseconds))} ms`,
		score: "Score ", scores: (vector, text) => `Meaning (cosine) ${vector} · Words ${text}`,
	},

	reader: {text: "Text of the document", open: "Open document", missing: "Document", deleted: "The document was deleted. The post keeps the quote."},

	plan: {
		title: "Plan posts", action: "Write the posts", all: "Plans", earlier: "Earlier plans", noneEarlier: "No plans yet.",
		posts: "Posts", start: "First day", days: "Days",
		channels: "Channels", channelsHint: "Shares are percent of the posts. Leave them empty to spread evenly.",
		shareOf: (name) => `Share of ${name} in percent`, typesOf: (name) => `Kinds of posts on ${name}`,
		goals: "Goals of this plan", goalsHint: "One a line. Empty: the brand's own goals.",
		more: "Time zone, language, events, pictures", zone: "Time zone", language: "Language",
		events: "Events", eventsHint: "Days that posts shall lead to or mention.", eventDate: "Date of the event", eventName: "What happens", addEvent: "Add an event",
		pictures: "Pictures", picturesHint: "The model describes each; each is shown in one post.", removePicture: (name) => `Leave out ${name}`,
		onFailure: "When a post fails", failure: {settle: "Finish the others and name it", cancel: "Stop at once"},
		estimate: "Estimate the cost", noEstimate: "This service does not estimate costs.", overBudget: "This is more than the budget leaves.",
		estimateNames: ["About", "Model calls", "Pictures", "Budget left"], unlimited: "No limit",
		tokens: (number) => `${compact(number)} tokens`, written: (done, all) => `${done} of ${plural(all, "post")}`,
		states: {queued: "Waiting", running: "Writing", succeeded: "Ready", partial: "Partly written", failed: "Failed", cancelled: "Cancelled"},
		stages: {queued: "Waiting", media: "Pictures", pillars: "Themes", distribution: "Schedule", posts: "Posts"},
		itemStates: {queued: "Waiting", running: "Writing", succeeded: "Done", failed: "Failed", missing: "Not written"},
		noReason: "The service gives no reason", views: "View", board: "Board", calendar: "Calendar", progress: "Progress of the plan",
		reconnecting: "The connection was lost. Connecting again …",
		cancel: "Cancel", resume: "Write what is missing", wasCancelled: "The plan was cancelled. What was written is kept.",
		someFailed: (number) => `${plural(number, "post")} could not be written.`,
		exports: {csv: "CSV", markdown: "Markdown", calendar: "Calendar file"},
	},

	previews: {company: "Company", page: "Page", pictureBrief: "Picture to make: ", slides: (number) => plural(number, "slide"), previous: "Slide before", following: "Next slide"},

	posts: {
		name: ({platform, contentType}) => `${texts.platforms[platform] ?? platform} ${(texts.contentTypes[contentType] ?? contentType).toLowerCase()}`,
		states: {ready: "Ready", needsReview: "Needs review", insufficientEvidence: "Not enough evidence", failed: "Failed"},
		outdated: "Source changed", copy: "Copy", open: "Open", openNamed: (post) => `Open ${texts.posts.name(post)}`, noText: "There is no text",
		sources: (number) => plural(number, "source"), checksPassed: "Checks passed", checksFailed: (number) => plural(number, "check failed", "checks failed"),
		source: (number, title) => `Source ${number}: ${title}`, sourceChanged: (number, title) => `Source ${number}, changed since: ${title}`, sourceTitle: (number) => `Source ${number}`,
		verified: "Word for word in the document", unverified: "Not found in the document", changed: "The document does not say this any more",
		back: (period) => `Plan of ${period}`,
		sourcesTitle: "Sources", noSources: "This post cites no passage.", showPassage: "Show passage", showPassageOf: (number) => `Show passage of source ${number}`,
		checksTitle: "Checks", checkStates: {pass: "passed", repaired: "repaired", fail: "failed"},
		detailsTitle: "Details", details: ["Brief", "Call to action", "Picture", "Alternative text", "Script", "Written anew for", "Sentences", "Reading level", "Model", "Edited"],
		words: (number) => `${number.toFixed(1)} words on average`,
		changeTitle: "Change", wish: "What shall be different?", wishPlaceholder: "Shorter, and begin with the price.", wishMissing: "Say what shall be different.", writeAnew: "Write anew",
		rewriting: "The post is being written anew.", rewritten: "The post is written anew.",
		edit: "Edit by hand", editHint: "Citations follow their claims, and all checks run again.", text: "Text", hashtags: "Hashtags", hashtagsHint: "With commas between.", save: "Save", saved: "The post is saved and checked.",
	},

	checks: {
		evidence: "Enough evidence", citations: "Lines cite passages", quotes: "Quotes stand in the documents", figures: "Figures stand in the sources", names: "Names stand in the sources",
		length: "Length", hashtags: "Hashtags", slides: "Slides", script: "Script", mentions: "Mentions", bannedTerms: "No banned terms", requiredTerms: "Required terms", duplicates: "Unlike other posts",
		emoji: "Emoji", person: "Speaks as the brand does", sentenceLength: "Length of sentences", readingLevel: "Reading level",
	},

	calendar: {week: (day) => `Week of ${day}`, none: "No schedule yet", noneText: "The days fill in when the themes are chosen."},

	usage: {
		title: "Usage", previous: "Month before", next: "Next month", budget: "Budget", noBudget: "No budget is set for this month.",
		ofBudget: (used, budget) => `${used} of ${budget}`, reserved: (value) => ` and ${value} reserved for work under way`,
		figures: ["Cost", "Tokens", "Read", "Written", "Embedded", "Model calls"], days: "Tokens a day", day: (day, tokens, cost) => `${day}: ${tokens} tokens, ${cost}`,
		models: "Models", modelColumns: ["Model", "Tokens", "Calls", "Cost"], brands: "Brands", noBrand: "No brand", brandColumns: ["Brand", "Tokens", "Cost"],
	},
};
