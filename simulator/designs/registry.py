"""Find a design by name: the built-in ones, and those that installed packages register as entry points."""

import dataclasses
import os
import sys
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from simulator.designs import DESIGNS
from simulator.errors import DesignError

GROUP: Final = "simulator.designs"
"""Entry point group: name of the design = module:class of a frozen dataclass that keeps the contract."""

CONTRACT: Final = ("name", "reads", "n_doses", "max_n", "decide", "select", "decision_table", "conventions")


def registered_names() -> tuple[str, ...]:
    """Return the names of all designs, built-in ones first; no package is imported for it."""
    return tuple(dict.fromkeys([*DESIGNS, *sorted(entry.name for entry in _entries())]))


def registered(name: str) -> type:
    """Return the class of a design, importing the package that registers it if it is not built in.

    Raises
    ------
    DesignError
        No design has the name; or, naming the package: two register it, it is built in, or the package
        cannot be imported or does not keep the contract.
    """
    entries = [entry for entry in _entries() if entry.name == name]
    if name in DESIGNS:
        if entries:
            raise DesignError(
                f"{name}: {_package(entries[0])} registers a design of this name: it is built in"
            )
        return DESIGNS[name]
    if not entries:
        raise DesignError(f"{name}: no such design; registered are {', '.join(registered_names())}")
    if len(entries) > 1:
        packages = " and ".join(sorted(_package(entry) for entry in entries))
        raise DesignError(f"{name}: {packages} register a design of this name: uninstall one")
    return _loaded(entries[0])


def _entries() -> list[EntryPoint]:
    # Every installed package is read for it: once, as long as nothing is installed or removed.
    return list(_entries_on(tuple((place, _changed(place)) for place in sys.path)))


def _changed(place: str) -> int:
    try:
        return os.stat(place or ".").st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=4)
def _entries_on(path: tuple[tuple[str, int], ...]) -> tuple[EntryPoint, ...]:
    """Return what the packages on the path register; a package found twice has the same entry twice."""
    found = {(entry.name, entry.value, _package(entry)): entry for entry in entry_points(group=GROUP)}
    return tuple(found.values())


def _package(entry: EntryPoint) -> str:
    return "an unnamed package" if entry.dist is None else f"package {entry.dist.name!r}"


def _loaded(entry: EntryPoint) -> type:
    """Import a registered class and check that it can be a design."""
    where = f"{entry.name}: the design of {_package(entry)} ({entry.value})"
    try:
        found = entry.load()
    except Exception as error:  # importing another package's code may raise anything
        raise DesignError(f"{where} cannot be imported: {type(error).__name__}: {error}") from error
    if not isinstance(found, type) or not dataclasses.is_dataclass(found):
        raise DesignError(f"{where} must be a dataclass, got {found!r}")
    options = {option.name for option in dataclasses.fields(found)}
    missing = [part for part in CONTRACT if part not in options and not hasattr(found, part)]
    missing += sorted(getattr(found, "__abstractmethods__", ()))
    if missing:
        raise DesignError(f"{where} lacks {', '.join(missing)} of the design contract")
    frozen: bool = found.__dataclass_params__.frozen  # type: ignore[attr-defined]
    if not frozen:
        raise DesignError(f"{where} must be frozen: designs hold parameters, never state")
    name = getattr(found, "name", None)
    if name != entry.name:
        raise DesignError(f"{where} must have the name it is registered under, got name = {name!r}")
    return found
