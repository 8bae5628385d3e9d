"""Every patient field once: unit, kind, legal range, meaning, how lists write it, and what the desk knows of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, Self, TypedDict, Unpack


class Kind(StrEnum):
    """How the values of a field are stored."""

    NUMBER = "number"  # float64, NaN where unknown
    INTEGER = "integer"  # whole numbers; float64 with NaN where some are unknown
    FLAG = "flag"  # bool; float64 0, 1, NaN where some are unknown
    CATEGORY = "category"  # index into `categories`, -1 where none applies; float64 with NaN where unknown
    DAY = "day"  # a date as days relative to referral, negative before it; NaN where none or unknown


class Group(StrEnum):
    """Fields that the desk pre-screen knows or does not know together."""

    CD117 = "cd117"
    DISEASE = "disease"
    GENE_THERAPY = "gene_therapy"
    MARROW = "marrow"
    ECOG = "ecog"
    CNS = "cns"
    INFECTION = "infection"
    LIFE_EXPECTANCY = "life_expectancy"
    VIRAL = "viral"
    LVEF = "lvef"
    LABORATORY = "laboratory"
    AT_SCREENING = "at_screening"
    REFERRAL = "referral"  # on the referral letter: always known
    LATER = "later"  # not before consent, or never: the desk does not know it


class End(StrEnum):
    """An end of the range of a field; of a flag, no is the low end and yes the high one."""

    LOW = "low"
    HIGH = "high"


Range = tuple[float, float]
Tried = tuple[tuple[float, float, float], tuple[float, float, float]]


class Details(TypedDict, total=False):
    """What only some fields have; see `PatientField`."""

    category_words: Mapping[str, str]
    synonyms: tuple[str, ...]
    dated_synonyms: tuple[str, ...]
    translations: tuple[str, ...]
    dated_translations: tuple[str, ...]
    number_words: Mapping[str, int]
    plausible: Range
    seen: Range
    ordinary: Range
    usual: Range
    negative_below: float
    has_detection_limit: bool
    favourable: End
    tried: Tried
    only_with: str


@dataclass(frozen=True, slots=True)
class PatientField:
    """One patient field.

    Attributes
    ----------
    low, high
        Legal range, inclusive; None where open.
    categories, category_words
        Legal categories, and what lists write for them.
    drawn
        Whether the synthetic population has it. A field that is not drawn serves alternative readings and
        real patients, and is unknown in a simulation.
    other_units
        Factor from another unit to `unit`, for input (H30). A column of a field that has some is not read
        without its unit: both are common and overlap.
    synonyms, dated_synonyms
        Column names that mean the field, in normal form (small letters, digits, underscores). With a unit at
        the end too: `bilirubin_mg_dl`. A dated synonym needs `_date` or `_day` at its end: alone it may be
        the name of a yes or no.
    translations, dated_translations
        The same in German, French, Spanish and Chinese, without accents, an umlaut as ae, oe, ue.
    number_words
        What lists write for a number, such as the classes of the NYHA in Roman numerals; in small letters.
    plausible
        Where narrower than the legal range: outside it a value in a list is a slip, usually of unit.
    seen, ordinary
        What is seen in patients, and what is ordinary, in `unit`. A value outside `seen` whose number would
        be ordinary in the other unit cannot be told from a slip.
    usual
        Where the values of most referred patients lie, an assumption: a reading outside it is the less likely,
        the further (see `simulator.patients.slips`).
    negative_below
        Cut-off below which a laboratory calls the result negative, in `unit`; None where the word is no value.
    has_detection_limit
        Of a flag: whether `<20` says that nothing was found.
    favourable
        The end that speaks for entry: it is tried for a missing value that could bring a pass, the other for
        a fail.
    tried
        Values tried for a pass and for a fail in the place of an end, where one does not serve: in an early
        relapse, in a late one, in refractory or extramedullary disease.
    only_with
        The flag without which there is nothing to know; empty where it is always there.
    """

    name: str
    kind: Kind
    unit: str
    group: Group
    description: str
    low: float | None = None
    high: float | None = None
    categories: tuple[str, ...] = ()
    category_words: Mapping[str, str] = field(default_factory=dict)
    drawn: bool = True
    other_units: Mapping[str, float] = field(default_factory=dict)
    synonyms: tuple[str, ...] = ()
    dated_synonyms: tuple[str, ...] = ()
    translations: tuple[str, ...] = ()
    dated_translations: tuple[str, ...] = ()
    number_words: Mapping[str, int] = field(default_factory=dict)
    plausible: Range | None = None
    seen: Range | None = None
    ordinary: Range | None = None
    usual: Range | None = None
    negative_below: float | None = None
    has_detection_limit: bool = False
    favourable: End = End.LOW
    tried: Tried | None = None
    only_with: str = ""

    def having(self, **details: Unpack[Details]) -> Self:
        """Return the field with these details."""
        return replace(self, **details)


STATUSES: Final = (
    "primary_refractory",
    "early_first_relapse",
    "late_first_relapse",
    "two_or_more_relapses",
    "extramedullary_only",
    "one_induction_course",
    "residual_disease_only",
    "undated_first_relapse",
)
CNS_KINDS: Final = ("epilepsy", "cleared_leukaemia", "active_leukaemia", "stroke_or_other")
SEXES: Final = ("male", "female")
LVEF_MODALITIES: Final = ("echocardiography", "other")
SIGNERS: Final = ("patient", "representative")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _number(
    name: str,
    unit: str,
    group: Group,
    low: float,
    high: float,
    description: str,
    drawn: bool = True,
    other_units: dict[str, float] | None = None,
) -> PatientField:
    return PatientField(
        name, Kind.NUMBER, unit, group, description, low, high, drawn=drawn, other_units=other_units or {}
    )


def _integer(
    name: str, unit: str, group: Group, low: int, high: int, description: str, drawn: bool = True
) -> PatientField:
    return PatientField(name, Kind.INTEGER, unit, group, description, low, high, drawn=drawn)


def _flag(name: str, group: Group, description: str, drawn: bool = True) -> PatientField:
    return PatientField(name, Kind.FLAG, "yes/no", group, description, 0, 1, drawn=drawn)


def _category(
    name: str, group: Group, categories: tuple[str, ...], description: str, drawn: bool = True
) -> PatientField:
    last = len(categories) - 1
    return PatientField(name, Kind.CATEGORY, "category", group, description, 0, last, categories, drawn=drawn)


def _day(name: str, group: Group, description: str, drawn: bool = True, high: float = 0) -> PatientField:
    return PatientField(name, Kind.DAY, "days from referral", group, description, -36525, high, drawn=drawn)


_MALE_WORDS: Final = "m man mann männlich maennlich 男 男性 homme masculin h hombre masculino"
_FEMALE_WORDS: Final = "f woman w weiblich frau 女 女性 femme féminin feminin mujer femenino"
SEX_WORDS: Final = dict.fromkeys(_MALE_WORDS.split(" "), "male") | dict.fromkeys(
    _FEMALE_WORDS.split(" "), "female"
)
"""In small letters. H is hombre or homme; what M is beside it, `simulator.patients.cells` asks."""
_CD117_USUAL: Final = (2.0, 100.0)
_CD117_CUT_OFF: Final = (
    20.0  # what laboratories call negative is below it: 20 % of blasts, or a lower cut-off
)

_G = Group
_HIGH: Final = End.HIGH
# 1 mg/dL is 10,000 / molar mass umol/L (584.66 and 113.12 g/mol), rounded (H30): so the protocol's 176.8 umol/L
# creatinine is exactly 2 mg/dL
_MG_DL_BILIRUBIN: Final = {"mg/dL": 17.1}
_MG_DL_CREATININE: Final = {"mg/dL": 88.4}

_REFERRAL: Final = (
    _number("age_years", "years", _G.REFERRAL, 0, 120, "Age at referral.").having(
        translations=_words("alter lebensalter alter_jahre edad edad_anos age_ans 年龄 年纪"),
        synonyms=("age", "age_at_referral"),
        tried=((50, 20, 70), (0, 120, 0)),
    ),
    _category("sex", _G.REFERRAL, SEXES, "Sex.").having(
        translations=_words("geschlecht sexe sexo genero 性别"),
        synonyms=("gender",),
        category_words=SEX_WORDS,
        tried=((0, 1, 0), (1, 0, 1)),
    ),
    _flag("aml_confirmed", _G.REFERRAL, "AML confirmed by histology or immunophenotype.").having(
        translations=_words(
            "aml_gesichert aml_bestaetigt lam lam_confirmee lma lma_confirmada aml确诊 急性髓系白血病"
        ),
        synonyms=("aml",),
        favourable=_HIGH,
    ),
    _number(
        "referral_day_number",
        "day number",
        _G.REFERRAL,
        1,
        3652059,
        "Day of referral as a number, 1 for 1 January of year 1; of a list with dates it is taken from them.",
        drawn=False,
    ).having(tried=((738000, 738000, 738000), (738000, 738000, 738000))),
    _flag(
        "dx_who2016", _G.REFERRAL, "The diagnosis met the WHO 2016 criteria (historical flag, H28)."
    ).having(synonyms=("who_2016",), favourable=_HIGH),
)
_DISEASE: Final = (
    _category("status", _G.DISEASE, STATUSES, "How the synthetic patient came; read by no criterion."),
    _flag("prior_cr", _G.DISEASE, "A first complete remission was reached (CRi counts as response).").having(
        translations=_words("fruehere_cr cr_erreicht rc_anterieure rc_previa 曾达cr 曾达完全缓解"),
        tried=((1, 1, 0), (1, 0, 1)),
    ),
    _flag(
        "first_response_was_cri",
        _G.DISEASE,
        "The best response to induction was CRi, not CR.",
        drawn=False,
    ),
    _day("first_cr_day", _G.DISEASE, "Date of the first CR.").having(
        dated_translations=_words("erste_cr erste_remission premiere_rc primera_rc 首次缓解 首次cr"),
        dated_synonyms=("first_cr", "first_remission"),
        only_with="prior_cr",
    ),
    _day("first_relapse_day", _G.DISEASE, "Date of the first relapse.").having(
        dated_translations=_words("erstes_rezidiv premiere_rechute primera_recaida 首次复发"),
        dated_synonyms=("first_relapse",),
        only_with="prior_cr",
    ),
    _day("last_relapse_day", _G.DISEASE, "Date of the last relapse; read by no criterion.").having(
        dated_translations=_words("letztes_rezidiv derniere_rechute ultima_recaida 末次复发"),
        dated_synonyms=("last_relapse",),
        only_with="prior_cr",
    ),
    _day(
        "consolidation_end_day", _G.DISEASE, "End of the last consolidation in first CR.", drawn=False
    ).having(dated_synonyms=("consolidation_end",)),
    _flag(
        "leap_day_in_year", _G.DISEASE, "29 February lies in the 12 months after the start.", drawn=False
    ).having(favourable=_HIGH),
    _integer("n_induction", "courses", _G.DISEASE, 0, 20, "Cycles of standard intensive induction.").having(
        translations=_words(
            "induktionen anzahl_induktionen zahl_der_induktionen inductions "
            "nombre_d_inductions inducciones numero_de_inducciones 诱导次数 诱导疗程数"
        ),
        favourable=_HIGH,
    ),
    _flag("high_dose_cytarabine_induction", _G.DISEASE, "One induction had it.", drawn=False).having(
        favourable=_HIGH
    ),
    _integer(
        "n_hma_venetoclax_cycles", "cycles", _G.DISEASE, 0, 99, "As first treatment.", drawn=False
    ).having(favourable=_HIGH),
    _flag("consolidation", _G.DISEASE, "Consolidation was given in first CR.").having(
        translations=_words("konsolidierung consolidacion 巩固治疗"), favourable=_HIGH
    ),
    _integer(
        "n_relapses", "relapses", _G.DISEASE, 0, 20, "Haematological or extramedullary relapses."
    ).having(
        translations=_words(
            "rezidive anzahl_rezidive zahl_der_rezidive nombre_de_rechutes numero_de_recaidas "
            "recaidas 复发次数"
        ),
        favourable=_HIGH,
    ),
    _integer(
        "n_extramedullary_relapses",
        "relapses",
        _G.DISEASE,
        0,
        20,
        "Of these, not in the marrow.",
        drawn=False,
    ),
    _integer(
        "n_molecular_relapses",
        "relapses",
        _G.DISEASE,
        0,
        20,
        "Molecular relapses, not among them.",
        drawn=False,
    ).having(favourable=_HIGH),
    _integer(
        "n_salvage", "courses", _G.DISEASE, 0, 20, "Conventional salvage since the last relapse."
    ).having(translations=_words("salvage_therapien anzahl_salvage 挽救治疗次数"), favourable=_HIGH),
    _integer(
        "n_low_intensity_salvage",
        "courses",
        _G.DISEASE,
        0,
        20,
        "Low-intensity salvage since then.",
        drawn=False,
    ).having(favourable=_HIGH),
    _flag("response_since_salvage", _G.DISEASE, "CR or CRi since that salvage."),
    _flag("salvage_response_was_cri", _G.DISEASE, "That response was CRi, not CR.", drawn=False).having(
        favourable=_HIGH
    ),
    _flag("emd_new", _G.DISEASE, "Extramedullary disease that developed after a CR.").having(
        tried=((0, 0, 1), (0, 0, 0))
    ),
    _flag("emd_persistent", _G.DISEASE, "Persistent extramedullary leukaemia.").having(
        tried=((0, 0, 1), (0, 0, 0))
    ),
    _flag("alternatives_available", _G.DISEASE, "Suitable standard option or registered trial available."),
    _flag("standard_option_available", _G.DISEASE, "Suitable standard option available.", drawn=False),
    _flag("prior_transplant", _G.DISEASE, "Earlier allogeneic transplant; read by no criterion."),
)
_MARROW: Final = (
    _number("cd117_percent", "% of blasts", _G.CD117, 0, 100, "CD117 by flow, most recent sample.").having(
        usual=_CD117_USUAL,
        negative_below=_CD117_CUT_OFF,
        translations=_words(
            "cd117_anteil cd117_positif cd117_positivo cd117阳性率 cd117表达率 cd117阳性比例"
        ),
        synonyms=("cd117", "ckit", "c_kit"),
        favourable=_HIGH,
    ),
    _number(
        "cd117_ihc_percent", "% of blasts", _G.CD117, 0, 100, "By immunohistochemistry.", drawn=False
    ).having(usual=_CD117_USUAL, negative_below=_CD117_CUT_OFF, favourable=_HIGH),
    _number(
        "cd117_at_diagnosis_percent", "% of blasts", _G.CD117, 0, 100, "At diagnosis.", drawn=False
    ).having(usual=_CD117_USUAL, negative_below=_CD117_CUT_OFF, favourable=_HIGH),
    _number("bm_blasts_percent", "%", _G.MARROW, 0, 100, "Marrow blasts by morphology.").having(
        usual=(2, 100),
        translations=_words(
            "blasten_km blasten_knochenmark knochenmarkblasten km_blasten "
            "blasten_im_knochenmark blastes_medullaires blastes_moelle blastos_medula "
            "blastos_en_medula_osea 骨髓原始细胞 骨髓原始细胞比例 骨髓幼稚细胞"
        ),
        synonyms=("bm_blasts", "marrow_blasts", "bone_marrow_blasts"),
        favourable=_HIGH,
    ),
    _number(
        "flow_blasts_percent", "% of nucleated cells", _G.MARROW, 0, 100, "Marrow blasts by flow."
    ).having(
        usual=(1, 100),
        translations=_words(
            "blasten_durchfluss blasten_flow flow_blasten blasten_durchflusszytometrie "
            "blastes_cytometrie blastos_citometria 流式原始细胞 流式幼稚细胞"
        ),
        synonyms=("flow_blasts",),
        favourable=_HIGH,
    ),
    _flag("pb_blasts", _G.MARROW, "Blasts in the peripheral blood.").having(
        translations=_words(
            "blasten_pb blasten_peripher blasten_im_blut periphere_blasten blastes_sanguins "
            "blastos_sangre_periferica 外周血原始细胞"
        ),
        favourable=_HIGH,
    ),
    _flag("regeneration_excluded", _G.MARROW, "Regenerative changes stated as excluded.").having(
        favourable=_HIGH
    ),
)
_LABORATORY: Final = (
    _number(
        "bilirubin_umol_l", "umol/L", _G.LABORATORY, 0, 2000, "Total.", other_units=_MG_DL_BILIRUBIN
    ).having(
        usual=(3, 60),
        translations=_words(
            "gesamtbilirubin bilirubin_gesamt bilirubine bilirubine_totale bilirrubina "
            "bilirrubina_total 总胆红素 胆红素"
        ),
        synonyms=("bilirubin", "total_bilirubin"),
        plausible=(0.5, 2000),
        seen=(2, 200),
        ordinary=(5, 40),
    ),
    _number("alt_u_l", "U/L", _G.LABORATORY, 0, 50000, "Alanine transaminase.").having(
        usual=(5, 500),
        translations=_words(
            "gpt sgpt alat_gpt gpt_alt alt_gpt alanin_aminotransferase tgp 谷丙转氨酶 丙氨酸氨基转移酶"
        ),
        synonyms=("alt", "alat"),
        plausible=(1, 50000),
    ),
    _number("ast_u_l", "U/L", _G.LABORATORY, 0, 50000, "Aspartate transaminase.").having(
        usual=(5, 500),
        translations=_words(
            "got sgot asat_got got_ast ast_got aspartat_aminotransferase tgo 谷草转氨酶 "
            "天门冬氨酸氨基转移酶 天冬氨酸氨基转移酶"
        ),
        synonyms=("ast", "asat"),
        plausible=(1, 50000),
    ),
    _number(
        "creatinine_umol_l", "umol/L", _G.LABORATORY, 0, 5000, "Serum.", other_units=_MG_DL_CREATININE
    ).having(
        usual=(35, 250),
        translations=_words(
            "kreatinin serumkreatinin krea creatinina creatinina_serica creatinine_serique "
            "creatininemie 肌酐 血肌酐 血清肌酐"
        ),
        synonyms=("creatinine", "serum_creatinine"),
        plausible=(5, 5000),
        seen=(20, 600),
        ordinary=(40, 150),
    ),
    _number(
        "bilirubin_uln_umol_l", "umol/L", _G.REFERRAL, 1, 100, "ULN.", other_units=_MG_DL_BILIRUBIN
    ).having(
        usual=(15, 30),
        translations=_words("bilirubin_obergrenze bilirubin_onw bilirubin_ogn 总胆红素上限 胆红素正常上限"),
        synonyms=("bilirubin_uln",),
        plausible=(8, 50),
        favourable=_HIGH,
    ),
    _number("alt_uln_u_l", "U/L", _G.REFERRAL, 1, 500, "Upper limit of normal of the site, by sex.").having(
        usual=(25, 70),
        translations=_words("alt_obergrenze alt_ogn gpt_obergrenze gpt_ogn alt上限 alt正常上限"),
        synonyms=("alt_uln",),
        plausible=(10, 150),
        favourable=_HIGH,
    ),
    _number("ast_uln_u_l", "U/L", _G.REFERRAL, 1, 500, "Upper limit of normal of the site, by sex.").having(
        usual=(25, 70),
        translations=_words("ast_obergrenze ast_ogn got_obergrenze got_ogn ast上限 ast正常上限"),
        synonyms=("ast_uln",),
        plausible=(10, 150),
        favourable=_HIGH,
    ),
    _number(
        "creatinine_uln_umol_l", "umol/L", _G.REFERRAL, 1, 500, "ULN.", other_units=_MG_DL_CREATININE
    ).having(
        usual=(60, 130),
        translations=_words(
            "kreatinin_obergrenze kreatinin_ogn kreatinin_uln creatinina_lsn 肌酐上限 肌酐正常上限"
        ),
        synonyms=("creatinine_uln",),
        plausible=(40, 250),
        favourable=_HIGH,
    ),
)
_ORGANS: Final = (
    _number("lvef_percent", "%", _G.LVEF, 0, 100, "Left ventricular ejection fraction.").having(
        translations=_words(
            "ejektionsfraktion linksventrikulaere_ejektionsfraktion fevg fraction_d_ejection "
            "fevi fraccion_de_eyeccion 左室射血分数 左心室射血分数 射血分数"
        ),
        synonyms=("lvef", "ejection_fraction"),
        plausible=(10, 90),
        favourable=_HIGH,
    ),
    _category("lvef_modality", _G.LVEF, LVEF_MODALITIES, "How it was measured.").having(
        translations=_words("lvef_methode lvef_method methode_lvef 射血分数检查方法"),
        category_words={
            "echo": "echocardiography",
            "tte": "echocardiography",
            "echokardiographie": "echocardiography",
            "echokardiografie": "echocardiography",
            "échocardiographie": "echocardiography",
            "ecocardiografía": "echocardiography",
            "ett": "echocardiography",
            "超声": "echocardiography",
            "超声心动图": "echocardiography",
            "muga": "other",
            "mri": "other",
        },
        tried=((0, 0, 0), (0, 0, 0)),
    ),
    _number("lvef_age_days", "days", _G.LVEF, 0, 36525, "Age of the measurement.").having(
        dated_translations=_words(
            "echokardiographie echokardiografie echokardiogramm echocardiographie ecocardiografia ecocardiograma eco "
            "超声心动图 心脏超声 心超 超声"
        ),
        synonyms=("lvef_age",),
        dated_synonyms=("echo",),
        tried=((0, 0, 0), (0, 0, 0)),
    ),
    _number("spo2_percent", "%", _G.AT_SCREENING, 0, 100, "Oxygen saturation on room air.").having(
        translations=_words(
            "sauerstoffsaettigung o2_saettigung saturation_en_oxygene saturacion_de_oxigeno "
            "血氧饱和度 氧饱和度 指氧饱和度"
        ),
        synonyms=("spo2", "oxygen_saturation"),
        plausible=(50, 100),
        favourable=_HIGH,
    ),
    _number(
        "spo2_if_resolved_percent", "%", _G.LATER, 0, 100, "The same once the infection has resolved."
    ).having(plausible=(50, 100), favourable=_HIGH),
    _flag("on_oxygen", _G.AT_SCREENING, "On supplemental oxygen.").having(
        translations=_words("sauerstoffgabe o2_gabe sous_oxygene con_oxigeno 吸氧")
    ),
    _flag("on_oxygen_if_resolved", _G.LATER, "The same once the infection has resolved."),
    _number("qtcf_ms", "ms", _G.AT_SCREENING, 200, 900, "QT interval, Fridericia.").having(
        translations=_words("qtc_fridericia qtc_f"), synonyms=("qtcf",)
    ),
    _number("qtcb_ms", "ms", _G.AT_SCREENING, 200, 900, "QT interval, Bazett.", drawn=False).having(
        translations=_words("qtc_bazett qtc_b"), synonyms=("qtcb",)
    ),
    _integer("nyha", "class", _G.AT_SCREENING, 1, 4, "New York Heart Association class.").having(
        translations=_words("nyha_klasse nyha_stadium classe_nyha clase_nyha nyha分级 心功能分级"),
        number_words={"i": 1, "ii": 2, "iii": 3, "iv": 4},
        synonyms=("nyha_class",),
    ),
    _flag("infarct", _G.AT_SCREENING, "Myocardial infarction at any time.").having(
        translations=_words(
            "herzinfarkt myokardinfarkt infarkt infarctus infarctus_du_myocarde infarto "
            "infarto_de_miocardio 心肌梗死"
        )
    ),
    _number("infarct_days_ago", "days", _G.AT_SCREENING, 0, 36525, "Since the last infarction.").having(
        dated_translations=_words("herzinfarkt myokardinfarkt infarkt infarctus infarto 心肌梗死"),
        dated_synonyms=("last_infarct",),
        favourable=_HIGH,
        only_with="infarct",
    ),
    _flag("arrhythmia", _G.AT_SCREENING, "Uncontrolled arrhythmia.").having(
        translations=_words("herzrhythmusstoerung rhythmusstoerung arrhythmie arritmia 心律失常")
    ),
)
_GENERAL: Final = (
    _number(
        "life_expectancy_months", "months", _G.LIFE_EXPECTANCY, 0, 1200, "Investigator's estimate."
    ).having(
        usual=(1, 24),
        translations=_words("lebenserwartung esperance_de_vie esperanza_de_vida 预期生存期 预计生存期"),
        synonyms=("life_expectancy",),
        favourable=_HIGH,
    ),
    _integer("ecog", "grade", _G.ECOG, 0, 5, "ECOG performance status.").having(
        translations=_words("ecog_status ecog_klasse ecog_index ecog评分 ecog体力评分 ecog体能状态"),
        synonyms=("ecog_ps", "ecog_performance_status"),
    ),
    _flag("childbearing_potential", _G.AT_SCREENING, "Able to have children (men: able to father).").having(
        translations=_words("gebaerfaehig gebaerfaehigkeit 生育能力")
    ),
    _flag("agrees_contraception", _G.AT_SCREENING, "Agrees to highly effective contraception.").having(
        translations=_words("verhuetung kontrazeption contraception anticoncepcion 同意避孕"),
        favourable=_HIGH,
    ),
    _flag("cns_history", _G.CNS, "Any history of epilepsy or other CNS disease."),
    _category("cns_kind", _G.CNS, CNS_KINDS, "Which; the worst for eligibility where several.").having(
        tried=((1, 3, 1), (0, 3, 0)), only_with="cns_history"
    ),
    _flag("infection_active", _G.INFECTION, "Active infection.").having(
        translations=_words("aktive_infektion infeccion_activa 活动性感染")
    ),
    _flag("infection_controlled", _G.INFECTION, "The active infection is controlled.").having(
        translations=_words("infektion_kontrolliert infection_controlee infeccion_controlada 感染已控制"),
        favourable=_HIGH,
    ),
    _number(
        "infection_ended_days_ago",
        "days",
        _G.INFECTION,
        0,
        36525,
        "Last infection; 36525: none.",
        drawn=False,
    ).having(favourable=_HIGH),
    _flag("hbsag", _G.VIRAL, "Hepatitis B surface antigen positive.").having(
        translations=_words("hbs_ag hbs_antigen aghbs ag_hbs 乙肝表面抗原")
    ),
    _flag("hbv_dna", _G.VIRAL, "Hepatitis B DNA at or above the assay's limit.").having(
        has_detection_limit=True, translations=_words("hbv_dns adn_vhb 乙肝病毒dna hbv_dna定性")
    ),
    _flag("hcv_antibody", _G.VIRAL, "Hepatitis C antibody positive.").having(
        translations=_words("hcv_ak anti_hcv hcv_antikoerper ac_anti_vhc anti_vhc 丙肝抗体 丙肝病毒抗体")
    ),
    _flag("hcv_rna", _G.VIRAL, "Hepatitis C RNA detectable.").having(
        has_detection_limit=True, translations=_words("hcv_rns arn_vhc 丙肝病毒rna")
    ),
    _flag("hbv_prophylaxis", _G.VIRAL, "On antiviral prophylaxis: recorded, not tested (D27).", drawn=False),
    _flag("hiv", _G.VIRAL, "HIV positive.").having(
        translations=_words("hiv_test hiv_ak hiv_status vih 艾滋病病毒抗体 hiv抗体")
    ),
    _flag(
        "prior_gene_therapy", _G.GENE_THERAPY, "Ever received a gene-modified cell or vector product."
    ).having(
        translations=_words(
            "gentherapie fruehere_gentherapie therapie_genique terapia_genica 基因治疗史 基因治疗"
        ),
        synonyms=("gene_therapy",),
    ),
    _number(
        "gene_therapy_days_ago", "days", _G.GENE_THERAPY, 0, 36525, "Since the last one.", drawn=False
    ).having(dated_synonyms=("last_gene_therapy",), favourable=_HIGH),
    _flag("gene_therapy_was_car_t", _G.GENE_THERAPY, "One of them was a CAR-T product.", drawn=False),
    _flag("uncontrolled_disease_flag", _G.AT_SCREENING, "Investigator's judgement; empty means no (D26)."),
    _flag("investigator_flag", _G.AT_SCREENING, "Investigator's judgement; empty means no (D26)."),
)
_LATER: Final = (
    _flag("consent_signed", _G.LATER, "Informed consent signed; empty means no (D26).").having(
        translations=_words(
            "einwilligung einwilligung_unterschrieben consentement consentement_signe "
            "consentimiento consentimiento_firmado 知情同意 知情同意书"
        ),
        favourable=_HIGH,
    ),
    _day("consent_day", _G.LATER, "Date of the signature.", high=36525, drawn=False).having(
        dated_translations=_words("einwilligung consentement consentimiento 知情同意"),
        dated_synonyms=("consent",),
    ),
    _day(
        "first_procedure_day", _G.LATER, "Date of the first study procedure.", high=36525, drawn=False
    ).having(dated_synonyms=("first_procedure",), favourable=_HIGH),
    _category("consent_signer", _G.LATER, SIGNERS, "Who signed.", drawn=False).having(
        tried=((0, 0, 0), (1, 1, 1))
    ),
    _number("donor_tcell_fold", "fold", _G.LATER, 0, 1e6, "T-cell expansion of the first donor.").having(
        usual=(2, 300), favourable=_HIGH
    ),
    _number(
        "second_donor_tcell_fold", "fold", _G.LATER, 0, 1e6, "T-cell expansion of a second donor."
    ).having(favourable=_HIGH),
    _number(
        "patient_tcell_fold", "fold", _G.LATER, 0, 1e6, "Of the patient's own T cells.", drawn=False
    ).having(favourable=_HIGH),
    _flag("prior_donor_available", _G.LATER, "The earlier transplant's donor is available."),
    _number("survival_days", "days", _G.LATER, 0, 1e6, "True survival from referral; read by no criterion."),
)
_SILENT: Final = (
    _flag("pregnant", _G.AT_SCREENING, "Pregnant.", drawn=False).having(
        translations=_words("schwanger enceinte embarazada 妊娠 怀孕")
    ),
    _flag("lactating", _G.AT_SCREENING, "Breast-feeding.", drawn=False),
    _flag("active_gvhd", _G.AT_SCREENING, "Active graft-versus-host disease.", drawn=False),
    _flag("immunosuppression", _G.AT_SCREENING, "On systemic immunosuppression.", drawn=False),
    _flag("promyelocytic", _G.AT_SCREENING, "Acute promyelocytic leukaemia.", drawn=False),
    _number("washout_days", "days", _G.AT_SCREENING, 0, 36525, "Since the last therapy.", drawn=False).having(
        favourable=_HIGH
    ),
    _number("neutrophils_10e9_l", "10^9/L", _G.AT_SCREENING, 0, 1000, "Absolute count.", drawn=False).having(
        usual=(0.05, 20),
        translations=_words("neutrophile neutrophiles neutrofilos 中性粒细胞 中性粒细胞计数"),
        synonyms=("neutrophils", "anc"),
        favourable=_HIGH,
    ),
    _number("platelets_10e9_l", "10^9/L", _G.AT_SCREENING, 0, 5000, "Count.", drawn=False).having(
        usual=(5, 500),
        translations=_words("thrombozyten plaquettes plaquetas 血小板 血小板计数"),
        synonyms=("platelets",),
        favourable=_HIGH,
    ),
    _flag("hla_matched_donor", _G.AT_SCREENING, "An HLA-matched donor is available.", drawn=False).having(
        favourable=_HIGH
    ),
    _flag(
        "rescue_donor", _G.AT_SCREENING, "A donor for a rescue transplant is available.", drawn=False
    ).having(favourable=_HIGH),
)

FIELDS: Final = {
    one.name: one
    for one in (*_REFERRAL, *_DISEASE, *_MARROW, *_LABORATORY, *_ORGANS, *_GENERAL, *_LATER, *_SILENT)
}
"""Name -> field, in the order of the patient's way."""
