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
# Move a slider, and press the button for patients and months. It starts with the number of simulated trials that
# the scenario file asks for; choose more for a decision.

# %%
from pathlib import Path

from simulator.what_if_page.page import what_if_page

HERE = Path(globals().get("__file__", "notebook")).resolve().parent
FILE = Path("scenarios/nct07144020.yaml")
[scenario_file, *_] = [folder / FILE for folder in (HERE, *HERE.parents) if (folder / FILE).exists()]

what_if_page(scenario_file)
