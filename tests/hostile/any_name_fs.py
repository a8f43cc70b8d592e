"""A file system that is read only and finds a file by any spelling of its name, as FAT does under Linux: in any case, with
points at the end, by a short name, in either form of Unicode. Run with a folder to mount it on; it ends when it is
unmounted. Needs python3-fusepy, which is libfuse 2, and fuse3 for its fusermount."""

import errno
import stat
import sys
import unicodedata

import fusepy

LONG_AGO = 1_000_000_000
LARGE = 100_000  # Too large to be read whole without a cache.
HEADERS = b"/private/*\n  Basic-Auth: ada:engine\n/*\n  X-Rule: 1\n"
REDIRECTS = b"/forced/* /good.txt 302!\n"
FILES = {
    "/good.txt": b"hello",
    "/123": b"digits",
    "/\u00fc.txt": b"umlaut",
    "/.env": b"SECRET",
    "/.git/config": b"SECRET",
    "/_Headers": HEADERS,
    "/_redirects": REDIRECTS,
    "/private/p.txt": b"SECRET",
    "/forced/f.txt": b"SECRET",
    "/sub/index.html": b"index",
    "/upper/INDEX.HTML": b"INDEX",
    "/sub/large.bin": bytes(LARGE),
    "/sub/LongFileName.text": b"long",
}
FOLDERS = {"/"} | {path.rsplit("/", 1)[0] or "/" for path in FILES}
LINKS = {"/link": "sub"}
SHORT = {"ENV~1": ".env", "GIT~1": ".git", "_HEADE~1": "_Headers", "LONGFI~1.TEX": "LongFileName.text"}


def fold(path):
    names = [SHORT.get(name.upper(), name).rstrip(".") for name in path.split("/")]
    return unicodedata.normalize("NFC", "/".join(names)).casefold() or "/"


FOUND = {fold(path): path for path in [*FILES, *FOLDERS, *LINKS]}


class AnyName(fusepy.Operations):
    def find(self, path):
        found = FOUND.get(fold(path))
        if found is None:
            raise fusepy.FuseOSError(errno.ENOENT)
        return found

    def getattr(self, path, fh=None):
        found = self.find(path)
        times = {"st_mtime": LONG_AGO, "st_ctime": LONG_AGO}
        if found in FOLDERS:
            return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2, **times}
        if found in LINKS:
            return {"st_mode": stat.S_IFLNK | 0o777, "st_nlink": 1, "st_size": len(LINKS[found]), **times}
        return {"st_mode": stat.S_IFREG | 0o644, "st_nlink": 1, "st_size": len(FILES[found]), **times}

    def readlink(self, path):
        return LINKS[self.find(path)]

    def open(self, path, flags):
        self.find(path)
        return 0

    def read(self, path, size, offset, fh):
        return FILES[self.find(path)][offset:offset + size]

    def readdir(self, path, fh):
        folder = self.find(path).rstrip("/")
        inside = [name for name in [*FILES, *FOLDERS, *LINKS] if name.startswith(folder + "/")]
        return [".", "..", *{name[len(folder) + 1:].split("/")[0] for name in inside} - {""}]


fusepy.FUSE(AnyName(), sys.argv[1], foreground=True, ro=True, attr_timeout=0, entry_timeout=0, direct_io=True)
