"""The skeleton of a CRM by the indifference-interval method (Lee & Cheung 2009), as dfcrm `getprior` has it."""

from math import exp, log, log1p


def logit(p: float) -> float:
    """Return log(p / (1 - p)) for 0 < p < 1."""
    return log(p) - log1p(-p)


def empiric_skeleton(target: float, halfwidth: float, prior_mtd: int, n_doses: int) -> tuple[float, ...]:
    """Return prior DLT risks for p = s ** exp(a), one a level, rising, `target` at level `prior_mtd`.

    At the parameter where level k has the risk target + halfwidth, level k - 1 has target - halfwidth (Lee &
    Cheung, Clinical Trials 2009, 6, 227-238). For the power model this makes log s a geometric series.
    """
    ratio = log(target - halfwidth) / log(target + halfwidth)
    return tuple(exp(log(target) * ratio ** (prior_mtd - level)) for level in range(1, n_doses + 1))


def logistic_skeleton(
    target: float, halfwidth: float, prior_mtd: int, n_doses: int, intercept: float
) -> tuple[float, ...]:
    """Return the same for logit p = intercept + exp(a) x, where x is the geometric series.

    The intercept must be above logit(target + halfwidth).
    """
    ratio = (logit(target - halfwidth) - intercept) / (logit(target + halfwidth) - intercept)
    middle = logit(target) - intercept
    doses = (middle * ratio ** (prior_mtd - level) for level in range(1, n_doses + 1))
    return tuple(1 / (1 + exp(-(intercept + dose))) for dose in doses)
