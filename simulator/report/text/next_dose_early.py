"""The next dose of a design that looks early, as text. No number is computed here."""

from typing import Final

from simulator.analysis.next_dose_early import EarlyLevel, EarlyLook
from simulator.designs.wrapped import selects_by_follow_up
from simulator.report.render.text import columns, wrapped
from simulator.report.text.next_dose import heading, level_in_words, patients_in_words

PENDING: Final = "Pending: infused, no DLT, window open. Follow-up: theirs, summed, in windows."
PENDING_RESPONSES: Final = "Pending responses: infused, no response, response window open."
COMPLETE_ALONE: Final = "If the trial ended now, complete outcomes alone would count."
BY_FOLLOW_UP: Final = "If the trial ended now, pending patients would count by their follow-up."


def early_look_text(look: EarlyLook) -> str:
    """Return the whole answer: decision, why, when to ask again, and the patients of every level."""
    parts = [[*heading(look.chosen), *_windows(look)], _decision(look), _levels(look)]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _windows(look: EarlyLook) -> list[str]:
    """Return the windows that the decision rests on, and where they come from."""
    line = f"DLT window: {look.windows.dlt:g} days ({look.sources.dlt})."
    if look.reads_response:
        line += f" Response window: {look.windows.response:g} days ({look.sources.response})."
    return wrapped(line)


def _decision(look: EarlyLook) -> list[str]:
    answer, chosen = look.answer, look.chosen
    decided = answer.action
    if answer.action == "treat":
        decided = f"treat {patients_in_words(answer.cohort_size)} at {level_in_words(chosen, answer.dose)}"
    lines = [f"Decision: {decided}.", f"Why: {answer.reason}."]
    if look.ask_again_days is not None:
        days = f"{look.ask_again_days:g}"
        lines.append(
            f"Ask again after the next outcome or arrival, at the latest in {days} day{'' if days == '1' else 's'},"
            " when follow-up alone may change the answer."
        )
    if answer.backfill_dose:
        where = level_in_words(chosen, answer.backfill_dose)
        lines.append(f"Backfill: a patient who arrives now may be treated at {where}.")
    ended = f"level {look.selected}" if look.selected else "no level"
    lines.append(f"If the trial ended now, {ended} would be selected.")
    lines += [f"WARNING: {warning}" for warning in look.warnings]
    lines += [f"Note: {note}" for note in look.notes]
    return [line for text in lines for line in wrapped(text, "  ")]


def _levels(look: EarlyLook) -> list[str]:
    doses = [] if look.chosen.doses is None else ["dose"]
    responses = ["responses", "pending responses"] if look.levels[0].responses is not None else []
    backfilled = ["backfilled"] if any(one.backfilled for one in look.levels) else []
    headings = ["level", *doses, "complete", "DLT", "pending", "follow-up", *responses, *backfilled, ""]
    rows = [_row(one, look, bool(backfilled)) for one in look.levels]
    counted = BY_FOLLOW_UP if selects_by_follow_up(look.chosen.design) else COMPLETE_ALONE
    pending = f"{PENDING} {PENDING_RESPONSES}" if responses else PENDING
    return [*columns(headings, rows, left=(len(headings) - 1,)), *wrapped(f"{pending} {counted}")]


def _row(one: EarlyLevel, look: EarlyLook, backfilled: bool) -> list[str]:
    doses = look.chosen.doses
    row = [str(one.level)]
    if doses is not None:
        row.append(f"{doses[one.level - 1]:g}")
    row += [str(one.complete), str(one.dlt), str(one.pending), f"{one.follow_up:.2f}" if one.pending else "-"]
    if one.responses is not None:
        row += [str(one.responses), str(one.pending_responses)]
    if backfilled:
        row.append(str(one.backfilled))
    return [*row, "closed" if one.closed else ""]
