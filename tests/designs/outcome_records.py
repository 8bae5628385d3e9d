"""Make the records of patients with complete outcomes from counts per level."""

from collections.abc import Sequence

import numpy as np

from simulator.designs.design import Observed
from simulator.designs.patient_records import PatientRecords


def records_of_counts(
    n: Sequence[int], dlt: Sequence[int], response: Sequence[int], response_no_dlt: Sequence[int]
) -> PatientRecords:
    """Return one state of patients whose DLTs and responses are all known, from counts per level."""
    levels, toxic, responds = [], [], []
    for level, (size, y, r, safe) in enumerate(zip(n, dlt, response, response_no_dlt, strict=True), start=1):
        both = r - safe
        levels += [level] * size
        toxic += [0] * safe + [1] * both + [1] * (y - both) + [0] * (size - y - safe)
        responds += [1] * safe + [1] * both + [0] * (size - r)
    return PatientRecords.of(np.array(levels, dtype=np.int64), toxic, response=responds)


def observed_of(patients: PatientRecords, n_doses: int, level: int) -> Observed:
    """Return one state with nothing closed."""
    return Observed.of_patients(n_doses, np.array([level]), patients, np.array([n_doses + 1]))
