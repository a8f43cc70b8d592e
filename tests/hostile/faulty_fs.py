"""A file system that is read only and fails: each file's name says how. Run with a folder to mount it on; it ends when
it is unmounted. Needs python3-fusepy, which is libfuse 2, and fuse3 for its fusermount."""

import errno
import stat
import sys
import time

import fusepy

LONG_AGO = 1_000_000_000
SIZE = 3_000_000
SMALL = b"hello"
# By the part of a name before its dash: which call fails, and how.
FAULTS = {
    "eio": errno.EIO,
    "eacces": errno.EACCES,
    "estale": errno.ESTALE,
    "enoent": errno.ENOENT,
    "enodev": errno.ENODEV,
    "etimedout": errno.ETIMEDOUT,
    "enomem": errno.ENOMEM,
    "enfile": errno.ENFILE,
}
CALLS = ("stat", "open", "read", "late", "list")
FOLDERS = {"/": [], "/folder": ["index.html"]}
FOLDERS.update({f"/{fault}-list": [] for fault in FAULTS})
FILES = {"/good.txt", "/folder/index.html", "/short.bin", "/empty.txt"}
FILES.update(f"/{i}-slow.txt" for i in range(8))
FILES.update(f"/{fault}-{call}.txt" for fault in FAULTS for call in CALLS if call != "list")


class Faulty(fusepy.Operations):
    def fail(self, path, call):
        """Fails if that is what the name of the file says."""
        name = path.strip("/").split("/")[0].split(".")[0]
        fault, _, failing = name.partition("-")
        if failing == call and fault in FAULTS:
            raise fusepy.FuseOSError(FAULTS[fault])

    def size(self, path):
        if path == "/empty.txt":
            return 0
        return SIZE if path == "/short.bin" or path.endswith("-late.txt") else len(SMALL)

    def getattr(self, path, fh=None):
        self.fail(path, "stat")
        if path in FOLDERS:
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2, "st_mtime": LONG_AGO}
        if path not in FILES:
            raise fusepy.FuseOSError(errno.ENOENT)
        return {
            "st_mode": stat.S_IFREG | 0o644,
            "st_nlink": 1,
            "st_size": self.size(path),
            "st_mtime": LONG_AGO,
            "st_ctime": LONG_AGO,
        }

    def open(self, path, flags):
        self.fail(path, "open")
        return 0

    def read(self, path, size, offset, fh):
        self.fail(path, "read")
        if path.endswith("-slow.txt"):
            time.sleep(1)
        if path == "/short.bin":
            return bytes(max(0, min(size, 100_000 - offset)))
        if path.endswith("-late.txt"):
            if offset >= 500_000:
                self.fail(path, "late")
            return bytes(max(0, min(size, SIZE - offset)))
        return SMALL[offset:offset + size] if self.size(path) else b""

    def readdir(self, path, fh):
        self.fail(path, "list")
        inside = FOLDERS.get(path, [])
        if path == "/":
            inside = sorted(name[1:] for name in FILES | set(FOLDERS) if "/" not in name[1:] and name != "/")
        return [".", "..", *inside]


# Nothing is kept by the system, so that each look of the server reaches this process.
fusepy.FUSE(Faulty(), sys.argv[1], foreground=True, ro=True, attr_timeout=0, entry_timeout=0,
            direct_io=True)
