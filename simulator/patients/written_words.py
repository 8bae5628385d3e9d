"""Words of lists for unknown, yes, no and sex, in English, German, Chinese, French and Spanish."""

import re
from typing import Final

UNKNOWN_WORDS: Final = frozenset(
    (
        "",
        "na",
        "n/a",
        "nan",
        "null",
        "nil",
        ".",
        "?",
        "unknown",
        "unk",
        "missing",
        "not done",
        "not known",
        "nd",
    )
)
"""Cells that say "unknown", in any case. Other words, such as -9 or "not measured", go into the mapping file."""

_YES: Final = (
    "yes y true t 1 1.0 positive pos + present detected detectable reactive "
    "ja j wahr positiv vorhanden nachweisbar nachgewiesen reaktiv "
    "是 有 真 阳性 阳 "
    "oui vrai positif positive présent présente "
    "sí si verdadero positivo positiva presente"
)
_NO: Final = (
    "no n false f 0 0.0 negative neg absent undetected undetectable non-reactive nonreactive "
    "nein falsch negativ kein keine keinerlei verneint "
    "否 无 無 假 阴性 阴 没有 否认 "
    "non faux négatif négative negatif aucun aucune "
    "falso negativo negativa ausente ninguno ninguna niega"
)
YES: Final = frozenset(_YES.split())
NO: Final = frozenset(_NO.split()) | {
    "not detected",
    "not detectable",
    "not present",
    "none detected",
    "nicht nachweisbar",
    "nicht nachgewiesen",
    "nicht vorhanden",
    "nicht reaktiv",
    "non détecté",
    "non réactif",
    "no detectado",
    "no reactivo",
    "target not detected",
    "未检出",
}
NEGATIVE: Final = frozenset(
    (
        "negative",
        "neg",
        "negativ",
        "阴性",
        "阴",
        "négatif",
        "négative",
        "negatif",
        "negativo",
        "negativa",
        "(-)",
    )
)
"""What a test below its own limit is called: where a number is asked for, it lies below the field's cut-off."""

_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",
    0xA0: " ",
    0x202F: " ",
    0x2009: " ",
    0x2007: " ",
    0x2212: "-",
    0x2013: "-",
    0x2019: "'",
    **{0x2160 + k: word for k, word in enumerate(["I", "II", "III", "IV", "V", "VI"])},
}
_SIGN: Final = re.compile(r"^\(?\s*([1-4]?\s*\++|-)\s*\)$|^([1-4]?\s*\++)$")
_WORD_AND_SIGN: Final = re.compile(r"^(.*?[^\s(])\s*\(\s*(\+{1,4}|-)\s*\)$")


def half_width(cell: str) -> str:
    """Return a cell with full-width characters and typographic blanks as those of a keyboard."""
    return cell if cell.isascii() else cell.translate(_FULL_WIDTH)


def yes_or_no(plain: str) -> bool | None:
    """Return what a cell in small letters says, or None.

    Read are words, `(+)`, `1+` to `4+`, `++`, `(-)`, and a word with its sign, `阳性(+)`, where both say the same.
    A bare `-` is none: it is as often an empty cell.
    """
    word = plain.rstrip(".").strip()
    if word in YES:
        return True
    if word in NO:
        return False
    sign = _SIGN.match(plain)
    if sign is not None:
        return "+" in plain
    both = _WORD_AND_SIGN.match(plain)
    if both is not None:
        said = yes_or_no(both.group(1))
        return said if said is ("+" in both.group(2)) else None
    return None
