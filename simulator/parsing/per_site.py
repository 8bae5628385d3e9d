"""A number that is the same at every site, or a list with one for each."""

from typing import Annotated, Any, Final, TypeAlias

from pydantic import Discriminator, Field, Tag

_ONE: Final = "one number"
_EACH: Final = "one for each site"
FORMS: Final = frozenset({_ONE, _EACH})
"""Names under which pydantic places the errors of either form; a file has no such keys."""


def _form(value: Any) -> str:
    return _EACH if isinstance(value, list | tuple) else _ONE


Number: TypeAlias = float | tuple[float, ...]
MOST_SITES: Final = 20

Rate = Annotated[
    Annotated[Annotated[float, Field(ge=0, le=200)], Tag(_ONE)]
    | Annotated[
        Annotated[
            tuple[Annotated[float, Field(ge=0, le=200)], ...], Field(min_length=1, max_length=MOST_SITES)
        ],
        Tag(_EACH),
    ],
    Discriminator(_form),
]
Shape = Annotated[
    Annotated[Annotated[float, Field(gt=0, le=1e6)], Tag(_ONE)]
    | Annotated[
        Annotated[
            tuple[Annotated[float, Field(gt=0, le=1e6)], ...], Field(min_length=1, max_length=MOST_SITES)
        ],
        Tag(_EACH),
    ],
    Discriminator(_form),
]
Fraction = Annotated[
    Annotated[Annotated[float, Field(ge=0, le=1)], Tag(_ONE)]
    | Annotated[
        Annotated[
            tuple[Annotated[float, Field(ge=0, le=1)], ...], Field(min_length=1, max_length=MOST_SITES)
        ],
        Tag(_EACH),
    ],
    Discriminator(_form),
]
Months = Annotated[
    Annotated[Annotated[float, Field(ge=0, le=60)], Tag(_ONE)]
    | Annotated[
        Annotated[
            tuple[Annotated[float, Field(ge=0, le=60)], ...], Field(min_length=1, max_length=MOST_SITES)
        ],
        Tag(_EACH),
    ],
    Discriminator(_form),
]


def at_site(value: Number, site: int) -> float:
    """Return the number of a site, counted from 0."""
    return value[site] if isinstance(value, tuple) else value
