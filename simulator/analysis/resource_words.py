"""The resources of a trial in words, in the order they are listed in; indented what is part of the one above."""

from typing import Final

from simulator.trial.batches import WASTED

COUNT_WORDS: Final = {
    "screenings": "screened (consented)",
    "screenings_with_verdict": "  of them with a verdict",
    "second_screenings": "  second screenings",
    "echocardiograms": "echocardiograms",
    "marrows": "marrows",
    "donors_worked_up": "donors worked up",
    "leukaphereses": "leukaphereses",
    "leukaphereses_backup": "  of them frozen backups",
    "batches": "batches begun",
    "batches_infused": "  infused",
    "batches_wasted": "  wasted",
    **{f"batches_wasted_{fate.name.lower()}": f"    {fate.text}" for fate in WASTED},
    "batches_under_way": "  under way at the calendar limit",
    "lymphodepletions": "lymphodepletions",
    "inpatient_days": "inpatient days",
    "followed_up": "infused, followed up",
    "sites": "sites",
    "review_meetings": "review meetings",
    "trial_months": "months to the last outcome or decision",
    "lost_to_closed_slots": "patients lost to closed slots",
    "lost_to_expired_eligibility": "patients lost to expired eligibility",
    "lost_to_screening_window": "patients lost to the end of the window",
    "cost_per_trial": "cost of the trial",
}
SHARE_WORDS: Final = {
    "slot_idle_share": "enrolment slots idle, % of slot-days",
    "manufacturing_utilisation": "manufacturing slots in use, % of days",
    "batch_wasted_share": "batches wasted, % of those begun",
}
EXAMINATIONS: Final = (
    "One echocardiogram and one marrow a screening begun, none at the second screening of an infection; one marrow "
    "at each response assessment."
)
WAIT_WORDS: Final = {
    "consent_to_infusion_days": "consent to infusion, days",
    "vein_to_vein_days": "vein to vein, days",
}
