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
# # What changes if the DLT window is 42 days, if a second site opens, if one batch in ten fails?
#
# Move a control, and every number follows: accuracy, patients, months. It starts with as many simulated trials as the
# scenario file asks for; choose more for a decision.

# %%
import simulator
from simulator.what_if_page.page import what_if_page

file = simulator.scenario_file("nct07144020")
what_if_page(file)

# %% [markdown]
# ## The same in code
#
# A control sets one value of the scenario, by its path in the file; base and variant run on the same patients.
# Notebook 04 runs this, and goes on to the exact numbers and to the scenario with the changes in it.
#
# ```python
# import simulator
#
# scenario = simulator.load_scenario(simulator.scenario_file("nct07144020"))
# changes = {"trial.dlt_window_days": 42, "arrivals.sites": 2, "product.failure": 0.10}
# changed = simulator.what_if(scenario, changes, designs=["boin"], truths=["S2"], replicates=20, workers=2)
# changed
# ```
