"""What schemathesis cannot know from the document: files of each media type, what must not be destroyed, and which
refusals of well-formed requests are right because they rest on rules that JSON Schema cannot say."""

import io
import itertools
import json
import os
import re
import uuid
import zipfile

import schemathesis
from hypothesis import strategies

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def pdf(line):
    """A page with one line, with the offsets that a PDF has at its end."""
    content = f"BT /F1 12 Tf 72 720 Td ({line}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    file, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return file + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (table, len(file))


def docx(line):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>')
        archive.writestr(
            "word/document.xml",
            '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
            f"<w:t>{line}</w:t></w:r></w:p></w:body></w:document>",
        )
    return file.getvalue()


FILES = {
    "application/pdf": pdf("The Kvern hand grinder costs 1490 kr."),
    DOCX: docx("The Kvern hand grinder costs 1490 kr."),
    "image/png": bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
    ),
    "image/jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\xff\xd9",
    "image/gif": b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
    "image/webp": b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00/\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00",
}
for name, file in FILES.items():
    schemathesis.openapi.media_type(name, strategies.just(file))

# The forms of an answer that a client can ask for, in turn; OpenAPI has no parameter for that.
UNACCEPTABLE = "image/png"
GRAPHQL = ["application/json", "application/graphql-response+json", "text/event-stream", "multipart/mixed"]
ACCEPTED = {
    "POST /v1/brands/{brandId}/posts": itertools.cycle(["*/*", "text/event-stream", UNACCEPTABLE]),
    "GET /v1/plans/{planId}": itertools.cycle(["application/json", "text/csv", "text/markdown", "text/calendar", UNACCEPTABLE]),
    "GET /graphql": itertools.cycle(GRAPHQL + ["text/html", UNACCEPTABLE]),
    "POST /graphql": itertools.cycle(GRAPHQL + [UNACCEPTABLE]),
}

OWN_KEY = os.environ.get("POSTWRIGHT_KEY", "pw_none_").split("_")[1]
ZONES = ["Europe/Oslo", "America/New_York", "Asia/Tokyo", "UTC"]


@schemathesis.hook
def before_call(context, case, kwargs):
    path = case.path_parameters or {}
    if case.operation.label in ACCEPTED:
        case.headers["Accept"] = next(ACCEPTED[case.operation.label])
    # The run's own key and its seeded brand stay, or everything after would be 401 or 404.
    if path.get("keyId") == OWN_KEY and case.method != "GET":
        path["keyId"] = "gone"
    if case.path == "/v1/brands/{brandId}" and case.method == "DELETE" and path.get("brandId") == "halden-roasters":
        path["brandId"] = "halden-pop-up"
    if case.meta is None or case.meta.generation.mode.is_negative:
        return
    # A new key for each request: the same one with another request is refused, which is right.
    if "Idempotency-Key" in (case.headers or {}):
        case.headers["Idempotency-Key"] = f"{case.headers['Idempotency-Key'][:200]}-{uuid.uuid4()}"
    # An address that the deployment may call; nobody listens there.
    if case.path == "/v1/webhooks" and isinstance(case.body, dict) and "url" in case.body:
        case.body["url"] = f"http://127.0.0.1:9/{len(case.body['url'])}"
    if case.path.endswith("/plans") and isinstance(case.body, dict):
        # A time zone that there is, or no plan would ever be made, and few posts, or the service would do nothing but write.
        if isinstance(case.body.get("timeZone"), str):
            case.body["timeZone"] = ZONES[len(case.body["timeZone"]) % len(ZONES)]
        if isinstance(case.body.get("posts"), (int, float)):
            case.body["posts"] = 1 + int(case.body["posts"]) % 3


# Refusals that are right though the request fits its schema; each is a rule over several values, or over what is stored.
BEYOND_SCHEMA = [
    (r"/channels$", r"^the shares must sum to 1"),
    (r"/channels/\d+/platform$", r"^is named twice"),
    (r"/mediaIds$", r"pictures for \d+ posts"),
    (r"/mediaIds/\d+$", r"^is not a picture of this brand"),
    # Whether a text can be read as its format, and then holds any words.
    (r"/content$|^$", r"holds no text|is not valid JSON|quotation mark|is not valid UTF"),
    # `format` is of one media type, and a form has no query parameters.
    (r"/format$", r"^can be json only"),
    (r"^$", r"^a form's documents are described in the form"),
    # The deployment allows some hosts.
    (r"/url$", r"this deployment"),
    # What a post can have depends on its content type.
    (r"/(slides|script)$", r" has none$"),
]


def is_beyond_schema(body):
    errors = body.get("errors") or []
    return bool(errors) and all(
        any(re.search(place, e["pointer"]) and re.search(what, e["detail"]) for place, what in BEYOND_SCHEMA) for e in errors
    )


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether a finding is one: what the service did may be right though the schema does not tell."""
    kind = type(failure).__name__
    if kind == "AcceptedNegativeData":
        # With `format=json` the body is the document itself, and any JSON.
        return (case.query or {}).get("format") != "json"
    if kind != "RejectedPositiveData":
        return True
    if response.status_code == 406:
        return (case.headers or {}).get("Accept") != UNACCEPTABLE
    if response.status_code != 422:
        return True
    return not is_beyond_schema(json.loads(response.content))
