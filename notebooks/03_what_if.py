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
