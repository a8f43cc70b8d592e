"""Peers that reset: connects to 127.0.0.1:PORT RATE times a second, sends nothing, half a head or a whole request, and
closes with SO_LINGER 0, which sends RST. Deno has no such option. Ends when its standard input does; then prints how
many it sent."""

import select
import socket
import struct
import sys
import time

port, rate = int(sys.argv[1]), float(sys.argv[2])
SENDS = [b"", b"GET / HT", b"GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n"]
count = 0
while True:
    ready, _, _ = select.select([sys.stdin], [], [], 1 / rate)
    if ready:
        break
    try:
        peer = socket.create_connection(("127.0.0.1", port), timeout=2)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.sendall(SENDS[count % len(SENDS)])
        if count % 2:
            time.sleep(0.002)  # Often after the server took it up.
        peer.close()
    except OSError:
        pass
    count += 1
print(count)
