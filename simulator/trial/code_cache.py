"""Where compiled code is kept: a folder named by a hash of every rule's source, so that it is never out of date."""

import atexit
import hashlib
import os
import platform
import shutil
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

FOLDER: Final = "SIMULATOR_CACHE_DIR"
"""Environment variable that names another folder than the user's own for caches."""
KEPT: Final = 32
"""Versions of compiled code that are kept, half a megabyte each: those used last."""
_PACKAGE: Final = Path(__file__).parents[1]
_BESIDE_TRIAL: Final = (
    "durations.py",
    "designs/backfill_rule.py",
    "designs/benefit_risk_data.py",
    "designs/boundary_tables.py",
    "designs/crm_places.py",
    "designs/design.py",
    "designs/early_look.py",
    "designs/follow_up_limits.py",
    "designs/follow_up_rule.py",
    "designs/imputed_dlts.py",
    "designs/isotonic.py",
    "designs/obd_selection.py",
    "designs/pending_levels.py",
    "designs/selection.py",
    "designs/utility.py",
    "outcomes/outcomes.py",
    "outcomes/risk_links.py",
    "population/copula.py",
)
"""What is compiled and stands elsewhere."""


def rule_sources(package: Path = _PACKAGE) -> list[Path]:
    """Return every file with a rule of the trial, or with what compiles it."""
    return sorted((package / "trial").rglob("*.py")) + [package / name for name in _BESIDE_TRIAL]


@cache
def code_key(package: Path = _PACKAGE) -> str:
    """Return a hash of the rules' sources and of the versions of Python, numba and llvmlite."""
    versions = [
        platform.python_version(),
        version("numba"),
        version("llvmlite"),
        os.environ.get("NUMBA_OPT", ""),
    ]
    found = hashlib.sha256(" ".join(versions).encode())
    for path in rule_sources(package):
        found.update(str(path.relative_to(package)).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:24]


@cache
def code_folder() -> Path:
    """Return the folder of the compiled code of these rules, made where there is none.

    Where the user's folder for caches cannot be written, it is a new one that this process removes at its end; the
    processes that it starts are told of it.
    """
    root = _caches() / "compiled"
    folder = root / code_key()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder)  # used now
        if not os.access(folder, os.W_OK):
            raise PermissionError(folder)
    except OSError:
        os.environ[FOLDER] = made = tempfile.mkdtemp(prefix="phase1-simulator-")
        atexit.register(shutil.rmtree, made, ignore_errors=True)
        folder = Path(made) / "compiled" / code_key()
        folder.mkdir(parents=True)
        return folder
    _forget_old(root, folder)
    return folder


def _caches() -> Path:
    given = os.environ.get(FOLDER)
    if given:
        return Path(given)
    at_home = Path.home() / ("AppData/Local" if os.name == "nt" else ".cache")
    return Path(os.environ.get("XDG_CACHE_HOME") or at_home) / "phase1-simulator"


def _forget_old(root: Path, present: Path) -> None:
    """Remove all but the last few versions; another process may remove them too."""
    try:
        by_age = sorted(root.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
        for folder in by_age[KEPT:]:
            if folder != present:
                shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return


def is_kept() -> bool:
    """Return whether these rules are compiled already."""
    return any(code_folder().rglob("*.nbc"))
