#!/usr/bin/env python3
"""Replaces libicudata in a folder by one that holds only what libmongoc asks ICU for.

libmongoc prepares passwords with SASLprep (RFC 4013), for which ICU needs two small tables of its 31 MB: the profile
and the compatibility normalization. `icupkg`, ICU's own tool, takes them out of the library.

    small-icu-data.py FOLDER      # holds libicudata.so.NN
"""

import pathlib
import re
import subprocess
import sys
import tempfile

KEPT = re.compile(r"(rfc4013\.spp|nfkc\.nrm)$")


def data_of(library):
    """The bytes of the one symbol that the library has."""
    symbols = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    address, name = re.search(r"^([0-9a-f]+) R (icudt\d+_dat)$", symbols, re.M).groups()
    sections = subprocess.run(["readelf", "-SW", library], check=True, capture_output=True, text=True).stdout
    start, offset, size = re.search(r" \.rodata +PROGBITS +([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)", sections).groups()
    begin = int(address, 16) - int(start, 16) + int(offset, 16)
    return name, library.read_bytes()[begin : int(offset, 16) + int(size, 16)]


def main():
    (library,) = pathlib.Path(sys.argv[1]).glob("libicudata.so.*")
    name, data = data_of(library)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        package = folder / (name.removesuffix("_dat") + "l.dat")
        package.write_bytes(data)
        items = subprocess.run(["icupkg", "-l", package], check=True, capture_output=True, text=True).stdout.split()
        dropped = [item for item in items if not KEPT.search(item)]
        if len(dropped) == len(items):
            sys.exit("the tables of SASLprep were not found in libicudata")
        (folder / "dropped.txt").write_text("\n".join(dropped))
        subprocess.run(["icupkg", "-r", folder / "dropped.txt", package], check=True)
        source = folder / "data.s"
        source.write_text(
            f'.section .rodata\n.balign 16\n.globl {name}\n.type {name}, %object\n{name}:\n.incbin "{package}"\n'
            f".size {name}, .-{name}\n.section .note.GNU-stack,\"\",%progbits\n"
        )
        subprocess.run(["cc", "-shared", "-nostdlib", f"-Wl,-soname,{library.name}", "-o", library, source], check=True)
    print(f"{library.name}: {len(items) - len(dropped)} of {len(items)} tables, {library.stat().st_size} bytes")


main()
