"""A trial under way: its recorded history, simulated pathways that match it, and its continuation."""

from typing import TYPE_CHECKING

from simulator.lazy_names import lazy_names

if TYPE_CHECKING:
    from simulator.mid_trial.continuation import Cut, resumed_trial
    from simulator.mid_trial.history import AccrualHistory, read_history

__all__ = ["AccrualHistory", "Cut", "read_history", "resumed_trial"]

__getattr__ = lazy_names(
    __name__,
    {
        "continuation": (
            "Cut",
            "resumed_trial",
        ),
        "history": (
            "AccrualHistory",
            "read_history",
        ),
    },
)
