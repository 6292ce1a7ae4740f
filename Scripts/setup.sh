#!/usr/bin/env bash
# Installs what the build, the demo and the tests need: Debian packages, and a Python environment for the local
# parts (a database, an embedding model). Does nothing when it is all there.
set -euo pipefail
cd "$(dirname "$0")/.."

# With `tests` also what the tests alone need.
packages=(libmongoc-dev libcurl4-openssl-dev zlib1g-dev poppler-utils pkg-config python3 python3-venv ca-certificates curl openssl)
if [ "${1:-}" = tests ]; then packages+=(chromium); fi
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    as_root=(); [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    echo "Installing ${missing[*]} …"
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

command -v swift >/dev/null || { echo "Swift 6.3 is needed: see https://www.swift.org/install/linux/" >&2; exit 1; }

stamp=".venv/.requirements"
if ! cmp -s Scripts/requirements.txt "$stamp" 2>/dev/null; then
    echo "Making the Python environment for the local parts …"
    /usr/bin/python3 -m venv --clear .venv
    .venv/bin/pip install --quiet --disable-pip-version-check -r Scripts/requirements.txt
    cp Scripts/requirements.txt "$stamp"
fi
