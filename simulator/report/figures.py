"""The figures of a run. Importing this package's figures loads matplotlib, so import it where one is drawn."""

from simulator.report.accuracy import accuracy_by_cap
from simulator.report.flow import patient_flow
from simulator.report.style import COLUMN_CM, PAGE_CM, new_axes, rendered

__all__ = ["COLUMN_CM", "PAGE_CM", "accuracy_by_cap", "new_axes", "patient_flow", "rendered"]
