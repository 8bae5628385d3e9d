"""Backfill (Zhao et al. 2024): which lower levels are open to a patient who arrives while the cohort is full."""

from typing import Final

from simulator.designs.parameter_checks import MAX_PATIENTS, require_choice, require_integer

PRIORITIES: Final = ("highest", "lowest", "random")
"""Which of several open levels is backfilled."""


def check_backfill(design: str, n_cap: object, backfill: str) -> None:
    """Raise DesignError for a cap or a priority outside its range."""
    require_integer(design, "n_cap", n_cap, 1, MAX_PATIENTS)
    require_choice(design, "backfill", backfill, PRIORITIES)


def draw_by_priority(backfill: str) -> float:
    """Return where among the open levels the one to backfill is: 0 the lowest, 1 the highest.

    "random" takes the numbered draw of the caller; without one, the highest.
    """
    return 0.0 if backfill == "lowest" else 1.0


def pool_sentences(compared: str, counted: str, lowest: bool) -> tuple[str, ...]:
    """Return when lower levels overrule the current one, and where their pooled data lead, for a protocol.

    Parameters
    ----------
    compared
        Which lower levels may disagree.
    counted
        What of them is pooled.
    lowest
        Whether the pool begins at the lowest level that disagrees, or at the highest.
    """
    first = "lowest" if lowest else "highest"
    return (
        f"A lower level {compared} disagrees where the current level would be left upwards and its own data would "
        "not escalate, or where the current level would be kept or left downwards and its own data would "
        f"de-escalate. The {counted} of the {first} level that disagrees and of all levels up to the current one are "
        "then pooled and decide by the same boundaries: where the pool escalates, the next cohort is treated one "
        "level above the current one; where it de-escalates, at the highest level up to which the pool does not, or "
        "one level below the pool where there is none; otherwise at the current level.",
    )


def backfill_sentences(opened_by: str, n_cap: int, counted: str, backfill: str) -> tuple[str, ...]:
    """Return which levels are backfilled, and until when, for a protocol.

    Parameters
    ----------
    opened_by
        What opens a level.
    n_cap
        Patients at a level up to which it is backfilled.
    counted
        What shuts a level.
    """
    first = "one of them at random" if backfill == "random" else f"the {backfill} of them"
    return (
        f"A patient who finds no place in the escalation cohort is backfilled at a level below the current one that "
        f"is open. A level is open once {opened_by}, as long as fewer than {n_cap} patients have been infused there, "
        f"pending ones included, and it is not closed. A level is shut, with all levels above it, while {counted} at "
        "it de-escalate by themselves and also pooled with those of the next level; it can open again. Where several "
        f"levels are open, {first} is backfilled.",
        "Backfilled patients are not among the patients of escalation that limit its size. Backfilling ends with "
        "escalation; every patient infused is followed up and counts in the selection.",
    )
