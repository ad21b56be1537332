"""A repository's files as one text, so that a ground truth carries all that its tests need.

    packed({"a.py": b"x = 1\\n"})     ->  "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj..."   (base64, xz, tar)
    unpacked(text)                    ->  {"a.py": b"x = 1\\n"}

The same files give the same text. Reading is bounded: neither a huge file nor a path that leaves
the folder gets through.
"""

import binascii
import io
import lzma
import tarfile
from base64 import b64decode, b64encode
from collections.abc import Mapping
from functools import lru_cache

MOST_FILES = 3_000
"""The sandbox's folder takes 4,096 files and folders."""

MOST_BYTES = 24 << 20
"""All files together; the sandbox's folder takes 64 MiB."""

MOST_TEXT = 4 << 20
"""Characters of the text."""


class BadTree(ValueError):
    """A text that is no tree, or files that are too many or too large for one."""


def packed(files: Mapping[str, bytes]) -> str:
    """Write files by their paths as one text; raises BadTree."""
    check_size(files)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(files):
            entry = tarfile.TarInfo(path)
            entry.size = len(files[path])
            try:
                tar.addfile(entry, io.BytesIO(files[path]))
            except ValueError as error:  # a path too long for the format
                raise BadTree(str(error)) from None
    text = b64encode(lzma.compress(buffer.getvalue(), preset=6)).decode()
    if len(text) > MOST_TEXT:
        raise BadTree(f"{len(text)} characters, more than {MOST_TEXT}")
    return text


def check_size(files: Mapping[str, bytes]) -> None:
    """Raise BadTree where the sandbox's folder would not take the files."""
    if len(files) > MOST_FILES or sum(map(len, files.values())) > MOST_BYTES:
        raise BadTree(f"more than {MOST_FILES} files or {MOST_BYTES >> 20} MiB")


@lru_cache(maxsize=4)
def unpacked(text: str) -> Mapping[str, bytes]:
    """The files by their paths; raises BadTree."""
    if len(text) > MOST_TEXT:
        raise BadTree(f"{len(text)} characters, more than {MOST_TEXT}")
    try:
        reader = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=256 << 20)
        data = reader.decompress(b64decode(text, validate=True), 2 * MOST_BYTES)
        if not reader.eof:
            raise BadTree("it is cut off, or too large")
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
            return {one.name: _content(tar, one) for one in tar.getmembers()}
    except (binascii.Error, lzma.LZMAError, tarfile.TarError, EOFError) as error:
        raise BadTree(f"no base64 of an xz-compressed tar: {error}") from None


def _content(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    stream = tar.extractfile(entry) if entry.isreg() else None
    if stream is None or not is_plain(entry.name):
        raise BadTree(f"{entry.name!r:.80} is no plain file inside the tree")
    return stream.read()


def is_plain(path: str) -> bool:
    """Whether a path stays inside the folder, says so plainly, and can be printed."""
    parts = path.split("/")
    return (
        0 < len(path) <= 240
        and path.isprintable()
        and "\\" not in path
        and not any(part in ("", ".", "..") for part in parts)
    )


def top_names(files: Mapping[str, bytes]) -> frozenset[str]:
    """What the tree can be imported as: names in its root and in src/, with their endings."""
    names = {path.partition("/")[0] for path in files}
    return frozenset(names | {path.removeprefix("src/").partition("/")[0] for path in files})
