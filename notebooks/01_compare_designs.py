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
# For the biostatistician of NCT07144020, who has 15 to 50 enrollees. The designs of the scenario file run on the
# *same* simulated patients, so that a difference between two of them is not the luck of the draw; every number
# comes with its Monte Carlo error or an interval.
#
# 100 simulated trials per design and truth show how this works, in a quarter of a minute. **They are too few to
# decide anything**: a protocol needs 5,000 or more (`replicates=5000`). Another scenario:
# `simulator.load_scenario("my.yaml")`.

# %%
import simulator
from simulator.exact import operating_characteristics, steeper_curves

scenario = simulator.load_scenario(simulator.scenario_file("nct07144020"))
comparison = simulator.compare(scenario, replicates=100, workers=2)
comparison

# %% [markdown]
# The sentences are the answer: how many infused patients each design needs, from which **every** larger number is
# as accurate as the question asks; what to plan for it; and whether the trial as planned is enough. The picture
# behind it:

# %%
comparison.plot()

# %% [markdown]
# ## How often is each level selected?
#
# Under each truth, an assumed set of true DLT risks; unlike truths are not averaged. Shaded is the level that is
# correct, hatched are levels with a risk of more than 5 points above the target: to select one is an overdose.

# %%
comparison.plot("selection_by_truth")

# %% [markdown]
# ## Is the difference between two designs real?
#
# Paired over trials: the same patients in both. Filled where the 95 % interval leaves out 0. As conducted, the
# designs differ in size; `comparison.matched` compares them at the same one.

# %%
comparison.plot("paired_differences")

# %% [markdown]
# ## What if the curve is steeper? In no time, exactly
#
# The exact engine answers for any curve, without Monte Carlo error, for patients who are all evaluable and get
# the level assigned. Here the risks of truth M3 are moved away from the target (above 1) or towards it, on the
# logit scale.

# %%
curves = steeper_curves(scenario.truth("M3").p_dlt, [0.5, 0.75, 1, 1.5, 2], target=0.3)
operating_characteristics(scenario.design("boin"), curves, target=0.3)
