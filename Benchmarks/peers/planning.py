"""What the two Python peers share: all of a plan that is no input or output. Model calls are made here as bodies."""

import json
import pathlib
import uuid
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from string import Template

CONTRACT = json.loads((pathlib.Path(__file__).parent / "contract.json").read_text())
PILLAR_PASSAGES, POST_PASSAGES, PER_QUESTION = (CONTRACT["passages"][key] for key in ("pillars", "post", "perQuestion"))


def now():
    return datetime.now(UTC).isoformat()


# JSON Schemas


def text(limit):
    return {"type": "string", "minLength": 1, "maxLength": limit}


def choice(values):
    return {"type": "string", "enum": values}


def array(items, least, most):
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def fields(**properties):
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def pillars_schema(ids):
    share = {"type": "number", "minimum": 0.05, "maximum": 1}
    pillar = fields(name=text(60), rationale=text(300), share=share, evidence=array(choice(ids), 1, min(4, len(ids))))
    return fields(pillars=array(pillar, 3, 5))


def distribution_schema(slots, pillars):
    entry = fields(slot=choice([slot["id"] for slot in slots]), pillar=choice([pillar["name"] for pillar in pillars]), brief=text(400))
    return fields(slots=array(entry, len(slots), len(slots)))


def post_schema(ids, slot):
    rules = CONTRACT["platforms"][slot["platform"]]
    citation = fields(passage=choice(ids), quote=text(200))
    return fields(
        platform=choice([slot["platform"]]), contentType=choice([slot["contentType"]]),
        body=array(fields(text=text(400), citations=array(citation, 0, 2)), 1, rules["lines"]),
        hashtags=array(text(40), 0, rules["hashtags"]), altText=text(300), callToAction=text(120), mediaBrief=text(400),
    )  # fmt: skip


# Model calls


def chat(prompt, schema, **words):
    words = CONTRACT["prompts"][prompt] | words
    return {
        "model": "sim",
        "messages": [
            {"role": "system", "content": words["system"]},
            {"role": "user", "content": Template(words["user"]).substitute(words)},
        ],
        "temperature": words["temperature"],
        "max_completion_tokens": words["maxTokens"],
        "response_format": {"type": "json_schema", "json_schema": {"name": prompt, "strict": True, "schema": schema}},
    }


def evidence(passages):
    """The passages under short ids, and their words for a prompt."""
    by_id = {f"P{number}": passage for number, passage in enumerate(passages, 1)}
    shown = [
        f'<passage id="{id}" document="{p["documentTitle"]}" section="{" > ".join(p["headingPath"])}">\n{p["text"]}\n</passage>'
        for id, p in by_id.items()
    ]
    return by_id, "\n".join(shown)


def interleaved(lists, limit):
    """Every list's first before any second, no passage twice."""
    merged = {passage["chunkId"]: passage for rank in zip_longest(*lists) for passage in rank if passage}
    return list(merged.values())[:limit]


def pillar_questions(brand):
    return [f"What {brand['name']} offers", "prices, figures and facts", *brand["goals"]][:8]


def pillars_call(brand, plan, passages):
    ids, shown = evidence(passages)
    period = {"days": plan["period"]["days"], "start": plan["period"]["start"], "posts": len(plan["slots"])}
    return chat("pillars", pillars_schema(list(ids)), brand=brand["name"], goals="; ".join(brand["goals"]), evidence=shown, **period)


def distribution_call(brand, plan, pillars, passages):
    return chat(
        "distribution", distribution_schema(plan["slots"], pillars), brand=brand["name"], goals="; ".join(brand["goals"]),
        pillars="\n".join(f"- {p['name']}: {p['rationale']}" for p in pillars), evidence=evidence(passages)[1],
        slots="\n".join(f"- {s['id']}: {s['scheduledAt']}, {s['platform']} {s['contentType']}" for s in plan["slots"]),
    )  # fmt: skip


def assigned(slots, answer):
    """The slots with the pillar and the brief that the model gave to each."""
    given = {entry["slot"]: entry for entry in answer["slots"]}
    return [slot | {key: given.get(slot["id"], answer["slots"][0])[key] for key in ("pillar", "brief")} for slot in slots]


def post_questions(slot):
    return [slot["brief"], f"{slot['pillar']}: {slot['brief']}", f"{slot['platform']} {slot['contentType']}: {slot['brief']}"]


def post_call(brand, slot, passages):
    ids, shown = evidence(passages)
    rules = CONTRACT["platforms"][slot["platform"]]
    return chat(
        "post", post_schema(list(ids), slot), brand=brand["name"], voice=brand["identity"].get("voice", ""), platform=rules["name"],
        contentType=slot["contentType"], pillar=slot["pillar"], brief=slot["brief"], evidence=shown,
        **{key: rules[key] for key in ("textLimit", "hashtags", "guidance")},
    )  # fmt: skip


# Records


def new_plan(brand, request):
    slots, start = [], datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    channels, days = request["channels"], request["period"]["days"]
    for index in range(request["posts"]):
        channel = channels[index % len(channels)]
        types = channel.get("contentTypes") or ["post"]
        kind = types[index // len(channels) % len(types)]
        at = start + timedelta(days=days * index / request["posts"])
        slots.append({"id": f"slot-{index + 1}", "platform": channel["platform"], "contentType": kind, "scheduledAt": at.isoformat()})
    return {
        "id": uuid.uuid4().hex, "brandId": brand["id"], "state": "queued", "channels": channels,
        "period": {"start": start.date().isoformat(), "days": days}, "pillars": [], "slots": slots, "createdAt": now(), "updatedAt": now(),
    }  # fmt: skip


def post_record(brand, plan, slot, answer, passages):
    """The post, whose citations are verified when they stand word for word in their passage."""
    by_id, citations = evidence(passages)[0], []
    for line in answer["body"]:
        for citation in line["citations"]:
            source = by_id[citation["passage"]]
            place = {key: source[key] for key in ("chunkId", "documentId", "documentTitle")}
            citations.append(place | {"quote": citation["quote"], "verified": citation["quote"] in source["text"]})
    return {
        "_id": f"{plan['id']}-{slot['id']}", "brandId": brand["id"], "planId": plan["id"], "slotId": slot["id"],
        "state": "ready" if all(citation["verified"] for citation in citations) else "needsReview",
        **{key: slot[key] for key in ("platform", "contentType", "scheduledAt", "pillar", "brief")},
        "text": "\n\n".join(line["text"] for line in answer["body"]), "citations": citations,
        **{key: answer[key] for key in ("hashtags", "altText", "callToAction", "mediaBrief")}, "createdAt": now(),
    }  # fmt: skip
