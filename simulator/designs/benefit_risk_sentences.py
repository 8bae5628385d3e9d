"""What a protocol says of BOIN12 and of designs derived from it."""

from simulator.designs.benefit_risk_rule import Limits


def utility_sentence(utilities: tuple[float, float, float, float], benchmark: float) -> str:
    """Return the utilities of the four outcomes, and what desirability is, as a sentence."""
    best, neither, both, worst = (f"{utility:g}" for utility in utilities)
    return (
        f"A patient's outcome has the utility {best} for a response without a DLT, {neither} for neither, {both} for "
        f"both and {worst} for a DLT without a response. With x the sum of the utilities at a level divided by 100, "
        "its mean utility, divided by 100, has the posterior Beta(1 + x, 1 + n - x); the desirability of a level is "
        f"the posterior probability that its mean utility exceeds {100 * benchmark:.4g}, halfway between 100 and the "
        "utility of a level at both limits."
    )


def admissible_sentences(limits: Limits) -> tuple[str, ...]:
    """Return which levels may be treated, and when a level closes, in sentences."""
    rules = []
    if limits.c_t < 1:
        rules.append(f"that its DLT risk exceeds {limits.phi_t:g} is below {limits.c_t:g}")
    if limits.c_e < 1:
        rules.append(f"that its response probability is below {limits.phi_e:g} is below {limits.c_e:g}")
    if not rules:
        return ("Every level is admissible.",)
    return (
        f"A level is admissible where the posterior probability {' and the one '.join(rules)} (uniform priors); a "
        "level without patients is admissible. A level that is too toxic by this is closed for good, with all levels "
        "above it, once every tried level above it is too toxic as well.",
    )


def move_sentences(limits: Limits) -> tuple[str, ...]:
    """Return where the next cohort goes, in sentences."""
    explored = (
        ""
        if limits.exploration_from is None
        else f" Below {limits.lambda_d:.3f}, an admissible level with {limits.exploration_from} or more patients is "
        "left for the next higher one where that was never tried."
    )
    return (
        f"Where the DLT rate at the current level is at least lambda_d = {limits.lambda_d:.3f}, the next cohort is "
        f"treated one level lower (at level 1: there).{explored} Otherwise, where the rate is above lambda_e = "
        f"{limits.lambda_e:.3f} and {limits.n_star} or more patients are at the level, it is treated at the more "
        "desirable of the level below and the current one; else at the most desirable of the level below, the "
        "current one and the level above. Only admissible levels are treated; of equally desirable ones the highest. "
        "Where none of them is admissible, the trial stops.",
    )
