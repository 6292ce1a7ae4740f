#!/usr/bin/env bash
# Installs the peers of the retrieval benchmark into an environment of their own. Does nothing when it is all there.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=".venv-bench/.requirements"
cmp -s Benchmarks/requirements.txt "$stamp" 2>/dev/null && exit 0
missing=()
for package in g++ python3-dev; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    as_root=(); [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
echo "Making the Python environment for the benchmark's peers …"
/usr/bin/python3 -m venv --clear .venv-bench
.venv-bench/bin/pip install --quiet --disable-pip-version-check -r Benchmarks/requirements.txt
cp Benchmarks/requirements.txt "$stamp"
