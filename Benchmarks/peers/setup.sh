#!/usr/bin/env bash
# Installs the peers: two Python environments with exact versions, and the Go peer in .build/peers, made with Debian's Go
# and its packages of MongoDB's driver (1.8 in Debian 12) and of golang.org/x/sync. Does nothing when it is all there.
set -euo pipefail
cd "$(dirname "$0")/../.."

missing=()
for package in python3-venv golang-go golang-mongodb-mongo-driver-dev golang-golang-x-sync-dev; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    as_root=(); [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

for peer in typical best; do
    requirements="Benchmarks/peers/python-$peer/requirements.txt"
    environment=".venv-bench-$peer"
    cmp -s "$requirements" "$environment/.requirements" 2>/dev/null && continue
    echo "Making the Python environment of the peer python-$peer …"
    /usr/bin/python3 -m venv --clear "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
    cp "$requirements" "$environment/.requirements"
done

mkdir -p .build/peers
binary="$PWD/.build/peers/go"
if [ -z "$(find "$binary" -newer Benchmarks/peers/go -print -quit 2>/dev/null)" ] ||
    [ -n "$(find Benchmarks/peers/go -name '*.go' -newer "$binary" -print -quit)" ]; then
    echo "Building the Go peer …"
    (cd Benchmarks/peers/go && GO111MODULE=off GOPATH=/usr/share/gocode go build -o "$binary" .)
fi
