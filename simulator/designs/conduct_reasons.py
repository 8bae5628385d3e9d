"""Why a design decides as it does at the bedside, in words that hold for the data they are said of."""

from dataclasses import replace
from typing import Final

import numpy as np

from simulator.designs.design import Action, Decision, Design, Observed, Reason
from simulator.designs.rolling_six_table import as_rolling_six
from simulator.designs.wrapped import weighs_response

_CLOSED_BEFORE: Final = {
    Reason.RETURN_TO_LOWER: "the level above is closed: more patients at this level",
    Reason.STOP_TOO_TOXIC: "the lowest level is closed: stop",
}


def reason_in_words(design: Design, observed: Observed, decision: Decision) -> str:
    """Return why a design decides as it does in one state.

    These are the words of its reason, except where they do not hold: DLTs are not named where a level was closed
    before, and a level is where outcomes of another one than that treated last are awaited.
    """
    if decision.action[0] == Action.WAIT:
        return _why_it_waits(design, observed, decision)
    return _closed_in_words(design, observed, decision) or Reason(int(decision.reason[0])).text


def _closed_in_words(design: Design, observed: Observed, decision: Decision) -> str | None:
    """Return that a level is closed where this, and no DLT at the current level, leads away; else None."""
    reason, closed = Reason(int(decision.reason[0])), int(decision.closed_from[0])
    if reason is Reason.DE_ESCALATE:
        level = int(observed.level[0])
        has_dlt = level == closed and observed.dlt[0, level - 1] > 0
        own = level < closed or (has_dlt and not _rests_on_closing(design, observed, reason))
        return None if own else f"level {closed} is closed: de-escalate"
    if reason in _CLOSED_BEFORE and _rests_on_closing(design, observed, reason):
        return _CLOSED_BEFORE[reason]
    return None


def _rests_on_closing(design: Design, observed: Observed, reason: Reason) -> bool:
    """Return whether the design gives another reason where no level was closed before."""
    if observed.closed_from[0] > design.n_doses:
        return False
    none_closed = replace(observed, closed_from=np.full(1, design.n_doses + 1, dtype=np.int64))
    return int(design.decide(none_closed).reason[0]) != reason


def awaited_level(design: Design, observed: Observed, level: int) -> int:
    """Return the level whose outcomes a design awaits that answers to wait at `level`.

    Designs by benefit and risk await those of the level treated last, also where it is closed and they would go on
    below it.
    """
    return int(observed.level[0]) if weighs_response(design) else level


def _why_it_waits(design: Design, observed: Observed, decision: Decision) -> str:
    text = Reason(int(decision.reason[0])).text
    level = awaited_level(design, observed, int(decision.level[0]))
    if as_rolling_six(design) is not None:
        n, complete = observed.infused[0, level - 1], observed.n[0, level - 1]
        return f"level {level} has {n} patients, and the outcomes of {n - complete} of them are pending: wait"
    if weighs_response(design) and (observed.infused == observed.n).all():
        text = text.replace("outcomes", "responses")
    return text if level == observed.level[0] else f"{text} (level {level})"
