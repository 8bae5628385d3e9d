"""A trial under way: its recorded history, simulated pathways that match it, and its continuation."""

from typing import TYPE_CHECKING

from simulator.lazy_names import lazy_names

if TYPE_CHECKING:
    from simulator.mid_trial.continuation import continue_trial
    from simulator.mid_trial.cut import Cut, cut_at
    from simulator.mid_trial.history import AccrualHistory, read_history

__all__ = ["AccrualHistory", "Cut", "continue_trial", "cut_at", "read_history"]

__getattr__ = lazy_names(
    __name__,
    {
        "continuation": ("continue_trial",),
        "cut": (
            "Cut",
            "cut_at",
        ),
        "history": (
            "AccrualHistory",
            "read_history",
        ),
    },
)
