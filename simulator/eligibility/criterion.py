"""What a criterion is: one numbered sentence of the protocol, as data with its test."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from simulator.eligibility.patient_columns import PatientColumns
from simulator.eligibility.readings import EligibilityReadings
from simulator.eligibility.three_valued import Codes

Test = Callable[[PatientColumns, EligibilityReadings], Codes]
"""PASS where the patient may enter, judged over columns."""


class Encoding(StrEnum):
    """How faithfully the computable test carries the sentence."""

    EXACT = "exact"
    APPROXIMATED = "approximated"
    NOT_MODELLED = "not modelled"


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A permitted relaxation (D40).

    Attributes
    ----------
    setting
        The setting of `EligibilityReadings` to change.
    value
        A value worth trying, or None where none is named.
    source
        Where the value comes from.
    """

    setting: str
    value: str | float | None
    source: str


@dataclass(frozen=True, slots=True)
class Part:
    """A sub-criterion: part of the sentence, judged by itself on request."""

    id: str
    boundary: str
    test: Test


@dataclass(frozen=True, slots=True)
class Criterion:
    """One numbered sentence of the protocol.

    Attributes
    ----------
    id
        I1..I10, E1..E9; an optional rule has the name of its setting.
    quotes
        The sentence verbatim, in the pieces in which the protocol prints it. An exclusion sentence says who
        is excluded; the test says who may enter.
    boundary
        The test in words, with strict or inclusive limits.
    fields
        What the test can read, under any reading.
    test
        PASS where the patient may enter.
    encoding, note
        How faithful the test is, and what was assumed.
    readings
        The settings of `EligibilityReadings` that change the test.
    ambiguities
        The ambiguities (H numbers) that these settings answer.
    retest
        When testing again can change the verdict.
    """

    id: str
    quotes: tuple[str, ...]
    boundary: str
    fields: tuple[str, ...]
    test: Test
    encoding: Encoding
    note: str
    readings: tuple[str, ...] = ()
    ambiguities: tuple[str, ...] = ()
    retest: str = "no"
    relaxations: tuple[Relaxation, ...] = ()
    parts: tuple[Part, ...] = ()
