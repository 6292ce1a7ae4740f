"""Writes the upload corpus of the service tests: good, damaged and hostile PDF, DOCX and CSV files, and their manifest.json.

Run as `python hostile_files.py OUTPUT_FOLDER`. In the manifest, `contains` and `absent` hold for the text of every file that is
accepted; "refused" means a 4xx answer or a failed document, and "either" that both are fine as long as the service survives.
"""

import dataclasses
import functools
import hashlib
import json
import pathlib
import random
import struct
import sys
import zlib
from collections.abc import Callable
from xml.sax.saxutils import escape

ACCEPTED, LONG, REFUSED, EITHER = "accepted", "long", "refused", "either"
MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".csv": "text/csv",
}
MEGABYTE = 1 << 20
GIGABYTE = 1 << 30
PASSWD = "root:x:0:0"


# Compressed streams that are small and inflate to much


@dataclasses.dataclass(frozen=True)
class Deflated:
    """A raw deflate stream of prefix, `times` blocks and suffix; its checksums are worked out when a wrapper needs them."""

    packed: bytes
    prefix: bytes
    block: bytes
    times: int
    suffix: bytes

    @property
    def size(self):
        return len(self.prefix) + len(self.block) * self.times + len(self.suffix)

    def checksum(self, function):
        value = function(self.prefix)
        for _ in range(self.times):
            value = function(self.block, value)
        return function(self.suffix, value)

    def with_zlib_wrapper(self):
        return b"\x78\xda" + self.packed + struct.pack(">I", self.checksum(zlib.adler32))


def deflate_repeated(block, times, prefix=b"", suffix=b""):
    """Compresses the block once and repeats its flushed bytes."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = compressor.compress(prefix) + compressor.flush(zlib.Z_FULL_FLUSH)
    packed += (compressor.compress(block) + compressor.flush(zlib.Z_FULL_FLUSH)) * times
    packed += compressor.compress(suffix) + compressor.flush(zlib.Z_FINISH)
    return Deflated(packed, prefix, block, times, suffix)


def deflate_filled(unit, size, prefix=b"", suffix=b""):
    """Compresses prefix, whole units of about `size` bytes in all, and suffix."""
    block = unit * (MEGABYTE // len(unit))
    return deflate_repeated(block, size // len(block), prefix, suffix)


@functools.cache
def gigabyte_of_spaces():
    return deflate_filled(b" ", GIGABYTE).with_zlib_wrapper()


# PDF

PAGES = 2
LATIN_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
PAGE_BOX = b"[0 0 595 842]"
DOCUMENT_ID = bytes(range(16))


class PDF:
    """Numbered objects, and the ways to write them with a cross-reference table or stream."""

    def __init__(self):
        self.bodies = []

    def add(self, body):
        self.bodies.append((body, None))
        return len(self.bodies)

    def add_stream(self, data, entries=b""):
        self.bodies.append((b"<< %s/Length %d >>" % (entries, len(data)), data))
        return len(self.bodies)

    def add_zlib_stream(self, packed, entries=b""):
        return self.add_stream(packed, b"/Filter /FlateDecode " + entries)

    def replace(self, number, body):
        self.bodies[number - 1] = (body, None)

    def with_objects(self, encryption=None):
        """The file up to its cross-references, and the offset of each object."""
        written, offsets = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
        for number, (body, data) in enumerate(self.bodies, 1):
            offsets.append(len(written))
            if data is not None:
                data = encryption.encrypted(number, data) if encryption else data
                body += b"\nstream\n%s\nendstream" % data
            written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        return written, offsets

    def with_table(self, trailer=b"", size=None, section=None, encryption=None):
        written, offsets = self.with_objects(encryption)
        start, count = len(written), len(offsets) + 1
        written += b"xref\n%s\n0000000000 65535 f \n" % (section or b"0 %d" % count)
        written += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        trailer += encryption.trailer() if encryption else b""
        written += b"trailer\n<< /Size %d /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF\n" % (size or count, trailer, start)
        return bytes(written)

    def with_stream(self, packed_bodies=(), per_stream=500, entries=None):
        """Packs the bodies, numbered after the plain objects, into object streams; `entries` overrides /Size, /W and /Index."""
        first_packed, places = len(self.bodies) + 1, []
        containers = range(0, len(packed_bodies), per_stream)
        first_container = first_packed + len(packed_bodies)
        written, offsets = self.with_objects()
        for order, start in enumerate(containers):
            group = packed_bodies[start : start + per_stream]
            places += [(first_container + order, index) for index in range(len(group))]
            body = object_stream(first_packed + start, group)
            offsets.append(len(written))
            written += b"%d 0 obj\n%s\nendobj\n" % (first_container + order, body)
        start = len(written)
        plain = [struct.pack(">BIH", 1, offset, 0) for offset in offsets + [start]]
        packed = [struct.pack(">BIH", 2, container, index) for container, index in places]
        rows = [bytes(7)] + plain[: first_packed - 1] + packed + plain[first_packed - 1 :]
        data = zlib.compress(b"".join(rows), 9)
        number = len(rows) - 1
        entries = entries or b"/Size %d /W [1 4 2]" % len(rows)
        written += b"%d 0 obj\n<< /Type /XRef %s /Root 1 0 R /Filter /FlateDecode /Length %d >>\nstream\n" % (number, entries, len(data))
        written += data + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start
        return bytes(written)


def object_stream(first_number, bodies):
    index, offset = [], 0
    for number, body in enumerate(bodies, first_number):
        index.append(b"%d %d" % (number, offset))
        offset += len(body) + 1
    head = b" ".join(index) + b"\n"
    data = zlib.compress(head + b"\n".join(bodies), 9)
    entries = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d" % (len(bodies), len(head), len(data))
    return b"<< %s >>\nstream\n%s\nendstream" % (entries, data)


class StandardEncryption:
    """The standard security handler, revision 2: RC4 with a 40 bit key."""

    def __init__(self, user, owner, permissions=-4):
        self.permissions = permissions
        self.owner_entry = rc4(md5(padded(owner))[:5], padded(user))
        flags = struct.pack("<i", permissions)
        self.key = md5(padded(user) + self.owner_entry + flags + DOCUMENT_ID)[:5]
        self.user_entry = rc4(self.key, padded(b""))

    def encrypted(self, number, data):
        return rc4(md5(self.key + struct.pack("<I", number)[:3] + b"\0\0")[:10], data)

    def trailer(self):
        owner, user, identity = (value.hex().encode() for value in (self.owner_entry, self.user_entry, DOCUMENT_ID))
        handler = b"/Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P %d" % (owner, user, self.permissions)
        return b"/Encrypt << %s >> /ID [<%s> <%s>] " % (handler, identity, identity)


def padded(password):
    filling = "28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a"
    return (password + bytes.fromhex(filling))[:32]


def md5(data):
    return hashlib.md5(data, usedforsecurity=False).digest()


def rc4(key, data):
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    output, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        output.append(byte ^ state[(state[i] + state[j]) & 255])
    return bytes(output)


def pdf_string(text):
    data = text.encode("cp1252")
    for special in (b"\\", b"(", b")"):
        data = data.replace(special, b"\\" + special)
    return b"(%s)" % data


def page_content(heading, *lines):
    shown = b"".join(b"0 -20 Td %s Tj\n" % pdf_string(line) for line in lines)
    return b"BT /F1 20 Tf 60 760 Td %s Tj\n/F1 12 Tf\n%sET" % (pdf_string(heading), shown)


def page_body(content, extra=b""):
    return b"<< /Type /Page /Parent 2 0 R /Contents %d 0 R %s>>" % (content, extra)


def pages_body(kids, count=None, box=PAGE_BOX, resources=b"/Font << /F1 3 0 R >>"):
    references = b" ".join(b"%d 0 R" % kid for kid in kids)
    inherited = b"/MediaBox %s /Resources << %s >>" % (box, resources)
    return b"<< /Type /Pages /Kids [%s] /Count %d %s >>" % (references, len(kids) if count is None else count, inherited)


def pdf_with_contents(*contents, catalog=b"", font=LATIN_FONT, **tree):
    """A document of one page for each content; a content is plain bytes, or a pair of stream data and dictionary entries."""
    document, kids = PDF(), []
    document.add(b"<< /Type /Catalog /Pages 2 0 R %s>>" % catalog)
    document.add(b"")
    document.add(font)
    for content in contents:
        data, entries = content if isinstance(content, tuple) else (content, b"")
        kids.append(document.add(page_body(document.add_stream(data, entries))))
    document.replace(PAGES, pages_body(kids, **tree))
    return document


def small_document(**options):
    return pdf_with_contents(page_content("Cupping notes", "The kettle rests for thirty seconds."), **options)


def good_document():
    first = page_content("Opening hours", "The roastery opens at seven on weekdays.", "Visitors (all of them) ring the bell.")
    second = page_content("Delivery terms", "Parcels leave the harbour every Thursday.")
    return pdf_with_contents(first, second)


def accented_pdf():
    return pdf_with_contents(page_content("Café crème", "Smørbrød på Grünerløkka", "Straße am Fluß")).with_table()


def to_unicode_pdf():
    text = "Свежий кофе καφές"
    mapping = "\n".join(f"<{code:04x}> <{ord(letter):04x}>" for code, letter in enumerate(text, 1))
    character_map = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Letters def /CMapType 2 def\n"
        "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{len(text)} beginbfchar\n{mapping}\nendbfchar endcmap end end"
    )
    codes = "".join(f"{code:04x}" for code in range(1, len(text) + 1)).encode()
    font = b"<< /Type /Font /Subtype /Type0 /BaseFont /Letters /Encoding /Identity-H /DescendantFonts [6 0 R] /ToUnicode 8 0 R >>"
    document = pdf_with_contents(b"BT /F1 14 Tf 60 700 Td <%s> Tj ET" % codes, font=font)
    system = b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
    descendant = b"/Subtype /CIDFontType2 /BaseFont /Letters /CIDSystemInfo %s /FontDescriptor 7 0 R /DW 600" % system
    document.add(b"<< /Type /Font %s >>" % descendant)
    document.add(b"<< /Type /FontDescriptor /FontName /Letters /Flags 4 /FontBBox [0 -200 1000 900] /Ascent 900 /Descent -200 >>")
    document.add_stream(character_map.encode())
    return document.with_table()


def invisible_text_pdf():
    return pdf_with_contents(b"BT 3 Tr /F1 12 Tf 60 700 Td (Scanned receipt with a text layer) Tj ET").with_table()


def updated_pdf():
    original = pdf_with_contents(page_content("Price list", "The old price was withdrawn.")).with_table()
    content = page_content("Price list", "The new price is in force.")
    previous, replaced = original.rindex(b"xref\n0"), len(original)
    update = b"4 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (len(content), content)
    table = b"xref\n4 1\n%010d 00000 n \ntrailer\n<< /Size 6 /Root 1 0 R /Prev %d >>\n" % (replaced, previous)
    return original + update + table + b"startxref\n%d\n%%%%EOF\n" % (replaced + len(update))


def encrypted_pdf(user, permissions=-4):
    encryption = StandardEncryption(user, b"keeper of the keys", permissions)
    return small_document().with_table(encryption=encryption)


def acting_pdf():
    launch = b"<< /S /Launch /F (/bin/sh) /Win << /F (cmd.exe) /P (/c calc) >> >>"
    script = b"<< /S /JavaScript /JS (app.alert\\('owned'\\);) /Next %s >>" % launch
    return small_document(catalog=b"/OpenAction %s " % script).with_table()


def attachment_pdf():
    names = b"/Names << /EmbeddedFiles << /Names [(notes.txt) 6 0 R] >> >> "
    document = small_document(catalog=names)
    document.add(b"<< /Type /Filespec /F (notes.txt) /EF << /F 7 0 R >> >>")
    document.add_stream(b"Attached secret words", b"/Type /EmbeddedFile ")
    return document.with_table()


def picture_pdf():
    document = pdf_with_contents(b"q 400 0 0 400 90 200 cm /Im1 Do Q", resources=b"/XObject << /Im1 6 0 R >>")
    picture = b"/Type /XObject /Subtype /Image /Width 16 /Height 16 /ColorSpace /DeviceGray /BitsPerComponent 8 "
    document.add_stream(bytes(range(256)), picture)
    return document.with_table()


def looping_tree_pdf(with_page):
    document = small_document()
    document.replace(PAGES, pages_body([5, PAGES] if with_page else [PAGES], count=2))
    return document.with_table()


def looping_parent_pdf():
    document = small_document()
    document.replace(5, b"<< /Type /Page /Parent 5 0 R /Contents 4 0 R >>")
    return document.with_table()


def looping_tables_pdf():
    document = small_document()
    own_offset = len(document.with_objects()[0])
    return document.with_table(trailer=b"/Prev %d " % own_offset)


def looping_length_pdf():
    document = small_document()
    document.add(b"<< /Length 6 0 R >>\nstream\nBT (never) Tj ET\nendstream")
    document.replace(5, page_body(6))
    return document.with_table()


def many_pages_pdf(count, first, others):
    """Every page but the first shows the same content; the page objects lie in object streams."""
    document = PDF()
    document.add(b"<< /Type /Catalog /Pages 2 0 R >>")
    first_page = 6
    document.add(pages_body(range(first_page, first_page + count)))
    document.add(LATIN_FONT)
    document.add_stream(first)
    document.add_zlib_stream(zlib.compress(others, 9))
    return document.with_stream([page_body(4)] + [page_body(5)] * (count - 1))


def ten_thousand_pages_pdf():
    first = page_content("Ten thousand pages", "The first page says what follows.")
    return many_pages_pdf(10_000, first, page_content("Again", "The same page once more."))


def copied_text_pdf():
    line = b"(The same long line of filler words that every page of this document repeats over and over) Tj T*\n"
    return many_pages_pdf(10_000, page_content("Copied text"), b"BT /F1 1 Tf 1 TL 20 820 Td\n%sET" % (line * 800))


def flate_bomb_pdf(packed):
    return pdf_with_contents((packed, b"/Filter /FlateDecode ")).with_table()


def shown_bomb_pdf(unit, prefix, suffix):
    return flate_bomb_pdf(deflate_filled(unit, GIGABYTE, prefix, suffix).with_zlib_wrapper())


def nested_flate_bomb_pdf(levels):
    data = gigabyte_of_spaces()
    for _ in range(levels - 1):
        data = zlib.compress(data, 9)
    filters = b"/Filter [%s] " % (b"/FlateDecode " * levels)
    return pdf_with_contents((data, filters)).with_table()


def predictor_pdf():
    data = zlib.compress(page_content("Predicted", "The columns are absurd."))
    entries = b"/Filter /FlateDecode /DecodeParms << /Predictor 12 /Colors 32 /BitsPerComponent 16 /Columns 2147483647 >> "
    return pdf_with_contents((data, entries)).with_table()


def object_stream_bomb_pdf():
    document = PDF()
    document.add_zlib_stream(gigabyte_of_spaces(), b"/Type /ObjStm /N 3 /First 1073741000 ")
    rows = [bytes(7)] + [struct.pack(">BIH", 1, 15, 0)] + [struct.pack(">BIH", 2, 1, index) for index in range(3)]
    written, _ = document.with_objects()
    data = b"".join(rows)
    entries = b"/Type /XRef /Size 6 /Index [0 5] /W [1 4 2] /Root 2 0 R /Length %d" % len(data)
    table = b"5 0 obj\n<< %s >>\nstream\n%s\nendstream\nendobj\n" % (entries, data)
    return bytes(written) + table + b"startxref\n%d\n%%%%EOF\n" % len(written)


def fanning_forms_pdf(levels=10, width=10):
    """Form after form draws the one before it ten times: ten thousand million words in all."""
    document = pdf_with_contents(b"/X%d Do" % (levels - 1), resources=b"/Font << /F1 3 0 R >>")
    resources = b"/Resources << /Font << /F1 3 0 R >> /XObject << %s >> >> "
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] " + resources
    first = len(document.bodies) + 1
    document.add_stream(b"BT /F1 9 Tf 60 700 Td (fan) Tj ET " * width, form % b"")
    for level in range(1, levels):
        document.add_stream(b"/X%d Do " % (level - 1) * width, form % (b"/X%d %d 0 R" % (level - 1, first + level - 1)))
    last = b"/XObject << /X%d %d 0 R >>" % (levels - 1, first + levels - 1)
    document.replace(PAGES, pages_body([5], resources=last))
    return document.with_table()


def self_drawing_form_pdf():
    content = page_content("Cupping notes", "The kettle rests for thirty seconds.") + b"\n/X0 Do"
    resources = b"/Font << /F1 3 0 R >> /XObject << /X0 6 0 R >>"
    document = pdf_with_contents(content, resources=resources)
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << /X0 6 0 R >> >> "
    document.add_stream(b"/X0 Do /X0 Do", form)
    return document.with_table()


def scattered_words_pdf(count=100_000):
    chance = random.Random(20)
    words = [b"1 0 0 1 %d %d Tm (w%d) Tj" % (chance.randrange(595), chance.randrange(842), number) for number in range(count)]
    content = zlib.compress(b"BT /F1 6 Tf\n%s\nET" % b"\n".join(words), 6)
    return pdf_with_contents((content, b"/Filter /FlateDecode ")).with_table()


def deep_arrays_pdf(depth=100_000):
    return small_document(catalog=b"/Deep %s%s " % (b"[" * depth, b"]" * depth)).with_table()


def borrowed_file_pdf():
    document = small_document()
    borrowed = document.add(b"<< /Length 0 /F (/etc/passwd) >>\nstream\n\nendstream")
    document.replace(PAGES, pages_body([5, document.add(page_body(borrowed))]))
    return document.with_table()


def absurd_xref_stream_pdf(entries):
    return small_document().with_stream(entries=entries)


def random_bytes_pdf():
    return b"%PDF-1.7\n" + random.Random(7).randbytes(200_000)


def wrong_offset_pdf():
    return small_document().with_table().replace(b"startxref\n", b"startxref\n99")


# Zip archives, written record by record so that the records can lie

STORED, DEFLATE, LZMA = 0, 8, 14
ENCRYPTED_FLAG, DESCRIPTOR_FLAG, UTF8_FLAG = 0x1, 0x8, 0x800
NEW_YEAR_1980 = 0x21


@dataclasses.dataclass(frozen=True)
class Entry:
    name: str
    packed: bytes
    size: int
    crc: int
    method: int = DEFLATE
    flags: int = 0

    def common_fields(self, crc, packed_size, size):
        version, flags = 20, self.flags | UTF8_FLAG
        return struct.pack(
            "<HHHHHIIIHH", version, flags, self.method, 0, NEW_YEAR_1980, crc, packed_size, size, len(self.name.encode()), 0
        )

    def local_record(self):
        figures = (self.crc, len(self.packed), self.size)
        described = bool(self.flags & DESCRIPTOR_FLAG)
        descriptor = b"PK\x07\x08" + struct.pack("<III", *figures) if described else b""
        fields = self.common_fields(*((0, 0, 0) if described else figures))
        return b"PK\x03\x04" + fields + self.name.encode() + self.packed + descriptor

    def directory_record(self, offset):
        fields = self.common_fields(self.crc, len(self.packed), self.size)
        return b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, offset) + self.name.encode()


def deflated(name, data):
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return Entry(name, compressor.compress(data) + compressor.flush(), len(data), zlib.crc32(data))


def stored(name, data):
    return Entry(name, data, len(data), zlib.crc32(data), method=STORED)


def repeated(name, bomb):
    return Entry(name, bomb.packed, bomb.size, bomb.checksum(zlib.crc32))


def end_record(count, size, offset):
    return b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, size, offset, 0)


def archive(entries, aliases=()):
    """A zip of the entries; each alias is one more directory record for the last entry's data."""
    written, directory, offset = bytearray(), bytearray(), 0
    for entry in entries:
        offset = len(written)
        written += entry.local_record()
        directory += entry.directory_record(offset)
    for alias in aliases:
        directory += dataclasses.replace(entries[-1], name=alias).directory_record(offset)
    end = end_record(len(entries) + len(aliases), len(directory), len(written))
    return bytes(written + directory + end)


# DOCX

MAIN_PART = "word/document.xml"
WORDS_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT_NAMESPACE = "http://purl.oclc.org/ooxml/wordprocessingml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{address}"'
    for prefix, address in {
        "w": WORDS_NAMESPACE,
        "r": f"{OFFICE}/relationships",
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "v": "urn:schemas-microsoft-com:vml",
    }.items()
)
HOUSE_WORDS = "The grinder is cleaned on Mondays."
TRACKED = 'w:id="9" w:author="Editor" w:date="2024-01-01T00:00:00Z"'


def run(text, properties="", element="w:t"):
    properties = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{properties}<{element} xml:space="preserve">{escape(text)}</{element}></w:r>'


def paragraph(*content, style="", properties=""):
    style = f'<w:pStyle w:val="{style}"/>' if style else ""
    properties = f"<w:pPr>{style}{properties}</w:pPr>" if style or properties else ""
    return f"<w:p>{properties}{''.join(content)}</w:p>"


def say(text, **options):
    return paragraph(run(text), **options)


def list_item(text):
    return say(text, style="ListParagraph", properties='<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>')


def table(*rows):
    width = len(rows[0])
    grid = "<w:tblGrid>" + '<w:gridCol w:w="4000"/>' * width + "</w:tblGrid>"
    cell = '<w:tc><w:tcPr><w:tcW w:w="4000" w:type="dxa"/></w:tcPr>{}</w:tc>'
    lines = "".join("<w:tr>" + "".join(cell.format(say(text)) for text in row) + "</w:tr>" for row in rows)
    return f'<w:tbl><w:tblPr><w:tblW w:w="8000" w:type="dxa"/></w:tblPr>{grid}{lines}</w:tbl>'


def link(text):
    return f'<w:hyperlink r:id="rId4">{run(text)}</w:hyperlink>'


def tracked(kind, text):
    return f"<w:{kind} {TRACKED}>{run(text, element='w:delText' if kind == 'del' else 'w:t')}</w:{kind}>"


def text_box(text):
    """A box as Word writes it: a drawing, and the same words again for readers that know only the older shapes."""
    inside = f"<w:txbxContent>{say(text)}</w:txbxContent>"
    shape = f"<wps:wsp><wps:cNvSpPr/><wps:spPr/><wps:txbx>{inside}</wps:txbx><wps:bodyPr/></wps:wsp>"
    kind = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
    graphic = f'<a:graphic><a:graphicData uri="{kind}">{shape}</a:graphicData></a:graphic>'
    drawing = f'<w:drawing><wp:inline><wp:extent cx="900000" cy="900000"/><wp:docPr id="1" name="Box"/>{graphic}</wp:inline></w:drawing>'
    older = f"<w:pict><v:shape><v:textbox>{inside}</v:textbox></v:shape></w:pict>"
    choice = f'<mc:Choice Requires="wps">{drawing}</mc:Choice><mc:Fallback>{older}</mc:Fallback>'
    return paragraph(f"<w:r><mc:AlternateContent>{choice}</mc:AlternateContent></w:r>")


def document_start(doctype=""):
    return f"{DECLARATION}{doctype}<w:document {NAMESPACES}><w:body>"


DOCUMENT_END = "</w:body></w:document>"


def document_xml(*blocks, doctype=""):
    return document_start(doctype) + "".join(blocks) + DOCUMENT_END


def relationships(*lines):
    listed = "".join(f"<Relationship {line}/>" for line in lines)
    return f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">{listed}</Relationships>'


def relationship(identity, kind, target, external=False):
    mode = ' TargetMode="External"' if external else ""
    return f'Id="{identity}" Type="{OFFICE}/relationships/{kind}" Target="{target}"{mode}'


def content_types():
    overrides = "".join(
        f'<Override PartName="/word/{part}.xml" ContentType="{MAIN_TYPE}.{kind}+xml"/>'
        for part, kind in {"document": "document.main", "styles": "styles", "numbering": "numbering", "footnotes": "footnotes"}.items()
    )
    defaults = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    return f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">{defaults}{overrides}</Types>'


def styles():
    named = {"Heading1": "heading 1", "Heading2": "heading 2", "ListParagraph": "List Paragraph", "Normal": "Normal"}
    listed = "".join(
        f'<w:style w:type="paragraph" w:styleId="{identity}"><w:name w:val="{name}"/></w:style>' for identity, name in named.items()
    )
    return f'{DECLARATION}<w:styles xmlns:w="{WORDS_NAMESPACE}">{listed}</w:styles>'


def numbering():
    level = '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/></w:lvl>'
    lists = f'<w:abstractNum w:abstractNumId="0">{level}</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    return f'{DECLARATION}<w:numbering xmlns:w="{WORDS_NAMESPACE}">{lists}</w:numbering>'


def footnotes():
    note = f'<w:footnote w:id="1">{say("Measured in the harbour laboratory.")}</w:footnote>'
    return f'{DECLARATION}<w:footnotes xmlns:w="{WORDS_NAMESPACE}">{note}</w:footnotes>'


def surrounding_parts(extra_relationships=()):
    """Every part of the package except the document itself."""
    document_relationships = relationships(
        relationship("rId1", "styles", "styles.xml"),
        relationship("rId2", "numbering", "numbering.xml"),
        relationship("rId3", "footnotes", "footnotes.xml"),
        relationship("rId4", "hyperlink", "https://growers.example/", external=True),
        *extra_relationships,
    )
    parts = {
        "[Content_Types].xml": content_types(),
        "_rels/.rels": relationships(relationship("rId1", "officeDocument", MAIN_PART)),
        "word/_rels/document.xml.rels": document_relationships,
        "word/styles.xml": styles(),
        "word/numbering.xml": numbering(),
        "word/footnotes.xml": footnotes(),
    }
    return [deflated(name, text.encode()) for name, text in parts.items()]


def docx(main, *extra, extra_relationships=()):
    """A package around the main part, which is XML text, bytes, or an entry made already."""
    if not isinstance(main, Entry):
        main = deflated(MAIN_PART, main.encode() if isinstance(main, str) else main)
    return archive([*surrounding_parts(extra_relationships), main, *extra])


def house_xml(*more, doctype=""):
    return document_xml(say("House rules", style="Heading1"), say(HOUSE_WORDS), *more, doctype=doctype)


def house_entry(**changes):
    return dataclasses.replace(deflated(MAIN_PART, house_xml().encode()), **changes)


def good_docx():
    measures = "<w:r><w:t>Dose</w:t><w:tab/><w:t>Yield</w:t></w:r>"
    pours = "<w:r><w:t>First pour</w:t><w:br/><w:t>Second pour</w:t></w:r>"
    return docx(
        document_xml(
            say("Roasting handbook", style="Heading1"),
            say("Every batch cools for four minutes."),
            say("Storage", style="Heading2"),
            list_item("Keep beans sealed"),
            list_item("Avoid direct sunlight"),
            table(["Origin", "Altitude"], ["Huila", "1700 metres"]),
            paragraph(run("Read more on "), link("the growers page"), run(".")),
            paragraph(run("Wa", "<w:b/>"), run("ter", "<w:b/>"), run(" hardness"), run(" matters.")),
            paragraph(measures),
            paragraph(pours),
            paragraph(tracked("del", "Obsolete advice. "), tracked("ins", "Approved advice.")),
            paragraph(run("Extraction is measured"), '<w:r><w:footnoteReference w:id="1"/></w:r>'),
            text_box("Boxed tasting note"),
            "<w:sectPr/>",
        )
    )


def tracked_docx():
    return docx(
        document_xml(
            paragraph(run("The shop closes at "), tracked("del", "eighteen"), tracked("ins", "nineteen"), run(" sharp.")),
            paragraph(tracked("moveFrom", "Left behind.")),
            paragraph(tracked("moveTo", "Moved along.")),
        )
    )


def runs_docx():
    return docx(
        document_xml(
            paragraph(*(run(letter, "<w:b/>") for letter in "Espresso"), run(" shot")),
            paragraph("<w:r><w:t>Sour</w:t><w:tab/><w:t>Sweet</w:t><w:br/><w:t>Bitter</w:t><w:cr/><w:t>Salty</w:t></w:r>"),
            say("Fresh & <strong> taste"),
            say("Ends here"),
            say("Begins there"),
            table(["Left", "Right"]),
        )
    )


def field_docx():
    field = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        + run(' PAGEREF _Toc42 \\h "field code" ', element="w:instrText")
        + '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        + run("page twelve")
        + '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    simple = f'<w:fldSimple w:instr=" AUTHOR ">{run("Ingrid Halden")}</w:fldSimple>'
    return docx(document_xml(paragraph(run("See "), field), paragraph(run("Written by "), simple)))


def content_control_docx():
    control = "<w:sdt><w:sdtPr/><w:sdtContent>{}</w:sdtContent></w:sdt>"
    inline = paragraph(run("Roasted by "), control.format(run("the night shift")))
    return docx(document_xml(control.format(say("Cover page title")), inline))


def other_prefix_docx():
    plain = house_xml().replace("<w:", "<words:").replace("</w:", "</words:").replace(" w:", " words:")
    return docx(plain.replace("xmlns:w=", "xmlns:words="))


def strict_docx():
    return docx(house_xml().replace(WORDS_NAMESPACE, STRICT_NAMESPACE))


def renamed_main_part_docx():
    entries = [entry for entry in surrounding_parts() if entry.name != "_rels/.rels"]
    start = relationships(relationship("rId1", "officeDocument", "word/document2.xml"))
    return archive([*entries, deflated("_rels/.rels", start.encode()), house_entry(name="word/document2.xml")])


def encoded_docx(mark, encoding, declared):
    text = house_xml(say("Smørbrød")).replace("UTF-8", declared)
    return docx(mark + text.encode(encoding))


def damaged_name_docx():
    return docx(house_xml("<w:p>NAME</w:p>").encode().replace(b"NAME", b"<w:n\xf4me w:val='1'/>"))


def document_bomb(unit, size, before="", after=""):
    return deflate_filled(unit.encode(), size, (document_start() + before).encode(), (after + DOCUMENT_END).encode())


def paragraph_bomb_docx():
    return docx(repeated(MAIN_PART, document_bomb(say("Filler words."), GIGABYTE)))


def single_text_bomb_docx():
    return docx(repeated(MAIN_PART, document_bomb("filler ", GIGABYTE, "<w:p><w:r><w:t>", "</w:t></w:r></w:p>")))


def lying_size_docx():
    bomb = repeated(MAIN_PART, document_bomb(say("Filler words."), 100 * MEGABYTE))
    return docx(dataclasses.replace(bomb, size=10))


def side_bomb_docx():
    return docx(house_xml(), repeated("word/media/picture.bmp", deflate_filled(b"\0", GIGABYTE)))


def many_entries_docx(count=60_000):
    blank = stored("", b"")
    return docx(house_xml(), *(dataclasses.replace(blank, name=f"e/{number}") for number in range(count)))


def nested_docx():
    inner = docx(house_xml())
    return archive([stored("inner.docx", inner)])


def overlapping_docx():
    kernel = repeated("word/media/0.bin", deflate_filled(b"\0", 64 * MEGABYTE))
    aliases = [f"word/media/{number}.bin" for number in range(1, 5_000)]
    return archive([*surrounding_parts(), house_entry(), kernel], aliases)


def overlapping_document_docx():
    entry = repeated(MAIN_PART, document_bomb(say("Filler words."), 64 * MEGABYTE))
    return archive([*surrounding_parts(), entry], [MAIN_PART] * 2_000)


def without_directory_docx():
    whole = docx(house_xml())
    return whole[: whole.index(b"PK\x01\x02")]


def far_directory_docx():
    whole = docx(house_xml())
    return whole[:-22] + end_record(65_535, 0xFFFFFFF0, 0xFFFFFFF0)


def zip64_docx():
    """The end of a 64 bit archive that claims 2^64 - 1 entries."""
    whole = docx(house_xml())[:-22]
    most = 0xFFFFFFFFFFFFFFFF
    end64 = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, most, most, most, most)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, len(whole), 1)
    return whole + end64 + locator + end_record(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)


def compound_file_docx():
    """The beginning of an OLE file with the two streams of a password protected document."""
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    names = [name.encode("utf-16-le").ljust(128, b"\0") for name in ("Root Entry", "EncryptionInfo", "EncryptedPackage")]
    return header.ljust(512, b"\0") + b"".join(names) + random.Random(5).randbytes(8_192)


def laughing_docx(comment=""):
    levels = ['<!ENTITY laugh0 "laugh ">']
    levels += [f'<!ENTITY laugh{level} "{f"&laugh{level - 1};" * 10}">' for level in range(1, 10)]
    doctype = f"{comment}<!DOCTYPE w:document [{''.join(levels)}]>"
    return docx(document_xml("<w:p><w:r><w:t>&laugh9;</w:t></w:r></w:p>", doctype=doctype))


def quadratic_docx():
    doctype = f'<!DOCTYPE w:document [<!ENTITY long "{"laugh " * 20_000}">]>'
    return docx(document_xml("<w:p><w:r><w:t>" + "&long;" * 10_000 + "</w:t></w:r></w:p>", doctype=doctype))


def entity_docx(declared, used="&outside;"):
    return docx(house_xml(f"<w:p><w:r><w:t>{used}</w:t></w:r></w:p>", doctype=f"<!DOCTYPE w:document [{declared}]>"))


def external_dtd_docx():
    return docx(house_xml(doctype='<!DOCTYPE w:document SYSTEM "http://127.0.0.1:9/outside.dtd">'))


def external_parts_docx():
    included = '<w:altChunk r:id="rId8"/>'
    outside = (
        relationship("rId8", "aFChunk", "file:///etc/passwd", external=True),
        relationship("rId9", "attachedTemplate", "http://127.0.0.1:9/template.dotm", external=True),
    )
    return docx(house_xml(included), extra_relationships=outside)


def deep_docx(depth=100_000):
    inside = "<w:smartTag>" * depth + run("bottom") + "</w:smartTag>" * depth
    return docx(document_xml(say(HOUSE_WORDS), paragraph(inside)))


def many_attributes_docx(count=200_000):
    attributes = " ".join(f'a{number}=""' for number in range(count))
    return docx(document_xml(say(HOUSE_WORDS), f"<w:p {attributes}/>"))


def many_paragraphs_docx(count=300_000):
    numbered = "".join(f"<w:p><w:r><w:t>Line {number}</w:t></w:r></w:p>" for number in range(count))
    return docx(document_xml(say(HOUSE_WORDS), numbered))


def control_characters_docx(characters):
    return docx(house_xml(f"<w:p><w:r><w:t>Before{characters}after</w:t></w:r></w:p>"))


def traversing_docx():
    names = ["../../etc/x", "/etc/x", "..\\..\\windows\\x", "word/../../../x", "C:\\x", "x\0y"]
    return docx(house_xml(), *(stored(name, b"escaped") for name in names))


def duplicate_document_docx():
    return docx(house_xml(), deflated(MAIN_PART, document_xml(say("The second copy speaks.")).encode()))


def macro_docx():
    return docx(house_xml(), stored("word/vbaProject.bin", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)))


def half(data):
    return data[: len(data) // 2]


# CSV

ROWS = [["Product", "Origin", "Price"], ["Morning blend", "Huila, Colombia", "12.50"], ["Harbour espresso", "Sidamo", "14.00"]]
EUROPEAN_ROWS = [
    ["Produkt", "Opphav", "Pris"],
    ["Frokostblanding, mild", "Huila, Colombia", "12,50"],
    ["Sjøluft", "Sidamo, Etiopia", "14,00"],
]


def csv_text(rows, delimiter=",", line_end="\n"):
    def cell(text):
        special = any(character in text for character in (delimiter, '"', "\n", "\r"))
        return '"' + text.replace('"', '""') + '"' if special else text

    return "".join(delimiter.join(map(cell, row)) + line_end for row in rows)


def csv_file(rows, delimiter=",", line_end="\n", encoding="utf-8", mark=b""):
    return mark + csv_text(rows, delimiter, line_end).encode(encoding)


def quoted_rows():
    return [
        ["Step", "What to do"],
        ["Bloom", 'The "bloom" phase, explained'],
        ["Pour", "first line of the cell\nsecond line of the cell"],
        ["Wait", 'a semicolon; a tab\tand "" two quotes'],
    ]


def formula_rows():
    return [
        ["Name", "Formula"],
        ["Calculator", "=cmd|'/c calc'!A1"],
        ["Link", '=HYPERLINK("http://127.0.0.1:9/","Open")'],
        ["Sum", "@SUM(1+1)"],
    ]


def wide_csv(columns=100_000):
    return csv_file([[f"c{number}" for number in range(columns)], [str(number) for number in range(columns)]])


def long_csv(rows=300_000):
    return csv_file([["Number", "Word"]] + [[str(number), "filler"] for number in range(rows)])


# The corpus


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    expect: str
    why: str
    make: Callable[[], bytes]
    contains: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    def listed(self):
        return {
            "name": self.name,
            "mediaType": MEDIA_TYPES[pathlib.PurePath(self.name).suffix],
            "expect": self.expect,
            "contains": list(self.contains),
            "absent": list(self.absent),
            "why": self.why,
        }


KETTLE = ("Cupping notes", "The kettle rests for thirty seconds.")
HOUSE = ("House rules", HOUSE_WORDS)

CASES = [
    # PDF, honest
    Case(
        "pdf-good.pdf", ACCEPTED, "Two pages with a heading and sentences each.",
        lambda: good_document().with_table(),
        ("Opening hours", "The roastery opens at seven on weekdays.", "Visitors (all of them)", "Parcels leave the harbour"),
    ),
    Case(
        "pdf-accents.pdf", ACCEPTED, "Accented letters in WinAnsiEncoding.",
        accented_pdf, ("Café crème", "Smørbrød på Grünerløkka", "Straße am Fluß"),
    ),
    Case(
        "pdf-to-unicode.pdf", ACCEPTED, "Cyrillic and Greek glyph numbers that only a ToUnicode map explains.",
        to_unicode_pdf, ("Свежий", "кофе", "καφές"),
    ),
    Case(
        "pdf-invisible-text.pdf", ACCEPTED, "The invisible text layer of a scanned page.",
        invisible_text_pdf, ("Scanned receipt with a text layer",),
    ),
    Case(
        "pdf-updated.pdf", ACCEPTED, "An incremental update replaces the page's content.",
        updated_pdf, ("The new price is in force.",), ("The old price was withdrawn.",),
    ),
    Case(
        "pdf-xref-stream.pdf", ACCEPTED, "A cross-reference stream in place of the table.",
        lambda: small_document().with_stream(), KETTLE,
    ),
    Case(
        "pdf-owner-password.pdf", ACCEPTED, "Encrypted with an empty user password, so anybody may read it.",
        lambda: encrypted_pdf(b""), KETTLE,
    ),
    Case("pdf-actions.pdf", ACCEPTED, "Good text beside a script and a Launch action.", acting_pdf, KETTLE, ("app.alert", "calc")),
    Case("pdf-attachment.pdf", ACCEPTED, "Good text beside an attached file.", attachment_pdf, KETTLE, ("Attached secret words",)),
    # PDF, damaged
    Case(
        "pdf-no-copying.pdf", EITHER, "The empty user password opens it, but its owner forbids copying text.",
        lambda: encrypted_pdf(b"", -4 & ~0x210), KETTLE,
    ),
    Case("pdf-user-password.pdf", REFUSED, "Encrypted (RC4, 40 bit) and needs a password.", lambda: encrypted_pdf(b"secret"), (), KETTLE),
    Case("pdf-truncated.pdf", EITHER, "The second half of the file is missing.", lambda: half(good_document().with_table())),
    Case("pdf-header-only.pdf", REFUSED, "Nothing but the header.", lambda: b"%PDF-1.7"),
    Case("pdf-random.pdf", REFUSED, "Random bytes after the header.", random_bytes_pdf),
    Case("pdf-empty.pdf", REFUSED, "No bytes at all.", lambda: b""),
    Case("pdf-no-text.pdf", REFUSED, "A page that shows only a picture has no text.", picture_pdf),
    Case(
        "pdf-html.pdf", REFUSED, "A web page with the wrong name.",
        lambda: b"<!doctype html><html><title>Menu</title><body><h1>Menu</h1></body></html>\n",
    ),
    Case("pdf-docx.pdf", REFUSED, "A DOCX with the wrong name.", lambda: docx(house_xml())),
    Case(
        "pdf-leading-bytes.pdf", EITHER, "Mail headers before the PDF header.",
        lambda: b"X-Mail: 1\r\n\r\n" + good_document().with_table(),
    ),
    Case(
        "pdf-trailing-bytes.pdf", EITHER, "A zip archive after the end of the PDF.",
        lambda: small_document().with_table() + docx(house_xml()), KETTLE,
    ),
    Case("pdf-wrong-offset.pdf", EITHER, "The offset of the cross-references is wrong.", wrong_offset_pdf, KETTLE),
    # PDF, hostile
    Case("pdf-loop-tree.pdf", REFUSED, "The page tree's only child is itself.", lambda: looping_tree_pdf(False)),
    Case("pdf-loop-tree-with-page.pdf", EITHER, "The page tree has a good page and itself as children.", lambda: looping_tree_pdf(True)),
    Case("pdf-loop-parent.pdf", EITHER, "A page is its own parent.", looping_parent_pdf),
    Case("pdf-loop-tables.pdf", EITHER, "The cross-reference table names itself as the previous one.", looping_tables_pdf, KETTLE),
    Case("pdf-loop-length.pdf", REFUSED, "A stream's length is the stream itself.", looping_length_pdf),
    Case("pdf-loop-form.pdf", EITHER, "A form draws itself twice.", self_drawing_form_pdf, KETTLE),
    Case(
        "pdf-pages-10000.pdf", EITHER, "Ten thousand pages in a small file.",
        ten_thousand_pages_pdf, ("Ten thousand pages", "The first page says what follows."),
    ),
    Case("pdf-bomb-spaces.pdf", REFUSED, "A content stream that inflates to 1 GB of spaces.", lambda: flate_bomb_pdf(gigabyte_of_spaces())),
    Case(
        "pdf-bomb-zeros.pdf", REFUSED, "A content stream that inflates to 1 GB of zeros.",
        lambda: flate_bomb_pdf(deflate_filled(b"\0", GIGABYTE).with_zlib_wrapper()),
    ),
    Case(
        "pdf-bomb-words.pdf", REFUSED, "A content stream that inflates to 1 GB of words to show.",
        lambda: shown_bomb_pdf(b"(bang) Tj T*\n", b"BT /F1 9 Tf 0.000001 TL 60 700 Td\n", b"ET"),
    ),
    Case(
        "pdf-bomb-string.pdf", REFUSED, "A content stream that inflates to one string of 1 GB.",
        lambda: shown_bomb_pdf(b"bang ", b"BT /F1 9 Tf 60 700 Td (", b") Tj ET"),
    ),
    Case("pdf-bomb-nested.pdf", REFUSED, "1 GB of spaces compressed three times over.", lambda: nested_flate_bomb_pdf(3)),
    Case("pdf-bomb-object-stream.pdf", REFUSED, "An object stream that inflates to 1 GB holds the catalog.", object_stream_bomb_pdf),
    Case("pdf-bomb-output.pdf", REFUSED, "Ten thousand pages share one long content, so that the text is 700 MB long.", copied_text_pdf),
    Case("pdf-bomb-forms.pdf", REFUSED, "Forms that draw forms: ten thousand million words.", fanning_forms_pdf),
    Case("pdf-scattered.pdf", EITHER, "A hundred thousand words scattered over one page.", scattered_words_pdf),
    Case("pdf-deep-arrays.pdf", EITHER, "Arrays nested a hundred thousand deep in the catalog.", deep_arrays_pdf),
    Case("pdf-predictor.pdf", EITHER, "A predictor with 2^31 - 1 columns.", predictor_pdf),
    Case("pdf-huge-size.pdf", EITHER, "The trailer claims 2^31 - 1 objects.", lambda: small_document().with_table(size=2**31 - 1), KETTLE),
    Case(
        "pdf-huge-table.pdf", EITHER, "The cross-reference table claims 2,000,000,000 rows.",
        lambda: small_document().with_table(section=b"0 2000000000"), KETTLE,
    ),
    Case(
        "pdf-huge-page.pdf", EITHER, "A page 10^30 points wide.",
        lambda: small_document(box=b"[-1%s -1%s 1%s 1%s]" % ((b"0" * 30,) * 4)).with_table(),
    ),
    Case(
        "pdf-xref-negative.pdf", EITHER, "A cross-reference stream with negative figures.",
        lambda: absurd_xref_stream_pdf(b"/Size -1 /W [-1 -4 -2] /Index [-5 -7]"), KETTLE,
    ),
    Case(
        "pdf-xref-absurd.pdf", EITHER, "A cross-reference stream with fields of 2^31 - 1 bytes.",
        lambda: absurd_xref_stream_pdf(b"/Size 2147483647 /W [1 2147483647 2147483647] /Index [2147483640 2147483647]"), KETTLE,
    ),
    Case(
        "pdf-borrowed-file.pdf", EITHER, "A content stream that lies in another file of the machine.",
        borrowed_file_pdf, KETTLE, (PASSWD,),
    ),
    # DOCX, honest
    Case(
        "docx-good.docx", ACCEPTED, "Headings, a list, a table, a link, split runs, tracked changes, a footnote and a text box.",
        good_docx,
        ("Roasting handbook", "Keep beans sealed", "Water hardness matters.", "1700 metres"),
        ("Obsolete advice", "handbookEvery", "Huila1700", "DoseYield", "pourSecond"),
    ),
    Case(
        "docx-runs.docx", ACCEPTED, "A word in eight runs, tabs and breaks, and entities.",
        runs_docx,
        ("Espresso shot", "Fresh & <strong> taste", "Ends here", "Begins there"),
        ("SourSweet", "SweetBitter", "BitterSalty", "hereBegins", "LeftRight"),
    ),
    Case(
        "docx-tracked.docx", ACCEPTED, "Insertions and moved text stay, deletions and their old places go.",
        tracked_docx, ("The shop closes at nineteen sharp.", "Moved along."), ("eighteen", "Left behind."),
    ),
    Case(
        "docx-link.docx", ACCEPTED, "The words of a link belong to its sentence.",
        lambda: docx(document_xml(paragraph(run("Meet "), link("our growers"), run(" in June.")))), ("Meet our growers in June.",),
    ),
    Case(
        "docx-text-box.docx", ACCEPTED, "Words in a text box, written twice as Word does.",
        lambda: docx(house_xml(text_box("Boxed tasting note"))), (*HOUSE, "Boxed tasting note"),
    ),
    Case(
        "docx-fields.docx", ACCEPTED, "The results of fields are text, their codes are not.",
        field_docx, ("See page twelve", "Written by Ingrid Halden"), ("PAGEREF", "field code"),
    ),
    Case(
        "docx-content-control.docx", ACCEPTED, "Words within content controls.",
        content_control_docx, ("Cover page title", "Roasted by the night shift"),
    ),
    Case("docx-other-prefix.docx", ACCEPTED, "The namespace decides, not its usual prefix.", other_prefix_docx, HOUSE),
    Case(
        "docx-stored.docx", ACCEPTED, "The document is stored without compression.",
        lambda: docx(stored(MAIN_PART, house_xml().encode())), HOUSE,
    ),
    Case(
        "docx-descriptor.docx", ACCEPTED, "Sizes follow the data, as in streamed archives.",
        lambda: docx(house_entry(flags=DESCRIPTOR_FLAG)), HOUSE,
    ),
    Case(
        "docx-utf16-little.docx", ACCEPTED, "The document is in UTF-16, little end first.",
        lambda: encoded_docx(b"\xff\xfe", "utf-16-le", "UTF-16"), (*HOUSE, "Smørbrød"),
    ),
    Case(
        "docx-utf16-big.docx", ACCEPTED, "The document is in UTF-16, big end first.",
        lambda: encoded_docx(b"\xfe\xff", "utf-16-be", "UTF-16"), (*HOUSE, "Smørbrød"),
    ),
    Case(
        "docx-utf8-mark.docx", ACCEPTED, "The document begins with a byte order mark.",
        lambda: encoded_docx(b"\xef\xbb\xbf", "utf-8", "UTF-8"), HOUSE,
    ),
    Case(
        "docx-traversal.docx", ACCEPTED, "Entry names that lead out of any folder, beside a good document.",
        traversing_docx, HOUSE, ("escaped",),
    ),
    Case("docx-macro.docx", ACCEPTED, "A macro project that nobody has to run.", macro_docx, HOUSE),
    Case("docx-external-parts.docx", ACCEPTED, "Parts and a template that lie outside the package.", external_parts_docx, HOUSE, (PASSWD,)),
    # DOCX, unusual
    Case(
        "docx-latin1.docx", EITHER, "The document is in ISO 8859-1 and says so.",
        lambda: encoded_docx(b"", "latin-1", "ISO-8859-1"), (*HOUSE, "Smørbrød"),
    ),
    Case("docx-damaged-name.docx", REFUSED, "An element's name is not UTF-8.", damaged_name_docx),
    Case("docx-strict.docx", EITHER, "The namespaces of the strict format.", strict_docx, HOUSE),
    Case("docx-renamed-part.docx", EITHER, "The main part has another name, which the relationships tell.", renamed_main_part_docx, HOUSE),
    Case("docx-leading-bytes.docx", EITHER, "Bytes before the archive.", lambda: b"MZ" + bytes(98) + docx(house_xml()), HOUSE),
    Case("docx-paragraphs-300000.docx", LONG, "Three hundred thousand paragraphs.", many_paragraphs_docx),
    Case("docx-two-documents.docx", EITHER, "Two entries have the document's name.", duplicate_document_docx),
    Case("docx-side-bomb.docx", EITHER, "A good document beside a picture that inflates to 1 GB.", side_bomb_docx, HOUSE),
    Case("docx-entries-60000.docx", EITHER, "A good document among sixty thousand empty entries.", many_entries_docx, HOUSE),
    Case("docx-overlap.docx", EITHER, "Five thousand entries share one block of 64 MB.", overlapping_docx, HOUSE),
    # DOCX, damaged
    Case("docx-empty.docx", REFUSED, "No bytes at all.", lambda: b""),
    Case("docx-no-text.docx", REFUSED, "The body is empty.", lambda: docx(document_xml())),
    Case("docx-blank-text.docx", REFUSED, "The body has only spaces.", lambda: docx(document_xml(say("   "), paragraph()))),
    Case("docx-truncated.docx", REFUSED, "The second half of the archive is missing.", lambda: half(docx(house_xml()))),
    Case("docx-no-directory.docx", REFUSED, "The archive's central directory is missing.", without_directory_docx),
    Case("docx-far-directory.docx", REFUSED, "The central directory lies past the end.", far_directory_docx),
    Case("docx-zip64.docx", REFUSED, "A 64 bit archive that claims 2^64 - 1 entries.", zip64_docx),
    Case("docx-no-document.docx", REFUSED, "The package has no document.", lambda: archive(surrounding_parts())),
    Case("docx-nested.docx", REFUSED, "A zip archive that holds the DOCX.", nested_docx),
    Case("docx-encrypted.docx", REFUSED, "The entry is marked as encrypted.", lambda: docx(house_entry(flags=ENCRYPTED_FLAG))),
    Case("docx-compound.docx", REFUSED, "An OLE compound file, which a password protected DOCX is.", compound_file_docx),
    Case("docx-lzma.docx", REFUSED, "A compression method that the format does not allow.", lambda: docx(house_entry(method=LZMA))),
    Case(
        "docx-bad-deflate.docx", REFUSED, "The compressed data are random bytes.",
        lambda: docx(house_entry(packed=random.Random(3).randbytes(900))),
    ),
    Case("docx-wrong-checksum.docx", EITHER, "The checksum is that of other data.", lambda: docx(house_entry(crc=1))),
    Case("docx-not-xml.docx", REFUSED, "The document is not XML.", lambda: docx("House rules: no angle brackets.")),
    Case("docx-not-well-formed.docx", REFUSED, "The document's elements do not close.", lambda: docx(house_xml().replace("</w:p>", "", 1))),
    Case("docx-cut-xml.docx", REFUSED, "The document ends in the middle.", lambda: docx(house_xml()[:-40])),
    Case(
        "docx-unknown-encoding.docx", EITHER, "An encoding that does not exist.",
        lambda: docx(house_xml().replace("UTF-8", "X-NONE-9")), HOUSE,
    ),
    Case(
        "docx-bad-utf8.docx", REFUSED, "Bytes that are not UTF-8.",
        lambda: docx(house_xml().encode().replace(b"grinder", b"gr\xff\xfender")),
    ),
    Case("docx-pdf.docx", REFUSED, "A PDF with the wrong name.", lambda: good_document().with_table()),
    # DOCX, hostile
    Case("docx-bomb-paragraphs.docx", REFUSED, "A document that inflates to 1 GB of paragraphs.", paragraph_bomb_docx),
    Case("docx-bomb-text.docx", REFUSED, "A document that inflates to one text of 1 GB.", single_text_bomb_docx),
    Case("docx-lying-size.docx", REFUSED, "An entry that says 10 bytes and inflates to 100 MB.", lying_size_docx),
    Case("docx-lying-size-huge.docx", EITHER, "An entry that says 4 GB and is small.", lambda: docx(house_entry(size=0xFFFFFFF0)), HOUSE),
    Case("docx-overlap-document.docx", REFUSED, "Two thousand entries share one document of 64 MB.", overlapping_document_docx),
    Case("docx-laughs.docx", REFUSED, "Entities of entities, a thousand million laughs.", laughing_docx),
    Case("docx-laughs-late.docx", REFUSED, "The same, behind a long comment.", lambda: laughing_docx(f"<!--{'waiting ' * 20_000}-->")),
    Case("docx-laughs-long.docx", REFUSED, "One long entity used ten thousand times.", quadratic_docx),
    Case(
        "docx-entity-file.docx", EITHER, "An external entity names a file of the machine.",
        lambda: entity_docx('<!ENTITY outside SYSTEM "file:///etc/passwd">'), HOUSE, (PASSWD,),
    ),
    Case(
        "docx-entity-address.docx", EITHER, "An external entity names an address.",
        lambda: entity_docx('<!ENTITY outside SYSTEM "http://127.0.0.1:9/outside.txt">'), HOUSE,
    ),
    Case(
        "docx-entity-parameter.docx", EITHER, "A parameter entity loads a file of the machine as declarations.",
        lambda: entity_docx('<!ENTITY % outside SYSTEM "file:///etc/passwd"> %outside;', ""), HOUSE, (PASSWD,),
    ),
    Case("docx-external-dtd.docx", EITHER, "A document type at an address.", external_dtd_docx, HOUSE),
    Case("docx-deep.docx", EITHER, "Elements nested a hundred thousand deep.", deep_docx, (HOUSE_WORDS,)),
    Case("docx-attributes.docx", EITHER, "An element with two hundred thousand attributes.", many_attributes_docx, (HOUSE_WORDS,)),
    Case("docx-nul.docx", EITHER, "NUL bytes in the text, which XML forbids.", lambda: control_characters_docx("\0"), HOUSE, ("\0",)),
    Case(
        "docx-control.docx", EITHER, "Control characters in the text.",
        lambda: control_characters_docx("\x01\x07\x1b[31m"), HOUSE, ("\x01", "\x07", "\x1b"),
    ),
    Case(
        "docx-control-reference.docx", EITHER, "References to NUL and half a surrogate pair.",
        lambda: control_characters_docx("&#0;&#xD800;"), HOUSE, ("\0",),
    ),
    # CSV, honest
    Case(
        "csv-comma.csv", ACCEPTED, "Commas between the cells.",
        lambda: csv_file(ROWS), ("Product", "Morning blend", "Huila, Colombia", "14.00"),
    ),
    Case(
        "csv-semicolon.csv", ACCEPTED, "Semicolons, with commas within the cells.",
        lambda: csv_file(EUROPEAN_ROWS, ";"), ("Opphav", "Frokostblanding, mild", "12,50", "Sjøluft"),
    ),
    Case(
        "csv-tab.csv", ACCEPTED, "Tabs between the cells.",
        lambda: csv_file(EUROPEAN_ROWS, "\t"), ("Opphav", "Frokostblanding, mild", "12,50"),
    ),
    Case(
        "csv-crlf.csv", ACCEPTED, "Lines end as on Windows.",
        lambda: csv_file(ROWS, line_end="\r\n"), ("Price", "Harbour espresso", "14.00"), ("\r",),
    ),
    Case(
        "csv-utf8-mark.csv", ACCEPTED, "A byte order mark before UTF-8.",
        lambda: csv_file(EUROPEAN_ROWS, ";", mark=b"\xef\xbb\xbf"), ("Produkt", "Sjøluft"), ("\ufeff",),
    ),
    Case(
        "csv-utf16-little.csv", ACCEPTED, "Unicode Text as Excel saves it.",
        lambda: csv_file(EUROPEAN_ROWS, "\t", "\r\n", "utf-16-le", b"\xff\xfe"), ("Produkt", "Sjøluft", "12,50"), ("\ufeff", "\0"),
    ),
    Case(
        "csv-quoted.csv", ACCEPTED, "Line breaks, doubled quotes and delimiters within quoted cells.",
        lambda: csv_file(quoted_rows()),
        ('The "bloom" phase, explained', "first line of the cell", "second line of the cell", "a semicolon; a tab"),
    ),
    Case(
        "csv-short-rows.csv", ACCEPTED, "Rows without their last cells.",
        lambda: b"Name,Roast,Note\nAlba,light,floral\nBruno\nCarla,dark\n", ("Alba", "floral", "Bruno", "Carla"),
    ),
    Case("csv-no-last-line-end.csv", ACCEPTED, "The last line does not end.", lambda: b"Name,Roast\nAlba,light", ("Alba", "light")),
    Case(
        "csv-one-column.csv", ACCEPTED, "One column, so there is no delimiter.",
        lambda: b"Tip\nRinse the paper filter\nWarm the cup\n", ("Rinse the paper filter", "Warm the cup"),
    ),
    Case(
        "csv-sep-line.csv", ACCEPTED, "Excel's first line that names the delimiter.",
        lambda: b"sep=;\r\n" + csv_file(EUROPEAN_ROWS, ";", "\r\n"), ("Produkt", "Sjøluft", "12,50"), ("sep=",),
    ),
    Case(
        "csv-formulas.csv", ACCEPTED, "Formulas are text.",
        lambda: csv_file(formula_rows()), ("=cmd|'/c calc'!A1", '=HYPERLINK("http://127.0.0.1:9/","Open")', "@SUM(1+1)"),
    ),
    # CSV, unusual
    Case(
        "csv-long-rows.csv", EITHER, "Rows with more cells than the header.",
        lambda: b"Name,Roast\nAlba,light,floral,citrus\nBruno,dark\n", ("Alba", "Bruno"),
    ),
    Case(
        "csv-utf16-big.csv", EITHER, "UTF-16, big end first.",
        lambda: csv_file(EUROPEAN_ROWS, "\t", "\r\n", "utf-16-be", b"\xfe\xff"), ("Produkt", "Sjøluft"), ("\0",),
    ),
    Case("csv-cr.csv", EITHER, "Lines end with a carriage return alone.", lambda: csv_file(ROWS, line_end="\r"), ("Morning blend",)),
    Case("csv-blank-lines.csv", EITHER, "Blank lines between the rows.", lambda: b"\nName,Roast\n\n\nAlba,light\n,\n\n", ("Alba", "light")),
    Case(
        "csv-same-names.csv", EITHER, "Two columns have the same name, a third has none.",
        lambda: b"Name,Name,\nAlba,Bruno,Carla\n", ("Alba", "Bruno"),
    ),
    Case(
        "csv-stray-quote.csv", EITHER, "Quotes within cells that are not quoted.",
        lambda: b'Name,Size\nAlba,12" cup\nBruno,"a"b\n', ("Alba",),
    ),
    Case(
        "csv-windows-1252.csv", EITHER, "Windows-1252, which is not UTF-8.",
        lambda: b"Name,Place\nCaf\xe9 Halden,Troms\xf8\n", ("Halden",),
    ),
    Case("csv-columns-100000.csv", EITHER, "A hundred thousand columns.", wide_csv),
    Case("csv-rows-300000.csv", EITHER, "Three hundred thousand rows.", long_csv),
    Case("csv-large-cell.csv", EITHER, "One cell of 3 MB.", lambda: csv_file([["Name", "Story"], ["Alba", "once upon a time " * 180_000]])),
    Case(
        "csv-many-quotes.csv", EITHER, "One cell of two million doubled quotes.",
        lambda: b'Name,Quotes\nAlba,"' + b'""' * 2_000_000 + b'"\n',
    ),
    # CSV, damaged
    Case("csv-empty.csv", REFUSED, "No bytes at all.", lambda: b""),
    Case("csv-mark-only.csv", REFUSED, "Nothing but a byte order mark.", lambda: b"\xef\xbb\xbf"),
    Case("csv-blank.csv", REFUSED, "Only delimiters and line ends.", lambda: b",,\n,,\n\n"),
    Case("csv-header-only.csv", REFUSED, "A header and no rows have nothing to say.", lambda: b"Name,Roast,Note\n"),
    Case("csv-unclosed-quote.csv", REFUSED, "A quote that never closes.", lambda: b'Name,Note\nAlba,"floral\nBruno,dark\n'),
    Case("csv-nul.csv", REFUSED, "NUL bytes in a cell.", lambda: b"Name,Note\nAlba,flo\0ral\n"),
    Case(
        "csv-utf16-odd.csv", EITHER, "UTF-16 with half a character at its end.",
        lambda: csv_file(ROWS, "\t", "\r\n", "utf-16-le", b"\xff\xfe")[:-1],
    ),
    Case(
        "csv-utf16-no-mark.csv", EITHER, "UTF-16 without a byte order mark.",
        lambda: csv_file(ROWS, "\t", "\r\n", "utf-16-le"), (), ("\0",),
    ),
    Case("csv-docx.csv", REFUSED, "A DOCX with the wrong name.", lambda: docx(house_xml())),
]


def write_corpus(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for case in CASES:
        (folder / case.name).write_bytes(case.make())
    manifest = [case.listed() for case in CASES]
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: hostile_files.py OUTPUT_FOLDER")
    write_corpus(pathlib.Path(sys.argv[1]))
