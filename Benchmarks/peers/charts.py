"""Bar charts as SVG by hand: readable in light and dark, with a title and a unit, and the value at each bar."""

from html import escape

COLOURS = {"postwright": "#e4572e", "python-typical": "#8d99ae", "python-best": "#4c78a8", "go": "#2a9d8f"}
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#222}.title{font-size:15px;font-weight:600}.note{fill:#666}"
    "@media(prefers-color-scheme:dark){text{fill:#eee}.note{fill:#aaa}}"
)
WIDTH, LEFT, RIGHT, ROW, GAP = 640, 150, 190, 18, 26


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def bar(y, name, figure, scale):
    """A bar with its spread as a line, its value, and its ratio to the project's."""
    length = figure["median"] * scale
    low, high = figure["low"] * scale, figure["high"] * scale
    label = number(figure["median"])
    if ratio := figure.get("ratio"):
        label += f"  (×{number(ratio['median'])}, {number(ratio['low'])}–{number(ratio['high'])})"
    return (
        f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end">{escape(name)}</text>'
        f'<rect x="{LEFT}" y="{y + 2}" width="{max(length, 1):.1f}" height="{ROW - 4}" rx="2" fill="{COLOURS[name]}"/>'
        f'<path d="M{LEFT + low:.1f} {y + ROW / 2}H{LEFT + high:.1f}" stroke="#888" stroke-width="2"/>'
        f'<text x="{LEFT + max(length, high) + 6:.1f}" y="{y + 13}">{escape(label)}</text>'
    )


def chart(title, unit, groups):
    """`groups`: a name, and by service the median, the lowest and the highest round, and the ratio to the project."""
    parts, y = [], 68
    for group, figures in groups:
        parts.append(f'<text class="note" x="{LEFT}" y="{y + 12}">{escape(group)}</text>')
        y += ROW
        scale = (WIDTH - LEFT - RIGHT) / (max(figure["high"] for figure in figures.values()) or 1)
        for name, figure in figures.items():
            parts.append(bar(y, name, figure, scale))
            y += ROW
        y += GAP - ROW
    notes = [
        f"{unit}; each group has a scale of its own",
        "grey line: all rounds; in brackets: how many times better Postwright is, and in which range",
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 4}" width="{WIDTH}" role="img">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
        f'<text class="title" x="12" y="22">{escape(title)}</text>'
        f'<text class="note" x="12" y="40">{escape(notes[0])}</text><text class="note" x="12" y="56">{escape(notes[1])}</text>'
        f"{''.join(parts)}</svg>\n"
    )
