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
# # How do I ask in code what the what-if page answers?
#
# A control sets one value of the scenario by its path; several are one variant. The page runs the base and the
# variant on the same simulated patients, here 20 trials of each, and shows the paired difference with its interval.

# %%
import simulator
from simulator.exact import operating_characteristics

scenario = simulator.load_scenario(simulator.scenario_file("nct07144020"))
changes = {"trial.dlt_window_days": 42, "arrivals.sites": 2, "product.failure": 0.10}
changed = simulator.what_if(scenario, changes, designs=["boin"], truths=["S2"], replicates=20, workers=2)
changed

# %% [markdown]
# The exact numbers have neither attrition nor Monte Carlo error.

# %%
operating_characteristics(scenario.design("boin"), scenario.truth("S2").p_dlt, target=scenario.trial.target)

# %% [markdown]
# And the scenario to take home, with the changes in it: `with_changes(...).to_yaml()` is what the page offers to
# download.

# %%
print(scenario.with_changes(changes).to_yaml()[:600])
