"""Real patient lists (CSV, parquet, FHIR) as columns of fields."""

from typing import TYPE_CHECKING

from simulator.lazy_names import lazy_names

if TYPE_CHECKING:
    from simulator.patients.list_reader import read_patient_list
    from simulator.patients.patient_list import PatientList
    from simulator.patients.table import PatientTable

__all__ = ["PatientList", "PatientTable", "read_patient_list"]

__getattr__ = lazy_names(
    __name__,
    {
        "list_reader": ("read_patient_list",),
        "patient_list": ("PatientList",),
        "table": ("PatientTable",),
    },
)
