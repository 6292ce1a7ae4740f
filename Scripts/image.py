"""Proves the image's files without Docker: puts them together, runs them in a chroot as an unprivileged user on a read-only file
system, and uses them.

    image.py [--binary FILE] [--keep FOLDER]     # needs root, for chroot(2) and a mount namespace

Fails when the files, compressed as a registry keeps them, are larger than 45 MB, when the first answer takes longer than 100 ms, when the
process idles above 25 MB, or when a week of posts, a PDF or a DOCX cannot be made or read.
"""

import argparse
import gzip
import io
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile

from parts import ROOT, VENV, Part, Stack, free_port

NOBODY = 65532
LIMITS = {"bytes": 45_000_000, "start": 0.1, "memory": 25_000_000}


def call(url, method="GET", body=None, content_type="application/json", headers=None):
    data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
    request = urllib.request.Request(url, data=data, method=method, headers={"content-type": content_type} | (headers or {}))
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


class Container:
    """The image's files as a file system of its own, read-only but for /tmp."""

    def __init__(self, folder, environment):
        self.folder, self.environment = folder, environment

    def start(self, *arguments):
        mounts = f"mount --bind {self.folder} {self.folder} && mount -o remount,ro,bind {self.folder} {self.folder}"
        mounts += f" && mount -t tmpfs -o mode=1777 tmpfs {self.folder}/tmp && mount -t proc proc {self.folder}/proc"
        # As container engines give it.
        mounts += f" && mount --bind /dev/null {self.folder}/dev/null"
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c"]
        command.append(f'{mounts} && exec chroot --userspec={NOBODY}:{NOBODY} --groups= {self.folder} /usr/bin/postwright "$@"')
        return subprocess.Popen([*command, "sh", *arguments], env=self.environment, stderr=subprocess.PIPE)

    def run(self, *arguments):
        process = self.start(*arguments)
        _, complaint = process.communicate(timeout=60)
        return process.returncode, complaint.decode()


def process_of(parent):
    """The service's own process, below unshare's."""
    while True:
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit() and (entry / "comm").exists():
                try:
                    status = (entry / "status").read_text()
                except OSError:
                    continue
                if status.startswith("Name:\tpostwright") and f"Uid:\t{NOBODY}" in status and f"PPid:\t{parent}\n" in status:
                    return int(entry.name)
        time.sleep(0.001)


def memory(process):
    fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) * 1024, int(fields["RssAnon"].split()[0]) * 1024


def first_answer(container, port):
    """Seconds from exec to the first answer of /healthz."""
    begun = time.monotonic()
    process = container.start("serve")
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as connection:
                connection.sendall(request)
                if connection.recv(64).startswith(b"HTTP/1.1 200"):
                    return process, time.monotonic() - begun
        except OSError:
            if process.poll() is not None:
                sys.exit(f"the service stopped: {process.stderr.read().decode()}")
        time.sleep(0.001)


def stop(process):
    subprocess.run(["pkill", "-TERM", "-u", str(NOBODY), "postwright"])
    process.wait(15)


PDF_TYPE = "application/pdf"
DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def pdf(text):
    """A page with a line of text."""
    stream = f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + b"xref\n0 6\n0000000000 65535 f \n%strailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (table, len(body))


def docx(text):
    """A document with a paragraph."""
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    document = f'<w:document xmlns:w="{namespace}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", document)
    return buffer.getvalue()


def use(url):
    """A brand, documents of every kind that needs a child process, a search and a plan."""
    call(f"{url}/v1/brands/halden", "PUT", {"name": "Halden"})
    for file in sorted((ROOT / "Seeds/halden-roasters/documents").glob("*.md")):
        call(f"{url}/v1/brands/halden/documents/{file.stem}", "PUT", {"content": file.read_text()}, headers={"prefer": "wait=30"})
    for content_type, body in ((PDF_TYPE, pdf("The kettle costs 49 euro.")), (DOCX_TYPE, docx("The kettle weighs 900 grams."))):
        made = call(f"{url}/v1/brands/halden/documents", "POST", body, content_type, {"prefer": "wait=30"})
        assert made["state"] == "ready" and made["chunks"] > 0, made
    found = call(f"{url}/v1/brands/halden/search", "POST", {"query": "How is the coffee shipped?"})
    assert found["passages"], found
    plan = call(f"{url}/v1/brands/halden/plans", "POST", {"posts": 14}, headers={"prefer": "wait=60"})
    assert len(plan["posts"]) == 14, plan
    return len(found["passages"]), len(plan["posts"])


def verify_tls(folder, stack):
    """A database whose certificate the image's authorities have not signed is refused; one that they have is used."""
    certificate, key = stack.folder / "certificate.pem", stack.folder / "key.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "1", "-subj", "/CN=database"]
    subprocess.run([*request, "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    command = [VENV / "secantusd-py", "--storage-path", stack.folder / "tls", "--tls-cert-file", certificate, "--tls-key-file", key]
    secured = stack.add(Part("secured", command, stack.folder)).start().wait()
    container = Container(folder, stack.settings | {"MONGODB_URI": f"mongodb://127.0.0.1:{secured.port}/?tls=true"})
    refused, _ = container.run("keys", "list")
    authorities = folder / "etc/ssl/certs/ca-certificates.crt"
    before = authorities.read_bytes()
    authorities.write_bytes(before + certificate.read_bytes())
    taken, complaint = container.run("keys", "list")
    authorities.write_bytes(before)
    assert refused == 69 and taken == 0, (refused, taken, complaint)
    secured.stop()
    print("a database over TLS is used when its certificate is signed by one of the image's authorities, and refused otherwise")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", help="a release binary with Swift's libraries inside; built without it")
    parser.add_argument("--keep", help="a folder to leave the files in")
    options = parser.parse_args()
    folder = pathlib.Path(options.keep or tempfile.mkdtemp(prefix="postwright-image-"))
    subprocess.run([ROOT / "docker/assemble.sh", folder, *([options.binary] if options.binary else [])], check=True)
    (folder / "dev/null").touch()
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    size = sum(path.stat().st_size for path in files)
    archive = subprocess.run(["tar", "-C", folder, "-c", "."], check=True, capture_output=True).stdout
    compressed = len(gzip.compress(archive, 6))
    print(f"{len(files)} files, {size / 1e6:.1f} MB, compressed {compressed / 1e6:.1f} MB")
    for path in sorted(files, key=lambda path: -path.stat().st_size)[:8]:
        print(f"  {path.stat().st_size / 1e6:6.2f} MB  /{path.relative_to(folder)}")

    port = free_port()
    faults = []
    with Stack() as stack:
        container = Container(folder, stack.settings | {"POSTWRIGHT_PORT": str(port)})
        starts = []
        for _ in range(11):
            process, seconds = first_answer(container, port)
            starts.append(seconds)
            stop(process)
        # The first start reads the files from the disk, and makes the collections.
        print(f"from exec to the first answer: {statistics.median(starts[1:]) * 1000:.0f} ms, the longest {max(starts[1:]) * 1000:.0f}, the first {starts[0] * 1000:.0f}")
        process, _ = first_answer(container, port)
        # What only the start has needed is let go of after five seconds.
        time.sleep(10)
        inside = process_of(process.pid)
        resident, own = memory(inside)
        print(f"idle: {resident / 1e6:.1f} MB resident, of which {own / 1e6:.1f} MB are its own and the rest the files' pages")
        code, complaint = container.run("health", "--ready")
        assert code == 0, complaint
        passages, posts = use(f"http://127.0.0.1:{port}")
        print(f"{passages} passages found and {posts} posts written in the chroot, as user {NOBODY}, on a read-only file system")
        for shell in ("sh", "bash", "busybox", "apt", "dpkg", "perl", "python3"):
            assert not list(folder.rglob(shell)), shell
        stop(process)
        verify_tls(folder, stack)
        results = ROOT / "Benchmarks/results"
        results.mkdir(parents=True, exist_ok=True)
        report = {"bytes": size, "compressedBytes": compressed, "firstAnswerMs": statistics.median(starts[1:]) * 1000}
        report |= {"idleBytes": resident, "idleOwnBytes": own}
        (results / "image.json").write_text(json.dumps(report, indent=1) + "\n")
        if compressed > LIMITS["bytes"]:
            faults.append("the files are too large")
        if statistics.median(starts[1:]) > LIMITS["start"]:
            faults.append("the first answer comes too late")
        if resident > LIMITS["memory"]:
            faults.append("the idle process is too large")
    if not options.keep:
        shutil.rmtree(folder, ignore_errors=True)
    for fault in faults:
        print(f"not reached: {fault}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("image.py needs root, for chroot")
    main()
