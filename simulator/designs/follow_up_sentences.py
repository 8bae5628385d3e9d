"""What a protocol says of a design by follow-up: how it counts pending patients, and when it waits for them."""

from typing import Final

from simulator.designs.follow_up_design import FollowUpDesign

RATE: Final = "the DLT rate at the current level, estimated while outcomes are pending,"
"""What moves a design by follow-up, as the subject of a sentence."""


def pending_sentences(design: FollowUpDesign) -> tuple[str, ...]:
    """Return how the DLT rate is estimated while outcomes are pending, and when new patients wait."""
    half = f"{design.target / 2:g}"
    sizes = (
        "With n patients infused at the level, y of them with a DLT and c with a pending outcome, and S the "
        "follow-up of the pending patients, each as a share of the DLT window, summed,"
    )
    if design.estimator == "2018":
        estimate = (
            f"{sizes} the rate is estimated as (y + (c - S) p / (1 - p)) / n, where p = (y + {half}) / (n - c + 1). "
            f"In addition the level goes up only where y / n is below {design.target:g}, and down only where y / n "
            f"is at least {design.target:g}."
        )
    else:
        estimate = (
            f"{sizes} the rate is estimated as y / (n - c + S), DLTs among the effective sample size. Without a DLT "
            "the trial does not go down."
        )
    return (estimate, *_weights(design), *_waiting(design))


def _weights(design: FollowUpDesign) -> tuple[str, ...]:
    if design.follow_up_weights is None:
        return ()
    first, second, third = (f"{100 * share:g} %" for share in design.follow_up_weights)
    return (
        f"Follow-up is weighed in S by when DLTs are expected: {first}, {second} and {third} of them in the first, "
        "second and last third of the window.",
    )


def _waiting(design: FollowUpDesign) -> tuple[str, ...]:
    """Return when enrolment waits for pending outcomes, and what goes before that."""
    rule, cases = design.waits, []
    if rule.max_pending < 1:
        cases.append(
            f"more than {100 * rule.max_pending:g} % of the patients at the level have a pending outcome"
        )
    if rule.without_dlt:
        cases.append("at most 3 patients are at the level, none of them with a DLT and 2 or more pending")
    if rule.min_complete:
        cases.append(
            f"the trial would escalate on fewer than {rule.min_complete} complete outcomes at the level"
        )
    if rule.min_follow_up:
        cases.append(
            "the trial would escalate and a pending patient at the level has been followed for less than "
            f"{100 * rule.min_follow_up:g} % of the window"
        )
    if design.estimator == "2020":
        cases.append("no outcome at the level is complete and no patient there has any follow-up")
        cases.append("level 1 would be left downwards")
    if not cases:
        return ("New patients never wait for pending outcomes.",)
    waits = f"While outcomes at the current level are pending, new patients wait where {'; or where '.join(cases)}."
    if design.estimator == "2018":
        waits += " The trial de-escalates without waiting where no pending outcome could change that."
    return (waits, "A closed level is left at once, whatever is pending.")
