#!/usr/bin/env python3
"""Lists what the image is made of, as CycloneDX 1.5: the Swift packages of Package.resolved, Swift itself, and the Debian package of each
library and program.

    sbom.py FOLDER      # the image's files; writes usr/share/doc/postwright/sbom.json below it
"""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else ""


def swift_packages():
    resolved = ROOT / "Package.resolved"
    if not resolved.exists():
        return
    for pin in json.loads(resolved.read_text())["pins"]:
        version = pin["state"].get("version", pin["state"].get("revision", ""))
        name = re.sub(r"^https://|\.git$", "", pin["location"])
        yield {"type": "library", "name": pin["identity"], "version": version, "purl": f"pkg:swift/{name}@{version}"}


def debian_packages(folder):
    owners = {}
    for file in folder.rglob("*"):
        if file.is_symlink() or not file.is_file() or not (".so" in file.name or file.parent.name == "bin"):
            continue
        for prefix in ("/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64", "/usr/bin"):
            source = os.path.realpath(f"{prefix}/{file.name}")
            owner = next((line.split(": ")[0].split(":")[0] for path in (source, source.removeprefix("/usr")) for line in run("dpkg-query", "-S", path).splitlines()), None)
            if owner:
                owners.setdefault(owner, []).append("/" + str(file.relative_to(folder)))
                break
    owners.setdefault("ca-certificates", ["/etc/ssl/certs/ca-certificates.crt"])
    owners.setdefault("tzdata", ["/usr/share/zoneinfo"])
    for owner, files in sorted(owners.items()):
        version = run("dpkg-query", "-W", "-f", "${Version}", owner)
        properties = [{"name": "file", "value": file} for file in sorted(files)]
        yield {"type": "library", "name": owner, "version": version, "purl": f"pkg:deb/debian/{owner}@{version}", "properties": properties}


def main():
    folder = pathlib.Path(sys.argv[1])
    version = re.search(r'text = "([^"]+)"', (ROOT / "Sources/Assembly/Version.swift").read_text())[1]
    binary = hashlib.sha256((folder / "usr/bin/postwright").read_bytes()).hexdigest()
    compiler = re.search(r"Swift version (\S+)", run("swift", "--version"))
    components = [*swift_packages(), *debian_packages(folder)]
    if compiler:
        components.append({"type": "framework", "name": "swift", "version": compiler[1]})
    document = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {"component": {"type": "application", "name": "postwright", "version": version, "hashes": [{"alg": "SHA-256", "content": binary}]}},
        "components": components,
    }
    target = folder / "usr/share/doc/postwright/sbom.json"
    target.write_text(json.dumps(document, indent=1) + "\n")
    print(f"{len(components)} components in {target.relative_to(folder)}")


main()
