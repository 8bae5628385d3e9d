"""How the criteria are read: every threshold, and every ambiguity of the text with its alternatives.

Each setting is a named reading with a default. H numbers are the ambiguities listed in `docs/eligibility.md`,
D numbers the decisions behind the defaults. Where an alternative needs data that the synthetic population
lacks, the criterion is unknown (never silently passed) until the field is supplied; a comment names it.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

Percent = Annotated[float, Field(ge=0, le=100)]


class LabLimit(StrEnum):
    """Which limit holds where a multiple of ULN and an absolute value disagree (H1, H2)."""

    BOTH = "both"
    ABSOLUTE = "absolute"
    ULN_MULTIPLE = "uln_multiple"
    EITHER = "either"


class Transaminases(StrEnum):
    """Whether ALT and AST must both be within the limit (H3)."""

    BOTH = "both"
    EITHER = "either"


class BlastRule(StrEnum):
    """How "and/or" joins morphology and flow cytometry (H4)."""

    OR = "or"
    AND = "and"


class Boundary(StrEnum):
    """Whether a value exactly at the limit is above it (H4, H7)."""

    STRICT = "strict"
    INCLUSIVE = "inclusive"


class DiseaseClass(StrEnum):
    """Which definition must hold: relapsed or refractory, or a refractory class for all (H6)."""

    RELAPSED_OR_REFRACTORY = "relapsed_or_refractory"
    REFRACTORY = "refractory"


class RelapseEvent(StrEnum):
    """Whether "relapsed" is present disease after a CR, or a relapse at any time in the past (D22)."""

    PRESENT_DISEASE = "present_disease"
    PAST_EVENT = "past_event"


class Regeneration(StrEnum):
    """When regenerative changes count as excluded (H8, D23)."""

    STATED_OR_FLOW = "stated_or_flow"
    STATED = "stated"


class RelapseClock(StrEnum):
    """Where the months to an early relapse begin (H9)."""

    FIRST_REMISSION = "first_remission"
    END_OF_CONSOLIDATION = "end_of_consolidation"  # needs consolidation_end_days


class TwelveMonths(StrEnum):
    """What 12 months are (H9)."""

    DAYS_365 = "days_365"
    CALENDAR = "calendar"  # needs leap_day_in_year for an interval of 366 days


class SalvageCounted(StrEnum):
    """Which courses are salvage (H10)."""

    CONVENTIONAL = "conventional"
    ANY_INTENSITY = "any_intensity"  # needs n_low_intensity_salvage


class RelapseCounted(StrEnum):
    """Which relapses count towards two (H11)."""

    HAEMATOLOGICAL_OR_EXTRAMEDULLARY = "haematological_or_extramedullary"
    HAEMATOLOGICAL = "haematological"  # needs n_extramedullary_relapses
    MOLECULAR_TOO = "molecular_too"  # needs n_molecular_relapses


class InductionCounted(StrEnum):
    """What counts as two cycles of standard induction (H12)."""

    TWO_INTENSIVE = "two_intensive"
    OR_EQUIVALENT = "or_equivalent"  # needs high_dose_cytarabine_induction and n_hma_venetoclax_cycles


class ResponseCounted(StrEnum):
    """Whether a remission with incomplete recovery of the blood counts is a complete one."""

    CR_OR_CRI = "cr_or_cri"
    CR_ONLY = "cr_only"  # needs first_response_was_cri and salvage_response_was_cri


class Alternatives(StrEnum):
    """Which alternatives to the trial exclude (H13)."""

    STANDARD_OR_TRIAL = "standard_or_trial"
    STANDARD_ONLY = "standard_only"  # needs standard_option_available


class Cd117Sample(StrEnum):
    """Which sample shows CD117 (H14)."""

    MOST_RECENT = "most_recent"
    AT_DIAGNOSIS = "at_diagnosis"  # needs cd117_at_diagnosis_percent


class LvefModality(StrEnum):
    """How the LVEF may be measured (H15, D28)."""

    ECHOCARDIOGRAPHY = "echocardiography"
    ANY = "any"


class OnOxygen(StrEnum):
    """What is done with a patient on oxygen (H16)."""

    FAIL = "fail"
    ROOM_AIR_TRIAL = "room_air_trial"


class ContraceptionAsked(StrEnum):
    """Who must agree to contraception (H18)."""

    BOTH_SEXES = "both_sexes"
    WOMEN_ONLY = "women_only"


class Signer(StrEnum):
    """Who may sign (H19)."""

    PATIENT_OR_REPRESENTATIVE = "patient_or_representative"
    PATIENT_ONLY = "patient_only"  # needs consent_signer


class MissingConsent(StrEnum):
    """What an empty entry of the signature is (D26)."""

    FAIL = "fail"
    UNKNOWN = "unknown"


class InfectionReading(StrEnum):
    """What "active infection with no cure" is (H20)."""

    ACTIVE_UNCONTROLLED = "active_uncontrolled"
    ANY_ACTIVE = "any_active"
    ANY_RECENT = "any_recent"  # needs infection_ended_days_ago


class HepatitisReading(StrEnum):
    """What active hepatitis B or C is (H21, D27)."""

    VIRUS_DETECTABLE = "virus_detectable"
    HBSAG_EXCLUDES = "hbsag_excludes"


class UntestedVirus(StrEnum):
    """What negative serology says where the virus itself was not looked for (D27)."""

    PASSES = "passes"
    UNKNOWN = "unknown"


class EmptyObjection(StrEnum):
    """What an empty box of the investigator is: no objection, or one not yet filled in (D26)."""

    NONE = "none"
    UNKNOWN = "unknown"


class GeneTherapyReading(StrEnum):
    """Which earlier gene therapy excludes (H22)."""

    EVER = "ever"
    RECENT = "recent"  # needs gene_therapy_days_ago
    CAR_T_ONLY = "car_t_only"  # needs gene_therapy_was_car_t


class TcellSource(StrEnum):
    """Whose T cells must proliferate (H23)."""

    DONOR = "donor"
    PATIENT = "patient"  # needs patient_tcell_fold; then E6 is judged at screening


class QtRule(StrEnum):
    """Whether one QT limit holds for both sexes (H25, D24)."""

    ONE_LIMIT = "one_limit"
    BY_SEX = "by_sex"


class QtFormula(StrEnum):
    """Which correction of the QT interval is read (H25)."""

    FRIDERICIA = "fridericia"
    BAZETT = "bazett"  # needs qtcb_ms


class CnsReading(StrEnum):
    """Which history of CNS disease excludes (H26)."""

    ANY_HISTORY = "any_history"
    CLEARED_LEUKAEMIA_ALLOWED = "cleared_leukaemia_allowed"
    ACTIVE_ONLY = "active_only"


class OptionalRules(BaseModel, frozen=True, extra="forbid"):
    """Rules the protocol text is silent about (H27): all off, listed in the report when on.

    Fields that the synthetic population does not have leave the rule unknown, so nobody is eligible until
    they are supplied. The exceptions are the two age rules.
    """

    min_age_years: float | None = Field(default=None, ge=0, le=120)
    max_age_years: float | None = Field(default=None, ge=0, le=120)
    exclude_pregnant: bool = False
    exclude_lactating: bool = False
    exclude_active_gvhd: bool = False
    exclude_immunosuppression: bool = False
    exclude_promyelocytic: bool = False
    washout_days: int | None = Field(default=None, ge=0, le=3650)
    min_neutrophils_10e9_l: float | None = Field(default=None, ge=0, le=100)
    min_platelets_10e9_l: float | None = Field(default=None, ge=0, le=2000)
    require_hla_matched_donor: bool = False
    require_rescue_donor: bool = False


class EligibilityReadings(BaseModel, frozen=True, extra="forbid"):
    """Thresholds and readings of the 19 criteria of NCT07144020.

    The ranges of the thresholds stop where a relaxation would no longer be a permitted one (D40): ECOG 3, a
    life expectancy of 2 months, an unchanged T-cell fold. LVEF and saturation have the range in which a limit can
    bite: 0.45 or 4.5 is a slip of unit.
    """

    # I1
    cd117_percent: Percent = 20.0
    cd117_sample: Cd117Sample = Cd117Sample.MOST_RECENT
    cd117_immunohistochemistry_accepted: bool = True
    # I2
    disease_class: DiseaseClass = DiseaseClass.RELAPSED_OR_REFRACTORY
    relapse_event: RelapseEvent = RelapseEvent.PRESENT_DISEASE
    relapse_marrow_percent: Percent = 5.0
    relapse_marrow_boundary: Boundary = Boundary.STRICT
    flow_relapse_counts: bool = False
    regeneration: Regeneration = Regeneration.STATED_OR_FLOW
    regeneration_flow_percent: Percent = 1.0
    early_relapse_clock: RelapseClock = RelapseClock.FIRST_REMISSION
    twelve_months: TwelveMonths = TwelveMonths.DAYS_365
    early_relapse_needs_consolidation: bool = True
    salvage_courses: int = Field(default=1, ge=1, le=5)
    salvage_counted: SalvageCounted = SalvageCounted.CONVENTIONAL
    relapse_counted: RelapseCounted = RelapseCounted.HAEMATOLOGICAL_OR_EXTRAMEDULLARY
    induction_courses: int = Field(default=2, ge=1, le=5)
    induction_counted: InductionCounted = InductionCounted.TWO_INTENSIVE
    response_counted: ResponseCounted = ResponseCounted.CR_OR_CRI
    alternatives: Alternatives = Alternatives.STANDARD_OR_TRIAL
    # I3
    marrow_blasts_percent: Percent = 5.0
    flow_blasts_percent: Percent = 1.0
    blast_rule: BlastRule = BlastRule.OR
    blast_boundary: Boundary = Boundary.STRICT
    extramedullary_waives_marrow: bool = False
    # I4
    lab_limit_mode: LabLimit = LabLimit.BOTH
    bilirubin_x_uln: float = Field(default=1.5, gt=0, le=100)
    bilirubin_umol_l: float = Field(default=51.0, gt=0, le=1000)
    transaminases: Transaminases = Transaminases.BOTH
    transaminases_x_uln: float = Field(default=3.0, gt=0, le=100)
    creatinine_x_uln: float = Field(default=1.5, gt=0, le=100)
    creatinine_umol_l: float = Field(default=176.8, gt=0, le=5000)
    # I5
    lvef_percent: float = Field(default=50.0, ge=10, le=90)
    lvef_modality: LvefModality = LvefModality.ECHOCARDIOGRAPHY
    lvef_max_age_days: int = Field(default=28, ge=0, le=3650)
    # I6
    spo2_percent: float = Field(default=92.0, ge=50, le=100)
    on_oxygen: OnOxygen = OnOxygen.FAIL
    # I7, I8
    life_expectancy_months: float = Field(default=3.0, ge=2, le=120)
    ecog_max: int = Field(default=2, ge=0, le=3)
    # I9, I10
    contraception_asked: ContraceptionAsked = ContraceptionAsked.BOTH_SEXES
    consent_signer: Signer = Signer.PATIENT_OR_REPRESENTATIVE
    missing_consent: MissingConsent = MissingConsent.FAIL
    # E1
    cns_reading: CnsReading = CnsReading.ANY_HISTORY
    # E2
    qtc_rule: QtRule = QtRule.ONE_LIMIT
    qtc_formula: QtFormula = QtFormula.FRIDERICIA
    qtc_limit_ms: float = Field(default=480.0, ge=300, le=700)
    qtc_limit_male_ms: float = Field(default=450.0, ge=300, le=700)
    qtc_limit_female_ms: float = Field(default=470.0, ge=300, le=700)
    nyha_max: int = Field(default=2, ge=1, le=4)
    infarct_within_days: int = Field(default=182, ge=0, le=36525)
    # E3
    infection_reading: InfectionReading = InfectionReading.ACTIVE_UNCONTROLLED
    infection_recent_days: int = Field(default=14, ge=1, le=365)
    # E4, E5, E6
    hepatitis_reading: HepatitisReading = HepatitisReading.VIRUS_DETECTABLE
    untested_virus: UntestedVirus = UntestedVirus.PASSES
    gene_therapy_reading: GeneTherapyReading = GeneTherapyReading.EVER
    gene_therapy_recent_days: int = Field(default=182, ge=1, le=36525)
    tcell_fold: float = Field(default=5.0, ge=5, le=1000)
    tcell_source: TcellSource = TcellSource.DONOR
    # E7, E9
    empty_objection: EmptyObjection = EmptyObjection.NONE
    # silent points
    optional_rules: OptionalRules = OptionalRules()

    @model_validator(mode="after")
    def _age_range(self) -> Self:
        low, high = self.optional_rules.min_age_years, self.optional_rules.max_age_years
        if low is not None and high is not None and low > high:
            raise ValueError(f"optional_rules: min_age_years {low:g} <= max_age_years {high:g} is required")
        return self
