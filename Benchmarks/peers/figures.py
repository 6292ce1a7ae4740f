"""Figures of the rounds: percentiles, medians with their spread, and ratios to the project, as a table."""

import statistics

import charts

# Figures of which more is better.
MORE = {"perSecond", "perCpuSecond"}


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def times(values):
    return {f"p{share}": percentile(values, share / 100) for share in (50, 95, 99)}


def figure(values):
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def ratio(metric, own, other):
    """How many times better the project is."""
    upper, lower = (own, other) if metric in MORE else (other, own)
    return upper / lower if lower > 0 else None


def summarised(rounds):
    """By service and metric: median and spread, and in the same way the ratio to the project in each round."""
    summary = {}
    for name, figures in rounds.items():
        summary[name] = {}
        for metric in figures[0]:
            entry = figure([one[metric] for one in figures]) | {"rounds": [one[metric] for one in figures]}
            if name != "postwright" and "postwright" in rounds:
                pairs = zip(rounds["postwright"], figures, strict=True)
                ratios = [ratio(metric, own[metric], other[metric]) for own, other in pairs]
                if None not in ratios:
                    entry["ratio"] = figure(ratios)
            summary[name][metric] = entry
    return summary


def print_table(summary):
    metrics = list(next(iter(summary.values())))
    print(f"{'':<16}" + "".join(f"{metric:>30}" for metric in metrics))
    for name, figures in summary.items():
        print(f"{name:<16}" + "".join(f"{cell(figures[metric]):>30}" for metric in metrics), flush=True)


def cell(entry):
    text = charts.number(entry["median"])
    if better := entry.get("ratio"):
        text += f"  ×{brief(better['median'])} ({brief(better['low'])}–{brief(better['high'])})"
    return text


def brief(value):
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"
