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
# # How many are screened, which criterion costs most, how many months, and what would help?
#
# For the planner of NCT07144020. One clock runs from the first referral to the recommended dose, through the
# protocol's 10 inclusion and 9 exclusion criteria, manufacture, stagger and DLT windows, so that "what if LVEF
# is relaxed?" is answered in patients *and* in months.
#
# 100 simulated trials per question: enough to see what matters, **too few to decide anything**. Change
# `REPLICATES` for that. Every conclusion below is computed from the tables next to it.

# %%
from pathlib import Path

from IPython.display import SVG, Markdown
from matplotlib.axes import Axes

import simulator
from simulator import forecast, sweep
from simulator.analysis.attrition import attrition
from simulator.analysis.changes import OUTCOMES
from simulator.analysis.formatted_change import sentence
from simulator.report.figures import (
    patient_flow,
    rendered,
    screen_failure_reasons,
    sweep_curve,
    variant_changes,
)
from simulator.report.figures.forecast import accrual_forecast

REPLICATES = 100
REFERRALS = 200_000
WORKERS = 2
DESIGN = "boin"
TRUTH = "S2"  # the clinical base case of the scenario

HERE = Path(globals().get("__file__", "notebook")).resolve().parent
FILE = Path("scenarios/nct07144020.yaml")
[scenario_file, *_] = [folder / FILE for folder in (HERE, *HERE.parents) if (folder / FILE).exists()]
scenario = simulator.load_scenario(scenario_file)


def shown(axes: Axes) -> SVG:
    """Show a figure as it would be printed."""
    return SVG(rendered(axes.figure)["svg"])


# %% [markdown]
# ## Which criterion costs most?
#
# A large population is screened, whatever the trial. A patient may fail several criteria, so "failed" adds up
# to more than all failures; the *order-free* share divides each failure equally among the criteria that the
# patient fails.

# %%
found = attrition(scenario.population, scenario.eligibility, scenario.run.seed, REFERRALS)
shown(screen_failure_reasons(found))

# %%
shares = (
    found.criteria.query("statistic == 'share_order_free' and criterion != 'any'")
    .set_index("criterion")
    .sort_values("value")
)
first, second = shares.index[-1], shares.index[-2]
Markdown(
    f"**{first}** costs most: {100 * shares.loc[first, 'value']:.1f} ± {100 * shares.loc[first, 'mcse']:.1f} % of "
    f"the screened by the order-free share, then {second} with {100 * shares.loc[second, 'value']:.1f} %; together "
    f"{100 * (shares.loc[first, 'value'] + shares.loc[second, 'value']) / shares['value'].sum():.0f} % of all screen "
    "failures."
)

# %% [markdown]
# ## From referral to an evaluable patient
#
# Mean numbers over whole trials. Those who leave are counted by the one reason why they left.

# %%
comparison = simulator.compare(scenario, [DESIGN], [TRUTH], replicates=REPLICATES, workers=WORKERS)
shown(patient_flow(comparison, DESIGN, TRUTH))

# %%
used = comparison.used.query("truth == @TRUTH and statistic == 'mean'").set_index("count")
per_evaluable = used.loc["screened", "value"] / used.loc["evaluable", "value"]
Markdown(
    f"For every DLT-evaluable patient {used.loc['referred', 'value'] / used.loc['evaluable', 'value']:.1f} are "
    f"referred and {per_evaluable:.1f} are screened; {used.loc['infused', 'value']:.0f} of "
    f"{used.loc['enrolled', 'value']:.0f} enrolled are infused ({DESIGN} under {TRUTH}, means of "
    f"{REPLICATES} trials)."
)

# %% [markdown]
# ## When will the 15th, the 30th, the 50th be in? And what is waited for?
#
# Bands hold 50, 80 and 95 % of all trials. A trial that ends before the N-th patient counts as never.

# %%
ahead = forecast(scenario, [DESIGN], [TRUTH], replicates=REPLICATES, workers=WORKERS)
shown(accrual_forecast(ahead))

# %%
milestones = ahead.milestones.query("state == 'enrolled'").set_index(["patient", "statistic"])
waiting = (
    ahead.waiting.query("statistic == 'mean' and waiting != 'total'")
    .set_index("waiting")
    .sort_values("value")
)
lines = []
for patient in ahead.asked:
    share, error = milestones.loc[(patient, "reached"), ["value", "mcse"]]
    median, spread = milestones.loc[(patient, "median"), ["value", "mcse"]]
    reached = "all" if share == 1 else f"{100 * share:.0f} ± {100 * error:.0f} %"
    half = (
        f"half of all within {median:.0f} ± {spread:.0f} months"
        if median < float("inf")
        else "fewer than half"
    )
    lines.append(f"- enrolled patient {patient}: reached by {reached} of the {REPLICATES} trials; {half}.")
most = waiting.iloc[-1]
lines.append(
    f"- Most is waited for: **{most.name}**, {most['value']:.0f} ± {most['mcse']:.0f} of "
    f"{waiting['value'].sum():.0f} months on average."
)
Markdown("\n".join(lines))

# %% [markdown]
# ## What would help?
#
# Each variant against the scenario as it is, on the same patients, with a paired 95 % interval. Filled markers
# are differences that the number of trials can tell from zero. Relaxing is not free: those whom a relaxed
# criterion admits are assumed to run the same risks as the others.

# %%
variants = {
    "second site": {"arrivals.sites": 2},
    "LVEF 45 %": {"eligibility.lvef_percent": 45},
    "CD117 50 %": {"eligibility.cd117_percent": 50},
    "window 42 days": {"trial.dlt_window_days": 42},
    "10 % failed batches": {"product.failure": 0.10},
}
changed = simulator.what_if(
    scenario, variants=variants, designs=[DESIGN], truths=[TRUTH], replicates=REPLICATES, workers=WORKERS
)
shown(variant_changes(changed, "months_to_recommendation"))

# %%
Markdown(
    "\n".join(
        f"- **{variant.name}**: "
        + sentence({outcome: variant.found[DESIGN, TRUTH, outcome] for outcome in OUTCOMES})
        for variant in changed.variants
    )
)

# %% [markdown]
# ## How many referrals does a timely trial take?
#
# One number of the scenario over a range: months to the recommendation against referrals per site and month. Where
# the curve flattens, the trial waits for other things than patients.

# %%
rate = scenario.arrivals.referrals_per_site_month
curve = sweep(
    scenario,
    "arrivals.referrals_per_site_month",
    [rate / 2, rate, 2 * rate, 4 * rate],
    designs=[DESIGN],
    truths=[TRUTH],
    replicates=REPLICATES,
    workers=WORKERS,
)
shown(sweep_curve(curve, "months_to_recommendation"))

# %%
months = curve.curve.query("outcome == 'months_to_recommendation'").pivot(
    index="at", columns="statistic", values="value"
)
Markdown(
    "\n".join(
        f"- at {at:g} referrals per site and month: {row['difference']:+.0f} months [{row['low95']:.0f}, "
        f"{row['high95']:.0f}] against {rate:g}"
        for at, row in months.iterrows()
        if at != rate
    )
)
