"""The steps of a trial under a design that looks early, by the names under which the handlers call them."""

from typing import Any

from numba.extending import overload_method

from simulator.trial import early_counts, early_decisions
from simulator.trial.compiled.layout import EARLY_STEPS, RECORDS
from simulator.trial.early_answers import selection_now

_decide, _review_if_due, _look = early_decisions.decide, early_decisions.review_if_due, early_decisions.look
_ask_at_response = early_decisions.ask_at_response
_enter_infused, _enter_outcome = early_counts.enter_infused, early_counts.enter_outcome
_STEPS = type(EARLY_STEPS)


@overload_method(_STEPS, "decide", strict=False)
def _to_decide(steps: Any, trial: Any) -> Any:
    return lambda steps, trial: _decide(trial)


@overload_method(_STEPS, "review_if_due", strict=False)
def _to_review_if_due(steps: Any, trial: Any) -> Any:
    return lambda steps, trial: _review_if_due(trial)


@overload_method(_STEPS, "look", strict=False)
def _to_look(steps: Any, trial: Any) -> Any:
    return lambda steps, trial: _look(trial)


@overload_method(_STEPS, "ask_at_response", strict=False)
def _to_ask_at_response(steps: Any, trial: Any) -> Any:
    return lambda steps, trial: _ask_at_response(trial)


@overload_method(_STEPS, "enter_infused", strict=False)
def _to_enter_infused(steps: Any, trial: Any, patient: Any) -> Any:
    return lambda steps, trial, patient: _enter_infused(trial, patient)


@overload_method(_STEPS, "enter_outcome", strict=False)
def _to_enter_outcome(steps: Any, trial: Any, patient: Any) -> Any:
    return lambda steps, trial, patient: _enter_outcome(trial, patient)


@overload_method(_STEPS, "select", strict=False)
def _to_select(steps: Any, trial: Any) -> Any:
    return lambda steps, trial: selection_now(trial, trial.early)


@overload_method(type(RECORDS), "add", strict=False)
def _add(records: Any) -> Any:
    def add(records: Any) -> int:
        records.count += 1
        return records.count - 1

    return add
