# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Which escalation design finds the right dose, how often, how safely, and how many patients does it need?
#
# For the biostatistician of NCT07144020, who has 15 to 50 enrollees. The designs of the scenario file run on
# the *same* simulated patients, so that a difference between two of them is not the luck of the draw. Every
# number comes with its Monte Carlo standard error (MCSE) or an interval; every conclusion below is computed
# from the tables next to it.
#
# 150 simulated trials per design and truth are enough to see how this works, and take half a minute. **They are
# too few to decide anything**: a protocol needs 5,000 or more. Change `REPLICATES` for that.

# %%
from pathlib import Path

import numpy as np
import pandas as pd
from IPython.display import SVG, Markdown
from matplotlib.axes import Axes

import simulator
from simulator.designs import BOIN
from simulator.exact import operating_characteristics
from simulator.report.figures import accuracy_by_cap, rendered

REPLICATES = 150
WORKERS = 2

HERE = Path(globals().get("__file__", "notebook")).resolve().parent
FILE = Path("scenarios/nct07144020.yaml")
[scenario_file, *_] = [folder / FILE for folder in (HERE, *HERE.parents) if (folder / FILE).exists()]
scenario = simulator.load_scenario(scenario_file)


def shown(axes: Axes) -> SVG:
    """Show a figure as it would be printed."""
    return SVG(rendered(axes.figure)["svg"])


# %% [markdown]
# ## Run the comparison
#
# Over the truths of the scenario's question: assumed curves of DLT risk, one for each
# level that could be the correct one, and one under which every level is too toxic.

# %%
names = [truth.name for truth in scenario.question_truths]
comparison = simulator.compare(scenario, truths=names, replicates=REPLICATES, workers=WORKERS)
comparison

# %% [markdown]
# ## How many patients does each design need?
#
# *Needed* is the smallest number of infused patients from which **every** larger one, up to 50, meets the
# limits on accuracy and overdose. Accuracy is not monotone in N, so the first crossing of a limit is not the
# answer.

# %%
question = scenario.question
headline = comparison.needed_n.query("measure == 'infused'").pivot(
    index="design", columns="statistic", values="value"
)
best = comparison.needed_n.query("measure == 'best_pcs' and statistic == 'mean'").set_index("design")
lines = []
for design in headline.index:
    needed, low, high = headline.loc[design, ["needed", "low95", "high95"]]
    if pd.notna(needed):
        upper = f"{high:.0f}" if pd.notna(high) else "not reached"
        lines.append(
            f"- **{design}** needs **{needed:.0f} infused** patients; 95 % interval {low:.0f} to {upper}."
        )
    else:
        top = best.loc[design]
        lines.append(
            f"- **{design}** does not get there: at best {100 * top['value']:.0f} ± "
            f"{100 * top['mcse']:.0f} % correct, at {top['cap']} infused."
        )
Markdown(
    f"Asked: at least {question.pcs_mean:.0%} correct selections on average, {question.pcs_each:.0%} on each truth, "
    f"at most {question.overdose_each:.0%} overdose selections on each.\n\n" + "\n".join(lines)
)

# %% [markdown]
# The picture behind it: the probability of a correct selection against the number of infused patients. The band
# is 2 MCSE on either side of the average; the thin line is the lowest of the truths.

# %%
shown(accuracy_by_cap(comparison))

# %% [markdown]
# ## The exact number
#
# A design that waits for complete cohorts can be computed without any simulation, for patients who are all
# evaluable and get the level assigned. The calendar loses patients, and those who die or leave before a DLT are
# replaced: the two differ by what the calendar adds, and by Monte Carlo error. `standard_errors_apart` says how
# far.

# %%
beside = comparison.operating_characteristics.query("measure == 'pcs'").pivot(
    index=["design", "truth"], columns="statistic", values="value"
)
beside[["mean", "exact_no_attrition", "standard_errors_apart"]].round(3)

# %%
apart = beside["standard_errors_apart"].dropna()
far = [f"{design} under {truth}" for (design, truth), z in apart.items() if abs(z) > 4]
Markdown(
    f"Of {len(apart)} comparisons, {len(far)} differ by more than 4 standard errors"
    + (
        f" ({', '.join(far)}): there the calendar changes the answer, not the luck of the draw."
        if far
        else "."
    )
    + " Exact number needed (evaluable patients): "
    + ", ".join(
        f"{design} {'not reached' if found.n is None else found.n}"
        for design, found in comparison.exact_needed.items()
    )
    + "."
)

# %% [markdown]
# ## Is the difference between two designs real?
#
# Paired over trials: the same patients in both, *other* minus *design*. As conducted, the designs differ in
# size; `comparison.matched` compares them at the same one.

# %%
told_of = ["pcs", "overdose_selection", "dlts", "enrolled", "months_to_recommendation"]
paired = comparison.differences.query("truth == 'balanced' and measure in @told_of").pivot(
    index=["design", "other", "measure"], columns="statistic", values="value"
)
paired[["mean", "low95", "high95"]].round(3)

# %%
lines = []
for (design, other, measure), row in paired.iterrows():
    if measure in ("pcs", "overdose_selection"):
        what = "correct selections" if measure == "pcs" else "overdose selections"
        interval = f"{100 * row['mean']:+.1f} points [{100 * row['low95']:.1f}, {100 * row['high95']:.1f}]"
        told = row["low95"] > 0 or row["high95"] < 0
        lines.append(
            f"- {other} against {design}, {what}: {interval}" + ("." if told else "; cannot be told from 0.")
        )
Markdown("\n".join(lines))

# %% [markdown]
# ## How safe?
#
# Of all trials under a truth, the share that selects a level with a risk of more than 5 points above the
# target, and the mean numbers of DLTs and of patients treated above the correct level. `0 < x`: none seen, and x is
# the upper 95 % bound.

# %%
safety = comparison.operating_characteristics.query(
    "measure in ('overdose_selection', 'patients_above_correct', 'dlts') and level.isna()"
)
key = ["measure", "truth", "design"]
bounds = safety.query("statistic == 'mean_bound95'").set_index(key)["value"]
means = safety.query("statistic == 'mean'").set_index(key)
means["shown"] = [
    f"0 < {bounds[at]:.3f}" if at in bounds.index else f"{row['value']:.2f} ± {row['mcse']:.2f}"
    for at, row in means.iterrows()
]
means["shown"].unstack("design")

# %% [markdown]
# ## What if the curve is steeper? In no time, exactly
#
# The exact engine answers for any curve. Here the risk of each level is moved towards 0 or 1 on the logit
# scale, around the target: at a steepness of 1 the curve is that of the truth, above 1 steeper.

# %%
truth = next(one for one in scenario.question_truths if one.correct is None and max(one.p_dlt) < 0.5)
rule = BOIN(n_doses=len(truth.p_dlt), target=scenario.trial.target, max_n=30)
logit = np.log(np.array(truth.p_dlt) / (1 - np.array(truth.p_dlt)))
middle = np.log(scenario.trial.target / (1 - scenario.trial.target))
steepness = [0.5, 0.75, 1.0, 1.5, 2.0]
curves = [1 / (1 + np.exp(-(middle + k * (logit - middle)))) for k in steepness]
exact = operating_characteristics(rule, curves)
pd.DataFrame(
    {
        "correct level": exact.correct_dose,
        "correct %": 100 * exact.pcs,
        "overdose %": 100 * exact.overdose_selection,
    },
    index=pd.Index(steepness, name=f"steepness of {truth.name}"),
).round(1)

# %%
gain = 100 * (exact.pcs[-1] - exact.pcs[0])
Markdown(
    f"From a steepness of {steepness[0]:g} to {steepness[-1]:g} the correct selections of BOIN go from "
    f"{100 * exact.pcs[0]:.1f} to {100 * exact.pcs[-1]:.1f} % ({gain:+.1f} points; exact, no attrition): levels that "
    "differ more are told apart " + ("more easily." if gain > 0 else "no more easily here.")
)
