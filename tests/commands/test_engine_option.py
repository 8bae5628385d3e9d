"""`--engine`: the same text by either engine, recorded in run.json, refused where it cannot run."""

import json
from pathlib import Path

import pytest

from simulator.trial import engines
from tests.support.command_line import FILE
from tests.support.in_process import run

COMPARE = [
    "compare",
    FILE,
    "--design",
    "boin",
    "--truth",
    "M1",
    "--replicates",
    "12",
    "--workers",
    "1",
    "--one-reading",
]


def _engine_of(folder: Path) -> str:
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))["about"]
    engine: str = about["engine"]
    return engine


def test_both_engines_print_the_same_and_are_recorded(tmp_path: Path) -> None:
    printed = {}
    for engine in ("auto", "compiled", "simpy"):
        code, text, said = run([*COMPARE, "--engine", engine, "--out", str(tmp_path / engine)])
        assert (code, said) == (0, "")
        printed[engine] = text.replace(str(tmp_path / engine), "")
    assert printed["simpy"] == printed["compiled"] == printed["auto"]
    assert [_engine_of(tmp_path / name) for name in printed] == ["compiled", "compiled", "simpy"]


def test_a_run_begun_by_one_engine_is_the_other_s_run_too(tmp_path: Path) -> None:
    folder = ["--out", str(tmp_path / "run")]
    _, first, _ = run([*COMPARE, "--engine", "simpy", *folder])
    code, again, said = run([*COMPARE, "--engine", "compiled", *folder])
    assert (code, again) == (0, first)
    assert "nothing was run again" in said


def test_without_numba_everything_works_and_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _, expected, _ = run(COMPARE)
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    code, text, said = run([*COMPARE, "--out", str(tmp_path / "run")])
    assert (code, text[: len(expected)]) == (0, expected)
    assert said == "Engine: simpy (numba is not installed).\n"
    assert _engine_of(tmp_path / "run") == "simpy (numba is not installed)"
    code, _, said = run([*COMPARE, "--engine", "compiled"])
    assert (code, said) == (
        2,
        "engine: compiled cannot run this: numba is not installed; leave it out, or ask for simpy\n",
    )


@pytest.mark.parametrize(
    "command",
    [
        ["what-if", FILE, "--set", "arrivals.sites=2", "--design", "3+3", "--truth", "M1"],
        ["forecast", FILE],
        ["resources", FILE, "--design", "3+3", "--truth", "M1"],
    ],
)
def test_other_commands_print_the_same_by_either_engine(command: list[str]) -> None:
    of = [*command, "--replicates", "12", "--workers", "1"]
    by_simpy, compiled = (run([*of, "--engine", engine]) for engine in ("simpy", "compiled"))
    assert by_simpy[0] == 0
    assert by_simpy == compiled


def test_an_unknown_engine_is_one_clear_error() -> None:
    assert run([*COMPARE, "--engine", "fast"]) == (
        2,
        "",
        "engine must be one of auto, simpy, compiled, got 'fast'\n",
    )
