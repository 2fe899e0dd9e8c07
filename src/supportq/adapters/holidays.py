"""Public holidays of some 250 countries as plain dates: `pip install 'supportq[holidays]'`.

The dates go into `Hours(..., holidays=...)`, and so into the policy: what a desk decides depends on the list that its policy
holds and not on the version of a library. Draw up the list once a year.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from supportq._instants import FIRST, LAST
from supportq.errors import InvalidValue

try:
    from holidays import country_holidays
except ModuleNotFoundError as missing:
    problem = "supportq.adapters.holidays needs holidays, which an extra brings: pip install 'supportq[holidays]'"
    raise ModuleNotFoundError(problem, name=missing.name) from missing

__all__ = ["public_holidays"]


def public_holidays(country: str, years: Iterable[int], *, subdivision: str | None = None) -> tuple[date, ...]:
    """The public holidays of a country in these years, in order, with the days on which they are observed instead.

    `country` is its ISO 3166 code in capitals, `subdivision` that of a region with holidays of its own. What the library does
    not know is refused, and so is a year of which it knows no holiday: an empty list would look like a year without any.

    >>> [f"{day:%d.%m.}" for day in public_holidays("CZ", [2026]) if day.month == 7]
    ['05.07.', '06.07.']
    """
    if not isinstance(country, str):
        raise InvalidValue("country", f"must be an ISO code such as 'CZ', not {country!r}")
    found: set[date] = set()
    for year in years:
        if type(year) is not int or not FIRST.year <= year < LAST.year:
            raise InvalidValue("years", f"must be years from 1900 to 2299, not {year!r}")
        try:
            days = list(country_holidays(country, subdiv=subdivision, years=year))
        except NotImplementedError as unknown:
            raise InvalidValue("country", f"{unknown}; give ISO codes such as 'CZ', or a subdivision that it has") from None
        if not days:
            raise InvalidValue("years", f"there is no holiday of {country!r} known in {year}; give the dates yourself")
        found.update(days)
    return tuple(sorted(found))
