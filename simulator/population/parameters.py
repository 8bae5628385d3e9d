"""Every number of the synthetic referral population, with its documented default.

All values are assumptions unless the scenario gives their source. One model per block of the scenario file;
1 month = 30.4375 days.
"""

from typing import Annotated, Final, Self

from pydantic import BaseModel, Field, PrivateAttr, field_validator, model_validator

from simulator.population.copula import correlation_matrix
from simulator.population.file_rows import Missing, PatientRows

MIX_TOLERANCE: Final = 1e-9
"""How far the shares of a mix may be from adding up to 1."""

Probability = Annotated[float, Field(ge=0, le=1)]
Percent = Annotated[float, Field(ge=0, le=100)]
PositiveDays = Annotated[float, Field(gt=0, le=36525)]
LogSd = Annotated[float, Field(gt=0, le=5)]


def _must_sum_to_one(model: BaseModel) -> None:
    shares = {name: getattr(model, name) for name in type(model).model_fields}
    total = sum(shares.values())
    if abs(total - 1) > MIX_TOLERANCE:
        listed = ", ".join(f"{name} {share:g}" for name, share in shares.items())
        raise ValueError(f"shares add up to {total:.10g}, legal: 1; {listed}")


class Age(BaseModel, frozen=True, extra="forbid"):
    """Normal, truncated to the range."""

    mean_years: float = Field(default=50.0, ge=0, le=120)
    sd_years: float = Field(default=15.0, gt=0, le=60)
    min_years: float = Field(default=18.0, ge=0, le=120)
    max_years: float = Field(default=80.0, ge=0, le=120)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.min_years < self.max_years:
            raise ValueError(f"min_years {self.min_years:g} < max_years {self.max_years:g} is required")
        for bound in (self.min_years, self.max_years):
            if abs(bound - self.mean_years) > 8 * self.sd_years:
                raise ValueError(f"bound {bound:g} lies more than 8 sd_years from mean_years; use a wider sd")
        return self


class Sex(BaseModel, frozen=True, extra="forbid"):
    """Share of men."""

    male: Probability = 0.56


class StatusMix(BaseModel, frozen=True, extra="forbid"):
    """Disease status at referral, shares that add up to 1.

    The last three are not relapsed or refractory in the protocol's sense, or cannot be shown to be (D7);
    their default is 0.
    """

    primary_refractory: Probability = 0.33
    early_first_relapse: Probability = 0.27
    late_first_relapse: Probability = 0.15
    two_or_more_relapses: Probability = 0.21
    extramedullary_only: Probability = 0.04
    one_induction_course: Probability = 0.0
    residual_disease_only: Probability = 0.0
    undated_first_relapse: Probability = 0.0

    @model_validator(mode="after")
    def _sums(self) -> Self:
        _must_sum_to_one(self)
        return self


class Remission(BaseModel, frozen=True, extra="forbid"):
    """Days from first CR to first relapse: log-normal, split at the limit into early and late."""

    median_days: PositiveDays = 274.0
    log_sd: LogSd = 0.91
    early_at_most_days: PositiveDays = 365.0


class Relapse(BaseModel, frozen=True, extra="forbid"):
    """Log-normal days from the last relapse to referral, and from the first relapse to the last."""

    last_to_referral_median_days: PositiveDays = 30.0
    last_to_referral_log_sd: LogSd = 0.8
    first_to_last_median_days: PositiveDays = 180.0
    first_to_last_log_sd: LogSd = 0.7


class RefractoryInduction(BaseModel, frozen=True, extra="forbid"):
    """Induction courses of primary refractory patients."""

    two: Probability = 0.75
    three: Probability = 0.20
    four: Probability = 0.05

    @model_validator(mode="after")
    def _sums(self) -> Self:
        _must_sum_to_one(self)
        return self


class RelapsedInduction(BaseModel, frozen=True, extra="forbid"):
    """Induction courses of patients who reached a first CR."""

    one: Probability = 0.65
    two: Probability = 0.35

    @model_validator(mode="after")
    def _sums(self) -> Self:
        _must_sum_to_one(self)
        return self


class Induction(BaseModel, frozen=True, extra="forbid"):
    """Induction courses; extramedullary-only patients had two."""

    primary_refractory: RefractoryInduction = RefractoryInduction()
    relapsed: RelapsedInduction = RelapsedInduction()


class Consolidation(BaseModel, frozen=True, extra="forbid"):
    """Probability of consolidation in the first CR, by status; never without a CR."""

    early_first_relapse: Probability = 0.85
    late_first_relapse: Probability = 0.97
    two_or_more_relapses: Probability = 0.90


class RelapseCount(BaseModel, frozen=True, extra="forbid"):
    """Relapses of patients with at least two."""

    two: Probability = 0.75
    three: Probability = 0.25

    @model_validator(mode="after")
    def _sums(self) -> Self:
        _must_sum_to_one(self)
        return self


class SalvageCourses(BaseModel, frozen=True, extra="forbid"):
    """Salvage courses since the last relapse (since induction where there was no CR)."""

    none: Probability
    one: Probability
    two: Probability

    @model_validator(mode="after")
    def _sums(self) -> Self:
        _must_sum_to_one(self)
        return self


class Salvage(BaseModel, frozen=True, extra="forbid"):
    """Salvage courses by status; extramedullary-only patients had one. None led to a CR or CRi."""

    primary_refractory: SalvageCourses = SalvageCourses(none=0.40, one=0.40, two=0.20)
    early_first_relapse: SalvageCourses = SalvageCourses(none=0.45, one=0.40, two=0.15)
    late_first_relapse: SalvageCourses = SalvageCourses(none=0.30, one=0.50, two=0.20)
    two_or_more_relapses: SalvageCourses = SalvageCourses(none=0.40, one=0.40, two=0.20)


class PriorTransplant(BaseModel, frozen=True, extra="forbid"):
    """Probability of an earlier allogeneic transplant, by status (0.40 over the default mix)."""

    primary_refractory: Probability = 0.10
    early_first_relapse: Probability = 0.48
    late_first_relapse: Probability = 0.50
    two_or_more_relapses: Probability = 0.72
    extramedullary_only: Probability = 0.28


class Marrow(BaseModel, frozen=True, extra="forbid"):
    """Marrow blasts by morphology: logit-normal; extramedullary-only: up to the limit, by the same latent."""

    median_percent: float = Field(default=27.0, gt=0, lt=100)
    logit_sd: float = Field(default=1.5, gt=0, le=10)
    extramedullary_only_below_percent: Percent = 5.0


class Flow(BaseModel, frozen=True, extra="forbid"):
    """Marrow blasts by flow cytometry: a log-normal multiple of morphology, capped at 100 %."""

    mean_log_ratio: float = Field(default=-0.1, ge=-5, le=5)
    sd_log_ratio: LogSd = 0.5
    extramedullary_only_below_percent: Percent = 1.0


class BloodBlasts(BaseModel, frozen=True, extra="forbid"):
    """Probability of blasts in the blood, by marrow blasts."""

    marrow_at_most_5_percent: Probability = 0.25
    marrow_5_to_20_percent: Probability = 0.60
    marrow_above_20_percent: Probability = 0.85


class Cd117(BaseModel, frozen=True, extra="forbid"):
    """Percent of blasts positive for CD117: a mixture of two beta laws, times 100."""

    positive_share: Probability = 0.80
    positive_alpha: float = Field(default=3.0, ge=0.05, le=100)
    positive_beta: float = Field(default=1.2, ge=0.05, le=100)
    negative_alpha: float = Field(default=0.6, ge=0.05, le=100)
    negative_beta: float = Field(default=8.0, ge=0.05, le=100)


class Extramedullary(BaseModel, frozen=True, extra="forbid"):
    """Probability of extramedullary disease next to that of the marrow (odds ratio 2 where CD117 is low)."""

    low_cd117_below_percent: Percent = 20.0
    if_low_cd117: Probability = 0.22522
    otherwise: Probability = 0.12690


class Alternatives(BaseModel, frozen=True, extra="forbid"):
    """Probability that a suitable standard option or registered trial is available."""

    available: Probability = 0.03


class MultipleOfUln(BaseModel, frozen=True, extra="forbid"):
    """A laboratory value as a log-normal multiple of the upper limit of normal (ULN)."""

    median_x_uln: float = Field(gt=0, le=100)
    log_sd: LogSd


class UpperLimits(BaseModel, frozen=True, extra="forbid"):
    """Upper limits of normal, the same at all sites."""

    bilirubin_umol_l: float = Field(default=21.0, gt=0, le=100)
    alt_male_u_l: float = Field(default=50.0, gt=0, le=500)
    alt_female_u_l: float = Field(default=40.0, gt=0, le=500)
    ast_male_u_l: float = Field(default=40.0, gt=0, le=500)
    ast_female_u_l: float = Field(default=35.0, gt=0, le=500)
    creatinine_male_umol_l: float = Field(default=104.0, gt=0, le=500)
    creatinine_female_umol_l: float = Field(default=84.0, gt=0, le=500)


class Laboratory(BaseModel, frozen=True, extra="forbid"):
    """Liver and kidney values, and their upper limits of normal."""

    bilirubin: MultipleOfUln = MultipleOfUln(median_x_uln=0.65, log_sd=0.50)
    alt: MultipleOfUln = MultipleOfUln(median_x_uln=0.60, log_sd=0.75)
    ast: MultipleOfUln = MultipleOfUln(median_x_uln=0.55, log_sd=0.65)
    creatinine: MultipleOfUln = MultipleOfUln(median_x_uln=0.65, log_sd=0.32)
    upper_limits: UpperLimits = UpperLimits()


class Lvef(BaseModel, frozen=True, extra="forbid"):
    """Left ventricular ejection fraction: a mixture of two normal laws."""

    normal_share: Probability = 0.92
    normal_mean_percent: Percent = 62.0
    normal_sd_percent: float = Field(default=6.0, gt=0, le=50)
    reduced_mean_percent: Percent = 47.0
    reduced_sd_percent: float = Field(default=6.0, gt=0, le=50)


class Qtcf(BaseModel, frozen=True, extra="forbid"):
    """QT interval corrected after Fridericia: normal."""

    mean_ms: float = Field(default=420.0, ge=200, le=800)
    sd_ms: float = Field(default=26.0, gt=0, le=200)


class HeartDiseaseKinds(BaseModel, frozen=True, extra="forbid"):
    """What a severe heart disease is; exactly one of these."""

    nyha_3: Probability = 0.40
    nyha_4: Probability = 0.10
    recent_infarct: Probability = 0.15
    uncontrolled_arrhythmia: Probability = 0.35

    @model_validator(mode="after")
    def _sums(self) -> Self:
        _must_sum_to_one(self)
        return self


class HeartDisease(BaseModel, frozen=True, extra="forbid"):
    """Probability of severe heart disease (odds ratio 5 where the LVEF is low), and its kinds."""

    low_lvef_below_percent: Percent = 50.0
    if_low_lvef: Probability = 0.07339
    otherwise: Probability = 0.01559
    kinds: HeartDiseaseKinds = HeartDiseaseKinds()
    infarct_within_days: int = Field(default=182, ge=1, le=3650)


class Infection(BaseModel, frozen=True, extra="forbid"):
    """Probability of an active infection, and that an active one is controlled."""

    active: Probability = 0.22
    controlled_if_active: Probability = 0.32


class Spo2(BaseModel, frozen=True, extra="forbid"):
    """Oxygen saturation on room air, rounded, at most 100 %; oxygen is given below the limit only."""

    mean_percent: Percent = 97.0
    sd_percent: float = Field(default=1.5, gt=0, le=20)
    uncontrolled_infection_mean_percent: Percent = 94.5
    uncontrolled_infection_sd_percent: float = Field(default=2.5, gt=0, le=20)
    oxygen_below_percent: Percent = 92.0
    on_oxygen_if_below: Probability = 0.50


class Survival(BaseModel, frozen=True, extra="forbid"):
    """True survival from referral without the trial: Weibull (shape 1: exponential). Read by no criterion."""

    scale_months: float = Field(default=7.93, gt=0, le=1200)
    shape: float = Field(default=1.0, ge=0.1, le=10)


class LifeExpectancy(BaseModel, frozen=True, extra="forbid"):
    """The investigator's estimate, not the truth: log-normal."""

    median_months: float = Field(default=5.5, gt=0, le=1200)
    log_sd: LogSd = 0.5


class Ecog(BaseModel, frozen=True, extra="forbid"):
    """Performance status, shares that add up to 1."""

    ecog_0: Probability = 0.18
    ecog_1: Probability = 0.47
    ecog_2: Probability = 0.25
    ecog_3: Probability = 0.08
    ecog_4: Probability = 0.02

    @model_validator(mode="after")
    def _sums(self) -> Self:
        _must_sum_to_one(self)
        return self


class Childbearing(BaseModel, frozen=True, extra="forbid"):
    """Childbearing potential of women below the age (all men count), and refusal of contraception."""

    women_below_years: float = Field(default=50.0, ge=0, le=120)
    women_below: Probability = 0.75
    refuses_contraception: Probability = 0.01


class CnsKinds(BaseModel, frozen=True, extra="forbid"):
    """What a history of CNS disease is."""

    epilepsy: Probability = 0.12
    cleared_leukaemia: Probability = 0.50
    active_leukaemia: Probability = 0.13
    stroke_or_other: Probability = 0.25

    @model_validator(mode="after")
    def _sums(self) -> Self:
        _must_sum_to_one(self)
        return self


class Cns(BaseModel, frozen=True, extra="forbid"):
    """Probability of any history of CNS disease, and its kinds."""

    history: Probability = 0.05
    kinds: CnsKinds = CnsKinds()


class Viral(BaseModel, frozen=True, extra="forbid"):
    """Hepatitis B and C serology, detectable virus where serology is positive, and HIV."""

    hbsag_positive: Probability = 0.06
    hbv_dna_if_hbsag: Probability = 0.30
    anti_hcv_positive: Probability = 0.0135
    hcv_rna_if_anti_hcv: Probability = 0.37
    hiv_positive: Probability = 0.001


class GeneTherapy(BaseModel, frozen=True, extra="forbid"):
    """Probability of an earlier gene therapy product (CAR-T and CAR-NK included)."""

    prior: Probability = 0.05


class Investigator(BaseModel, frozen=True, extra="forbid"):
    """Probabilities of the two judgement exclusions; nobody has both."""

    uncontrolled_disease: Probability = 0.02
    other_risk: Probability = 0.02

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.uncontrolled_disease + self.other_risk > 1:
            raise ValueError("uncontrolled_disease + other_risk must be at most 1")
        return self


class Consent(BaseModel, frozen=True, extra="forbid"):
    """Probability that a patient who passed the desk pre-screen refuses consent."""

    refusal: Probability = 0.10


class Donor(BaseModel, frozen=True, extra="forbid"):
    """Availability of the earlier transplant's donor, and the expansion of a donor's T cells (log-normal)."""

    prior_transplant_donor_available: Probability = 0.80
    tcell_fold_median: float = Field(default=20.0, gt=0, le=1e6)
    tcell_fold_log_sd: LogSd = 0.596


class PrescreenKnown(BaseModel, frozen=True, extra="forbid"):
    """Probability that a group of fields is known at the desk pre-screen, group by group independent."""

    cd117: Probability = 0.85
    disease: Probability = 0.95
    gene_therapy: Probability = 0.90
    marrow: Probability = 0.80
    ecog: Probability = 0.70
    cns: Probability = 0.70
    infection: Probability = 0.40
    life_expectancy: Probability = 0.40
    viral: Probability = 0.40
    lvef: Probability = 0.25
    laboratory: Probability = 0.20
    at_screening: Probability = 0.0


DEFAULT_CORRELATIONS: Final = {
    "age~ecog": 0.10,
    "age~creatinine": 0.25,
    "age~lvef": -0.20,
    "age~qtcf": 0.15,
    "age~life_expectancy": -0.15,
    "age~survival": -0.15,
    "blasts~ecog": 0.10,
    "blasts~infection": 0.20,
    "blasts~life_expectancy": -0.35,
    "blasts~survival": -0.30,
    "blasts~bilirubin": 0.10,
    "ecog~infection": 0.40,
    "ecog~spo2": -0.35,
    "ecog~life_expectancy": -0.50,
    "ecog~survival": -0.35,
    "ecog~bilirubin": 0.15,
    "ecog~creatinine": 0.15,
    "infection~life_expectancy": -0.30,
    "infection~survival": -0.20,
    "infection~bilirubin": 0.15,
    "infection~creatinine": 0.10,
    "spo2~life_expectancy": 0.20,
    "spo2~survival": 0.15,
    "life_expectancy~survival": 0.50,
    "bilirubin~alt": 0.35,
    "bilirubin~ast": 0.35,
    "alt~ast": 0.75,
    "bilirubin~creatinine": 0.10,
    "bilirubin~life_expectancy": -0.15,
}
"""Latent (Pearson) correlations; unlisted pairs are 0."""


Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class PopulationParameters(BaseModel, frozen=True, extra="forbid"):
    """Who is referred, and what is known of them at the desk: synthetic patients, or the rows of a file.

    Attributes
    ----------
    file, map
        A list of patients whose rows take the place of the synthetic ones, and its mapping file.
    missing
        What becomes of a field that a row does not know.
    sha256, map_sha256
        Of the two files; other contents are refused. Filled in when they are read.
    """

    file: str | None = Field(default=None, min_length=1)
    map: str | None = Field(default=None, min_length=1)
    missing: Missing = Missing.UNKNOWN
    sha256: Digest | None = None
    map_sha256: Digest | None = None
    age: Age = Age()
    sex: Sex = Sex()
    status: StatusMix = StatusMix()
    remission: Remission = Remission()
    relapse: Relapse = Relapse()
    induction: Induction = Induction()
    consolidation: Consolidation = Consolidation()
    relapse_count: RelapseCount = RelapseCount()
    salvage: Salvage = Salvage()
    prior_transplant: PriorTransplant = PriorTransplant()
    marrow: Marrow = Marrow()
    flow: Flow = Flow()
    blood_blasts: BloodBlasts = BloodBlasts()
    cd117: Cd117 = Cd117()
    extramedullary: Extramedullary = Extramedullary()
    alternatives: Alternatives = Alternatives()
    laboratory: Laboratory = Laboratory()
    lvef: Lvef = Lvef()
    qtcf: Qtcf = Qtcf()
    heart_disease: HeartDisease = HeartDisease()
    infection: Infection = Infection()
    spo2: Spo2 = Spo2()
    survival: Survival = Survival()
    life_expectancy: LifeExpectancy = LifeExpectancy()
    ecog: Ecog = Ecog()
    childbearing: Childbearing = Childbearing()
    cns: Cns = Cns()
    viral: Viral = Viral()
    gene_therapy: GeneTherapy = GeneTherapy()
    investigator: Investigator = Investigator()
    consent: Consent = Consent()
    donor: Donor = Donor()
    prescreen_known: PrescreenKnown = PrescreenKnown()
    correlations: dict[str, float] = Field(default_factory=lambda: dict(DEFAULT_CORRELATIONS))
    _rows: PatientRows | None = PrivateAttr(default=None)

    @property
    def rows(self) -> PatientRows | None:
        """The rows of the file, once they are read (`simulator.population.file_reader`)."""
        return self._rows

    def with_rows(self, rows: PatientRows) -> Self:
        """Return the same parameters with the rows of their file."""
        copy = self.model_copy()
        copy._rows = rows
        return copy

    @model_validator(mode="after")
    def _only_of_a_file(self) -> Self:
        for name in ("map", "sha256", "map_sha256"):
            if getattr(self, name) is not None and self.file is None:
                raise ValueError(f"{name}: only with `file`")
        if self.map_sha256 is not None and self.map is None:
            raise ValueError("map_sha256: only with `map`")
        return self

    @field_validator("correlations")
    @classmethod
    def _is_a_correlation(cls, pairs: dict[str, float]) -> dict[str, float]:
        correlation_matrix(pairs)
        return pairs
