"""Which parts of a scenario come from NCT07144020, its disease and its product, because the file leaves them out."""

from collections.abc import Mapping
from typing import Final

from simulator.scenario.parts import WITHOUT, Part, Parts
from simulator.scenario.provenance import DEFAULT
from simulator.scenario.scenario import Scenario

OF_THE_TRIAL: Final[Mapping[str, frozenset[str] | None]] = {
    "trial": frozenset(
        {
            *("dose_levels", "dlt_window_days", "stagger_first_days", "stagger_other_days"),
            *("enrolment_min", "enrolment_max"),
        }
    ),
    "population": None,
    "arrivals": frozenset({"sites", "referrals_per_site_month"}),
    "screening": None,
    "product": None,
    "dosing": None,
    "outcomes": None,
}
"""Section -> the keys whose defaults are those of this trial, None for all; other defaults fit any phase I trial."""
OF_NO_TRIAL: Final = frozenset({("outcomes", "late_toxicity_share"), ("outcomes", "aplasia_given_response")})
"""Defaults of those sections that mean "nothing of the kind", and so fit any trial."""
BORROWED: Final = "not in the file, so taken from NCT07144020 (donor CAR-T cells in AML)"
"""How the note begins."""
WITH_PATIENTS: Final = "population, eligibility"


def borrowed_parts_note(scenario: Scenario) -> str:
    """Return one line that names the sections with numbers of NCT07144020 that no file states; empty for none."""
    parts = scenario.parts
    all_of: dict[str, list[bool]] = {}
    for path, known in scenario.provenance.items():
        section, _, rest = path.partition(".")
        key = rest.partition(".")[0]
        if _is_of_the_trial(section, key, parts):
            all_of.setdefault(section, []).append(known.known == DEFAULT)
    whole = [_named(section, parts) for section, left_out in all_of.items() if all(left_out)]
    partly = [
        _named(section, parts) for section, left_out in all_of.items() if any(left_out) and not all(left_out)
    ]
    said = [", ".join(whole)] if whole else []
    said += [f"part of {', '.join(partly)}"] if partly else []
    if not said:
        return ""
    return f"{BORROWED}: {'; '.join(said)}"


def _is_of_the_trial(section: str, key: str, parts: Parts) -> bool:
    if section not in OF_THE_TRIAL:
        return False
    keys = OF_THE_TRIAL[section]
    neutral = any(key in WITHOUT[part].get(section, {}) for part in parts.absent)
    return (keys is None or key in keys) and not neutral and (section, key) not in OF_NO_TRIAL


def _named(section: str, parts: Parts) -> str:
    return WITH_PATIENTS if section == "population" and parts.has(Part.BUILT_IN_CRITERIA) else section
