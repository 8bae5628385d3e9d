"""The SimPy model of one trial, from the patients who are ready to enrol to its ledger."""

from typing import TYPE_CHECKING

from simulator.lazy_names import lazy_names

if TYPE_CHECKING:
    from simulator.trial.dosing import DosingParameters
    from simulator.trial.ledger import Exit, Ledger, State
    from simulator.trial.product import ProductParameters
    from simulator.trial.rules import TrialRules
    from simulator.trial.run import run_trial
    from simulator.trial.screening import ScreeningParameters
    from simulator.trial.trial_state import Trial

__all__ = [
    "DosingParameters",
    "Exit",
    "Ledger",
    "ProductParameters",
    "ScreeningParameters",
    "State",
    "Trial",
    "TrialRules",
    "run_trial",
]

__getattr__ = lazy_names(
    __name__,
    {
        "dosing": ("DosingParameters",),
        "ledger": (
            "Exit",
            "Ledger",
            "State",
        ),
        "product": ("ProductParameters",),
        "rules": ("TrialRules",),
        "run": ("run_trial",),
        "screening": ("ScreeningParameters",),
        "trial_state": ("Trial",),
    },
)
