"""Run folders as an attacker, a broken disk or somebody else leaves them: one error, nothing outside touched."""

import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simulator.errors import StoreError
from simulator.runs.atomic_files import sha256
from simulator.runs.chunk_files import KEY
from simulator.runs.run_folder import open_run, replicates_kept
from simulator.runs.run_record import FORMAT, altered_files, read_record
from simulator.studies.saved_run import open_saved_run
from tests.runs.test_run_folder import ABOUT, FIRST, example_chunk, finished, tables

FORGED: dict[str, Any] = {
    "format": FORMAT,
    "fingerprint": "f1",
    "status": "running",
    "about": {"replicates": 10, "seed": 1},
    "outputs": {},
}
DAMAGED = [
    json.dumps({"format": FORMAT}),
    json.dumps({**FORGED, "outputs": ["tables/used.csv"]}),
    json.dumps({**FORGED, "outputs": 5}),
    json.dumps({**FORGED, "outputs": None}),
    json.dumps({**FORGED, "about": None}),
    json.dumps({**FORGED, "status": "done"}),
    json.dumps({**FORGED, "fingerprint": ["f1"]}),
    json.dumps(FORGED)[:-3],
    json.dumps(FORGED)[:-1] + ', "about": ' + "[" * 100_000,
    json.dumps(FORGED)[:-1] + ', "about": ' + "9" * 10_000 + "}",
]


def forged(path: Path, **changes: object) -> Path:
    path.mkdir(exist_ok=True)
    (path / "run.json").write_text(json.dumps({**FORGED, **changes}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "name", ["../victim", "tables/../../victim", "/{outside}/victim", "parts/../../victim"]
)
@pytest.mark.parametrize("force", [False, True])
def test_a_record_that_names_files_outside_the_folder_deletes_none_of_them(
    tmp_path: Path, name: str, force: bool
) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"hello\n")
    outputs = {name.format(outside=str(tmp_path).lstrip("/")): sha256(b"hello\n")}
    folder = forged(tmp_path / "run", outputs=outputs)
    if force:
        open_run(folder, "f1", ABOUT, force=True).close()
    else:
        with pytest.raises(StoreError, match="altered since a run wrote it"):
            open_run(folder, "f1", ABOUT)
    assert victim.read_bytes() == b"hello\n"


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_record_is_one_clear_error_and_force_starts_over(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content, encoding="utf-8")
    with pytest.raises(StoreError, match=r"run\.json: altered") as raised:
        open_run(tmp_path, "f1", ABOUT)
    assert "--force" in str(raised.value)
    with pytest.raises(StoreError, match=r"run\.json: altered"):
        open_saved_run(tmp_path)
    with open_run(tmp_path, "f1", ABOUT, force=True) as folder:
        folder.write(FIRST, example_chunk())
        folder.finish(tables(), {}, {})
    record = read_record(tmp_path / "run.json")
    assert record is not None
    assert altered_files(tmp_path, record) == []


def test_a_foreign_record_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"format": "another tool"}', encoding="utf-8")
    for force in (False, True):
        with pytest.raises(StoreError, match=r"not empty|not written by a run"):
            open_run(tmp_path, "f1", ABOUT, force=force)
    assert "another tool" in (tmp_path / "run.json").read_text(encoding="utf-8")


def test_a_record_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "run.json")
    with pytest.raises(StoreError, match="not written by a run of this tool; move it away"):
        open_run(tmp_path, "f1", ABOUT, force=True)


@pytest.mark.parametrize("name", ["parts", "tables", "figures"])
def test_a_link_in_place_of_a_folder_is_refused_and_not_followed(tmp_path: Path, name: str) -> None:
    outside, run = tmp_path / "outside", tmp_path / "run"
    outside.mkdir()
    (outside / "keep.csv").write_text("x", encoding="utf-8")
    run.mkdir()
    (run / name).symlink_to(outside)
    with pytest.raises(StoreError, match="move the link away"):
        open_run(run, "f1", ABOUT, force=True)
    assert [file.name for file in outside.iterdir()] == ["keep.csv"]


def test_an_output_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    run, outside = tmp_path / "run", tmp_path / "outside.csv"
    finished(run)
    output = run / "tables" / "used.csv"
    outside.write_bytes(output.read_bytes())
    output.unlink()
    output.symlink_to(outside)
    with pytest.raises(StoreError, match=r"used\.csv: changed since a run wrote it"):
        open_run(run, "f2", ABOUT, force=True)
    assert outside.exists()


def part(path: Path, content: bytes) -> Path:
    (path / "parts").mkdir(parents=True)
    forged(path)
    file = path / "parts" / f"replicates-00000000-00000010.{sha256(content)}.parquet"
    file.write_bytes(content)
    return file


def parquet(about: object) -> bytes:
    sink = pa.BufferOutputStream()
    metadata = {} if about is None else {KEY: json.dumps(about).encode()}
    pq.write_table(pa.table({"used.arm": [[1]]}).replace_schema_metadata(metadata), sink)
    return bytes(sink.getvalue())


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"PAR1PAR1", parquet(None), parquet([]), parquet({"fingerprint": "f1"})]
)
def test_a_part_with_garbage_under_a_right_name_is_run_again(tmp_path: Path, content: bytes) -> None:
    file = part(tmp_path, content)
    with open_run(tmp_path, "f1", ABOUT) as folder:
        assert folder.kept == set()
        assert folder.damaged == (file.name,)
    assert not file.exists()


LYING = [{"used.arm": {"dtype": "<i8", "shape": [10**12]}}, {"used.gone": {"dtype": "<i8", "shape": [1]}}, 5]


@pytest.mark.parametrize("layout", LYING)
def test_a_part_that_lies_of_its_own_content_is_a_store_error(tmp_path: Path, layout: object) -> None:
    part(tmp_path, parquet({"fingerprint": "f1", "replicates": [0, 10], "layout": layout}))
    with open_run(tmp_path, "f1", ABOUT) as folder, pytest.raises(StoreError, match="not as a run writes it"):
        folder.read(FIRST)


def test_a_part_behind_a_link_is_not_read(tmp_path: Path) -> None:
    file = part(tmp_path / "run", parquet({"fingerprint": "f1", "replicates": [0, 10], "layout": {}}))
    outside = tmp_path / "outside.parquet"
    file.rename(outside)
    file.symlink_to(outside)
    with open_run(tmp_path / "run", "f1", ABOUT) as folder:
        assert folder.kept == set()
    assert outside.exists()


def test_counts_beyond_any_run_are_not_believed(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / f"replicates-00000000-{'9' * 40}.{'0' * 64}.parquet").touch()
    assert replicates_kept(tmp_path) == 0
    forged(tmp_path, about={"replicates": 10**15, "seed": 1})
    with pytest.raises(StoreError, match="altered since a run wrote it"):
        open_saved_run(tmp_path)


def test_a_finished_run_of_the_same_fingerprint_can_be_read_again_if_it_is_whole(tmp_path: Path) -> None:
    finished(tmp_path)
    with open_run(tmp_path, "f1", ABOUT, finished_too=True) as folder:
        assert folder.finished
        assert folder.holds(FIRST)
    (tmp_path / "tables" / "used.csv").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match=r"finished, but altered since: tables/used\.csv"):
        open_run(tmp_path, "f1", ABOUT, finished_too=True)


@pytest.mark.parametrize(
    "outputs", [{"parts/x.parquet": "0" * 64}, {"run.json": "0" * 64}, {"a\0b": "0" * 64}]
)
def test_a_record_that_names_what_no_run_writes_is_refused(tmp_path: Path, outputs: dict[str, str]) -> None:
    forged(tmp_path, outputs=outputs)
    with pytest.raises(StoreError, match="no run writes"):
        open_run(tmp_path, "f1", ABOUT)
    open_run(tmp_path, "f1", ABOUT, force=True).close()


def test_a_record_that_names_what_no_file_can_be_called_is_read_as_altered(tmp_path: Path) -> None:
    finished(tmp_path)
    record = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    record["outputs"]["tables/" + "(" * 2000] = "0" * 64
    assert any("(((" in name for name in altered_files(tmp_path, record))
