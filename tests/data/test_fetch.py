"""Downloads against a server on this machine that breaks off, lies, refuses or is not there."""

import hashlib
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pandas as pd
import pytest

from megaregion.data.download import DownloadFailed, Remote, download
from megaregion.data.fetch import fetch, read_sources
from megaregion.data.recipe import write_table
from megaregion.errors import InputError, WorkspaceError

BODY = bytes(range(256)) * 1200  # 307,200 bytes: several blocks
SMALL = "Stadt,Köln\n".encode()


class Publisher(BaseHTTPRequestHandler):
    """/whole and /small answer; /breaks sends 100,000 bytes of what is left; /no-range ignores Range; /gone is 404."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.asked.append((self.path, wanted))
        if self.path == "/gone":
            self.send_error(404)
            return
        body = SMALL if self.path == "/small" else BODY
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.path != "/no-range" else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        rest = body[start:]
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if self.path == "/breaks":
            self.wfile.write(rest[:100_000])
            self.close_connection = True
            return
        self.wfile.write(rest)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def server() -> Iterator[str]:
    Publisher.asked.clear()
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_address[1]}"
    httpd.shutdown()
    httpd.server_close()
    thread.join()


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def remote(url: str, body: bytes = BODY, **changes: object) -> Remote:
    row = {"file": "a/b.bin", "url": url, "sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body),
           "licence": "MIT", "what": "bytes"}  # fmt: skip
    return Remote(**{**row, **changes})  # type: ignore[arg-type]


def workspace(folder: Path, remotes: list[Remote], recipe: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["file,url,sha256,bytes,licence,what"]
    lines += [f"{r.file},{r.url},{r.sha256},{r.bytes},{r.licence},{r.what}" for r in remotes]
    (folder / "sources.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "workspace.toml").write_text(f'[fetch]\nrecipe = "{recipe}"\n', encoding="utf-8")
    return folder


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_downloads_verifies_and_keeps(server: str, tmp_path: Path) -> None:
    ws = workspace(tmp_path, [remote(server + "/whole"), remote(server + "/small", SMALL, file="c.csv")])
    seen: list[tuple[int, int, str]] = []
    first = fetch(ws, progress=lambda done, total, text: seen.append((done, total, text)))
    assert first.downloaded == ("a/b.bin", "c.csv")
    assert (ws / "raw/a/b.bin").read_bytes() == BODY
    assert (ws / "raw/c.csv").read_bytes() == SMALL
    assert seen[-1][0] == seen[-1][1] == len(BODY) + len(SMALL) == first.bytes
    assert [done for done, _, _ in seen] == sorted(done for done, _, _ in seen)
    requests = len(Publisher.asked)
    second = fetch(ws)
    assert second.kept == ("a/b.bin", "c.csv")
    assert len(Publisher.asked) == requests, "verified files must not be asked for again"
    assert not [name for name in files(ws) if name.endswith(".part")]


def test_a_damaged_file_is_fetched_again(server: str, tmp_path: Path) -> None:
    ws = workspace(tmp_path, [remote(server + "/whole")])
    fetch(ws)
    (ws / "raw/a/b.bin").write_bytes(BODY[:-1] + b"x")
    assert fetch(ws).downloaded == ("a/b.bin",)
    assert (ws / "raw/a/b.bin").read_bytes() == BODY


def test_resumes_within_one_run(server: str, tmp_path: Path) -> None:
    """100,000 bytes an answer: 307,200 bytes need four, each from where the last one ended."""
    target = tmp_path / "b.bin"
    download(remote(server + "/breaks"), target, attempts=4, pause_s=0)
    assert target.read_bytes() == BODY
    assert [r for _, r in Publisher.asked] == ["", "bytes=100000-", "bytes=200000-", "bytes=300000-"]


def test_resumes_in_the_next_run(server: str, tmp_path: Path) -> None:
    target = tmp_path / "b.bin"
    with pytest.raises(DownloadFailed, match=r"broke|expected 307200 bytes"):
        download(remote(server + "/breaks"), target, attempts=2, pause_s=0)
    assert not target.exists()
    assert (tmp_path / "b.bin.part").read_bytes() == BODY[:200_000]
    download(remote(server + "/whole"), target, pause_s=0)
    assert target.read_bytes() == BODY
    assert Publisher.asked[-1] == ("/whole", "bytes=200000-")
    assert files(tmp_path) == ["b.bin"]


def test_starts_anew_where_the_publisher_does_not_resume(server: str, tmp_path: Path) -> None:
    (tmp_path / "b.bin.part").write_bytes(BODY[:1000])
    download(remote(server + "/no-range"), tmp_path / "b.bin", pause_s=0)
    assert (tmp_path / "b.bin").read_bytes() == BODY


def test_a_foreign_part_does_not_spoil_the_download(server: str, tmp_path: Path) -> None:
    """What an older version of the file left behind makes the hash wrong once; then it is fetched whole."""
    (tmp_path / "b.bin.part").write_bytes(b"\xff" * 5000)
    download(remote(server + "/whole"), tmp_path / "b.bin", pause_s=0)
    assert (tmp_path / "b.bin").read_bytes() == BODY


def test_every_failure_is_listed_and_nothing_partial_is_left(server: str, closed_port: int, tmp_path: Path) -> None:
    ws = workspace(
        tmp_path,
        [
            remote(server + "/small", SMALL, file="good.csv"),
            remote(server + "/whole", file="wrong-hash.bin", sha256="0" * 64),
            remote(server + "/whole", file="too-long.bin", bytes=70_000),
            remote(server + "/gone", file="gone.bin"),
            remote(f"http://127.0.0.1:{closed_port}/x", file="silent.bin"),
        ],
    )
    with pytest.raises(WorkspaceError) as caught:
        fetch(ws)
    text = str(caught.value)
    assert "4 of 5 files did not arrive" in text
    for part in (
        "wrong-hash.bin: expected SHA-256 000000000000", "too-long.bin: expected 70000 bytes",
        "gone.bin: the publisher answers 404", "silent.bin: no connection to 127.0.0.1", "--mirror DIR",
    ):  # fmt: skip
        assert part in text
    assert files(ws / "raw") == ["good.csv"]


def test_no_network_says_so_and_does_not_wait_for_every_file(closed_port: int, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{closed_port}/"
    ws = workspace(tmp_path, [remote(url + str(n), file=f"{n}.bin") for n in range(30)])
    with pytest.raises(WorkspaceError, match=r"no network, or 127\.0\.0\.1:\d+ does not answer: 30 of 30") as caught:
        fetch(ws)
    assert "--mirror DIR" in str(caught.value)
    assert files(ws) == ["sources.csv", "workspace.toml"]


def test_mirror_copies_the_same_paths(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    (mirror / "a").mkdir(parents=True)
    (mirror / "a/b.bin").write_bytes(BODY)
    ws = workspace(tmp_path / "ws", [remote("https://example.org/b")])
    assert fetch(ws, mirror=mirror).copied == ("a/b.bin",)
    assert (ws / "raw/a/b.bin").read_bytes() == BODY


def test_mirror_failures_are_listed(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "odd.bin").write_bytes(b"something else")
    absent, odd = remote("https://example.org/b"), remote("https://example.org/c", file="odd.bin")
    ws = workspace(tmp_path / "ws", [absent, odd])
    with pytest.raises(WorkspaceError) as caught:
        fetch(ws, mirror=mirror)
    assert "the mirror has no a/b.bin" in str(caught.value)
    assert "odd.bin: expected 307200 bytes, got 14" in str(caught.value)
    assert not (ws / "raw").exists()
    with pytest.raises(WorkspaceError, match="no mirror folder"):
        fetch(ws, mirror=tmp_path / "nowhere")


def test_sources_are_checked_all_at_once(tmp_path: Path) -> None:
    ws = workspace(
        tmp_path,
        [
            remote("file:///etc/passwd", file="../out.csv"),
            remote("https://example.org/a", file="/abs.csv", sha256="12", bytes=-1, licence=""),
            remote("https://example.org/a", file="twice.csv"),
            remote("https://example.org/a", file="twice.csv"),
        ],
    )
    with pytest.raises(WorkspaceError) as caught:
        read_sources(ws)
    text = str(caught.value)
    for part in ("row 1: file must be a path below raw/", "row 1: url must begin", "row 2: file", "row 2: sha256",
                 "row 2: bytes", "row 2: licence is empty", "twice.csv stands twice"):  # fmt: skip
        assert part in text


@pytest.mark.parametrize("missing", ["sources.csv", "workspace.toml"])
def test_missing_files_are_named(tmp_path: Path, missing: str) -> None:
    ws = workspace(tmp_path, [remote("https://example.org/a")])
    (ws / missing).unlink()
    with pytest.raises(WorkspaceError, match=f"there is no {missing}"):
        fetch(ws)


def test_unknown_recipe_is_refused_before_anything_is_fetched(server: str, tmp_path: Path) -> None:
    ws = workspace(tmp_path, [remote(server + "/whole")], recipe="atlantis")
    with pytest.raises(WorkspaceError, match=r"'atlantis' is not known\n  hint: known: germany, yangtze-delta"):
        fetch(ws)
    assert Publisher.asked == []


def test_a_failing_recipe_leaves_the_old_tables(server: str, tmp_path: Path) -> None:
    """The recipe finds none of its files: the tables of an earlier run stay, no temporary folder is left."""
    ws = workspace(tmp_path, [remote(server + "/small", SMALL, file="c.csv")], recipe="yangtze-delta")
    (ws / "tables").mkdir()
    (ws / "tables/flows.fetched.csv").write_text("old\n")
    (ws / f".tmp-{os.getpid()}-fetch").mkdir()  # what a killed run would leave
    with pytest.raises(InputError, match=r"places\.csv"):
        fetch(ws)
    assert (ws / "tables/flows.fetched.csv").read_text() == "old\n"
    assert not list(ws.glob(".tmp-*"))


def test_write_table_refuses_what_the_schema_does_not_know(tmp_path: Path) -> None:
    frame = pd.DataFrame({"place_id": ["01"], "yaer": [2018]})
    with pytest.raises(InputError, match=r"unknown \['yaer'\], lacking \['year'"):
        write_table(frame, "indicators", tmp_path / "indicators.csv")
    assert not (tmp_path / "indicators.csv").exists()


def test_write_table_keeps_codes_and_writes_plain_words(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"layer": "commuting", "origin": ["01001"], "destination": ["01002"], "value": [12.5], "unit": "person",
         "period": "2018", "observed": [True], "source": "s"}
    )  # fmt: skip
    assert write_table(frame, "flows", tmp_path / "t/flows.csv") == 1
    want = "layer,origin,destination,value,unit,period,observed,source\ncommuting,01001,01002,12.5,person,2018,true,s\n"
    assert (tmp_path / "t/flows.csv").read_bytes() == want.encode()
