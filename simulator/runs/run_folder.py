"""What a run leaves on disk: a folder written chunk by chunk, resumed after a kill, and finished once.

::

    run.json         fingerprint, status "running" or "finished", what the run is about, outputs with SHA-256
    parts/           one parquet file a chunk; its name carries its replicates and its SHA-256
    tables/          every result as NAME.parquet and NAME.csv
    figures/         NAME.svg, NAME.png
    scenario.yaml    and other texts
    manifest.json    SHA-256 of every file but itself and run.json

Every file is complete under its final name or absent. The outputs are entered in run.json before they are
written, so that a later run can tell them from files that somebody else keeps in the folder.
"""

import contextlib
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from simulator.errors import StoreError
from simulator.runs.atomic_files import is_partial, lock, sha256, sync_directory, unlock, write_atomically
from simulator.runs.chunk_files import MOST_UNPACKED, decoded, encoded, run_of
from simulator.runs.replicates import Chunk
from simulator.runs.run_record import (
    FOLDERS,
    FORMAT,
    MANIFEST,
    RUN,
    altered_files,
    as_json,
    is_as_written,
    is_inside,
    is_output_name,
    is_written_by_a_run,
    listed,
    output_files,
    read_record,
    readable_record,
)

if TYPE_CHECKING:
    from pandas import DataFrame

PART_NAME: Final = re.compile(r"replicates-(\d{8,12})-(\d{8,12})\.([0-9a-f]{64})\.parquet")


def replicates_kept(path: str | Path) -> int:
    """Return how many replicates lie complete in the folder of an unfinished run; 0 where there is no folder.

    Counted from the disk: a chunk is kept from the moment it bears its final name.
    """
    names = (PART_NAME.fullmatch(entry.name) for entry in _entries(Path(path) / "parts"))
    return sum(int(name[2]) - int(name[1]) for name in names if name is not None)


def is_finished(path: str | Path) -> bool:
    """Return whether the folder holds a finished run, of whatever settings."""
    return (readable_record(Path(path) / RUN) or {}).get("status") == "finished"


def open_run(
    path: str | Path,
    fingerprint: str,
    about: Mapping[str, Any],
    force: bool = False,
    will_write: Collection[str] = (),
    *,
    finished_too: bool = False,
    several_runs: bool = False,
) -> "RunFolder":
    """Open a folder for a run: make it, resume the unfinished run of the same fingerprint, or start over.

    Parameters
    ----------
    fingerprint
        Names everything that fixes the numbers; two runs with one fingerprint may share chunks.
    about
        What a reader of run.json should know; must be JSON.
    force
        Start over whatever run the folder holds. Only files that such a run wrote are removed.
    will_write
        Names of texts that `finish` will write, so that a file of somebody else is met now and not then.
    finished_too
        Open a finished run of the same fingerprint as well, if every file is as it was written: to be read.
    several_runs
        The folder is for an answer from several runs: its parts are of any of them, and go once it is finished.

    Raises
    ------
    StoreError
        The path is a file, cannot be written, is in use, or is not empty and `force` was not given; with
        `force`, a file of somebody else, or an output changed since, has a name that this run will write.
    """
    folder = RunFolder(Path(os.path.abspath(path)), fingerprint, dict(about), several_runs=several_runs)
    as_json(folder.about)  # fails now, before anything is removed, if it is not JSON
    try:
        if folder.path.exists() and not folder.path.is_dir():
            raise StoreError(f"{folder.path}: is a file; a run needs a folder")
        if folder.path.is_dir():
            _refuse(folder.path, fingerprint, force, finished_too)
        folder.path.mkdir(parents=True, exist_ok=True)
        lock(folder.path)
        try:
            if _refuse(folder.path, fingerprint, force, finished_too):
                folder.open_finished()
            else:
                folder.prepare(start_over=force, will_write=will_write)
        except BaseException:
            folder.close()
            raise
    except OSError as error:
        raise StoreError(f"{_reason(error, folder.path)}; the run was not begun") from error
    return folder


def _refuse(path: Path, fingerprint: str, force: bool, finished_too: bool) -> bool:
    """Raise StoreError unless a run with this fingerprint may be written; return whether it is there, finished."""
    if not os.access(path, os.W_OK | os.X_OK):
        raise StoreError(f"{path}: the folder is not writable")
    entries = sorted(entry.name for entry in path.iterdir() if not is_partial(entry))
    if force or not entries:
        return False
    record = read_record(path / RUN)
    if record is None:
        raise StoreError(
            f"{path}: the folder is not empty (it holds {listed(entries)}); --force writes beside it"
        )
    foreign = [ascii(name) for name in record["outputs"] if not is_output_name(name)]
    if foreign:
        raise StoreError(
            f"{path / RUN}: altered since a run wrote it (no run writes {listed(foreign)}); --force starts over"
        )
    if record["status"] == "finished":
        if finished_too and record["fingerprint"] == fingerprint:
            return _is_whole(path, record)
        raise StoreError(f"{path}: the folder holds a finished run; --force replaces it")
    if record["fingerprint"] != fingerprint:
        raise StoreError(f"{path}: the folder holds an unfinished run of other settings; --force replaces it")
    return False


def _is_whole(path: Path, record: Mapping[str, Any]) -> bool:
    """Return True for a finished run whose every file is as it was written; else StoreError."""
    altered = altered_files(path, record)
    if altered:
        raise StoreError(
            f"{path}: the folder holds this run, finished, but altered since: {listed(altered)}; --force replaces it"
        )
    return True


@dataclass(slots=True)
class RunFolder:
    """A folder this process writes a run into; made by `open_run`, best used in a `with` statement.

    Attributes
    ----------
    kept
        First replicates of the chunks that are complete and readable.
    left_alone
        Files and folders found there that no run wrote; they stay.
    damaged
        Parts found truncated, altered or of another run; they were removed and must be computed again.
    finished
        Whether the run was finished before, and is only read now.
    held
        What the record of such a run says of it.
    several_runs
        Whether the parts are of several runs, each with a fingerprint of its own, and go with the end.
    """

    path: Path
    fingerprint: str
    about: dict[str, Any]
    kept: set[int] = field(default_factory=set)
    left_alone: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    finished: bool = False
    held: dict[str, Any] = field(default_factory=dict)
    several_runs: bool = False
    _parts: dict[tuple[str, int, int], str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Return the folder itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the folder; an unfinished run stays and can be resumed."""
        self.close()

    def close(self) -> None:
        """Release the folder for other processes."""
        unlock(self.path)

    def holds(self, replicates: range) -> bool:
        """Return whether exactly this chunk is complete; a shorter last chunk is another chunk."""
        return (self.fingerprint, replicates.start, replicates.stop) in self._parts

    def kept_of(self, run: str) -> list[range]:
        """Return the replicates of one of several runs that are complete, as they were written."""
        return sorted((range(start, stop) for of, start, stop in self._parts if of == run), key=_ends)

    def write(self, replicates: range, chunk: Chunk, run: str | None = None) -> None:
        """Write a chunk; it is kept from here on, whatever happens to the process.

        `run` is the fingerprint of one of several runs; by default that of the folder.

        Raises
        ------
        StoreError
            The disk refuses, or other results are kept for the same replicates.
        """
        if replicates.step != 1 or not replicates or replicates.start < 0:
            raise StoreError(f"replicates {replicates}: legal is a run of at least one, step 1, from 0 on")
        run = self.fingerprint if run is None else run
        content = encoded(chunk, replicates, run)
        if (run, replicates.start, replicates.stop) in self._parts:
            if encoded(self.read(replicates, run), replicates, run) != content:
                raise StoreError(f"{self.path}: replicates {replicates} were computed twice and differ")
            return
        digest = sha256(content)
        with self._explained():
            write_atomically(self._part(replicates.start, replicates.stop, digest), content)
        self._keep(run, replicates.start, replicates.stop, digest)

    def read(self, replicates: range, run: str | None = None) -> Chunk:
        """Return a kept chunk as it was written, bit for bit; `run` as in `write`.

        Raises
        ------
        StoreError
            The chunk is not kept, or its file was changed since the folder was opened.
        """
        digest = self._parts.get((run or self.fingerprint, replicates.start, replicates.stop))
        if digest is None:
            raise StoreError(f"{self.path}: replicates {replicates} are not kept in this folder")
        part = self._part(replicates.start, replicates.stop, digest)
        with self._explained():
            content = part.read_bytes()
        if sha256(content) != digest:
            raise StoreError(f"{part}: the file was changed; the same command computes it again")
        return decoded(content)

    def finish(
        self,
        tables: Mapping[str, "DataFrame"],
        texts: Mapping[str, str],
        figures: Mapping[str, Mapping[str, bytes]],
    ) -> None:
        """Write the results, then the manifest, then say that the run is finished; give the folder free.

        Parameters
        ----------
        tables
            Written as tables/NAME.parquet and tables/NAME.csv; an index that has a name becomes a column.
        texts
            Content by file name (scenario.yaml).
        figures
            Rendered content by figure name and then by suffix: ``{"accuracy": {"svg": ..., "png": ...}}``.

        Raises
        ------
        StoreError
            A name is not plain, is taken by a file of somebody else, or the disk refuses. The chunks stay, so
            that the same run resumes and only the results are written again.
        """
        contents = output_files(tables, texts, figures)
        with self._explained():
            self._remove_outputs()
            self._refuse_taken(contents)
            digests = {name: sha256(content) for name, content in contents.items()}
            self._write_record("running", digests)
            for name, content in contents.items():
                self._make_folder(self.path / name)
                write_atomically(self.path / name, content)
            parts = {
                f"parts/{self._part(start, stop, digest).name}": digest
                for (_, start, stop), digest in self._parts.items()
                if not self.several_runs
            }
            files = dict(sorted({**digests, **parts}.items()))
            manifest = {"format": FORMAT, "fingerprint": self.fingerprint, "files": files}
            write_atomically(self.path / MANIFEST, as_json(manifest))
            self._write_record("finished", digests)
            self._remove_parts_of_several()
        self.close()

    def _remove_parts_of_several(self) -> None:
        """Remove the parts of an answer from several runs: it is finished, and nothing reads them again."""
        if self.several_runs and (self.path / "parts").is_dir():
            self._keep_parts(start_over=True)
            with contextlib.suppress(OSError):  # a file of somebody else lies there
                (self.path / "parts").rmdir()

    def open_finished(self) -> None:
        """Find the chunks of a finished run; nothing is changed, but what a kill at its very end left is removed."""
        self._remove_parts_of_several()
        self._keep_parts(start_over=False)
        self.held = dict((readable_record(self.path / RUN) or {}).get("about", {}))
        self.finished = True

    def withdraw(self) -> None:
        """Take back the opening of a run of which nothing is kept, as where what it was asked is wrong."""
        if self.finished or self._parts:
            return
        (self.path / RUN).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # files of somebody else are there
            (self.path / "parts").rmdir()
            self.path.rmdir()

    def go_on(self, will_write: Collection[str]) -> None:
        """Begin a finished run again, to add replicates to those it has."""
        self.prepare(start_over=False, will_write=will_write)
        self.finished = False

    def prepare(self, start_over: bool, will_write: Collection[str]) -> None:
        """Remove what an earlier run left and this one cannot use, find the chunks to keep, and begin."""
        for name in (RUN, MANIFEST):
            if os.path.lexists(self.path / name) and not is_written_by_a_run(self.path / name):
                raise StoreError(f"{self.path / name}: not written by a run of this tool; move it away")
        for name in FOLDERS:
            place = self.path / name
            if place.is_symlink() or (place.exists() and not place.is_dir()):
                kind = "link" if place.is_symlink() else "file"
                raise StoreError(f"{place}: a run needs a folder of this name; move the {kind} away")
        self._remove_outputs()
        self._refuse_taken(will_write)
        for entry in [*self.path.iterdir(), *(e for f in FOLDERS for e in _entries(self.path / f))]:
            if is_partial(entry):
                entry.unlink()
        if start_over:
            # run.json goes first: parts without it are never taken for parts of another run.
            (self.path / RUN).unlink(missing_ok=True)
        self._keep_parts(start_over)
        self._remove_empty_folders()
        self.left_alone = tuple(self._others())
        self._write_record("running", {})
        self._make_folder(self.path / "parts" / "any")

    def _keep_parts(self, start_over: bool) -> None:
        """Check every part; remove those that are damaged, of another run, or not wanted."""
        damaged = []
        for entry in _entries(self.path / "parts"):
            match = PART_NAME.fullmatch(entry.name)
            if match is None:
                continue
            start, stop, digest = int(match[1]), int(match[2]), match[3]
            usable = not start_over and is_inside(self.path, f"parts/{entry.name}") and entry.is_file()
            content = entry.read_bytes() if usable and entry.stat().st_size <= MOST_UNPACKED else b""
            run = run_of(content, range(start, stop)) if sha256(content) == digest else None
            if run is not None and (self.several_runs or run == self.fingerprint):
                self._keep(run, start, stop, digest)
                continue
            entry.unlink()
            if not start_over:
                damaged.append(entry.name)
        self.damaged = tuple(damaged)

    def _keep(self, run: str, start: int, stop: int, digest: str) -> None:
        self._parts[run, start, stop] = digest
        self.kept.add(start)

    def _remove_outputs(self) -> None:
        """Remove the results that a run entered in run.json, and the manifest.

        A finished run is unfinished from before the first goes, so that one killed meanwhile resumes. Raises
        StoreError before anything is removed if a file is no longer as the run wrote it.
        """
        record = readable_record(self.path / RUN)
        outputs = record["outputs"] if record is not None else {}
        there = [name for name in outputs if is_output_name(name) and os.path.lexists(self.path / name)]
        for name in there:
            if not is_as_written(self.path, name, outputs[name]):
                raise StoreError(f"{self.path / name}: changed since a run wrote it; move it away")
        if record is not None and record["status"] == "finished":
            write_atomically(self.path / RUN, as_json({**record, "status": "running"}))
        (self.path / MANIFEST).unlink(missing_ok=True)
        for name in there:
            (self.path / name).unlink()

    def _refuse_taken(self, names: Collection[str]) -> None:
        taken = [name for name in names if os.path.lexists(self.path / name)]
        if taken:
            raise StoreError(
                f"{self.path}: {listed(taken)} not written by this run, which would overwrite it; move it "
                f"away and run the same command again"
            )

    def _remove_empty_folders(self) -> None:
        for name in FOLDERS:
            if (self.path / name).is_dir() and not _entries(self.path / name):
                (self.path / name).rmdir()

    def _others(self) -> Iterator[str]:
        """Yield what lies in the folder next to run.json, and in its sub-folders next to the parts."""
        for entry in _entries(self.path):
            if entry.name not in (RUN, *FOLDERS):
                yield entry.name
        for folder in FOLDERS:
            for entry in _entries(self.path / folder):
                if folder != "parts" or PART_NAME.fullmatch(entry.name) is None:
                    yield f"{folder}/{entry.name}"

    def _part(self, start: int, stop: int, digest: str) -> Path:
        return self.path / "parts" / f"replicates-{start:08d}-{stop:08d}.{digest}.parquet"

    def _make_folder(self, file: Path) -> None:
        if not file.parent.is_dir():
            file.parent.mkdir()
            sync_directory(self.path)

    def _write_record(self, status: str, outputs: Mapping[str, str]) -> None:
        record = {"format": FORMAT, "fingerprint": self.fingerprint, "status": status}
        write_atomically(self.path / RUN, as_json({**record, "about": self.about, "outputs": dict(outputs)}))

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn an error of the file system into a StoreError that says what is kept and how to go on."""
        try:
            yield
        except OSError as error:
            count = sum(stop - start for _, start, stop in self._parts)
            raise StoreError(
                f"{_reason(error, self.path)}; {count} replicates are kept in {self.path}: once the cause is "
                f"gone, run the same command again and it resumes there"
            ) from error


def _ends(replicates: range) -> tuple[int, int]:
    return replicates.start, replicates.stop


def _reason(error: OSError, path: Path) -> str:
    return f"{error.filename or path}: {error.strerror or error}"


def _entries(path: Path) -> list[Path]:
    return sorted(path.iterdir()) if path.is_dir() else []
