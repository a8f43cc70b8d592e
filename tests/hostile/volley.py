"""Connects many times at once, which is quicker here than in Deno, and resets, which Deno cannot do: no SO_LINGER.

One argument in JSON: port, atOnce, everyMs, seconds; firstBytes in hexadecimal; holdMs between connecting and closing;
whether to reset or to close gently. Prints how often it connected.
"""

import json
import socket
import struct
import sys
import time

init = json.loads(sys.argv[1])
RESET_ON_CLOSE = struct.pack("ii", 1, 0)
PATIENCE = struct.pack("ll", 0, 100_000)  # Connecting to a full queue would else take minutes.


def connect():
    peer = socket.socket()
    if init["reset"]:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    if init["holdMs"] > 0:
        peer.setblocking(False)  # All at once: none waits for the one before.
    else:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, PATIENCE)
    try:
        peer.connect(("127.0.0.1", init["port"]))
    except OSError:
        pass  # Under way, or the server is stuck or gone, which the well-behaved client will tell.
    return peer


def send_first(peer):
    try:
        peer.send(bytes.fromhex(init["firstBytes"]))
    except OSError:
        pass


count = 0
end = time.monotonic() + init["seconds"]
while time.monotonic() < end:
    held = []
    for _ in range(init["atOnce"]):
        peer = connect()
        count += 1
        if init["holdMs"] > 0:
            held.append(peer)
        else:
            if init["firstBytes"]:
                send_first(peer)
            peer.close()
    for peer in held:
        send_first(peer)
    time.sleep(init["holdMs"] / 1000)
    for peer in held:
        peer.close()
    time.sleep(init["everyMs"] / 1000)
print(count)
