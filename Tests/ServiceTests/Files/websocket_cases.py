"""WebSocket handshakes and frames that a well-behaved client would not send, over bare sockets.

Argument: base URL. Prints for each case what came back: the status of the handshake, and the close code, "cut" when the connection was
closed without one, or null when it stayed open.
"""

import base64
import json
import os
import socket
import struct
import sys
import time

HOST, PORT = sys.argv[1].split("//")[1].split(":")


def connect():
    return socket.create_connection((HOST, int(PORT)), timeout=8)


def handshake(path="/graphql", protocol="graphql-transport-ws", origin=None, version="13", before=""):
    connection = connect()
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}:{PORT}", "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}",
             f"Sec-WebSocket-Version: {version}"]
    if protocol:
        lines.append(f"Sec-WebSocket-Protocol: {protocol}")
    if origin:
        lines.append(f"Origin: {origin}")
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    return connection, head(connection)


def head(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(1)
        if not piece:
            break
        data += piece
    return int(data.split(b" ")[1]) if data else None


def frame(payload, opcode=1, mask=True, fin=True):
    length = len(payload)
    first = (0x80 if fin else 0) | opcode
    if length < 126:
        header = struct.pack("!BB", first, (0x80 if mask else 0) | length)
    elif length < 65536:
        header = struct.pack("!BBH", first, (0x80 if mask else 0) | 126, length)
    else:
        header = struct.pack("!BBQ", first, (0x80 if mask else 0) | 127, length)
    if not mask:
        return header + payload
    key = os.urandom(4)
    return header + key + bytes(byte ^ key[index % 4] for index, byte in enumerate(payload))


def read(connection):
    """The next frame as (opcode, payload), or None at the end."""
    def exactly(count):
        data = b""
        while len(data) < count:
            piece = connection.recv(count - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data
    try:
        first, second = exactly(2)
        length = second & 0x7F
        if length == 126:
            length = struct.unpack("!H", exactly(2))[0]
        elif length == 127:
            length = struct.unpack("!Q", exactly(8))[0]
        return first & 0x0F, exactly(length)
    except (EOFError, ConnectionError):
        return None


def close_code(connection, patience=6.0):
    """The code of the close frame that comes; other frames before it are passed over."""
    connection.settimeout(patience)
    try:
        while True:
            found = read(connection)
            if found is None:
                return "cut"
            if found[0] == 8:
                return struct.unpack("!H", found[1][:2])[0] if len(found[1]) >= 2 else 1005
    except socket.timeout:
        return None


def after(*frames, protocol="graphql-transport-ws"):
    connection, status = handshake(protocol=protocol)
    try:
        for data in frames:
            connection.sendall(data)
    except ConnectionError:
        pass
    return [status, close_code(connection)]


def kept_alive():
    """An upgrade that is not the first request of its connection."""
    connection = connect()
    connection.sendall(f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
    time.sleep(0.3)
    connection.recv(65536)
    connection.sendall((f"GET /graphql HTTP/1.1\r\nHost: {HOST}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
    return [head(connection), None]


def first(text):
    """The status that answers a first request."""
    connection = connect()
    connection.sendall(text.format(host=f"{HOST}:{PORT}").encode())
    return [head(connection), None]


INIT = b'{"type": "connection_init"}'
cases = {
    "foreign origin": lambda: [handshake(origin="https://evil.example")[1], None],
    "own origin": lambda: [handshake(origin=f"http://{HOST}:{PORT}")[1], None],
    "another path": lambda: [handshake(path="/v1/brands")[1], None],
    "old version": lambda: [handshake(version="8")[1], None],
    "kept alive": kept_alive,
    "another protocol": lambda: first("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"),
    "no HTTP": lambda: first("HELLO\r\n\r\n"),
    "a POST": lambda: first("POST /graphql HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nContent-Length: 0\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
    "unknown subprotocol": lambda: after(protocol="graphql-ws"),
    "no subprotocol": lambda: after(protocol=None),
    "no init": lambda: after(),
    "not UTF-8": lambda: after(frame(b"\xff\xfe")),
    "binary": lambda: after(frame(b"{}", opcode=2)),
    "no JSON": lambda: after(frame(b"hello")),
    "unmasked": lambda: after(frame(INIT, mask=False)),
    "too large": lambda: after(frame(b" " * (300 * 1024))),
    "too large in pieces": lambda: after(frame(b" " * (200 * 1024), fin=False), frame(b" " * (200 * 1024), opcode=0)),
    "init twice": lambda: after(frame(INIT), frame(INIT)),
    "subscribe before init": lambda: after(frame(b'{"id": "1", "type": "subscribe", "payload": {"query": "{ __typename }"}}')),
    "in pieces": lambda: after(frame(INIT[:9], fin=False), frame(INIT[9:], opcode=0), frame(struct.pack("!H", 1000), opcode=8)),
    "closed by the client": lambda: after(frame(INIT), frame(struct.pack("!H", 1000), opcode=8)),
}
print(json.dumps({name: case() for name, case in cases.items()}))
