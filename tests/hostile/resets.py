"""Connects and resets, which Deno cannot do by itself: it has no SO_LINGER.

Arguments: port, peers at once, milliseconds between two volleys, seconds, first bytes in hexadecimal.
Prints how often it did.
"""

import socket
import struct
import sys
import time

port, at_once, every_ms, seconds = (float(text) for text in sys.argv[1:5])
first_bytes = bytes.fromhex(sys.argv[5] if len(sys.argv) > 5 else "")
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
PATIENCE = struct.pack("ll", 0, 100_000)  # Connecting to a full queue would else take minutes.

count = 0
end = time.monotonic() + seconds
while time.monotonic() < end:
    peers = [socket.socket() for _ in range(int(at_once))]
    for peer in peers:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, PATIENCE)
        try:
            peer.connect(("127.0.0.1", int(port)))
            if first_bytes:
                peer.send(first_bytes)
        except OSError:
            pass  # The server is stuck or gone, which the well-behaved client will tell.
        peer.close()
        count += 1
    time.sleep(every_ms / 1000)
print(count)
