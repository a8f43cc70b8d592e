"""The lab's web server as a student writes it: sockets alone, a thread for each client.

A test fixture. It is the classic exercise in Python 3 with the mistakes that it classically has, and these are to stay:
one receive of 1024 bytes is taken for a request, the name is what stands behind the first slash, files are read as text,
the error has no length, and so on. `servers_test.ts` lists what the checker has to find.
"""

import os
import socket
import sys
import threading

PORT = int(sys.argv[1])
os.chdir(sys.argv[2])


def send_header(connection, status, length):
    connection.send(("HTTP/1.1 " + status + "\r\n").encode())
    connection.send(b"Connection: keep-alive\r\n")
    connection.send(b"Keep-Alive: timeout=10, max=100\r\n")
    if length is not None:
        connection.send(("Content-Length: " + str(length) + "\r\n").encode())
    connection.send(b"Content-Type: text/html\r\n")
    connection.send(b"\r\n")


def serve(connection, address):
    connection.settimeout(10)
    requests = 0
    while requests < 100:
        try:
            message = connection.recv(1024).decode()
            if not message:
                break
            requests = requests + 1
            filename = message.split()[1]
            f = open(filename[1:], encoding="utf-8")
            output = f.read()
            send_header(connection, "200 OK", len(output))
            connection.send(output.encode())
        except IOError:
            send_header(connection, "404 Not Found", None)
            connection.send(b"<html><body><h1>404 Not Found</h1></body></html>\r\n")
    connection.close()


server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", PORT))
server.listen(1)
print("Ready to serve...")
while True:
    connection, address = server.accept()
    threading.Thread(target=serve, args=(connection, address), daemon=True).start()
