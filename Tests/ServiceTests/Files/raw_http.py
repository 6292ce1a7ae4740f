"""Requests that no client library sends, over a bare socket: ambiguous ones, slow ones, and bombs.

    raw_http.py PORT LIMIT    # LIMIT: the service's POSTWRIGHT_REQUEST_TIMEOUT in seconds; prints a JSON line for each finding
"""

import json
import re
import socket
import sys
import time

port, limit = int(sys.argv[1]), float(sys.argv[2])
GOODBYE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
HIDDEN = b"GET /v1/brands/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
JSON_HEAD = b"Host: localhost\r\nContent-Type: application/json\r\n"


def exchange(data, patience=1.5):
    """What comes back, and whether the service closed the connection."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.settimeout(patience)
        try:
            connection.sendall(data)
        except OSError:
            pass
        received, is_closed = b"", False
        try:
            while piece := connection.recv(65536):
                received += piece
            is_closed = True
        except TimeoutError:
            pass
        except OSError:
            is_closed = True
    return received, is_closed


def statuses(received):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})[ \r]", received)]


def post(headers, body, path=b"/v1/brands/acme/search"):
    return b"POST " + path + b" HTTP/1.1\r\n" + JSON_HEAD + headers + b"\r\n" + body


BODY = b'{"query": "x", "mode": "text"}'
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)

# A front server and this one could disagree where such a request ends: it is refused, and its connection with it.
AMBIGUOUS = {
    "both lengths": post(b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", CHUNKED + HIDDEN),
    "both lengths, the other way": post(b"Transfer-Encoding: chunked\r\nContent-Length: %d\r\n" % (len(CHUNKED) + len(HIDDEN)), CHUNKED + HIDDEN),
    "two lengths": post(b"Content-Length: 3\r\nContent-Length: %d\r\n" % len(BODY), BODY + HIDDEN),
    "a list of lengths": post(b"Content-Length: 3, %d\r\n" % len(BODY), BODY + HIDDEN),
    "a length with a sign": post(b"Content-Length: +%d\r\n" % len(BODY), BODY + HIDDEN),
    "a negative length": post(b"Content-Length: -1\r\n", BODY + HIDDEN),
    "a hexadecimal length": post(b"Content-Length: 0x1e\r\n", BODY + HIDDEN),
    "a length too large for a number": post(b"Content-Length: 99999999999999999999999\r\n", BODY + HIDDEN),
    "an unknown coding": post(b"Transfer-Encoding: xchunked\r\n", CHUNKED + HIDDEN),
    "chunked, then another coding": post(b"Transfer-Encoding: chunked, identity\r\n", CHUNKED + HIDDEN),
    "an unknown coding of a body that nobody reads": b"DELETE /v1/brands/acme HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n",
    "another coding, then chunked": post(b"Transfer-Encoding: gzip, chunked\r\n", CHUNKED + HIDDEN),
    "two headers of codings": post(b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", CHUNKED + HIDDEN),
    "chunks of an old version": post(b"Transfer-Encoding: chunked\r\n", CHUNKED + HIDDEN).replace(b"HTTP/1.1", b"HTTP/1.0", 1),
    "a space before the colon": post(b"Transfer-Encoding : chunked\r\n", CHUNKED + HIDDEN),
    "a folded header": post(b"X-A: b\r\n Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", BODY + HIDDEN),
    "NUL in a header": post(b"X-A: \x00\r\nContent-Length: %d\r\n" % len(BODY), BODY + HIDDEN),
    "CR alone in a header": post(b"X-A: b\rTransfer-Encoding: chunked\r\nContent-Length: 3\r\n", BODY + HIDDEN),
    "a chunk's size with a sign": post(b"Transfer-Encoding: chunked\r\n", b"+1e\r\n" + BODY + b"\r\n0\r\n\r\n" + HIDDEN),
    "a chunk's size with 0x": post(b"Transfer-Encoding: chunked\r\n", b"0x1e\r\n" + BODY + b"\r\n0\r\n\r\n" + HIDDEN),
    "a chunk's size too large for a number": post(b"Transfer-Encoding: chunked\r\n", b"fffffffffffffffff1\r\n" + BODY + HIDDEN),
    "a chunk longer than its size": post(b"Transfer-Encoding: chunked\r\n", b"3\r\n" + BODY + b"\r\n0\r\n\r\n" + HIDDEN),
    "two hosts": b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "a header without a name": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n: y\r\n\r\n",
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}
# May be read either way, as long as nothing that hides in the body is taken for a request.
HIDING = {
    "a request inside of the body": post(b"Content-Length: %d\r\n" % (len(HIDDEN)), HIDDEN),
    "a request inside of a chunk": post(b"Transfer-Encoding: chunked\r\n", b"%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN)),
    "a request in a chunk's extension": post(b"Transfer-Encoding: chunked\r\n", b"1e;a=\"" + b"x" * 500 + b"\"\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a request in the trailers": post(b"Transfer-Encoding: chunked\r\n", b"1e\r\n" + BODY + b"\r\n0\r\nX: y\r\n\r\n"),
}
BOMBS = {
    "headers without end": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(5_000)) + b"\r\n",
    "a header of a megabyte": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * (1 << 20) + b"\r\n\r\n",
    "an address of a megabyte": b"GET /" + b"y" * (1 << 20) + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "JSON a hundred thousand levels deep": post(b"Content-Length: 100000\r\n", b"[" * 100_000),
    "a compressed body": post(b"Content-Encoding: gzip\r\nContent-Length: 20\r\n", b"\x1f\x8b\x08\x00" + b"\x00" * 16),
}


def check(name, isWell, detail):
    print(json.dumps({"name": name, "isWell": bool(isWell), "detail": str(detail)}))


for name, data in AMBIGUOUS.items():
    received, is_closed = exchange(data)
    check(name, statuses(received) in ([400], []) and is_closed, (statuses(received), is_closed))
for name, data in HIDING.items():
    received, _ = exchange(data + GOODBYE)
    found = statuses(received)
    check(name, len(found) <= 2 and (len(found) < 2 or found[1] == 200), found)
# No answer to HEAD has a body, whatever it is: what follows would be taken for the next answer.
for path, status in [(b"/healthz", 200), (b"/v1/brands/none", 404), (b"/nowhere", 404), (b"/graphql", 405), (b"/v1/brands?limit=x", 422)]:
    received, _ = exchange(b"HEAD " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n" + GOODBYE)
    following = received.partition(b"\r\n\r\n")[2]
    check(f"HEAD {path.decode()}", statuses(received) == [status, 200] and following.startswith(b"HTTP/1.1 200"), received[:600])
# Who asks before it sends a body is answered, and one who may not send it gets that answer instead.
with socket.create_connection(("127.0.0.1", port), 5) as connection:
    connection.settimeout(1.5)
    connection.sendall(post(b"Expect: 100-continue\r\nContent-Length: %d\r\n" % len(BODY), b""))
    try:
        invited = connection.recv(65536)
        connection.sendall(BODY)
        answered = connection.recv(65536)
    except OSError as error:
        invited, answered = b"", str(error).encode()
check("a body that is asked for", statuses(invited) == [100] and statuses(answered) == [200], (invited[:200], answered[:200]))
refused, _ = exchange(b"POST /v1/nothing HTTP/1.1\r\n" + JSON_HEAD + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n")
check("a body that nobody wants", 404 in statuses(refused), refused[:200])
# Its clients read to the end of the connection.
for name, headers in [
    ("HTTP/1.0", b""),
    ("HTTP/1.0 that would go on", b"Connection: keep-alive\r\n"),
    ("HTTP/1.0 that asks before it sends", b"Expect: 100-continue\r\n"),
]:
    received, is_closed = exchange(b"GET /v1/brands HTTP/1.0\r\n" + headers + b"\r\n")
    check(name, statuses(received) == [200] and is_closed, (received[:600], is_closed))
for name, data in BOMBS.items():
    started = time.monotonic()
    received, _ = exchange(data)
    found = statuses(received)
    check(name, len(found) <= 1 and (not found or 400 <= found[0] < 500) and time.monotonic() - started < 3, found)


def dripping(name, pieces):
    """One piece every 0.2 s: the connection must be closed soon after the limit, however lively it is."""
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.settimeout(0.2)
        try:
            for piece in pieces:
                connection.sendall(piece)
                try:
                    if not connection.recv(65536):
                        break
                except TimeoutError:
                    pass
        except OSError:
            pass
    took = time.monotonic() - started
    check(name, took < limit + 3, f"{took:.1f} s")


def letters(count):
    for _ in range(count):
        yield b"y"


def head_then_letters(head):
    yield head
    yield from letters(200)


dripping("a head that drips", head_then_letters(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: "))
dripping("a head that drips after a request", head_then_letters(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nX: "))
dripping("a body that drips", head_then_letters(post(b"Content-Length: 5000\r\n", b"")))
dripping("chunks that drip", (piece for piece in [post(b"Transfer-Encoding: chunked\r\n", b"")] + [b"1\r\ny\r\n"] * 200))
dripping("a client that says nothing", (b"" for _ in range(200)))

# Answers that nobody reads: requests for a large document over and over, and not one byte taken.
started = time.monotonic()
with socket.create_connection(("127.0.0.1", port), 5) as connection:
    connection.settimeout(0.2)
    is_cut = False
    while time.monotonic() - started < limit + 15 and not is_cut:
        try:
            connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)
        except TimeoutError:
            time.sleep(0.2)
        except OSError:
            is_cut = True
took = time.monotonic() - started
check("a client that reads nothing", is_cut, f"{took:.1f} s")
