"""A brand's documents, the same in every run: sections of about 200 tokens, which every chunker cuts alike."""

import random

SECTIONS = 100  # Of a document, unless said otherwise.
BRAND = {
    "name": "Fjordhouse",
    "identity": {"voice": "plain and warm", "values": ["clarity"], "audience": "people who cook"},
    "goals": ["sell kettles and pans", "explain how they are repaired"],
}
CHANNELS = [{"platform": "instagram", "contentTypes": ["post"]}, {"platform": "linkedin", "contentTypes": ["post"]}]
COLOURS = ["red", "blue", "green", "black", "white", "grey"]
MATERIALS = ["steel", "copper", "iron", "glass", "clay"]
THINGS = ["kettle", "pan", "pot", "jug", "grill", "tray"]
SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstv" for vowel in "aeio"]


def vocabulary():
    dice = random.Random(11)
    return ["".join(dice.choices(SYLLABLES, k=dice.randint(2, 4))) for _ in range(4000)]


WORDS = vocabulary()
# Few words are said often, most are rare.
WEIGHTS = [1 / (rank + 5) for rank in range(len(WORDS))]


def section(number):
    """A heading and a text with facts that no other section has, about 850 characters."""
    dice = random.Random(number)
    thing, name = THINGS[number % len(THINGS)], code(number)
    facts = (
        f"The {thing} {name} costs {20 + number % 180} euro and weighs {300 + number % 1700} grams. "
        f"It is made of {dice.choice(MATERIALS)} and comes in {dice.choice(COLOURS)} and {dice.choice(COLOURS)}. "
        f"Repairs take {1 + number % 20} days."
    )
    sentences = [facts]
    while sum(map(len, sentences)) < 780:
        sentences.append(" ".join(dice.choices(WORDS, WEIGHTS, k=dice.randint(8, 14))).capitalize() + ".")
    return f"## {thing.capitalize()} {name}\n\n{' '.join(sentences)}"


def document(number, sections=SECTIONS):
    """Document `number` with the sections that follow on those of the documents before."""
    first = number * sections
    text = "\n\n".join(section(index) for index in range(first, first + sections))
    return {"title": f"Catalogue {number}", "kind": "productSheet", "format": "markdown", "content": f"# Catalogue {number}\n\n{text}"}


def question(number):
    """A question that section `number` answers; its other words stand in many sections."""
    return f"What does the {THINGS[number % len(THINGS)]} {code(number)} cost, how much does {code(number)} weigh, and what is it made of?"


def code(number):
    return f"kx{number:06d}"
