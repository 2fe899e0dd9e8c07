"""Opening hours: when a door is open, and how much business time lies between two instants (rule H1).

`Hours` puts together weekly openings, dated exceptions, holidays and recurrence rules, in one time zone or in the client's.
Everything is exact across daylight saving: a local time that a spring change skips moves to the first instant that exists, one
that an autumn change repeats is the first of the two.
"""

from supportq.hours._hours import Hours
from supportq.hours._openings import Opening, SpecialDay, local_instant
from supportq.hours._recurrence import Recurrence

__all__ = ["Hours", "Opening", "Recurrence", "SpecialDay", "local_instant"]
