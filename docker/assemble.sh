#!/usr/bin/env bash
# Builds the release binary and puts the image's files together in a folder.
#
#   docker/assemble.sh FOLDER [BINARY]
#
# With BINARY nothing is built. The folder has what the process opens and nothing else: see `find FOLDER`.
set -euo pipefail
cd "$(dirname "$0")/.."
root=${1:?usage: docker/assemble.sh FOLDER [BINARY]}
binary=${2:-}

if [ -z "$binary" ]; then
    # Swift's libraries go into the binary, and of them only what it uses. Foundation's tables of all languages are 34 MB, of
    # which 5 MB are used: its library is linked with the small ones in their place.
    tables=$(mktemp -d)
    archive=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")/lib/swift_static/linux/lib_FoundationICU.a
    docker/small-icu-data.py object "$tables/icu_packaged_data.cpp.o"
    cp "$archive" "$tables/small.a"
    (cd "$tables" && ar r small.a icu_packaged_data.cpp.o)
    build="swift build -c release --product postwright --static-swift-stdlib --scratch-path .build-image -Xlinker --gc-sections"
    if unshare --mount true 2>/dev/null; then
        # Nobody else sees it.
        unshare --mount sh -c "mount --bind '$tables/small.a' '$archive' && $build"
    else
        # While an image is built nobody else is there.
        cp "$tables/small.a" "$archive" && $build
    fi
    rm -r "$tables"
    binary=$($build --show-bin-path)/postwright
fi

rm -rf "$root"
mkdir -p "$root"/{usr/bin,etc/ssl/certs,tmp,proc,dev} "$root/usr/lib"
# As Debian has it: one place for programs and libraries.
for link in bin lib lib64; do ln -s "usr/$link" "$root/$link"; done
mkdir -p "$root/usr/lib64"
chmod 1777 "$root/tmp"

strip --strip-all -o "$root/usr/bin/postwright" "$binary"
# What reads PDF, in a child process.
pdftotext=$(command -v pdftotext)
strip --strip-all -o "$root/usr/bin/pdftotext" "$(readlink -f "$pdftotext")"

# The libraries that these load, each under the name by which it is looked for.
ldd "$root/usr/bin/postwright" "$root/usr/bin/pdftotext" | awk '$3 ~ /^\// {print $1, $3} $1 ~ /^\/lib/ {print $1, $1}' | sort -u |
while read -r name path; do
    case $name in
        # The loader, which stands in the binary with its whole path; /lib and /lib64 are links into /usr.
        /*) target="$root/usr$name" ;;
        *) target="$root/usr/lib/x86_64-linux-gnu/$name" ;;
    esac
    [ "$(uname -m)" = x86_64 ] || target=${target/x86_64-linux-gnu/$(uname -m)-linux-gnu}
    mkdir -p "$(dirname "$target")"
    cp -L "$path" "$target"
    chmod 755 "$target"
    strip --strip-unneeded "$target" 2>/dev/null || true
done
libraries=$(dirname "$(find "$root/usr/lib" -name 'libmongoc-1.0.so.0')")
# Names are looked up with the system's resolver, which loads its parts when it needs them.
for part in libnss_files.so.2 libnss_dns.so.2; do
    for source in /lib/*-linux-gnu/$part; do [ -e "$source" ] && cp -L "$source" "$libraries/"; done
done
docker/small-icu-data.py shared "$libraries"

# Certificates of authorities, time zones, and an account that is nobody.
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
# Where OpenSSL looks by itself, as libmongoc lets it; libcurl has the path above.
mkdir -p "$root/usr/lib/ssl"
ln -s /etc/ssl/certs/ca-certificates.crt "$root/usr/lib/ssl/cert.pem"
ln -s /etc/ssl/certs "$root/usr/lib/ssl/certs"
mkdir -p "$root/usr/share"
cp -rL /usr/share/zoneinfo "$root/usr/share/zoneinfo"
rm -rf "$root"/usr/share/zoneinfo/{right,posix}
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
echo 'nonroot:x:65532:65532::/:/nonexistent' > "$root/etc/passwd"
echo 'nonroot:x:65532:' > "$root/etc/group"
mkdir -p "$root/usr/share/doc/postwright"
cp LICENSE "$root/usr/share/doc/postwright/"
docker/sbom.py "$root"

du -sb --apparent-size "$root" | awk '{printf "%.1f MB in %s\n", $1 / 1e6, "the image'"'"'s files"}'
