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
# protocol's 10 inclusion and 9 exclusion criteria, manufacture, stagger and DLT windows, so that "what if LVEF is
# relaxed?" is answered in patients *and* in months.
#
# 100 simulated trials per question: enough to see what matters, **too few to decide anything**
# (`replicates=2000`). All of it is for design BOIN under truth S2, the clinical base case of the scenario.

# %%
import simulator

scenario = simulator.load_scenario(simulator.scenario_file("nct07144020"))
costs = simulator.attrition(scenario, patients=200_000)
costs.plot()
costs

# %% [markdown]
# A patient may fail several criteria, so "failed" adds up to more than all failures; the *order-free* share
# divides each failure equally among the criteria that the patient fails: the first line costs most.
#
# ## From referral to an evaluable patient, and to the recommended dose
#
# Mean numbers over whole trials. Those who leave are counted by the one reason why they left.

# %%
comparison = simulator.compare(scenario, ["boin"], ["S2"], replicates=100, workers=2)
comparison.plot("patient_flow")
comparison

# %% [markdown]
# ## When will the 15th, the 30th, the 50th be in? And what is waited for?
#
# Bands hold 50, 80 and 95 % of all trials. A trial that ends before the N-th patient counts as never.

# %%
ahead = simulator.forecast(scenario, ["boin"], ["S2"], replicates=100, workers=2)
ahead.plot()
ahead

# %% [markdown]
# ## What would help?
#
# Each variant against the scenario as it is, on the same patients, with a paired 95 % interval. Filled markers
# are differences that the number of trials can tell from zero. Relaxing is not free: those whom a relaxed
# criterion admits are assumed to run the same risks as the others.

# %%
helped = simulator.what_if(
    scenario,
    variants={
        "second site": {"arrivals.sites": 2},
        "LVEF 45 %": {"eligibility.lvef_percent": 45},
        "CD117 50 %": {"eligibility.cd117_percent": 50},
        "window 42 days": {"trial.dlt_window_days": 42},
        "10 % failed batches": {"product.failure": 0.10},
    },
    designs=["boin"],
    truths=["S2"],
    replicates=100,
    workers=2,
)
helped.plot()
helped

# %% [markdown]
# ## How many referrals does a timely trial take?
#
# One number of the scenario over a range: months to the recommendation against referrals per site and month.
# Where the curve flattens, the trial waits for other things than patients.

# %%
rate = scenario.arrivals.referrals_per_site_month
rates = [rate / 2, rate, 2 * rate, 4 * rate]
curve = simulator.sweep(
    scenario,
    "arrivals.referrals_per_site_month",
    rates,
    designs=["boin"],
    truths=["S2"],
    replicates=100,
    workers=2,
)
curve.plot()
curve
