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

# %%
from pathlib import Path

from simulator.page.what_if_page import what_if_page

HERE = Path(globals().get("__file__", "notebook")).resolve().parent
FILE = Path("scenarios/nct07144020.yaml")
[scenario_file, *_] = [folder / FILE for folder in (HERE, *HERE.parents) if (folder / FILE).exists()]

what_if_page(scenario_file)
