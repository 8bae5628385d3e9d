"""A run folder: identical parts, nothing half-written, resumed after a kill, nothing of others removed."""

import errno
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator.errors import StoreError
from simulator.runs.replicates import Chunk, Columns
from simulator.runs.run_folder import RunFolder, open_run
from simulator.runs.run_record import altered_files

ABOUT = {"scenario": "base", "seed": 1}
FIRST, SECOND, LAST = range(10), range(10, 20), range(20, 23)
FIGURES = {"accuracy": {"svg": b"<svg/>", "png": b"\x89PNG"}}
TEXTS = {"scenario.yaml": "about:\n  title: Größe\n"}


def example_chunk(seed: int = 0, rows: int = 6) -> Chunk:
    draw = np.random.default_rng(seed)
    odd = np.array([np.nan, -np.nan, np.inf, -np.inf, -0.0, 0.0])
    odd.view(np.uint64)[0] ^= 0x1234  # a NaN with a payload
    return Chunk(
        used={
            "arm": np.arange(rows),
            "closed_day": np.resize(odd, rows),
            "ended": draw.integers(0, 50, (rows, 231)),
            "expansion_stopped": draw.random(rows) < 0.5,
        },
        needed={
            "selected": draw.integers(0, 6, (rows, 50)),
            "known_day": draw.random((rows, 50)),
            "reached": draw.random((rows, 50)) < 0.5,
            "small": draw.integers(0, 99, (rows, 2, 3)).astype(np.int16),
        },
        screening={"replicate": np.arange(rows), "none": np.zeros(0, dtype=np.float32)},
    )


def tables() -> dict[str, pd.DataFrame]:
    frame = pd.DataFrame({"design": ["boin", "3+3"], "value": [0.1 + 0.2, np.nan], "cap": [15, 50]})
    return {"used": frame, "by_cap": frame.set_index("cap")}


def assert_identical(one: Columns, other: Columns) -> None:
    assert list(one) == list(other)
    for name, values in one.items():
        assert other[name].dtype == values.dtype
        assert other[name].shape == values.shape
        assert other[name].tobytes() == values.tobytes(), name


def assert_same_chunk(one: Chunk, other: Chunk) -> None:
    for table in ("used", "needed", "screening"):
        assert_identical(getattr(one, table), getattr(other, table))


def parts(path: Path) -> list[Path]:
    return sorted((path / "parts").iterdir())


def names(path: Path) -> set[str]:
    return {file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()}


def finished(path: Path) -> RunFolder:
    folder = open_run(path, "f1", ABOUT)
    folder.write(FIRST, example_chunk())
    folder.finish(tables(), TEXTS, FIGURES)
    return folder


def record(path: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads((path / "run.json").read_text())
    return content


# What is written is what is read.


def test_a_chunk_is_read_bit_for_bit(tmp_path: Path) -> None:
    with open_run(tmp_path / "a" / "b", "f1", ABOUT) as folder:
        folder.write(FIRST, example_chunk())
        assert_same_chunk(folder.read(FIRST), example_chunk())


def test_a_chunk_without_a_needed_pass_is_read_bit_for_bit(tmp_path: Path) -> None:
    chunk = Chunk(
        example_chunk().used, {"arm": np.zeros(0, np.int64), "replicate": np.zeros(0, np.int64)}, {}
    )
    with open_run(tmp_path, "f1", ABOUT) as folder:
        folder.write(FIRST, chunk)
        assert_same_chunk(folder.read(FIRST), chunk)


def test_what_is_read_may_be_changed_without_changing_the_store(tmp_path: Path) -> None:
    with open_run(tmp_path, "f1", ABOUT) as folder:
        folder.write(FIRST, example_chunk())
        folder.read(FIRST).used["arm"][0] = 99
        assert folder.read(FIRST).used["arm"][0] == 0


def test_a_column_of_text_is_refused(tmp_path: Path) -> None:
    with open_run(tmp_path, "f1", ABOUT) as folder, pytest.raises(StoreError, match=r"used\.stop: type <U4"):
        folder.write(FIRST, Chunk({"stop": np.array(["done"])}, {}, {}))


def test_the_same_results_twice_are_written_once_and_different_ones_refused(tmp_path: Path) -> None:
    with open_run(tmp_path, "f1", ABOUT) as folder:
        folder.write(FIRST, example_chunk())
        folder.write(FIRST, example_chunk())
        assert len(parts(tmp_path)) == 1
        with pytest.raises(StoreError, match="computed twice and differ"):
            folder.write(FIRST, example_chunk(seed=1))
        assert_same_chunk(folder.read(FIRST), example_chunk())


@pytest.mark.parametrize("replicates", [range(0), range(0, 10, 2), range(-1, 3)])
def test_a_chunk_that_is_no_run_of_replicates_is_refused(tmp_path: Path, replicates: range) -> None:
    with open_run(tmp_path, "f1", ABOUT) as folder, pytest.raises(StoreError, match="legal"):
        folder.write(replicates, example_chunk())


def test_a_finished_run_holds_tables_texts_figures_and_their_sums(tmp_path: Path) -> None:
    finished(tmp_path)
    part = f"parts/{parts(tmp_path)[0].name}"
    outputs = {
        *(f"tables/{table}.{suffix}" for table in ("used", "by_cap") for suffix in ("csv", "parquet")),
        "scenario.yaml",
        "figures/accuracy.svg",
        "figures/accuracy.png",
    }
    assert names(tmp_path) == outputs | {part, "manifest.json", "run.json"}
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert set(manifest["files"]) == outputs | {part}
    assert altered_files(tmp_path, record(tmp_path)) == []
    assert record(tmp_path)["status"] == "finished"
    assert record(tmp_path)["about"] == ABOUT
    assert record(tmp_path)["fingerprint"] == "f1"
    assert (tmp_path / "scenario.yaml").read_text(encoding="utf-8") == TEXTS["scenario.yaml"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_table_is_read_back_exactly(tmp_path: Path, suffix: str) -> None:
    finished(tmp_path)
    for name, frame in tables().items():
        file = tmp_path / "tables" / f"{name}.{suffix}"
        read = pd.read_csv(file) if suffix == "csv" else pd.read_parquet(file)
        expected = frame if name == "used" else frame.reset_index()
        pd.testing.assert_frame_equal(read, expected, check_exact=True, check_dtype=suffix == "parquet")


def test_the_same_run_leaves_the_same_bytes(tmp_path: Path) -> None:
    finished(tmp_path / "one")
    finished(tmp_path / "two")
    assert names(tmp_path / "one") == names(tmp_path / "two")
    for name in names(tmp_path / "one"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_manifest_finds_an_altered_and_a_missing_file(tmp_path: Path) -> None:
    finished(tmp_path)
    (tmp_path / "tables" / "used.csv").write_text("design,value\n")
    (tmp_path / "figures" / "accuracy.png").unlink()
    assert set(altered_files(tmp_path, record(tmp_path))) == {"tables/used.csv", "figures/accuracy.png"}


def test_an_altered_manifest_is_found_by_the_record_of_the_run(tmp_path: Path) -> None:
    finished(tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    manifest["files"]["tables/used.csv"] = "0" * 64
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert altered_files(tmp_path, record(tmp_path)) == ["manifest.json"]


@pytest.mark.parametrize("name", ["run.json", "parts", "../escape", ".hidden", ""])
def test_an_output_with_a_name_that_is_not_plain_is_refused_before_anything_is_written(
    tmp_path: Path, name: str
) -> None:
    with open_run(tmp_path, "f1", ABOUT) as folder:
        before = names(tmp_path)
        with pytest.raises(StoreError, match="legal are"):
            folder.finish(tables(), {name: "x"}, {})
        assert names(tmp_path) == before


# Resuming.


def test_an_unfinished_run_of_the_same_fingerprint_resumes_without_force(tmp_path: Path) -> None:
    with open_run(tmp_path, "f1", ABOUT) as folder:
        assert folder.kept == set()
        folder.write(FIRST, example_chunk())
        folder.write(LAST, example_chunk(2, 3))
    with open_run(tmp_path, "f1", ABOUT) as folder:
        assert folder.kept == {0, 20}
        assert_same_chunk(folder.read(LAST), example_chunk(2, 3))
        folder.write(SECOND, example_chunk(1))
        folder.finish(tables(), TEXTS, FIGURES)
    with open_run(tmp_path / "straight", "f1", ABOUT) as folder:
        for replicates, chunk in (
            (FIRST, example_chunk()),
            (SECOND, example_chunk(1)),
            (LAST, example_chunk(2, 3)),
        ):
            folder.write(replicates, chunk)
        folder.finish(tables(), TEXTS, FIGURES)
    assert (tmp_path / "manifest.json").read_bytes() == (tmp_path / "straight/manifest.json").read_bytes()


def test_a_shorter_last_chunk_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    with open_run(tmp_path, "f1", ABOUT) as folder:
        folder.write(LAST, example_chunk(2, 3))
    with open_run(tmp_path, "f1", ABOUT) as folder:
        assert folder.holds(LAST)
        assert not folder.holds(range(20, 30))
        with pytest.raises(StoreError, match="not kept"):
            folder.read(range(20, 30))


@pytest.mark.parametrize("damage", ["truncated", "empty", "one bit"])
def test_a_damaged_part_is_found_removed_and_computed_again(tmp_path: Path, damage: str) -> None:
    with open_run(tmp_path, "f1", ABOUT) as folder:
        folder.write(FIRST, example_chunk())
        folder.write(SECOND, example_chunk(1))
    part = parts(tmp_path)[0]
    content = part.read_bytes()
    flipped = content[:200] + bytes([content[200] ^ 1]) + content[201:]
    part.write_bytes({"truncated": content[:-1], "empty": b"", "one bit": flipped}[damage])
    with open_run(tmp_path, "f1", ABOUT) as folder:
        assert folder.kept == {10}
        assert folder.damaged == (part.name,)
        folder.write(FIRST, example_chunk())
        assert_same_chunk(folder.read(FIRST), example_chunk())


def test_a_part_altered_after_opening_is_not_used(tmp_path: Path) -> None:
    with open_run(tmp_path, "f1", ABOUT) as folder:
        folder.write(FIRST, example_chunk())
        part = parts(tmp_path)[0]
        part.write_bytes(part.read_bytes()[:-1])
        with pytest.raises(StoreError, match="was changed"):
            folder.read(FIRST)


def test_a_part_renamed_to_other_replicates_or_from_another_run_is_not_used(tmp_path: Path) -> None:
    with open_run(tmp_path / "other", "f2", ABOUT) as folder:
        folder.write(FIRST, example_chunk())
    with open_run(tmp_path / "run", "f1", ABOUT) as folder:
        folder.write(SECOND, example_chunk(1))
    foreign, own = parts(tmp_path / "other")[0], parts(tmp_path / "run")[0]
    (own.parent / foreign.name).write_bytes(foreign.read_bytes())
    own.rename(own.with_name(own.name.replace("00000010-00000020", "00000020-00000030")))
    with open_run(tmp_path / "run", "f1", ABOUT) as folder:
        assert folder.kept == set()
        assert len(folder.damaged) == 2


KILLED = """
import os, signal, sys
from tests_store_example import example_chunk
from simulator.runs import atomic_files
from simulator.runs.run_folder import open_run
folder = open_run(sys.argv[1], "f1", {"scenario": "base", "seed": 1})
folder.write(range(10), example_chunk())
atomic_files.os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
folder.write(range(10, 20), example_chunk(1))
"""


def test_a_process_killed_while_writing_leaves_what_was_complete(tmp_path: Path) -> None:
    (tmp_path / "tests_store_example.py").write_text(Path(__file__).read_text(encoding="utf-8"))
    run = tmp_path / "run"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    killed = subprocess.run([sys.executable, "-c", KILLED, str(run)], env=env, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len([name for name in names(run) if name.endswith(".phase1-partial")]) == 1
    with open_run(run, "f1", ABOUT) as folder:
        assert folder.kept == {0}
        assert_same_chunk(folder.read(FIRST), example_chunk())
        assert names(run) == {"run.json", f"parts/{parts(run)[0].name}"}


# What is refused, and what force removes.


def test_a_path_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StoreError, match=r"file; a run needs a folder|Not a directory"):
            open_run(path, "f1", ABOUT)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_that_is_not_empty_is_refused_in_one_line_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match=r"not empty \(it holds notes\.txt\); --force") as caught:
        open_run(tmp_path, "f1", ABOUT)
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == {"notes.txt"}


def test_a_folder_that_is_not_writable_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(StoreError, match="not writable"):
        open_run(tmp_path, "f1", ABOUT)


def test_a_disk_that_refuses_the_first_file_is_a_store_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_at(monkeypatch, 1, OSError(errno.EROFS, os.strerror(errno.EROFS)))
    with pytest.raises(StoreError, match="Read-only file system; the run was not begun"):
        open_run(tmp_path / "run", "f1", ABOUT)
    assert names(tmp_path) == set()


def test_an_unfinished_run_of_other_settings_needs_force(tmp_path: Path) -> None:
    with open_run(tmp_path, "f1", ABOUT) as folder:
        folder.write(FIRST, example_chunk())
    with pytest.raises(StoreError, match="unfinished run of other settings; --force"):
        open_run(tmp_path, "f2", ABOUT)
    with open_run(tmp_path, "f2", ABOUT, force=True) as folder:
        assert folder.kept == set()
        assert names(tmp_path) == {"run.json"}


def test_a_finished_run_needs_force_even_with_the_same_fingerprint(tmp_path: Path) -> None:
    finished(tmp_path)
    before = names(tmp_path)
    with pytest.raises(StoreError, match="finished run; --force"):
        open_run(tmp_path, "f1", ABOUT)
    assert names(tmp_path) == before
    with open_run(tmp_path, "f1", ABOUT, force=True) as folder:
        assert folder.kept == set()
        assert names(tmp_path) == {"run.json"}


def test_force_removes_only_what_a_run_wrote_and_names_the_rest(tmp_path: Path) -> None:
    finished(tmp_path)
    mine = {"notes.txt", "tables/mine.csv", "parts/mine.parquet", "plots/a/b.png"}
    for name in mine:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("mine")
    with open_run(tmp_path, "f2", ABOUT, force=True) as folder:
        assert names(tmp_path) == mine | {"run.json"}
        assert set(folder.left_alone) == {"notes.txt", "tables/mine.csv", "parts/mine.parquet", "plots"}
        folder.finish(tables(), TEXTS, FIGURES)
    assert all((tmp_path / name).read_text() == "mine" for name in mine)
    assert not mine & set(json.loads((tmp_path / "manifest.json").read_text())["files"])


def test_force_does_not_remove_an_output_that_somebody_changed(tmp_path: Path) -> None:
    finished(tmp_path)
    (tmp_path / "scenario.yaml").write_text("mine now")
    before = names(tmp_path)
    with pytest.raises(StoreError, match=r"scenario\.yaml: changed since a run wrote it; move it away"):
        open_run(tmp_path, "f2", ABOUT, force=True)
    assert names(tmp_path) == before
    assert (tmp_path / "scenario.yaml").read_text() == "mine now"


def test_a_file_of_somebody_else_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "scenario.yaml").write_text("mine")
    with pytest.raises(StoreError, match=r"scenario\.yaml not written by this run"):
        open_run(tmp_path, "f1", ABOUT, force=True, will_write=TEXTS)
    with open_run(tmp_path, "f1", ABOUT, force=True) as folder:
        folder.write(FIRST, example_chunk())
        with pytest.raises(StoreError, match=r"scenario\.yaml not written by this run"):
            folder.finish(tables(), TEXTS, FIGURES)
    assert (tmp_path / "scenario.yaml").read_text() == "mine"
    (tmp_path / "scenario.yaml").unlink()
    with open_run(tmp_path, "f1", ABOUT) as folder:
        assert folder.kept == {0}
        folder.finish(tables(), TEXTS, FIGURES)


@pytest.mark.parametrize("name", ["run.json", "manifest.json", "tables"])
def test_a_file_of_somebody_else_under_a_reserved_name_is_refused_even_with_force(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text('{"status": "running"}')
    with pytest.raises(StoreError, match=rf"{name}: .*move"):
        open_run(tmp_path, "f1", ABOUT, force=True)
    assert (tmp_path / name).read_text() == '{"status": "running"}'


OTHER_PROCESS = """
import sys
from simulator.errors import StoreError
from simulator.runs.run_folder import open_run
try:
    open_run(sys.argv[1], "f1", {}, force=True)
except StoreError as error:
    print(error)
"""


def test_a_second_process_cannot_write_into_the_same_folder(tmp_path: Path) -> None:
    def other() -> str:
        command = [sys.executable, "-c", OTHER_PROCESS, str(tmp_path)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    with open_run(tmp_path, "f1", ABOUT) as folder:
        assert "another process is writing" in other()
        folder.write(FIRST, example_chunk())
    assert other() == ""


def test_this_process_may_open_its_own_interrupted_run_again(tmp_path: Path) -> None:
    abandoned = open_run(tmp_path, "f1", ABOUT)
    abandoned.write(FIRST, example_chunk())
    with open_run(tmp_path, "f1", ABOUT) as folder:
        assert folder.kept == {0}


# A disk that fails, and Ctrl-C.


def descriptor_of(arguments: tuple[object, ...]) -> int:
    assert isinstance(arguments[0], int)
    return arguments[0]


def fail_at(monkeypatch: pytest.MonkeyPatch, write: int, error: BaseException, call: str = "fsync") -> None:
    """Let the given write fail once: while its bytes go to disk, or at its rename."""
    seen = 0
    real = getattr(os, call)

    def failing(*arguments: object) -> object:
        nonlocal seen
        if call == "fsync" and stat.S_ISDIR(os.fstat(descriptor_of(arguments)).st_mode):
            return real(*arguments)
        seen += 1
        if seen == write:
            raise error
        return real(*arguments)

    monkeypatch.setattr(os, call, failing)


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
DENIED = PermissionError(errno.EACCES, os.strerror(errno.EACCES))


@pytest.mark.parametrize("error", [FULL, DENIED], ids=["full", "denied"])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_chunk_that_cannot_be_written_leaves_nothing_and_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, call: str
) -> None:
    with open_run(tmp_path, "f1", ABOUT) as folder:
        folder.write(FIRST, example_chunk())
        before = names(tmp_path)
        fail_at(monkeypatch, 1, error, call)
        with pytest.raises(StoreError, match=rf"{error.strerror}; 10 replicates are kept .* resumes"):
            folder.write(SECOND, example_chunk(1))
        assert names(tmp_path) == before
        assert folder.kept == {0}
        folder.write(SECOND, example_chunk(1))
        assert_same_chunk(folder.read(SECOND), example_chunk(1))


WRITES_OF_FINISH = 10  # run.json, 4 tables, 1 text, 2 renderings, manifest, run.json


@pytest.mark.parametrize("error", [FULL, KeyboardInterrupt()], ids=["full", "interrupted"])
@pytest.mark.parametrize("write", range(1, WRITES_OF_FINISH + 1))
def test_results_that_stop_at_any_write_are_complete_or_absent_and_can_be_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: int, error: BaseException
) -> None:
    finished(tmp_path / "straight")
    run = tmp_path / "run"
    with open_run(run, "f1", ABOUT) as folder:
        folder.write(FIRST, example_chunk())
        with monkeypatch.context() as failing:
            fail_at(failing, write, error)
            with pytest.raises((StoreError, KeyboardInterrupt)) as caught:
                folder.finish(tables(), TEXTS, FIGURES)
        assert caught.type is (StoreError if error is FULL else KeyboardInterrupt)
        assert record(run)["status"] == "running"
        for name in names(run) - {"run.json"}:
            assert (run / name).read_bytes() == (tmp_path / "straight" / name).read_bytes()
    with open_run(run, "f1", ABOUT) as folder:
        assert folder.kept == {0}
        assert names(run) == {"run.json", f"parts/{parts(run)[0].name}"}
        folder.finish(tables(), TEXTS, FIGURES)
    assert names(run) == names(tmp_path / "straight")
    assert altered_files(run, record(run)) == []


REMOVED_TO_GO_ON = 8
"""4 tables, 1 text, 2 renderings, the manifest."""


@pytest.mark.parametrize("at", range(1, REMOVED_TO_GO_ON + 1))
def test_a_finished_run_killed_while_it_is_begun_again_is_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    finished(tmp_path / "straight")
    run = tmp_path / "run"
    finished(run)
    with monkeypatch.context() as killed, open_run(run, "f1", ABOUT, finished_too=True) as folder:
        real, seen = Path.unlink, 0

        def unlink(path: Path, missing_ok: bool = False) -> None:
            nonlocal seen
            seen += os.path.lexists(path)  # a temporary name that is gone does not count
            if seen == at:
                raise KeyboardInterrupt
            real(path, missing_ok)

        killed.setattr(Path, "unlink", unlink)
        with pytest.raises(KeyboardInterrupt):
            folder.go_on(())
    with open_run(run, "f1", ABOUT, finished_too=True) as folder:
        assert folder.kept == {0}
        folder.finish(tables(), TEXTS, FIGURES)
    assert {name: (run / name).read_bytes() for name in names(run)} == {
        name: (tmp_path / "straight" / name).read_bytes() for name in names(tmp_path / "straight")
    }


def test_finish_writes_as_many_files_as_the_failures_are_tried_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_run(tmp_path, "f1", ABOUT) as folder:
        fail_at(monkeypatch, WRITES_OF_FINISH + 1, FULL)
        folder.finish(tables(), TEXTS, FIGURES)
        with pytest.raises(StoreError):
            folder.write(FIRST, example_chunk())


def test_a_finished_folder_is_free_for_other_processes_at_once(tmp_path: Path) -> None:
    folder = finished(tmp_path)  # still referred to, as in a notebook
    command = [sys.executable, "-c", OTHER_PROCESS, str(tmp_path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == ""
    assert folder.path == tmp_path


def test_ctrl_c_while_a_chunk_is_written_passes_through_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_run(tmp_path, "f1", ABOUT) as folder:
        before = names(tmp_path)
        fail_at(monkeypatch, 1, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            folder.write(FIRST, example_chunk())
        assert names(tmp_path) == before
