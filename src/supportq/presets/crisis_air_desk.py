"""An air-ticket desk when every border closes.

Who flies within a day and is not cancelled goes first; everybody else is answered strictly by arrival, without head start
or share. Repeats across doors join the first request and cost nobody a place. No ticket is left unanswered: one whose plane
has left waits on in the standard lane. The doors are the hot line, e-mail, the form on the site and messengers. Comments on
social media are none: one that names a request joins it, of any other the author is directed to the form.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from supportq import when
from supportq.policy import Lane, Policy
from supportq.procedures import Filing
from supportq.teams import Door

__all__ = ["POLICY"]

POLICY: Final = Policy(
    name="crisis-air-desk",
    lanes=(
        Lane("imminent", when.departs_within(timedelta(hours=24)) & ~when.cancelled()),
        Lane("standard"),
    ),
    doors=(
        Door("hot line", "phone", by_voice=True),
        Door("e-mail", "email"),
        Door("site form", "form"),
        Door("messengers", "messenger"),
    ),
    filings=(Filing("comments", when.channel("comment"), directs_to="form", joins=True),),
)
"""The policy of the desk."""
