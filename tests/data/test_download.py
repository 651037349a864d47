import hashlib
import http.server
import io
import tarfile
import threading

import pytest

from dcviz.data import DataError, paths
from dcviz.data.download import fetch, progress_line, unpack

CONTENT = bytes(range(256)) * 4096


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT[:1000] if self.path == "/cut" else CONTENT)

    def log_message(self, *args):
        """Stay silent."""


@pytest.fixture(scope="module")
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def _fetch(url, target, md5=None, progress=None):
    return fetch([url] if isinstance(url, str) else url, target, id="toyset", md5=md5, progress=progress)


def test_whole_file_with_progress(server, tmp_path):
    seen, target = [], tmp_path / "raw" / "file.gz"
    md5 = hashlib.md5(CONTENT).hexdigest()
    _fetch(f"{server}/file", target, md5, lambda what, done, total: seen.append((what, done, total)))
    assert target.read_bytes() == CONTENT
    assert seen[-1] == ("file.gz", len(CONTENT), len(CONTENT))
    assert len(seen) > 1
    assert [p.name for p in target.parent.iterdir()] == ["file.gz"]


def test_next_address_is_tried(server, tmp_path):
    _fetch([f"{server}/missing", f"{server}/file"], tmp_path / "f", progress=lambda *_: None)
    assert (tmp_path / "f").read_bytes() == CONTENT


@pytest.mark.parametrize(("path", "md5", "says"), [
    ("/missing", None, "404"),
    ("/cut", None, "ended after 1000 of 1048576 bytes"),
    ("/file", "0" * 32, "differs from the publisher's 0000"),
])  # fmt: skip
def test_failure_leaves_nothing_and_says_where_to_put_it(server, tmp_path, path, md5, says):
    target = tmp_path / "raw" / "file.gz"
    with pytest.raises(DataError, match=says) as caught:
        _fetch(server + path, target, md5, lambda *_: None)
    assert str(target) in str(caught.value)
    assert "toyset: file.gz is missing" in str(caught.value)
    assert server + path in str(caught.value)
    assert list(target.parent.iterdir()) == []


def test_interrupted_download_leaves_nothing(server, tmp_path):
    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _fetch(f"{server}/file", tmp_path / "f", None, interrupt)
    assert list(tmp_path.glob("f*")) == []


def test_no_network(tmp_path, no_network):
    with pytest.raises(DataError, match=r"name resolution.*Without a network.*DCVIZ_DATA"):
        _fetch("http://nowhere.invalid/f", tmp_path / "f")


def test_lines_in_a_pipe(capsys):
    show = progress_line()
    for done in range(0, 10_000_001, 250_000):
        show("f.gz", done, 10_000_000)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[-1] == "f.gz: 100% of 10.0 MB"


def _archive(path, names):
    with tarfile.open(path, "w:gz") as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = 3
            tar.addfile(member, io.BytesIO(b"abc"))
    return hashlib.md5(path.read_bytes()).hexdigest()


def test_unpack_gives_the_whole_folder_elsewhere(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    target.mkdir()
    md5 = _archive(source / "a.tar.gz", ["set/one", "set/two"])
    assert unpack(source / "a.tar.gz", "set", target, id="t", md5=md5) == target / "set"
    assert sorted(p.name for p in (target / "set").iterdir()) == ["one", "two"]
    assert [p.name for p in target.iterdir()] == ["set"]
    assert [p.name for p in source.iterdir()] == ["a.tar.gz"]


@pytest.mark.parametrize(("names", "md5", "says"), [
    (["set/one"], "0" * 32, "damaged or another file"),
    (["other/one"], None, "has no folder set"),
    (["set/one", "../escaped"], None, "could not be unpacked"),
])  # fmt: skip
def test_unpack_refuses_and_leaves_nothing(tmp_path, names, md5, says):
    target = tmp_path / "target"
    target.mkdir()
    found = _archive(tmp_path / "a.tar.gz", names)
    with pytest.raises(DataError, match=says):
        unpack(tmp_path / "a.tar.gz", "set", target, id="t", md5=md5 or found)
    assert list(target.iterdir()) == []
    assert not (tmp_path / "escaped").exists()


def test_writable_root_prefers_the_data_folder(data_folder):
    assert paths.writable_root() == data_folder


def test_writable_root_heeds_the_mode_even_as_root(data_folder, tmp_path):
    data_folder.chmod(0o555)
    assert paths.writable_root() == tmp_path / "cache" / "data"
    assert list(data_folder.iterdir()) == []


def test_writable_root_falls_back_to_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("DCVIZ_DATA", "/proc/dcviz-data")  # not even root can make a folder there
    assert paths.writable_root() == tmp_path / "cache" / "data"
    assert paths.writable_root(tmp_path / "mine") == tmp_path / "mine" / "data"
    monkeypatch.setenv("DCVIZ_CACHE", "/proc/dcviz-cache")
    with pytest.raises(DataError, match="set DCVIZ_CACHE"):
        paths.writable_root()
