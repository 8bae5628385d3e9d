"""The what-if page as `make what-if` serves it, and a browser that looks at it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.places import ROOT

SECONDS = 120
"""Patience with a slow machine; nothing waits so long where things work."""
MILLISECONDS = 1000 * SECONDS
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: the page's address, its process and what it says."""

    url: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def end(self) -> None:
        """End the server and the kernels that it started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(20)


def commands(port: int, folder: Path, **settings: int) -> str:
    """Return what `make what-if` would run, with this Python's programs and without installing anything."""
    given = {"BIN": Path(sys.executable).parent, "NOTEBOOKS": folder, "PORT": port, **settings}
    asked = [f"{name}={value}" for name, value in given.items()]
    stamps = ["-o", ".venv/.what-if", "-o", ".venv/.run"]
    made = subprocess.run(
        ["make", "-n", "--no-print-directory", *stamps, "what-if", *asked],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS")},
    )
    return made.stdout


@contextmanager
def served(**settings: int) -> Iterator[Served]:
    """Serve the page on a free port, and end the server whatever happens.

    The notebook is made within the clone, where it finds its scenario.
    """
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    with (
        TemporaryDirectory(dir=build, prefix="what-if-") as folder,
        _server(Path(folder), settings) as server,
    ):
        yield server


@contextmanager
def _server(folder: Path, settings: dict[str, int]) -> Iterator[Served]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["/bin/sh", "-ec", commands(port, folder, **settings)],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Served(f"http://127.0.0.1:{port}/", port, process, log)
    try:
        _until_it_answers(server)
        yield server
    finally:
        server.end()


def _until_it_answers(server: Served) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if server.process.poll() is not None:
            raise AssertionError(f"the server ended: {server.log.read_text()}")
        try:
            # Any answer will do; the page itself would start a kernel.
            urllib.request.urlopen(f"{server.url}voila/static/none", timeout=10)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"no answer within {SECONDS} s: {server.log.read_text()}")


def chromium() -> str:
    """Return the browser; without one the test fails and says what to install."""
    for name in (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name) if name else None
        if found:
            return found
    raise AssertionError(
        "the test of the what-if page needs a browser: install chromium "
        "(apt-get install --no-install-recommends chromium), or name one by CHROMIUM=/path/to/chromium"
    )


@contextmanager
def browser_page() -> Iterator[Any]:
    """Open a page of a real browser."""
    from playwright.sync_api import sync_playwright

    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS), timeout=MILLISECONDS)
        try:
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            page.set_default_timeout(MILLISECONDS)
            yield page
        finally:
            browser.close()
