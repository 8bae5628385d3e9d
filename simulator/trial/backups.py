"""Backup collections of donor cells: how many of a cohort's are taken, and how many in all."""


class Backups:
    """Backup collections frozen so far. Cohorts follow each other: only the last one's count is needed."""

    __slots__ = ("cohort", "in_cohort", "total")

    def __init__(self) -> None:
        self.cohort = self.in_cohort = self.total = 0

    def taken(self, cohort: int) -> int:
        """Return how many were frozen in the cohort, the present one."""
        return self.in_cohort if cohort == self.cohort else 0

    def take(self, cohort: int) -> None:
        """Count one more in the cohort, the present one."""
        self.in_cohort = self.taken(cohort) + 1
        self.cohort = cohort
        self.total += 1
