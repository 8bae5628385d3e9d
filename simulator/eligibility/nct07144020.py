"""The 19 criteria of NCT07144020 as data: quote, test, boundary, readings, permitted relaxations."""

from typing import Final

from simulator.eligibility import exclusion, inclusion, relapsed_or_refractory
from simulator.eligibility.criterion import Criterion, Encoding, Part, Relaxation

_CHOICE: Final = "documented alternative"
_TRYOUT: Final = "value to try, an assumption"

_INCLUSION: Final = (
    Criterion(
        id="I1",
        quotes=(
            "Patients with a histologically or immunophenotypically confirmed diagnosis of CD117-positive "
            "Acute Myeloid Leukemia (AML).",
        ),
        boundary="AML confirmed, and CD117 on >= 20 % of blasts (inclusive)",
        fields=("aml_confirmed", "cd117_percent", "cd117_ihc_percent", "cd117_at_diagnosis_percent"),
        test=inclusion.cd117_positive,
        encoding=Encoding.APPROXIMATED,
        note="The text gives no threshold; 20 % is assumed. Flow cytometry of the most recent sample; "
        "immunohistochemistry where flow is missing.",
        readings=("cd117_percent", "cd117_sample", "cd117_immunohistochemistry_accepted"),
        ambiguities=("H14",),
        retest="only with a new sample",
        relaxations=(Relaxation("cd117_percent", 10.0, "H14"),),
    ),
    Criterion(
        id="I2",
        quotes=(
            "Diagnosis must meet the 2016 WHO classification criteria for AML and fulfill the definitions "
            "for relapsed or refractory disease per the \\Chinese Guidelines for the Diagnosis and "
            "Management of Relapsed/Refractory Acute Myeloid Leukemia (2017 Edition)\\, with no available "
            "suitable standard therapeutic options or registered clinical trials.",
            "Relapsed AML: Defined as the reappearance of leukemic blasts in the peripheral blood, bone "
            "marrow blast count \\>5% (when assessed morphologically, after excluding regenerative changes "
            "post-consolidation chemotherapy), or development of extramedullary disease after achieving a "
            "Complete Remission (CR).",
            "Refractory AML (meeting at least one criterion): Failure to achieve CR following two cycles "
            "of standard induction therapy in newly diagnosed patients; relapse within 12 months after CR "
            "following consolidation therapy; relapse beyond 12 months that fails to respond to "
            "conventional salvage chemotherapy; ≥2 relapses; or persistent extramedullary leukemia.",
        ),
        boundary="WHO 2016 diagnosis, and (I2a or I2b), and no standard option or registered trial available",
        fields=(
            "dx_who2016",
            "prior_cr",
            "first_response_was_cri",
            "pb_blasts",
            "bm_blasts_percent",
            "flow_blasts_percent",
            "regeneration_excluded",
            "emd_new",
            "emd_persistent",
            "n_induction",
            "high_dose_cytarabine_induction",
            "n_hma_venetoclax_cycles",
            "first_cr_day",
            "first_relapse_day",
            "consolidation_end_day",
            "leap_day_in_year",
            "referral_day_number",
            "consolidation",
            "n_relapses",
            "n_extramedullary_relapses",
            "n_molecular_relapses",
            "n_salvage",
            "n_low_intensity_salvage",
            "response_since_salvage",
            "salvage_response_was_cri",
            "alternatives_available",
            "standard_option_available",
        ),
        test=relapsed_or_refractory.disease,
        encoding=Encoding.APPROXIMATED,
        note="The guideline's own wording was not seen; the classes are those of the protocol text. The "
        "WHO diagnosis is historical, not tested on present blasts (H28). Alternatives are the "
        "investigator's judgement. A missing date leaves the date-dependent classes unknown (D29).",
        readings=(
            "disease_class",
            "relapse_event",
            "relapse_marrow_percent",
            "relapse_marrow_boundary",
            "flow_relapse_counts",
            "flow_blasts_percent",
            "regeneration",
            "regeneration_flow_percent",
            "early_relapse_clock",
            "twelve_months",
            "early_relapse_needs_consolidation",
            "salvage_courses",
            "salvage_counted",
            "relapse_counted",
            "induction_courses",
            "induction_counted",
            "response_counted",
            "alternatives",
        ),
        ambiguities=("H5", "H6", "H7", "H8", "H9", "H10", "H11", "H12", "H13", "H28"),
        retest="if the disease progresses",
        parts=(
            Part(
                "I2a",
                "CR before, and now blasts in the blood, or marrow blasts > 5 % (strict) with regeneration "
                "excluded, or new extramedullary disease",
                relapsed_or_refractory.relapsed,
            ),
            Part("I2b", "at least one of the five classes", relapsed_or_refractory.refractory),
            Part(
                "I2b-primary",
                "no CR after >= 2 intensive induction cycles",
                relapsed_or_refractory.primary_refractory,
            ),
            Part(
                "I2b-early",
                "first relapse <= 365 days (inclusive) after first CR, with consolidation",
                relapsed_or_refractory.early_relapse,
            ),
            Part(
                "I2b-late",
                "first relapse > 365 days (strict) after first CR, >= 1 conventional salvage course, no CR "
                "or CRi",
                relapsed_or_refractory.late_relapse,
            ),
            Part("I2b-two", ">= 2 relapses", relapsed_or_refractory.two_relapses),
            Part(
                "I2b-extramedullary",
                "persistent extramedullary leukaemia",
                relapsed_or_refractory.persistent_extramedullary,
            ),
            Part(
                "I2-definition",
                "WHO 2016 diagnosis, and relapsed or refractory",
                relapsed_or_refractory.disease_definition,
            ),
            Part(
                "I2-alternatives",
                "no standard option or registered trial available",
                relapsed_or_refractory.no_alternative,
            ),
        ),
    ),
    Criterion(
        id="I3",
        quotes=(
            "Presence of \\>5% bone marrow blasts (by morphology) and/or \\>1% (by flow cytometric "
            "analysis).",
        ),
        boundary="morphology > 5 % or flow > 1 % (both strict)",
        fields=("bm_blasts_percent", "flow_blasts_percent", "emd_new", "emd_persistent"),
        test=inclusion.marrow_blasts,
        encoding=Encoding.APPROXIMATED,
        note='"And/or" read as or; flow as percent of nucleated cells. Extramedullary-only disease '
        "passes I2 and fails here.",
        readings=(
            "marrow_blasts_percent",
            "flow_blasts_percent",
            "blast_rule",
            "blast_boundary",
            "extramedullary_waives_marrow",
        ),
        ambiguities=("H4", "H5"),
        retest="yes",
        relaxations=(
            Relaxation("flow_blasts_percent", 0.01, "H4: limit of a sister trial"),
            Relaxation("marrow_blasts_percent", None, "D40"),
            Relaxation("blast_boundary", "inclusive", _CHOICE),
            Relaxation("extramedullary_waives_marrow", True, "H5"),
        ),
    ),
    Criterion(
        id="I4",
        quotes=(
            "Total bilirubin ≤1.5 × ULN (≤51 μmol/L) ALT and AST ≤3 × ULN Serum creatinine ≤1.5 × ULN "
            "(≤176.8 μmol/L)",
        ),
        boundary="bilirubin <= 1.5 ULN and <= 51 umol/L; ALT and AST <= 3 ULN; creatinine <= 1.5 ULN and "
        "<= 176.8 umol/L (all inclusive)",
        fields=(
            "bilirubin_umol_l",
            "bilirubin_uln_umol_l",
            "alt_u_l",
            "alt_uln_u_l",
            "ast_u_l",
            "ast_uln_u_l",
            "creatinine_umol_l",
            "creatinine_uln_umol_l",
        ),
        test=inclusion.laboratory,
        encoding=Encoding.APPROXIMATED,
        note="The multiple of ULN and the absolute value disagree; by default both must hold, which admits "
        "nobody that either text forbids.",
        readings=(
            "lab_limit_mode",
            "bilirubin_x_uln",
            "bilirubin_umol_l",
            "transaminases",
            "transaminases_x_uln",
            "creatinine_x_uln",
            "creatinine_umol_l",
        ),
        ambiguities=("H1", "H2", "H3", "H30"),
        retest="yes, within the window",
        relaxations=(
            Relaxation("lab_limit_mode", "absolute", "H1, H2"),
            Relaxation("transaminases", "either", "H3"),
            Relaxation("bilirubin_x_uln", None, "D40"),
            Relaxation("bilirubin_umol_l", None, "D40"),
            Relaxation("transaminases_x_uln", None, "D40"),
            Relaxation("creatinine_x_uln", None, "D40"),
            Relaxation("creatinine_umol_l", None, "D40"),
        ),
        parts=(
            Part("I4-bilirubin", "<= 1.5 ULN and <= 51 umol/L (inclusive)", inclusion.bilirubin),
            Part("I4-transaminases", "ALT and AST <= 3 ULN (inclusive)", inclusion.transaminases),
            Part("I4-creatinine", "<= 1.5 ULN and <= 176.8 umol/L (inclusive)", inclusion.creatinine),
        ),
    ),
    Criterion(
        id="I5",
        quotes=("Left ventricular ejection fraction (LVEF) ≥50% as assessed by echocardiography.",),
        boundary="LVEF >= 50 % (inclusive) by echocardiography at most 28 days old",
        fields=("lvef_percent", "lvef_modality", "lvef_age_days"),
        test=inclusion.ejection_fraction,
        encoding=Encoding.APPROXIMATED,
        note="28 days are assumed. An older one or another modality is unknown until repeated (D28).",
        readings=("lvef_percent", "lvef_modality", "lvef_max_age_days"),
        ambiguities=("H15",),
        retest="once",
        relaxations=(
            Relaxation("lvef_percent", 45.0, _TRYOUT),
            Relaxation("lvef_modality", "any", "H15"),
            Relaxation("lvef_max_age_days", None, "D40"),
        ),
    ),
    Criterion(
        id="I6",
        quotes=("Oxygen saturation ≥92% on room air.",),
        boundary="not on oxygen, and SpO2 >= 92 % (inclusive)",
        fields=("spo2_percent", "on_oxygen"),
        test=inclusion.oxygen_saturation,
        encoding=Encoding.EXACT,
        note="On oxygen the value on room air is not obtainable: fail.",
        readings=("spo2_percent", "on_oxygen"),
        ambiguities=("H16",),
        retest="yes",
        relaxations=(
            Relaxation("spo2_percent", 90.0, _TRYOUT),
            Relaxation("on_oxygen", "room_air_trial", "H16"),
        ),
    ),
    Criterion(
        id="I7",
        quotes=("Life expectancy ≥3 months.",),
        boundary="estimate >= 3 months (inclusive)",
        fields=("life_expectancy_months",),
        test=inclusion.life_expectancy,
        encoding=Encoding.APPROXIMATED,
        note="The investigator's estimate, with its error; the true survival is never read (H17).",
        readings=("life_expectancy_months",),
        ambiguities=("H17",),
        retest="yes",
        relaxations=(Relaxation("life_expectancy_months", 2.0, "D40"),),
    ),
    Criterion(
        id="I8",
        quotes=("Eastern Cooperative Oncology Group (ECOG) Performance Status of 0, 1, or 2.",),
        boundary="ECOG 0, 1 or 2",
        fields=("ecog",),
        test=inclusion.performance_status,
        encoding=Encoding.EXACT,
        note="",
        readings=("ecog_max",),
        retest="yes",
        relaxations=(Relaxation("ecog_max", 3, "D40"),),
    ),
    Criterion(
        id="I9",
        quotes=(
            "For patients of childbearing potential: Agreement to use highly effective contraception from "
            "screening, throughout the study treatment period, and for at least 6 months after the cell "
            "infusion (due to unknown risks to the fetus).",
        ),
        boundary="not of childbearing potential, or agrees",
        fields=("childbearing_potential", "agrees_contraception", "sex"),
        test=inclusion.contraception,
        encoding=Encoding.EXACT,
        note="Agreement at screening; keeping to it for 6 months is not modelled. Men are asked too.",
        readings=("contraception_asked",),
        ambiguities=("H18",),
        retest="yes",
    ),
    Criterion(
        id="I10",
        quotes=(
            "Voluntary participation, understanding of the study procedures, and provision of written "
            "informed consent by the patient or their legally authorized representative.",
        ),
        boundary="signed before the first study procedure",
        fields=("consent_signed", "consent_day", "first_procedure_day", "consent_signer"),
        test=inclusion.consent,
        encoding=Encoding.APPROXIMATED,
        note="A state of the patient's way, not a screen failure (D18). No signature on file is a fail "
        "(D26). "
        "Understanding is taken from the signature.",
        readings=("consent_signer", "missing_consent"),
        ambiguities=("H19",),
        retest="withdrawal at any time",
    ),
)

_EXCLUSION: Final = (
    Criterion(
        id="E1",
        quotes=("Patients with the history of epilepsy or other CNS disease;",),
        boundary="no history of epilepsy or other CNS disease, ever",
        fields=("cns_history", "cns_kind"),
        test=exclusion.no_cns_disease,
        encoding=Encoding.EXACT,
        note="Read as written: any time in life.",
        readings=("cns_reading",),
        ambiguities=("H26",),
        relaxations=(
            Relaxation("cns_reading", "active_only", "D40"),
            Relaxation("cns_reading", "cleared_leukaemia_allowed", "H26"),
        ),
    ),
    Criterion(
        id="E2",
        quotes=("Patients with prolonged QT interval time or severe heart disease;",),
        boundary="QTcF <= 480 ms (> 480 excluded, strict), NYHA I-II, no myocardial infarction within 182 "
        "days (inclusive), no uncontrolled arrhythmia",
        fields=("qtcf_ms", "qtcb_ms", "sex", "nyha", "infarct", "infarct_days_ago", "arrhythmia"),
        test=exclusion.heart,
        encoding=Encoding.APPROXIMATED,
        note="The text gives neither formula nor limit nor a definition of severe; all are assumed (D24).",
        readings=(
            "qtc_rule",
            "qtc_formula",
            "qtc_limit_ms",
            "qtc_limit_male_ms",
            "qtc_limit_female_ms",
            "nyha_max",
            "infarct_within_days",
        ),
        ambiguities=("H25",),
        retest="QT interval: yes, in triplicate",
        relaxations=(Relaxation("qtc_limit_ms", 500.0, "H25"),),
        parts=(
            Part("E2-QTc", "QTcF > 480 ms (strict) is excluded", exclusion.qt_not_prolonged),
            Part(
                "E2-heart",
                "NYHA III-IV, myocardial infarction <= 182 days ago, or uncontrolled arrhythmia is excluded",
                exclusion.no_severe_heart_disease,
            ),
        ),
    ),
    Criterion(
        id="E3",
        quotes=("Active infection with no cure;",),
        boundary="no infection that is active and not controlled",
        fields=("infection_active", "infection_controlled", "infection_ended_days_ago"),
        test=exclusion.no_active_infection,
        encoding=Encoding.APPROXIMATED,
        note='"With no cure" read as not controlled at the eligibility date.',
        readings=("infection_reading", "infection_recent_days"),
        ambiguities=("H20",),
        retest="yes: resolve, then one re-screen",
    ),
    Criterion(
        id="E4",
        quotes=("Active infection of hepatitis B virus or C virus ;",),
        boundary="HBV DNA and HCV RNA below the assay limit, or serology negative",
        fields=("hbsag", "hbv_dna", "hcv_antibody", "hcv_rna"),
        test=exclusion.hepatitis,
        encoding=Encoding.APPROXIMATED,
        note="Active read as detectable virus. Positive serology without the virus test is unknown. "
        "Prophylaxis is "
        "recorded, not tested (D27).",
        readings=("hepatitis_reading", "untested_virus"),
        ambiguities=("H21",),
        retest="after antiviral therapy, usually beyond the window",
        relaxations=(
            Relaxation("hepatitis_reading", None, "D40; the default is the widest reading offered"),
        ),
        parts=(
            Part(
                "E4-HBV", "HBV DNA at or above the assay limit is excluded", exclusion.hepatitis_b_not_active
            ),
            Part("E4-HCV", "HCV RNA detectable is excluded", exclusion.hepatitis_c_not_active),
        ),
    ),
    Criterion(
        id="E5",
        quotes=("Before using any gene therapy products;",),
        boundary="never received a gene-modified cell or vector product",
        fields=("prior_gene_therapy", "gene_therapy_days_ago", "gene_therapy_was_car_t"),
        test=exclusion.no_gene_therapy,
        encoding=Encoding.APPROXIMATED,
        note='The sentence is read as "prior use of any".',
        readings=("gene_therapy_reading", "gene_therapy_recent_days"),
        ambiguities=("H22",),
        relaxations=(
            Relaxation("gene_therapy_reading", "recent", "D40: 6 months; needs gene_therapy_days_ago"),
            Relaxation("gene_therapy_recent_days", None, "D40"),
            Relaxation("gene_therapy_reading", "car_t_only", "H22; needs gene_therapy_was_car_t"),
        ),
    ),
    Criterion(
        id="E6",
        quotes=("The proiferation rate is less than 5 times response to CD3/CD28 co-stimulation signal;",),
        boundary="T-cell expansion >= 5-fold (5.0 passes)",
        fields=("donor_tcell_fold", "patient_tcell_fold"),
        test=exclusion.tcells_proliferate,
        encoding=Encoding.APPROXIMATED,
        note="Read as the donor's cells, since the product is donor-derived: judged after leukapheresis, "
        "never a screen failure (D18). With tcell_source patient it is judged at screening.",
        readings=("tcell_fold", "tcell_source"),
        ambiguities=("H23",),
        retest="one other donor",
    ),
    Criterion(
        id="E7",
        quotes=(
            "Suffering from other uncontrolled diseases that the researchers consider unsuitable for "
            "joining;",
        ),
        boundary="no flag raised by the investigator",
        fields=("uncontrolled_disease_flag",),
        test=exclusion.no_uncontrolled_disease,
        encoding=Encoding.APPROXIMATED,
        note="Judgement, drawn at random; one merged probability with E9, two reason codes. Empty is no "
        "flag.",
        readings=("empty_objection",),
        ambiguities=("H24",),
        retest="yes",
    ),
    Criterion(
        id="E8",
        quotes=("Infected with AIDS virus;",),
        boundary="HIV negative",
        fields=("hiv",),
        test=exclusion.no_hiv,
        encoding=Encoding.EXACT,
        note="",
    ),
    Criterion(
        id="E9",
        quotes=(
            "Any situation that researchers believe may increase the risk to the subjects or interfere "
            "with the trial results.",
        ),
        boundary="no flag raised by the investigator",
        fields=("investigator_flag",),
        test=exclusion.no_investigator_objection,
        encoding=Encoding.APPROXIMATED,
        note="Judgement, drawn at random; one merged probability with E7, two reason codes. Empty is no "
        "flag.",
        readings=("empty_objection",),
        ambiguities=("H24",),
        retest="yes",
    ),
)

CRITERIA: Final = _INCLUSION + _EXCLUSION
"""I1..I10, then E1..E9."""

PRIMARY_ORDER: Final = (
    *(
        "I10",
        "I1",
        "I2",
        "E5",
        "E8",
        "E4",
        "E1",
        "I3",
        "I4",
        "I5",
        "E2",
        "I6",
        "E3",
        "I8",
        "I7",
        "I9",
        "E7",
        "E9",
    ),
    "E6",
)
"""Order in which the primary reason is sought (D18); E6 counts only where it is judged at screening."""
