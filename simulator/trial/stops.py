"""Why escalation ends."""

from typing import Final

STOP_TEXTS: Final = {
    "complete": "the rule is complete",
    "safety": "stopped for safety",
    "precision": "enough patients at one level",
    "max_n": "planned size reached",
    "enrolment_cap": "as many enrolled as the trial may",
    "not_finished": "not finished at the calendar limit",
    "infusion_cap": "as many infused as asked",
}
"""Each way by which escalation ends, and the same in words."""
STOPS: Final = tuple(STOP_TEXTS)
