"""What is proved, against which reference, by which test: `python -m tests.validation` writes docs/validation.md."""

import ast
from dataclasses import dataclass

from tests.support.places import ROOT

DOCUMENT = ROOT / "docs" / "validation.md"


@dataclass(frozen=True)
class Proof:
    """One claim: its subject, what it is held against, how closely, and the test (file::function)."""

    subject: str
    reference: str
    closeness: str
    test: str


BOIN = "BOIN (`boin`)"
RULE = "3+3 (`3+3`)"
CRM = "CRM (`crm`)"
BLRM = "BLRM (`blrm`)"
MTPIS = "mTPI (`mtpi`) and mTPI-2 (`mtpi-2`)"
I_RULE = "i3+3 (`i3+3`)"
KEYBOARD = "Keyboard (`keyboard`)"
TABLE = "Decision table (`table`)"
ROLLING = "Rolling six (`rolling-6`)"
TITE = "TITE-BOIN (`tite-boin`)"
TITE_KEYBOARD = "TITE-keyboard (`tite-keyboard`)"
BACKFILL = "BF-BOIN (`bf-boin`)"
BOTH = "BE-BOIN (`be-boin`)"
BENEFIT = "BOIN12 (`boin12`)"
LATE_BENEFIT = "TITE-BOIN12 (`tite-boin12`)"
TITE_CRM = "TITE-CRM (`tite-crm`)"
CFOS = "CFO (`cfo`) and TITE-CFO (`tite-cfo`)"
PENDING = "Pending policies (`pending`)"
EARLY = "Every design that looks early"
AROUND = "Around any design"
EXACT = "Exact engine"
CALENDAR = "Calendar model"
PATIENTS = "Patients and criteria"
WHAT_IF = "Attrition and what-if"
ANSWER = "The answer"
FORECAST = "Accrual forecast (`forecast`)"

PROOFS = (
    Proof(RULE, "escalation 0.2.3 (variants A, B) and crmPack 2.2 (variant C), exact, 24 rows", "1e-9",
          "tests/designs/test_whole_trials.py::test_three_plus_three_agrees_with_published_software_in_every_row"),
    Proof(RULE, "published numbers of paths, 1-6 levels, three variants (Norris)", "equal",
          "tests/exact/test_published.py::test_three_plus_three_has_norris_number_of_paths"),
    Proof(RULE, "printed A+B example (Wheeler)", "printed digits",
          "tests/designs/test_whole_trials.py::test_three_plus_three_agrees_with_the_printed_example"),
    Proof(RULE, "the same tables by the sampler, 400,000 trials", "4 standard errors",
          "tests/exact/test_published.py::test_sampler_agrees_with_published_three_plus_three"),
    Proof(BOIN, "BOIN 2.7.2 get.boundary, n = 1..50, 4 targets, 2 cutoffs, 400 rows", "equal",
          "tests/designs/test_boin_boundaries.py::test_boundaries_are_those_of_the_published_table_in_every_row"),
    Proof(BOIN, "BOIN 2.7.2 select.mtd, 1000 data sets", "equal",
          "tests/designs/test_boin_selection.py::test_selected_level_is_the_published_one_in_every_row"),
    Proof(BOIN, "independent exact enumeration and escalation 0.2.3, every row", "1e-9",
          "tests/exact/test_published.py::test_exact_engine_agrees_with_every_published_exact_table"),
    Proof(BOIN, "BOIN 2.7.2 get.oc, 20,000 trials, by sampler (400,000 trials) and exactly", "4 standard errors",
          "tests/exact/test_published.py::test_sampler_and_exact_engine_agree_with_simulated_boin"),
    Proof(BOIN, "conduct path of Yan et al. 2020, J Stat Softw 94(13), p. 25", "equal",
          "tests/designs/test_conduct.py::test_published_path_comes_out_level_for_level_from_outcomes"),
    Proof(MTPIS, "escalation 0.2.3, target .30, n = 1..30, 990 decisions", "equal",
          "tests/designs/test_interval_designs.py::test_every_published_decision_of_mtpi_and_mtpi_2"),
    Proof(I_RULE, "the published rule, two intervals, n = 3..30, 980 decisions", "equal",
          "tests/designs/test_interval_designs.py::test_every_published_decision_of_i3plus3"),
    Proof(KEYBOARD, "Keyboard 0.1.3 get.boundary.kb, 60 rows", "equal",
          "tests/designs/test_interval_designs.py::test_every_published_boundary_of_keyboard"),
    Proof(KEYBOARD, "Keyboard 0.1.3 get.oc.kb, 3 x 2,000 trials, against the exact engine", "4 standard errors",
          "tests/designs/test_interval_designs.py::test_exact_keyboard_agrees_with_the_simulation_of_its_package"),
    Proof(TABLE, "tables printed from six designs and read back, 20,000 states", "equal",
          "tests/designs/test_decision_table.py::test_a_printed_table_decides_as_its_design_at_every_whole_cohort"),
    Proof("CCD (`ccd`)", "half-widths of Ivanova et al. 2007, exact ends, worked decisions", "equal",
          "tests/designs/test_interval_designs.py::test_ccd_has_the_half_widths_of_its_paper_and_its_closed_ends"),
    Proof("A + B (`a+b`)", "3+3 on every state of one and two levels", "equal",
          "tests/designs/test_a_plus_b.py::test_three_plus_three_is_a_equal_to_b_equal_to_3_on_every_state"),
    Proof("A + B (`a+b`)", "formula of Lin & Shih 2001, four settings", "1e-12",
          "tests/designs/test_a_plus_b.py::test_exact_selection_without_de_escalation_is_the_published_formula"),
    Proof("A + B (`a+b`)", "the rule with de-escalation written out a second time", "1e-12",
          "tests/designs/test_a_plus_b.py::test_exact_selection_with_de_escalation_is_the_rule_written_out"),
    Proof(AROUND, "titration against BOIN's own, 100,000 states", "equal",
          "tests/designs/test_titrated.py::test_titrated_boin_is_boin_with_titration_on_every_state"),
    Proof(AROUND, "stop where the trial would stay, against BOIN's own, 100,000 states", "equal",
          "tests/designs/test_stopping.py::test_stopping_where_the_trial_would_stay_is_boins_own_early_stop_on_every_state"),
    Proof(AROUND, "too toxic at level 1, against BOIN's extra safety, 100,000 states", "equal",
          "tests/designs/test_stopping.py::test_too_toxic_at_level_1_is_boins_extra_safety_on_every_state"),
    Proof(AROUND, "a held stop (`minimum_at_selected`) treats where the design would without it", "equal",
          "tests/designs/test_stopping.py::test_minimum_treats_where_a_design_with_its_own_stop_would_without_it"),
    Proof(AROUND, "closing any level, against too toxic at level 1, on a ladder of one level", "equal",
          "tests/designs/test_stopping.py::test_too_toxic_at_any_level_is_too_toxic_at_level_1_on_a_ladder_of_one"),
    Proof(AROUND, "closing any level by the posterior of the design's model", "equal",
          "tests/designs/test_stopping.py::test_a_level_is_closed_by_the_posterior_of_the_model"),
    Proof(AROUND, "a design of another package in compare", "runs",
          "tests/docs/test_own_design.py::test_design_of_the_tutorial_runs_in_compare"),
    Proof(CRM, "dfcrm 0.2-2.1 crm, 200 data sets, both models: estimate, variance, risks; level equal", "1e-5",
          "tests/designs/test_crm.py::test_fits_and_levels_are_those_of_dfcrm_in_every_row"),
    Proof(CRM, "safety stop by default at 95 %, on both sides of the cutoff", "equal",
          "tests/designs/test_crm.py::test_safety_stop_follows_the_posterior_and_is_at_95_percent_by_default"),
    Proof(BLRM, "target interval and prior follow the target, 0.001 to 0.999", "equal",
          "tests/designs/test_blrm.py::test_interval_and_prior_follow_the_target"),
    Proof(CRM, "dfcrm 0.2-2.1 getprior, 12 skeletons", "1e-12",
          "tests/designs/test_crm.py::test_skeletons_are_those_of_getprior_in_every_row"),
    Proof(CRM, "dfcrm 0.2-2.1 crmsim, 2,000 trials, against exact and 1,000,000 sampled trials", "4 standard errors",
          "tests/designs/test_crm.py::test_exact_engine_and_sampler_agree_with_trials_of_dfcrm"),
    Proof(CRM, "printed fits: four-level example, dfcrm manual", "printed digits",
          "tests/designs/test_crm.py::test_example_of_the_dfcrm_manual"),
    Proof(CRM, "independent Gauss-Legendre integration, 0 to 255 patients", "1e-6",
          "tests/designs/test_crm_posterior.py::test_error_is_below_a_millionth_up_to_255_patients"),
    Proof(CRM, "the same state in any batch", "bit for bit",
          "tests/designs/test_crm_posterior.py::test_a_fit_is_the_same_bit_for_bit_in_any_batch"),
    Proof(BLRM, "independent fine-grid integration, 0 to 120 patients, three priors", "1e-6",
          "tests/designs/test_blrm.py::test_error_of_every_probability_is_below_a_millionth"),
    Proof(BLRM, "adaptive integration (scipy.integrate.dblquad), one state", "1e-6",
          "tests/designs/test_blrm.py::test_intervals_agree_with_adaptive_integration_written_out"),
    Proof(BLRM, "exact engine against 1,000,000 sampled trials", "4 standard errors",
          "tests/designs/test_blrm.py::test_exact_engine_agrees_with_a_million_sampled_trials"),
    Proof(ROLLING, "Frankel et al. 2020, table 2, rolling 6, 42 states; the RollingSix package departs from it in 3",
          "equal", "tests/designs/test_rolling_six.py::test_every_published_state_of_rolling_six"),
    Proof(ROLLING, "Frankel et al. 2020, table 2, IQ rolling 6, 91 states", "equal",
          "tests/designs/test_rolling_six.py::test_every_published_state_of_the_phase_1_queue"),
    Proof(ROLLING, "the phase 1 queue written out a second time, 20,000 whole trials, closed levels too", "equal",
          "tests/designs/test_rolling_six.py::test_the_phase_1_queue_is_its_rule_written_out_on_whole_trials"),
    Proof(ROLLING, "3+3 with one patient at a time and nobody pending: levels tried and MTD", "equal",
          "tests/designs/test_rolling_six.py::test_one_patient_at_a_time_without_a_window_is_three_plus_three"),
    Proof(TITE, "Yuan et al. 2018, table 1, every printed cell (320)", "printed digits",
          "tests/designs/test_tite_boin.py::test_every_cell_of_the_printed_table"),
    Proof(TITE, "the 2018 rule, every state of n <= 12, two limits of pending patients, 908 rows",
          "equal, limits 1e-9",
          "tests/designs/test_tite_boin.py::test_every_state_of_the_2018_rule"),
    Proof(TITE, "the 2018 rule with follow-up, `yuan2018` and `chen2025`, 318 states each", "equal",
          "tests/designs/test_tite_boin.py::test_every_published_decision_of_the_2018_rule"),
    Proof(TITE, "TITEgBOIN 0.4.0 next_TITE_QuasiBOIN, 320 whole-trial states", "equal",
          "tests/designs/test_tite_boin.py::test_every_published_decision_of_the_2020_rule"),
    Proof(TITE, "TITEgBOIN 0.4.0 decision grid (5,420 states) and follow-up limits (510)", "equal, limits 1e-9",
          "tests/designs/test_tite_boin.py::test_every_cell_of_the_2020_decision_grid"),
    Proof(TITE_KEYBOARD, "TITE-MAD tables, target .30, n = 3..15; effective sample sizes also those of TITE-mTPI",
          "printed digits",
          "tests/designs/test_tite_keyboard.py::test_every_row_of_the_published_table_of_tite_keyboard"),
    Proof(TITE_KEYBOARD, "the 2018 estimator written out a second time, 200 states", "equal",
          "tests/designs/test_tite_keyboard.py::test_the_2018_estimator_is_its_rule_written_out"),
    Proof(PENDING, "look-ahead and PoD around mTPI-2 and i3+3, exact quadrature, 240 states x 3; the POD-TPI package"
          " accepts against the last proposal, so its probabilities are off by up to .06 and it is not followed",
          "equal",
          "tests/designs/test_pending_policy.py::test_every_published_decision_of_look_ahead_and_pod"),
    Proof(PENDING, "the same, 480 triples of probabilities", "2e-9",
          "tests/designs/test_pending_policy.py::test_every_published_probability_of_a_decision"),
    Proof(PENDING, "PoD's closing rule on fewer than three complete outcomes, worked out by hand", "equal",
          "tests/designs/test_pending_policy.py::test_pod_closes_nothing_on_fewer_than_three_complete_outcomes"),
    Proof(EARLY, "its cohort design, with no pending patient anywhere: decision and selection",
          "for all states drawn",
          "tests/designs/test_early_reductions.py::test_no_pending_patient_anywhere_gives_the_cohort_design"),
    Proof(BACKFILL, "bfboin 0.1.1, decision after a cohort, 349 of 350 states (one depends on data the row lacks)",
          "equal, by `conflict: bfboin`",
          "tests/designs/test_bf_boin.py::test_every_published_decision_after_a_cohort"),
    Proof(BACKFILL, "bfboin 0.1.1, levels open for backfill, 250 states, three priorities", "equal",
          "tests/designs/test_bf_boin.py::test_every_published_level_open_for_backfill"),
    Proof(BACKFILL, "Zhao et al. 2024, table 4, scenarios 3 and 11, by bfboin 0.1.1, 1,000 trials each",
          "4 standard errors",
          "tests/designs/test_published_trials.py::test_bf_boin_agrees_with_the_simulation_of_its_package"),
    Proof(BACKFILL, "the mean numbers of patients printed there, which bfboin misses: it drops late backfill",
          "4 standard errors",
          "tests/designs/test_published_trials.py::test_bf_boin_of_the_paper_treats_as_many_as_its_table_prints"),
    Proof(BACKFILL, "BOIN where nobody was backfilled and nobody responded", "for all states drawn",
          "tests/designs/test_bf_boin.py::test_without_backfill_it_is_boin_and_without_a_response_nothing_opens"),
    Proof(BOTH, "TITE-BOIN without backfilled patients", "for all states drawn",
          "tests/designs/test_be_boin.py::test_without_backfilled_patients_it_is_tite_boin"),
    Proof(BOTH, "BF-BOIN with nobody pending and one level backfilled", "for all states drawn",
          "tests/designs/test_be_boin.py::test_with_nobody_pending_it_is_bf_boin_where_one_level_was_backfilled"),
    Proof(BOTH, "pools with imputed DLTs worked out by hand", "equal",
          "tests/designs/test_be_boin.py::test_the_pool_counts_imputed_dlts"),
    Proof(BOTH, "a lower level that disagrees by its imputed rate alone, worked out by hand", "equal",
          "tests/designs/test_be_boin.py::test_a_lower_level_is_judged_by_its_imputed_rate_alone"),
    Proof(BOTH, "early stop by everyone infused, and after a pool, beside BF-BOIN, by hand",
          "equal",
          "tests/designs/test_be_boin.py::test_enough_patients_at_a_level_count_its_pending_ones_and_stop_where_a_pool_stays"),
    Proof(BENEFIT, "the rule with admissible destinations, 320 states; escalation 0.2.3 departs from it (precedence)",
          "equal", "tests/designs/test_boin12.py::test_every_published_decision_with_admissible_destinations"),
    Proof(BENEFIT, "escalation 0.2.3 and both criteria of the OBD, 200 data sets each", "equal",
          "tests/designs/test_boin12.py::test_the_selected_level_is_the_published_one_in_every_row_and_reading"),
    Proof(BENEFIT, "escalation 0.2.3 boin12_rds and the printed scores of Lin et al. 2020, 166 outcomes", "equal",
          "tests/designs/test_boin12.py::test_every_published_score_of_desirability"),
    Proof(BENEFIT, "trialdesign.org, 10,000 trials, selection of levels 2 and 3", "4 standard errors",
          "tests/designs/test_published_trials.py::test_boin12_selects_as_often_as_trialdesign_org_prints"),
    Proof(BENEFIT, "without a limit of futility the levels that toxicity admits", "for all states drawn",
          "tests/designs/test_boin12.py::test_without_a_limit_of_futility_admissible_is_what_toxicity_alone_admits"),
    Proof(LATE_BENEFIT, "the rule, 320 states, two readings of admissible; PKBOIN-12 itself never suspends", "equal",
          "tests/designs/test_tite_boin12.py::test_every_published_decision_under_both_readings_of_admissible"),
    Proof(LATE_BENEFIT, "PKBOIN-12's quasi-events and effective sample sizes, 320 states", "1e-9",
          "tests/designs/test_tite_boin12.py::test_every_published_statistic"),
    Proof(LATE_BENEFIT, "BOIN12 with nobody pending", "for all states drawn",
          "tests/designs/test_tite_boin12.py::test_with_nobody_pending_it_is_boin12"),
    Proof(TITE_CRM, "dfcrm 0.2-2.1 titecrm, 150 data sets, both weights: fits and risks; level equal", "1e-6",
          "tests/designs/test_tite_crm.py::test_fits_and_levels_are_those_of_dfcrm_in_every_row"),
    Proof(TITE_CRM, "its weights in these data sets", "1e-12",
          "tests/designs/test_tite_crm.py::test_weights_are_those_of_dfcrm_in_every_row"),
    Proof(TITE_CRM, "dfcrm 0.2-2.1 titesim, 400 trials", "4 standard errors",
          "tests/designs/test_published_trials.py::test_tite_crm_agrees_with_titesim_of_dfcrm"),
    Proof(TITE_CRM, "fits with partial follow-up by fine-grid integration, 1 to 40 patients, both models", "1e-6",
          "tests/designs/test_tite_crm.py::test_a_fit_with_partial_follow_up_is_that_of_adaptive_integration"),
    Proof(TITE_CRM, "the safety stop by adaptive integration over the risks of level 1, both models", "cutoff 1e-7",
          "tests/designs/test_tite_crm.py::test_the_safety_stop_is_the_posterior_probability_that_level_1_is_too_toxic"),
    Proof(TITE_CRM, "CRM with nobody pending and the same coherence", "for all states drawn",
          "tests/designs/test_tite_crm.py::test_with_nobody_pending_it_is_the_crm_with_the_same_coherence"),
    Proof(CFOS, "CFO 2.2.0 CFO.next, 320 states; in 5 it goes to a closed level, which is not followed", "equal",
          "tests/designs/test_cfo.py::test_every_published_decision_that_names_no_closed_level"),
    Proof(CFOS, "its odds by adaptive integration, four targets", "1e-8",
          "tests/designs/test_cfo.py::test_odds_are_those_of_adaptive_integration"),
    Proof(CFOS, "CFO 2.2.0 lateonset.next, 75 data sets; in 2 it goes to a closed level", "equal; imputed DLTs 1e-5",
          "tests/designs/test_tite_cfo.py::test_every_published_decision_that_names_no_closed_level"),
    Proof(CFOS, "CFO 2.2.0 lateonset.simu, TITE-CFO, 600 trials", "4 standard errors",
          "tests/designs/test_published_trials.py::test_tite_cfo_agrees_with_the_simulation_of_its_package"),
    Proof(CFOS, "CFO 2.2.0 lateonset.simu, complete outcomes, 600 trials, by the exact engine", "4 standard errors",
          "tests/designs/test_published_trials.py::test_exact_cfo_agrees_with_the_simulation_of_its_package"),
    Proof(CFOS, "TITE-CFO is CFO with nobody pending", "for all states drawn",
          "tests/designs/test_tite_cfo.py::test_with_nobody_pending_it_is_cfo"),
    Proof(TITE, "TITEgBOIN 0.4.0, 5,000 trials of 3 configurations, and of a BOIN that waits", "4 standard errors",
          "tests/designs/test_published_trials.py::test_tite_boin_agrees_with_the_simulation_of_titegboin"),
    Proof("Every design", "invariants: total, no skipped untried level, one more DLT never raises the level",
          "for all states drawn", "tests/designs/test_invariants.py::test_one_more_dlt_never_raises_the_level"),
    Proof(EXACT, "rational arithmetic", "equal",
          "tests/exact/test_decision_graph.py::test_probabilities_are_right_in_rational_arithmetic"),
    Proof(EXACT, "checksum sum C 2^(N - n) = 2^N at every cap", "equal",
          "tests/exact/test_decision_graph.py::test_checksum_holds_at_every_cap_of_one_pass"),
    Proof(EXACT, "sampler, 33 configurations x 1,000,000 trials, every measure", "4 standard errors",
          "tests/exact/test_against_sampler.py::test_every_measure_agrees_with_a_million_trials"),
    Proof(CALENDAR, "Erlang C: mean wait for a manufacturing slot, 1.2 million Poisson requests, exponential times",
          "4 standard errors, which are at most 2 %",
          "tests/trial/test_queueing.py::test_the_mean_wait_for_a_slot_is_erlangs_within_2_percent"),
    Proof(CALENDAR, "every batch begun is infused, wasted for one reason, or under way", "equal",
          "tests/trial/test_consumption.py::test_batches_begun_are_infused_wasted_or_under_way"),
    Proof(CALENDAR, "risk links: odds of death by any day multiplied as stated", "1e-9",
          "tests/outcomes/test_risk_links.py::test_the_odds_of_death_by_any_day_are_multiplied"),
    Proof(CALENDAR, "sampler, no delays and no attrition, 33 configurations x 200 trials", "patient for patient",
          "tests/trial/test_zero_delay.py::test_the_calendar_without_delays_equals_the_sampler"),
    Proof(CALENDAR, "decision graph: ends of trials without delays", "equal",
          "tests/trial/test_zero_delay.py::test_a_trial_without_delays_ends_in_an_end_state_of_the_decision_graph"),
    Proof(CALENDAR, "ledger on random scenarios: one final state each, counts add up, time runs forward",
          "for all scenarios drawn", "tests/trial/test_invariants.py::test_the_ledger_is_sound"),
    Proof(CALENDAR, "every cap of one pass against a run closed at that cap", "patient for patient",
          "tests/trial/test_caps.py::test_a_run_capped_at_n_is_the_first_n_infused_of_the_largest"),
    Proof(CALENDAR, "backfill: place given back, level full or closed meanwhile, worked out by hand", "equal",
          "tests/trial/test_backfill.py::test_a_patient_for_backfill_whose_level_closes_in_lymphodepletion_is_infused_below_it"),
    Proof(CALENDAR, "printed check of the defaults: 18 % of enrolled not infused, and why", "4 standard errors",
          "tests/trial/test_printed_figures.py::test_why_enrolled_patients_are_not_infused"),
    Proof(PATIENTS, "calibration targets of the population, 1,000,000 referrals", "0.15 percentage points",
          "tests/population/test_calibration.py::test_each_criterion_fails_as_often_as_stated"),
    Proof(PATIENTS, "flow from referral to eligible", "0.5 percentage points",
          "tests/population/test_calibration.py::test_the_flow_is_the_stated_one"),
    Proof(PATIENTS, "29 Spearman correlations", "4 standard errors",
          "tests/population/test_calibration.py::test_latent_correlations_give_the_stated_spearman_correlations"),
    Proof(PATIENTS, "rows of a population file, drawn with replacement: each equally often", "4 standard errors",
          "tests/population/test_file_reader.py::test_rows_are_drawn_equally_often"),
    Proof(PATIENTS, "patients drawn from a file against `simulator screen` of their rows", "equal",
          "tests/population/test_file_reader.py::test_drawn_patients_are_judged_as_screen_judges_their_rows"),
    Proof(PATIENTS, "LOINC codes of the FHIR table", "check digits",
          "tests/patients/test_fhir.py::test_check_digits_of_every_loinc_code_are_right"),
    Proof(PATIENTS, "every quote stands in the protocol text", "verbatim",
          "tests/eligibility/test_criteria.py::test_every_quote_is_in_the_protocol"),
    Proof(WHAT_IF, "order-free shares: the Shapley value over all orders of the criteria", "1e-12",
          "tests/analysis/test_attrition.py::test_order_free_share_is_the_shapley_value_of_failing_anything"),
    Proof(WHAT_IF, "gains of every relaxation and pair: everybody judged again", "equal",
          "tests/analysis/test_attrition.py::test_gains_of_every_single_and_pair_equal_brute_force"),
    Proof(WHAT_IF, "smallest relaxation: every set run one by one", "equal",
          "tests/studies/test_smallest_relaxation.py::test_every_set_has_the_months_of_a_run_of_its_own_and_all_are_found_outside"),
    Proof(WHAT_IF, "McKane et al.: 190 of 773 consents not enrolled, as a calibrated preset",
          "4 standard errors and one of the source",
          "tests/scenario/test_calibrated_presets.py::test_share_of_consents_not_enrolled_is_the_published_one"),
    Proof(WHAT_IF, "five CAR-T products (PMC8427697, table 2): enrolled without product, as calibrated presets",
          "4 standard errors and one of the source",
          "tests/scenario/test_calibrated_presets.py::test_share_of_enrolled_without_product_is_the_published_one"),
    Proof(FORECAST, "simulated trials, from the opening; 2,000 of them: `python -m tests.forecast_calibration`",
          "4 standard errors; 80 % bands hold 79.5-82.5 % of 2,000",
          "tests/mid_trial/test_forecast_calibration.py::test_bands_from_the_opening_hold_as_often_as_they_say"),
    Proof(FORECAST, "simulated trials, forecasts made in months 6 to 12; 2,000 of them: the same command",
          "4 standard errors; 80 % bands hold 79.4-81.7 % of 1,999",
          "tests/mid_trial/test_forecast_calibration.py::test_bands_of_forecasts_in_months_6_to_12_hold_as_often_as_they_say"),
    Proof(FORECAST, "a trial taken up at any day against the trial never left, three readings of the rules",
          "patient for patient",
          "tests/trial/test_resumed.py::test_a_trial_left_and_taken_up_again_is_the_trial_never_left"),
    Proof(FORECAST, "trials of `compare`, same seed: counts, months, months by waiting", "equal",
          "tests/studies/test_forecast.py::test_trials_are_those_of_compare"),
    Proof(FORECAST, "Gamma-Poisson posterior (scipy.stats); counts of a thinned and delayed process",
          "1e-6; 4 standard errors",
          "tests/analysis/test_site_rates.py::test_the_multiplier_given_a_count_is_gamma"),
    Proof(ANSWER, "correct level of flat, rising, falling and steep ladders, by hand", "equal",
          "tests/commands/test_check.py::test_check_says_which_level_each_truth_calls_correct_and_why"),
    Proof(ANSWER, "a steep ladder's correct level above target + 0.05 is an overdose too", "equal",
          "tests/commands/test_check.py::test_a_steep_ladder_has_selections_that_are_correct_and_an_overdose"),
    Proof(ANSWER, "number enough with and without losses, four cases: one sentence, no contradiction", "equal",
          "tests/report/test_protocol.py::test_answers_that_agree_are_joined_by_and"),
    Proof(ANSWER, "the recorded output of `make compare`", "character for character",
          "tests/docs/test_readme.py::test_recorded_output_is_what_make_compare_prints"),
)  # fmt: skip


def document() -> str:
    """Return the text of docs/validation.md."""
    lines = [
        "# Validation",
        "",
        "What is proved, against which reference, how closely, and by which test. Made by",
        "`python -m tests.validation` from the tests; reference numbers lie in `tests/published/`.",
        "What was done to break it, how often and what was found: [what was tried](what_was_tried.md).",
        "",
    ]
    for subject in dict.fromkeys(proof.subject for proof in PROOFS):
        lines += [f"## {subject}", "", "| reference | agreement | test |", "| --- | --- | --- |"]
        lines += [
            f"| {proof.reference} | {proof.closeness} | `{proof.test}` |"
            for proof in PROOFS
            if proof.subject == subject
        ]
        lines.append("")
    return "\n".join(lines)


def functions_in(file: str) -> set[str]:
    """Return the names of the test functions of a file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
