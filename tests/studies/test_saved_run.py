"""A run folder read back: the same frames bit for bit, and what is said of one that is not whole."""

import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from shutil import copytree
from typing import Any

import pandas as pd
import pytest

import simulator
from simulator.errors import StoreError
from simulator.runs.results import Results
from simulator.runs.run_record import altered_files
from simulator.scenario.scenario import Scenario, parse_scenario
from simulator.studies.compare import Comparison, compare
from simulator.studies.saved_run import load_run, open_saved_run

REPLICATES = 21


@cache
def small() -> Scenario:
    return parse_scenario(
        "about: {title: Small, registry_id: NCT00000000}\n"
        "trial: {dose_levels: [1, 2, 3]}\n"
        "outcomes: {aplasia_day28: [0.1, 0.2, 0.3], aplasia_day42: [0.1, 0.2, 0.3]}\n"
        "truths:\n"
        "  - {name: A, balanced: true, p_dlt: [0.1, 0.3, 0.5], p_response: [0.2, 0.3, 0.4]}\n"
        "  - {name: B, balanced: true, p_dlt: [0.3, 0.5, 0.6], p_response: [0.2, 0.3, 0.4]}\n"
        "  - {name: C, p_dlt: [0.2, 0.25, 0.4], p_response: [0.2, 0.3, 0.4]}\n"
        "designs:\n"
        "  - {name: 3+3, design: 3+3}\n"
        "  - {name: boin, design: boin, max_n: 18}\n"
        "question: {late_truths: [A]}\n"
    )


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Comparison]:
    """Return a finished run folder and the comparison that wrote it."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    return folder, compare(small(), truths=["A", "B"], replicates=REPLICATES, seed=3, out=folder)


@pytest.fixture
def run(written: tuple[Path, Comparison], tmp_path: Path) -> Path:
    """Return a copy of the finished run folder, to do harm to."""
    return Path(copytree(written[0], tmp_path / "run"))


def assert_same_frames(one: Comparison, other: Comparison) -> None:
    ours, theirs = one.tables(), other.tables()
    assert list(ours) == list(theirs)
    for name, frame in ours.items():
        pd.testing.assert_frame_equal(frame, theirs[name], check_exact=True)
    assert one.exact_needed == other.exact_needed


def rewrite(run: Path, change: Callable[[dict[str, Any]], object]) -> None:
    record = json.loads((run / "run.json").read_text())
    change(record)
    (run / "run.json").write_text(json.dumps(record))


# A whole run


def test_a_finished_run_is_read_back_bit_for_bit(written: tuple[Path, Comparison]) -> None:
    folder, done = written
    saved = open_saved_run(folder)
    assert saved.notes == ()
    assert saved.comparison is not None
    assert_same_frames(saved.comparison, done)
    assert saved.comparison.warnings == done.warnings
    assert saved.comparison.scenario == done.scenario
    assert saved.comparison.scenario.provenance == done.scenario.provenance
    assert saved.about == done.about()
    assert set(saved.tables) == set(done.tables())
    for name, frame in done.tables().items():
        assert len(saved.tables[name]) == len(frame)


def test_load_run_is_a_public_name_and_gives_the_comparison(written: tuple[Path, Comparison]) -> None:
    assert_same_frames(simulator.load_run(str(written[0])), written[1])


def test_the_scenario_read_back_is_written_as_it_was(written: tuple[Path, Comparison]) -> None:
    folder, _ = written
    assert load_run(folder).scenario.to_yaml().encode() == (folder / "scenario.yaml").read_bytes()


def test_a_comparison_saved_by_hand_is_read_back_and_has_the_parts_of_a_run(
    written: tuple[Path, Comparison], tmp_path: Path
) -> None:
    folder, done = written
    done.save(tmp_path / "saved")
    assert_same_frames(load_run(tmp_path / "saved"), done)
    parts = [
        [part.name for part in sorted((one / "parts").iterdir())] for one in (folder, tmp_path / "saved")
    ]
    assert parts[0] == parts[1]


def test_a_run_without_a_truth_of_the_question_is_saved_and_read_back(tmp_path: Path) -> None:
    done = compare(small(), ["3+3"], ["C"], 2)
    done.save(tmp_path / "run")
    assert_same_frames(load_run(tmp_path / "run"), done)


def test_chunks_of_results_are_those_that_were_run() -> None:
    done = compare(small(), ["3+3"], ["A", "C"], 12)
    again = Results.of(
        done.results.plan, [done.results.chunk(range(0, 10)), done.results.chunk(range(10, 12))], 0.3
    )
    assert again.replicates == 12
    for ours, theirs in zip(again.used, done.results.used, strict=True):
        assert {name: values.tolist() for name, values in ours.items()} == {
            name: values.tolist() for name, values in theirs.items()
        }


# An altered run


def test_an_altered_table_is_named_and_the_numbers_come_from_the_parts(
    run: Path, written: tuple[Path, Comparison]
) -> None:
    (run / "tables" / "used.csv").write_text("design\n")
    (run / "figures" / "accuracy_by_cap.svg").unlink()
    saved = open_saved_run(run)
    assert saved.comparison is not None
    assert_same_frames(saved.comparison, written[1])
    said = " ".join(saved.notes)
    assert all(name in said for name in ("tables/used.csv", "figures/accuracy_by_cap.svg", "computed again"))
    assert set(saved.comparison.warnings) > set(saved.notes)
    assert set(altered_files(run, json.loads((run / "run.json").read_text()))) == {
        "tables/used.csv",
        "figures/accuracy_by_cap.svg",
    }


@pytest.mark.parametrize("harm", [lambda part: part.unlink(), lambda part: part.write_bytes(b"PAR1")])
def test_an_altered_part_leaves_the_saved_tables(run: Path, harm: Callable[[Path], object]) -> None:
    harm(sorted((run / "parts").iterdir())[1])
    saved = open_saved_run(run)
    assert saved.comparison is None
    assert set(saved.tables) > {"used", "needed_n"}
    assert "Replicates 10 to 19 are missing or altered" in saved.notes[-1]
    with pytest.raises(StoreError, match="cannot be read back") as error:
        load_run(run)
    assert "Replicates 10 to 19" in str(error.value)


def test_a_part_put_in_the_place_of_another_is_found(run: Path) -> None:
    first, second, _ = sorted((run / "parts").iterdir())
    name = first.name.replace("00000000-00000010", "00000010-00000020")
    second.unlink()
    first.rename(run / "parts" / name)
    assert "Replicates 0 to 9 are missing or altered" in open_saved_run(run).notes[-1]


def test_an_altered_scenario_leaves_the_saved_tables(run: Path) -> None:
    text = (run / "scenario.yaml").read_text()
    (run / "scenario.yaml").write_text(text.replace("target: 0.3", "target: 0.25"))
    saved = open_saved_run(run)
    assert saved.comparison is None
    assert "Altered or missing since the run wrote it: scenario.yaml" in saved.notes
    assert "scenario.yaml is missing or altered" in saved.notes[-1]
    assert "needed_n" in saved.tables


def test_an_altered_table_is_not_among_those_shown(run: Path) -> None:
    (run / "scenario.yaml").unlink()
    (run / "tables" / "used.parquet").write_bytes(b"")
    assert "used" not in open_saved_run(run).tables


@pytest.mark.parametrize(
    ("key", "value"), [("seed", 4), ("designs", ["boin", "3+3"]), ("truths", ["B", "A"])]
)
def test_a_record_that_does_not_belong_to_the_parts_is_found(run: Path, key: str, value: Any) -> None:
    rewrite(run, lambda record: record["about"].update({key: value}))
    saved = open_saved_run(run)
    assert saved.comparison is None
    assert "run.json was altered" in saved.notes[-1]


def test_a_design_that_the_scenario_does_not_have_is_named(run: Path) -> None:
    rewrite(run, lambda record: record["about"].update({"designs": ["boim"]}))
    assert "no design 'boim'" in open_saved_run(run).notes[-1]


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.update({"about": None}),
        lambda record: record.update({"outputs": []}),
        lambda record: record.pop("fingerprint"),
        lambda record: record["about"].update({"replicates": 0}),
        lambda record: record["about"].update({"replicates": True}),
        lambda record: record["about"].update({"seed": "1"}),
        lambda record: record["about"].update({"truths": [1]}),
        lambda record: record["about"].update({"warnings": "none"}),
    ],
)
def test_a_record_that_cannot_be_read_is_an_error_that_says_so(
    run: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    rewrite(run, change)
    with pytest.raises(StoreError, match=r"run\.json: altered since a run wrote it"):
        open_saved_run(run)


def test_a_missing_manifest_is_named_and_the_run_read_all_the_same(
    run: Path, written: tuple[Path, Comparison]
) -> None:
    (run / "manifest.json").unlink()
    saved = open_saved_run(run)
    assert saved.notes[0] == "Altered or missing since the run wrote it: manifest.json"
    assert saved.comparison is not None
    assert_same_frames(saved.comparison, written[1])


def test_a_record_that_names_files_outside_the_folder_reads_none_of_them(run: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.parquet").write_bytes((run / "tables" / "used.parquet").read_bytes())
    digest = json.loads((run / "run.json").read_text())["outputs"]["tables/used.parquet"]
    outside = {"tables/../../secret.parquet": digest, str(tmp_path / "secret.parquet"): digest}
    rewrite(run, lambda record: record["outputs"].update(outside))
    saved = open_saved_run(run)
    assert "secret" not in saved.tables
    assert sum("secret.parquet" in note for note in saved.notes) == 2


def test_many_altered_files_are_counted_rather_than_listed(run: Path) -> None:
    for file in (run / "tables").iterdir():
        file.write_bytes(b"")
    notes = open_saved_run(run).notes
    assert sum(note.startswith("Altered or missing") for note in notes) == 11
    assert notes[10].endswith("more files")


def test_a_run_of_which_nothing_is_whole_is_an_error_with_every_reason(run: Path) -> None:
    for file in [*(run / "tables").iterdir(), *(run / "parts").iterdir()]:
        file.unlink()
    with pytest.raises(StoreError, match="nothing of this run can be shown") as error:
        open_saved_run(run)
    assert "Replicates 0 to 9" in str(error.value)


# Another version


def test_a_run_of_another_version_shows_its_tables_and_names_both_versions(run: Path) -> None:
    rewrite(run, lambda record: record["about"].update({"version": "9.9.9"}))
    saved = open_saved_run(run)
    assert saved.comparison is None
    assert saved.notes[-1].startswith("Written by version 9.9.9; this is version ")
    assert saved.notes[-1].endswith("; only the saved tables are shown")
    assert set(saved.tables) > {"used", "needed_n"}
    with pytest.raises(StoreError, match=r"9\.9\.9"):
        load_run(run)


def test_a_folder_of_another_format_names_both_formats(run: Path) -> None:
    rewrite(run, lambda record: record.update({"format": "phase1-simulator run, version 7"}))
    with pytest.raises(
        StoreError, match=r"'phase1-simulator run, version 7'; this version reads .* version 1"
    ):
        open_saved_run(run)


# No run, and an unfinished one


def test_what_holds_no_run_is_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("{}")
    empty = tmp_path / "empty"
    empty.mkdir()
    other = tmp_path / "other"
    other.mkdir()
    (other / "run.json").write_text("{}")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "run.json").write_text("{")
    deep, large, pipe, link, place = (tmp_path / name for name in ("deep", "large", "pipe", "link", "place"))
    for folder in (deep, large, pipe, link, place):
        folder.mkdir()
    (deep / "run.json").write_text("[" * 200_000)
    (large / "run.json").write_bytes(b" " * 50_000_001)
    os.mkfifo(pipe / "run.json")
    (link / "run.json").symlink_to(file)
    (place / "run.json").mkdir()
    for path, said in (
        (tmp_path / "none", "no such folder"),
        (file, "is a file"),
        (empty, "there is no run.json"),
        (other, "not written by a run of this tool"),
        (broken, "run.json is not JSON"),
        (deep, "run.json is not JSON"),
        (large, "run.json is larger than any that a run writes"),
        (pipe, "run.json is no file"),
        (link, "run.json is a symbolic link, which is not followed"),
        (place, "run.json is no file"),
    ):
        with pytest.raises(StoreError, match=said):
            open_saved_run(path)


class Stop(Exception):
    """Ends a run midway."""


def unfinished(folder: Path, after: int) -> Path:
    """Return the folder of a run that stopped when so many replicates were done."""

    def stop(done: int, wanted: int) -> None:
        if done >= after:
            raise Stop

    with pytest.raises(Stop):
        compare(small(), truths=["A", "B"], replicates=REPLICATES, seed=3, out=folder, progress=stop)
    return folder


def test_an_unfinished_run_gives_the_replicates_kept_and_says_what_resumes_it(tmp_path: Path) -> None:
    folder = unfinished(tmp_path / "run", 20)
    found = load_run(folder)
    assert found.results.replicates == 20
    assert_same_frames(found, compare(small(), truths=["A", "B"], replicates=20, seed=3))
    state = found.warnings[-1]
    assert state.startswith("Unfinished run: of 21 replicates the first 20 are kept without gap")
    assert f"simulator compare SCENARIO --replicates 21 --seed 3 --out {folder}" in state


def test_an_unfinished_run_is_cut_at_its_first_gap(tmp_path: Path) -> None:
    """Replicates that happened to be done first would be a choice among replicates."""
    folder = unfinished(tmp_path / "run", 20)
    [first] = (folder / "parts").glob("replicates-00000000-*")
    [second] = (folder / "parts").glob("replicates-00000010-*")
    second.unlink()
    assert load_run(folder).results.replicates == 10
    first.unlink()
    with pytest.raises(StoreError, match="nothing can be shown yet") as error:
        load_run(folder)
    assert "resumes it" in str(error.value)


def test_an_unfinished_run_of_another_version_cannot_be_shown(tmp_path: Path) -> None:
    folder = unfinished(tmp_path / "run", 10)
    rewrite(folder, lambda record: record["about"].update({"version": "9.9.9"}))
    with pytest.raises(StoreError, match=r"unfinished run written by version 9\.9\.9; this is version"):
        open_saved_run(folder)


def test_an_unfinished_run_is_still_resumed_and_ends_as_if_never_stopped(
    written: tuple[Path, Comparison], tmp_path: Path
) -> None:
    folder = unfinished(tmp_path / "run", 10)
    load_run(folder)
    again = compare(small(), truths=["A", "B"], replicates=REPLICATES, seed=3, out=folder)
    assert_same_frames(again, written[1])
