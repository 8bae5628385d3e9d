"""Commands with values that nobody should give: each ends in an answer or a message, never a trace."""

import contextlib
import io
import os
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from simulator.commands.cli import app
from simulator.commands.last_guard import exit_code_of
from tests.faults.files import HISTORY, OUTCOMES, READ, REFUSED, Round, bounded
from tests.support.places import DEFAULT_SCENARIO, ROOT

SCENARIO: Final = str(DEFAULT_SCENARIO)
LIST: Final = str(ROOT / "tests" / "patients" / "lists" / "german_export.csv")
MAP: Final = str(ROOT / "tests" / "patients" / "lists" / "german_map.yaml")
ONE: Final = ("--design", "3+3", "--truth", "M1", "--replicates", "1", "--workers", "1", "--seed", "1")
LOOK: Final = ("next-dose", SCENARIO, "--design", "boin")
COMMANDS: Final[tuple[tuple[str, ...], ...]] = (
    (
        "compare",
        SCENARIO,
        *ONE,
        "--cluster",
        "local:0",
        "--engine",
        "simpy",
        "--out",
        "run",
        "--tornado",
        "x",
    ),
    ("compare", SCENARIO, *ONE, "--engine", "simpy", "--out", "run"),
    ("what-if", SCENARIO, *ONE, "--set", "arrivals.sites=2", "--out", "what"),
    ("what-if", SCENARIO, *ONE, "--variant", "two: arrivals.sites=2", "--preset", "x"),
    ("what-if", SCENARIO, *ONE, "--sweep", "arrivals.sites=1:2:1", "--within-months", "9", "--share", "0.5"),
    ("what-if", SCENARIO, *ONE, "--sensitivity", "months", "--most-sets", "1"),
    (
        "forecast",
        SCENARIO,
        *ONE,
        "--milestones",
        "3,5",
        "--out",
        "forecast",
        "--first-site-opened",
        "2026-01-05",
    ),
    (
        "forecast",
        SCENARIO,
        *ONE,
        "--so-far",
        "history.csv",
        "--cut-date",
        "2026-06-01",
        "--write-scenario",
        "f.yaml",
    ),
    (
        "exact",
        SCENARIO,
        "--design",
        "3+3",
        "--cap-from",
        "15",
        "--cap-to",
        "18",
        "--family",
        "2",
        "--seed",
        "1",
    ),
    ("exact", SCENARIO, "--design", "3+3", "--truth", "M1", "--out", "exact"),
    ("fit", "history.csv", "--scenario", SCENARIO, "--cut-date", "2026-06-01", "--write-scenario", "g.yaml"),
    ("screen", LIST, "--map", MAP, "--scenario", SCENARIO, "--out", "screened"),
    ("screen", LIST, "--write-mapping", "mapping.yaml"),
    (*LOOK, "--data", "outcomes.csv", "--today", "2026-05-01", "--override", "level 1: so"),
    (*LOOK, "--outcomes", "1NNN 2NTN", "--dose", "2", "--closed-from", "4"),
    (
        *LOOK,
        "--counts",
        "0/3 1/6 0/0 0/0",
        "--dose",
        "2",
        "--window-days",
        "28",
        "--response-window-days",
        "28",
    ),
    ("next-dose", "boin", "--option", "n_doses=5", "--option", "target=0.3", "--outcomes", "1NNN"),
    ("paths", SCENARIO, "--design", "boin", "--cohorts", "2", "--outcomes", "1NNN", "--out", "paths"),
    ("table", SCENARIO, "--design", "boin", "--max-n", "12", "--format", "csv", "--out", "table.csv"),
    (
        "replay",
        SCENARIO,
        "--design",
        "3+3",
        "--truth",
        "M1",
        "--replicate",
        "1",
        "--seed",
        "1",
        "--out",
        "replay",
    ),
    ("attrition", SCENARIO, "--patients", "1000", "--seed", "1", "--out", "attrition"),
    ("attrition", SCENARIO, "--patients", "1000", *ONE, "--months-of", "1"),
    ("resources", SCENARIO, *ONE),
    ("population", SCENARIO, "--patients", "1000", "--seed", "1"),
    ("check", SCENARIO),
    ("explain", SCENARIO),
    ("init", "new.yaml", "--template", "minimal"),
    ("report", "no-run", "--out", "page.html", "--word", "a.docx", "--markdown", "a.md"),
)
VALUES: Final = (
    *(
        "9" * 5000,
        "-" + "9" * 5000,
        "1e99999",
        "0." + "3" * 5000,
        "nan",
        "inf",
        "-inf",
        "-1",
        "0",
        "-0.0",
        "1.5",
        "",
    ),
    *(
        "18446744073709551616",
        "4294967296",
        "1000000000",
        "1000000",
        "0x10",
        "１２",
        "1_000",
        " 5 ",
        "1e-320",
        "٣",
    ),
    *("9999-12-31", "0000-00-00", "10000-01-01", "2026-02-30", "0001-01-01", "1,000", "3,5,", ","),
    *(
        "x" * 300,
        "d/" * 200 + "f",
        "y" * 5000,
        "\udcff\udcfe.yaml",
        "\x1b[2J\x07",
        "a\nb",
        "a\rb",
        "\u202eabc",
        ".",
    ),
    *("../..", "no/such/file", "outcomes.csv", "outcomes.csv/under", "loop", "dangling", "folder", "fifo"),
    *("level 1", "level 9" * 900 + ": why", "=", "a=b", "a.b.c=1", "arrivals.sites=" + "9" * 5000, "[" * 900),
    *(
        "arrivals.sites=1:1e18:1",
        "arrivals.sites=1:2:1e-12",
        "arrivals.sites=nan:2:1",
        "truths.M1.p_dlt.1=1e400",
    ),
    *(
        "1N" * 5000,
        "1NNN 2TTT " * 900,
        "99NNN",
        "0/" + "9" * 5000,
        "1/0 2/1",
        "tcp://:99999999",
        "tcp://[::",
        "local:9999",
    ),
)


@contextlib.contextmanager
def place_for_options(place: Path) -> Iterator[None]:
    """Work in a folder that holds the files named by the commands and the values."""
    (place / "history.csv").write_text(HISTORY, encoding="utf-8")
    (place / "outcomes.csv").write_text(OUTCOMES, encoding="utf-8")
    (place / "folder").mkdir(exist_ok=True)
    (place / "folder" / "kept.txt").write_text("kept", encoding="utf-8")
    for name, to in (("loop", "loop"), ("dangling", "nowhere/at/all")):
        if not os.path.lexists(place / name):
            (place / name).symlink_to(to)
    before = Path.cwd()
    os.chdir(place)
    try:
        yield
    finally:
        os.chdir(before)


def altered_command(draw: random.Random) -> list[str]:
    """Return a command in which one value, sometimes two, is another."""
    given = list(draw.choice(COMMANDS))
    places = [k for k in range(1, len(given)) if not given[k].startswith("--")]
    for place in draw.sample(places, min(len(places), draw.choice((1, 1, 1, 2)))):
        given[place] = draw.choice(VALUES)
    return given


def outcome_of(given: list[str]) -> str:
    """Run a command in this process; return `READ`, `REFUSED`, or what is wrong with how it ends."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            app(given, prog_name="simulator")
        except SystemExit as ended:
            code = ended.code or 0
        except Exception as error:
            code = exit_code_of(error)
        else:
            code = 0
    said = err.getvalue()
    if code not in (0, 2):
        return f"exit code {code}: {said[-500:]!r}"
    if code == 2 and not said.strip():
        return "refused without a word"
    if len(said) > 50_000 or "Traceback" in said:
        return f"{len(said)} characters of message: {said[:300]!r}"
    if any(letter in said for letter in "\x1b\x07\u202e"):
        return f"control characters in the message: {said[:300]!r}"
    return REFUSED if code else READ


def run_altered(seed: int, numbers: range, folder: Path | None = None, found: Round | None = None) -> Round:
    """Run an altered command for each number and add to `found`; a finding is kept in `folder`."""
    found = Round("options") if found is None else found
    with tempfile.TemporaryDirectory() as place, place_for_options(Path(place)):
        for number in numbers:
            given = altered_command(random.Random(f"options {seed} {number}"))
            began = time.monotonic()
            with bounded():
                said = outcome_of(given)
            took = time.monotonic() - began
            found.files += 1
            found.refused += said == REFUSED
            if took > found.seconds:
                found.seconds, found.slowest = took, number
            if said not in (READ, REFUSED):
                found.findings[number] = f"{given!a}: {said}"
                if folder is not None:
                    folder.mkdir(parents=True, exist_ok=True)
                    (folder / f"options-{seed}-{number}.txt").write_text(
                        found.findings[number], encoding="utf-8"
                    )
    return found
