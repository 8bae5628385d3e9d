"""The link that carries the settings of the page, and what such a link asks for."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from simulator.eligibility.relaxations import written
from simulator.errors import ScenarioError
from simulator.scenario.typed_changes import read_change


@dataclass(frozen=True, slots=True)
class Asked:
    """What a link asks for; `refused` says what of it is not followed."""

    design: str | None = None
    truth: str | None = None
    replicates: int | None = None
    changes: Mapping[str, object] = field(default_factory=dict)
    refused: tuple[str, ...] = ()


def query_of(design: str, truth: str, replicates: int, changes: Mapping[str, object]) -> str:
    """Return the settings as the query of an address, without the question mark."""
    pairs = [("design", design), ("truth", truth), ("trials", str(replicates))]
    return urlencode([*pairs, *(("set", f"{path}={written(value)}") for path, value in changes.items())])


def asked_by(
    query: str, designs: Iterable[str], truths: Iterable[str], is_known: Callable[[str], bool]
) -> Asked:
    """Read the query of an address.

    Anybody may have written it: only designs, truths and paths that the page itself offers are followed, so that
    no link names a file to read.
    """
    found: dict[str, str] = {}
    changes: dict[str, object] = {}
    refused: list[str] = []
    legal = {"design": set(designs), "truth": set(truths)}
    for name, text in parse_qsl(query):
        if name == "set":
            try:
                path, value = read_change(text)
            except ScenarioError as error:
                refused.append(str(error))
                continue
            if is_known(path):
                changes[path] = value
            else:
                refused.append(f"{path}: the page has no such control")
        elif name in legal and text not in legal[name]:
            refused.append(f"{name} {text!r}: the scenario has none of this name")
        elif name in legal or (name == "trials" and text.isdecimal() and len(text) < 7):
            found[name] = text
    trials = int(found["trials"]) if "trials" in found else None
    return Asked(found.get("design"), found.get("truth"), trials, changes, tuple(refused))
