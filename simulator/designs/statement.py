"""What a protocol says of a design: its rule in sentences with their numbers, and where it was published."""

from typing import Final, NamedTuple, Protocol, runtime_checkable

from simulator.designs.design import Design


class ProtocolStatement(NamedTuple):
    """A design in the words of a protocol: what it is called, its rule in sentences, its references."""

    title: str
    sentences: tuple[str, ...]
    references: tuple[str, ...]


CLOSED_BY_ALL: Final = "Patients whose outcome is pending count there as patients without a DLT."
"""Who closes a level, after the sentence that says when."""
STATED: Final = ("statement", "rule_sentences")
"""What a class writes itself where it states its rule; one that inherits it has rules beyond its parent's."""


@runtime_checkable
class Titled(Protocol):
    """A design that says what it is called, and where it was published; the contract does not ask for it."""

    @property
    def title(self) -> str:
        """What the design is called within a sentence, article included."""
        ...

    @property
    def references(self) -> tuple[str, ...]:
        """Authors, title, journal and year of each publication."""
        ...


@runtime_checkable
class WithStatement(Protocol):
    """A design that states its rule itself; the contract does not ask for it."""

    def statement(self) -> tuple[str, ...]:
        """Return the rule in sentences, with its numbers."""
        ...


def protocol_statement(design: Design) -> ProtocolStatement:
    """Return what a protocol says of a design; of one that states no rule of its own, its conventions.

    A statement that is only inherited does not count: it would leave out what the design adds to its parent.
    """
    own = vars(type(design))
    if isinstance(design, WithStatement) and any(name in own for name in STATED):
        sentences = design.statement()
    else:
        sentences = tuple(as_sentence(f"{name}: {text}") for name, text in design.conventions().items())
    if isinstance(design, Titled) and "references" in own:
        return ProtocolStatement(design.title, sentences, design.references)
    return ProtocolStatement(f"the design {design.name}", sentences, ())


def aim_of(design: Design) -> str | None:
    """Return what a design, or the one inside wrappers, says it aims at; None where it says nothing of its own."""
    inner: Design | None = getattr(design, "design", None)
    aim = getattr(design, "aim", None)
    if isinstance(aim, str):
        return aim
    return None if inner is None else aim_of(inner)


def as_sentence(text: str) -> str:
    """Return a text with a capital at its beginning and a full stop at its end."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def moves_by(rate: str, up: str, down: str, otherwise: str) -> str:
    """Return the sentence on moves of a design that goes up and down one level at a time."""
    return (
        f"The next cohort is treated one level higher where {rate} {up}, one level lower where it {down}, and at "
        f"the same level {otherwise}."
    )


def selection_sentence(target: float, estimates: str, at_most: float | None = None) -> str:
    """Return the sentence on selection by isotonic estimates, none above `at_most`."""
    bound = "" if at_most is None else f" and is at most {at_most:.3f}"
    return (
        "At the end the level is selected, among those treated and not closed, whose isotonic estimate of the DLT "
        f"risk is closest to {target:g}{bound}: {estimates}, with y DLTs among n patients, pooled so that they rise "
        "from level to level. Of equal estimates below the target the highest level is selected, above it the lowest."
    )
