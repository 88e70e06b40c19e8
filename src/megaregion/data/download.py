"""Downloads that end whole or not at all: resumed after an interruption, checked by size and SHA-256."""

from __future__ import annotations

import http.client
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from megaregion.data.atomic import replacing, sha256

PART = ".part"
_BLOCK = 1 << 16
_AGENT = "megaregion (https://pypi.org/project/megaregion)"


@dataclass(frozen=True, kw_only=True)
class Remote:
    """One file of a publisher: path below ``raw``, address, SHA-256, size in bytes, licence, what it is."""

    file: str
    url: str
    sha256: str
    bytes: int
    licence: str
    what: str

    @property
    def host(self) -> str:
        """Machine that serves it."""
        return urllib.parse.urlsplit(self.url).netloc


class DownloadFailed(Exception):
    """Why one file did not arrive; `unreachable` if the machine did not answer at all."""

    def __init__(self, reason: str, *, unreachable: bool = False) -> None:
        super().__init__(reason)
        self.unreachable = unreachable


def verified(path: Path, remote: Remote) -> bool:
    """Whether the file is there with the stated size and SHA-256."""
    return path.is_file() and path.stat().st_size == remote.bytes and sha256(path) == remote.sha256


def copy(source: Path, target: Path, remote: Remote) -> None:
    """Take the file from a mirror folder.

    Raises
    ------
    DownloadFailed
        The mirror does not hold it, or holds something else.
    """
    if not source.is_file():
        raise DownloadFailed(f"the mirror has no {remote.file}")
    if not verified(source, remote):
        raise DownloadFailed(_wrong(source, remote))
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)


def download(
    remote: Remote,
    target: Path,
    *,
    tell: Callable[[int], None] = lambda done: None,
    attempts: int = 3,
    timeout_s: float = 30.0,
    pause_s: float = 0.5,
) -> None:
    """Fetch one file; what arrived before an interruption stays in ``<target>.part`` and is continued.

    Parameters
    ----------
    remote : Remote
    target : Path
        Where the whole file ends; untouched unless size and SHA-256 are right.
    tell : callable
        Called with the bytes that are there.
    attempts : int
        How often a broken connection is taken up again.
    timeout_s, pause_s : float
        Seconds without an answer before a connection counts as broken; seconds between attempts.

    Raises
    ------
    DownloadFailed
        With the reason.
    """
    part = target.with_name(target.name + PART)
    part.parent.mkdir(parents=True, exist_ok=True)
    resumed = part.exists()
    reason, unreachable = "the publisher does not continue the download", False
    for attempt in range(attempts):
        if attempt:
            time.sleep(pause_s * attempt)
        try:
            _receive(remote, part, tell, timeout_s)
        except urllib.error.HTTPError as error:
            with error:  # closes the connection
                if error.code == 416:  # the part is longer than the file: start again
                    part.unlink(missing_ok=True)
                    continue
                if error.code < 500 and error.code != 429:
                    raise DownloadFailed(f"the publisher answers {error.code} {error.reason}") from None
                reason, unreachable = f"the publisher answers {error.code} {error.reason}", False
        except urllib.error.URLError as error:
            reason, unreachable = f"no connection to {remote.host}: {error.reason}", True
        except (OSError, http.client.HTTPException) as error:
            reason, unreachable = f"the connection broke: {error or type(error).__name__}", False
        else:
            if verified(part, remote):
                part.replace(target)
                return
            reason, unreachable = _wrong(part, remote), False
            if part.stat().st_size >= remote.bytes:
                part.unlink()
                if not resumed:  # a whole file from the publisher with other bytes: asking again changes nothing
                    raise DownloadFailed(reason)
                resumed = False
    raise DownloadFailed(reason, unreachable=unreachable)


def _receive(remote: Remote, part: Path, tell: Callable[[int], None], timeout_s: float) -> None:
    """Append what is missing to `part`; starts anew if the publisher does not resume."""
    have = part.stat().st_size if part.exists() else 0
    if have == remote.bytes:
        return
    headers = {"User-Agent": _AGENT, "Accept-Encoding": "identity"}
    if 0 < have < remote.bytes:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(remote.url, headers=headers)
    with urllib.request.urlopen(request, timeout=timeout_s) as answer:
        resumes = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        if not resumes:
            have = 0
        with part.open("ab" if resumes else "wb") as handle:
            while block := answer.read(_BLOCK):
                handle.write(block)
                have += len(block)
                tell(have)
                if have > remote.bytes:  # never fill the disk with a wrong file
                    return


def _wrong(path: Path, remote: Remote) -> str:
    size = path.stat().st_size
    if size != remote.bytes:
        return f"expected {remote.bytes} bytes, got {size}"
    return f"expected SHA-256 {remote.sha256[:12]}…, got {sha256(path)[:12]}… (the file is not the stated one)"
