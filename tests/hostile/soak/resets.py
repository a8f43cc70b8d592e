"""Peers that reset: connects to 127.0.0.1:PORT, BURST times at once every two seconds, sends nothing, half a head or a
whole request, and closes with SO_LINGER 0, which sends RST. Deno has no such option. Ends when its standard input does;
then prints how many it sent."""

import select
import socket
import struct
import sys
import time

# What is sent, and how long to wait before the reset: mostly not at all, so that it comes before accept().
SENDS = [
    (b"", 0),
    (b"", 0),
    (b"GET / HT", 0),
    (b"GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n", 0),
    (b"GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n", 0.005),
]


def reset(port, sent, wait):
    peer = socket.create_connection(("127.0.0.1", port), timeout=2)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if sent:
        peer.sendall(sent)
    if wait:
        time.sleep(wait)
    peer.close()


port, burst = int(sys.argv[1]), int(sys.argv[2])
count = 0
while not select.select([sys.stdin], [], [], 2)[0]:
    for _ in range(burst):
        sent, wait = SENDS[count % len(SENDS)]
        try:
            reset(port, sent, wait)
            count += 1
        except OSError:
            break  # The accept queue is full: the next burst.
print(count)
