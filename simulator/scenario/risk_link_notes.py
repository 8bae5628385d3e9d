"""Notes for the reader where risks are linked to the patient: the links that act, and whose risk the curve is."""

from simulator.outcomes.risk_links import RiskLinks
from simulator.scenario.scenario import Scenario

PATH = "outcomes.risk_links"
UNCHANGED_RISK = (
    "risk assumed unchanged: nothing links LVEF, ECOG, infection or blasts to a DLT, nor, beyond the "
    "population's own correlations with survival, to early death"
)
"""The note on a variant that admits other patients, where no link acts."""


def risk_link_notes(scenario: Scenario) -> tuple[str, ...]:
    """Return the notes on the links that act, none where every odds ratio is 1."""
    links = scenario.outcomes.risk_links
    acting = links.acting
    if not acting:
        return ()
    listed = []
    for name in acting:
        link, ratio = name.split(".")
        known = scenario.provenance.get(f"{PATH}.{name}")
        on = "DLT" if ratio == "dlt_odds_ratio" else "early death"
        how = f" ({known.known})" if known is not None else ""
        listed.append(f"{on} {getattr(getattr(links, link), ratio):g} {_per(links, link)}{how}")
    notes = [f"risks are linked to the patient, odds ratios: {'; '.join(listed)}"]
    if any(name.endswith("dlt_odds_ratio") for name in acting):
        notes.append(
            "with links to a DLT the truth's curve is the risk of a reference patient: correct and overdose "
            "selection are judged on the curve as declared, exact numbers are those of reference patients, "
            "and the DLT rate of the patients treated differs from it"
        )
    return tuple(notes)


def _per(links: RiskLinks, link: str) -> str:
    lvef, blasts = links.lvef, links.blasts
    return {
        "lvef": f"per {lvef.step_percent:g} points of LVEF below {lvef.reference_percent:g} %",
        "ecog": f"per ECOG grade above {links.ecog.reference_grade}",
        "infection": "with an active infection",
        "blasts": f"per {blasts.step_percent:g} points of marrow blasts above {blasts.reference_percent:g} %",
    }[link]
