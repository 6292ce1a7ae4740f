#!/usr/bin/env python3
"""Makes ICU's tables small: of 34 MB in Foundation, and of 31 MB in Debian's library, Postwright asks for little.

    small-icu-data.py shared FOLDER          # replaces libicudata.so.NN in the folder, with what libmongoc asks for
    small-icu-data.py object FILE.o          # makes an object in place of the tables of Foundation's static library

libmongoc prepares passwords with SASLprep (RFC 4013), which needs its profile and the compatibility normalization. Foundation
needs time zones, calendars, normalization and the formats of English.
"""

import pathlib
import re
import struct
import subprocess
import sys
import tempfile

LOCALES = "(root|pool|res_index|en|en_001|en_150|en_GB|en_US|en_US_POSIX)"
SASLPREP = re.compile(r"(rfc4013\.spp|nfkc\.nrm)$")
FOUNDATION = re.compile(
    rf"(\.(icu|nrm|cfu)|^((zone|curr|lang|region|unit|coll|rbnf|brkitr)/)?{LOCALES}\.res|^coll/ucadata.*"
    r"|^(zoneinfo64|timezoneTypes|windowsZones|metaZones|supplementalData|likelySubtags|numberingSystems|keyTypeData|currencyNumericCodes"
    r"|dayPeriods|plurals|pluralRanges|genderList|icustd|icuver|units|langInfo|grammaticalFeatures)\.res|^brkitr/[a-z_]+\.brk)$"
)


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def data_of(file, *options):
    """The one symbol of a library or object, and its bytes."""
    address, name = re.search(r"^([0-9a-f]+) R (icudt\d+_dat)$", run("nm", "--defined-only", *options, file), re.M).groups()
    start, offset, size = re.search(r" \.rodata +PROGBITS +([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)", run("readelf", "-SW", file)).groups()
    begin = int(address, 16) - int(start, 16) + int(offset, 16)
    return name, pathlib.Path(file).read_bytes()[begin : int(offset, 16) + int(size, 16)]


def without(data, kept):
    """The tables that are kept, in ICU's common format: a header, a sorted list of names and places, and the tables.

    Source: ICU, ucmndata.h (`CmnD`, format version 1).
    """
    (header,) = struct.unpack_from("<H", data)
    (count,) = struct.unpack_from("<I", data, header)
    places = [struct.unpack_from("<II", data, header + 4 + 8 * index) for index in range(count)]
    names = [data[header + at : data.index(b"\0", header + at)] for at, _ in places]
    ends = [at for _, at in places[1:]] + [len(data) - header]
    tables = [(name, data[header + at : header + end]) for name, (_, at), end in zip(names, places, ends)]
    chosen = [(name, table) for name, table in tables if kept.search(name.decode().split("/", 1)[-1])]
    if len(chosen) < 2:
        sys.exit("the tables were not found")
    text = b"".join(name + b"\0" for name, _ in chosen)
    names_at = 4 + 8 * len(chosen)
    contents, at = b"", -(-(names_at + len(text)) // 16) * 16
    entries = b""
    for name, table in chosen:
        entries += struct.pack("<II", names_at + text.index(name + b"\0"), at)
        table += bytes(-len(table) % 16)
        contents += table
        at += len(table)
    head = struct.pack("<I", len(chosen)) + entries + text
    return data[:header] + head + bytes(-len(head) % 16) + contents, len(chosen), count


def assemble(name, data, kept, target, *flags):
    """An object, or a library, with those of the tables that are kept."""
    small, chosen, count = without(data, kept)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "data.bin").write_bytes(small)
        source = folder / "data.s"
        source.write_text(
            f'.section .rodata\n.balign 16\n.globl {name}\n.type {name}, %object\n{name}:\n.incbin "{folder}/data.bin"\n'
            f'.size {name}, .-{name}\n.section .note.GNU-stack,"",%progbits\n'
        )
        run("cc", *flags, "-o", target, source)
    print(f"{target.name}: {chosen} of {count} tables, {len(small) / 1e6:.1f} of {len(data) / 1e6:.1f} MB")


def main():
    what, path = sys.argv[1], pathlib.Path(sys.argv[2])
    if what == "shared":
        (library,) = path.glob("libicudata.so.*")
        name, data = data_of(library, "-D")
        assemble(name, data, SASLPREP, library, "-shared", "-nostdlib", f"-Wl,-soname,{library.name}")
        return
    swift = pathlib.Path(run("sh", "-c", "readlink -f $(command -v swift)").strip()).parent.parent
    (archive,) = swift.glob("lib/swift_static/linux/lib_FoundationICU.a")
    with tempfile.TemporaryDirectory() as folder:
        member = "icu_packaged_data.cpp.o"
        subprocess.run(["ar", "x", archive, member], check=True, cwd=folder)
        name, data = data_of(pathlib.Path(folder) / member)
        assemble(name, data, FOUNDATION, path, "-c")


main()
