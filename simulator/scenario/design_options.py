"""Build what a scenario describes by options: every bad option named, at its place."""

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from simulator.errors import DesignError
from simulator.parsing.faults import Fault, Path, did_you_mean, shown

_ARGUMENT: Final = re.compile(r"[^:]+: (\w+)(?:, ([^=:]*))? = [^:]*: ")


def options_of(kind: type) -> dict[str, Any]:
    """Return the options of a dataclass with their defaults; MISSING where one must be given."""
    found = {}
    for option in dataclasses.fields(kind):
        if option.init:
            made = option.default_factory
            found[option.name] = option.default if made is dataclasses.MISSING else made()
    return found


def known_options(given: Mapping[str, Any], legal: Mapping[str, Any], of: str, at: Path) -> list[Fault]:
    """Return a fault for each option given that is not legal, and each legal one that must be given."""
    faults = [
        Fault((*at, key), f"unknown option of {of}" + did_you_mean(key, legal), at_key=True)
        for key in given
        if key not in legal
    ]
    needed = [key for key, default in legal.items() if default is dataclasses.MISSING and key not in given]
    return faults + [Fault((*at, key), "required key is missing", at_key=True) for key in needed]


def build(
    make: Callable[..., Any], arguments: dict[str, Any], given: Mapping[str, Any], at: Path
) -> tuple[Any, list[Fault]]:
    """Make it; on a refused option drop that and try again, so that every bad option is named.

    Parameters
    ----------
    arguments
        All arguments, changed in place.
    given
        Those of the file, as it gives them; only these are dropped.
    """
    faults: list[Fault] = []
    needed = {key for key, default in options_of_callable(make).items() if default is dataclasses.MISSING}
    while True:
        try:
            return make(**arguments), faults
        except DesignError as error:
            message = str(error)
            match = _ARGUMENT.match(message)
            argument = match.group(1) if match else None
            if argument in given and argument not in arguments:
                return None, faults  # its default will not do either, which is no second fault
            if match is None or argument is None or argument not in given:
                return None, [*faults, Fault(at, message)]
            faults.append(Fault((*at, argument), _in_words(message, match.group(2), given[argument])))
            del arguments[argument]
            if argument in needed:
                return None, faults


def options_of_callable(make: Callable[..., Any]) -> dict[str, Any]:
    """Return the options of what is made, none where it is no dataclass."""
    return options_of(make) if isinstance(make, type) and dataclasses.is_dataclass(make) else {}


def _in_words(message: str, inside: str | None, value: object) -> str:
    """Return the design's message in the file's wording: 'must be ..., got ...'."""
    if inside is not None:
        return message.split(": ", 1)[1].split(", ", 1)[1]
    legal = message.split(": ", 2)[-1]
    return legal if isinstance(value, list) else f"{legal}, got {shown(value)}"
