"""What an estimate says to a client, in plain words: English, Russian and Polish."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

from supportq._instants import utc
from supportq.errors import InvalidValue

if TYPE_CHECKING:
    from supportq.estimates._values import Estimate

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_IN_MINUTES: Final = 90 * _MINUTE
"""Up to so long a wait is told in minutes."""
_IN_HOURS: Final = 36 * _HOUR
_FIVE: Final = 5
"""From so many minutes on they are told in fives."""
_BY_WEEKDAY: Final = 6
"""A day no more days ahead is called by its weekday."""
_BECAUSE: Final = timedelta(days=3)
"""A departure so long after a lane change is taken to be its cause."""
_PARTS: Final = ((5, 3), (12, 0), (17, 1), (22, 2), (24, 3))
"""Up to which hour which part of the day lasts: morning, afternoon, evening, night."""


@dataclass(frozen=True, slots=True)
class _Language:
    """The words of one language.

    `units` are minute, hour and day in the case that follows "within", for one and for several.
    """

    units: tuple[tuple[str, str], ...]
    singular: Callable[[int], bool]
    """Whether the word after a number stands in the singular."""
    span: str
    today: tuple[str, str]
    """Today and tomorrow, as answers to "when"."""
    weekdays: tuple[str, ...]
    """On Monday, and so on."""
    date: str
    months: tuple[str, ...]
    by_today: tuple[str, str, str, str]
    """By which part of this day."""
    by_tomorrow: str
    by_weekdays: tuple[str, ...]
    by_date: str
    by: str
    """By when: a part of a day and the day."""
    parts: tuple[str, ...]
    at: str
    within: str
    at_least: str
    at_once: str
    no_later: str
    departure: str
    reasons: Mapping[str, str]


def _is_one(number: int) -> bool:
    return number == 1


def _ends_in_one(number: int) -> bool:
    return number % 10 == 1 and number % 100 != 11


_ENGLISH_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ENGLISH: Final = _Language(
    units=(("minute", "minutes"), ("hour", "hours"), ("day", "days")),
    singular=_is_one,
    span="{low} to {high}",
    today=("today", "tomorrow"),
    weekdays=tuple(f"on {day}" for day in _ENGLISH_DAYS),
    date="on {day} {month}",
    months=(
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
    by_today=("this morning", "this afternoon", "this evening", "tonight"),
    by_tomorrow="tomorrow",
    by_weekdays=_ENGLISH_DAYS,
    by_date="the {part} of {day} {month}",
    by="{day} {part}",
    parts=("morning", "afternoon", "evening", "night"),
    at="{day} at {time}",
    within="You will usually be answered within {wait}",
    at_least="It will take at least {wait}, and nobody can say yet how long exactly",
    at_once="Somebody is free: you are answered at once",
    no_later="no later than {by}",
    departure="your departure is {day}, so {no_later}",
    reasons={
        "CLOSED_NOW": "Nobody is at work now; we are back {when}.",
        "NOT_WAITING": "Your request is not waiting for an answer.",
        "NO_STAFF": "We cannot say yet when you will be answered: nobody is planned to do it.",
        "CALENDAR_ENDS": "Our duty plan ends {when}, and your turn may come later.",
        "UNSTABLE": "Urgent requests take all our time at present, so we cannot promise a day.",
        "BEYOND_HORIZON": "It may take longer than we can foresee.",
        "GROWING": "More requests come in than we can answer, so whoever writes later waits longer.",
        "LATER_MAY_GO_FIRST": "Requests that come later but are more urgent may go first.",
        "INFLOW_FADES": "We reckon with fewer urgent requests as the days go by.",
        "INFLOW_PERSISTS": "We reckon with as many urgent requests as today.",
        "MEASURED_RATE": "This is reckoned from how many were answered of late.",
        "COLD_START": "This is a first estimate and will become more exact.",
        "STALE": "This was reckoned {when}.",
    },
)
_RUSSIAN: Final = _Language(
    units=(("минуты", "минут"), ("часа", "часов"), ("дня", "дней")),
    singular=_ends_in_one,
    span="{low}–{high}",
    today=("сегодня", "завтра"),
    weekdays=("в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье"),
    date="{day} {month}",
    months=(
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ),
    by_today=("сегодняшнего утра", "второй половины сегодняшнего дня", "сегодняшнего вечера", "сегодняшней ночи"),
    by_tomorrow="завтрашнего дня",
    by_weekdays=("понедельника", "вторника", "среды", "четверга", "пятницы", "субботы", "воскресенья"),
    by_date="{part} {day} {month}",
    by="{part} {day}",
    parts=("утра", "второй половины", "вечера", "ночи"),
    at="{day} в {time}",
    within="Ответ обычно приходит в течение {wait}",
    at_least="Это займёт не менее {wait}, а сколько точно, пока никто не знает",
    at_once="Сотрудник свободен: вам ответят сразу",
    no_later="не позднее {by}",
    departure="ваша поездка начинается {day}, поэтому {no_later}",
    reasons={
        "CLOSED_NOW": "Сейчас никто не работает; мы начнём {when}.",
        "NOT_WAITING": "Ваше обращение не ждёт ответа.",
        "NO_STAFF": "Мы пока не можем сказать, когда ответим: смены ещё не назначены.",
        "CALENDAR_ENDS": "Наш график составлен до конца смены {when}, ваша очередь может подойти позже.",
        "UNSTABLE": "Срочные обращения сейчас занимают всё наше время, поэтому мы не можем обещать день ответа.",
        "BEYOND_HORIZON": "Это может занять больше времени, чем мы можем предвидеть.",
        "GROWING": "Обращений приходит больше, чем мы успеваем обработать: кто напишет позже, будет ждать дольше.",
        "LATER_MAY_GO_FIRST": "Более срочные обращения, пришедшие позже, могут пройти раньше.",
        "INFLOW_FADES": "Мы рассчитываем, что срочных обращений с каждым днём будет меньше.",
        "INFLOW_PERSISTS": "Мы рассчитываем, что срочных обращений будет столько же, сколько сегодня.",
        "MEASURED_RATE": "Расчёт сделан по тому, сколько ответов мы дали в последнее время.",
        "COLD_START": "Это первая оценка, она станет точнее.",
        "STALE": "Расчёт сделан {when}.",
    },
)
_POLISH: Final = _Language(
    units=(("minuty", "minut"), ("godziny", "godzin"), ("dnia", "dni")),
    singular=_is_one,
    span="{low}–{high}",
    today=("dziś", "jutro"),
    weekdays=("w poniedziałek", "we wtorek", "w środę", "w czwartek", "w piątek", "w sobotę", "w niedzielę"),
    date="{day} {month}",
    months=(
        "stycznia",
        "lutego",
        "marca",
        "kwietnia",
        "maja",
        "czerwca",
        "lipca",
        "sierpnia",
        "września",
        "października",
        "listopada",
        "grudnia",
    ),
    by_today=("dziś rano", "dziś po południu", "dziś wieczorem", "dziś w nocy"),
    by_tomorrow="jutro",
    by_weekdays=("w poniedziałek", "we wtorek", "w środę", "w czwartek", "w piątek", "w sobotę", "w niedzielę"),
    by_date="{day} {month} {part}",
    by="{day} {part}",
    parts=("rano", "po południu", "wieczorem", "w nocy"),
    at="{day} o {time}",
    within="Odpowiedź zwykle przychodzi w ciągu {wait}",
    at_least="Odpowiedź nie przyjdzie przed upływem {wait}, a kiedy dokładnie, nikt jeszcze nie wie",
    at_once="Ktoś jest wolny: odpowiemy od razu",
    no_later="najpóźniej {by}",
    departure="Twoja podróż zaczyna się {day}, więc {no_later}",
    reasons={
        "CLOSED_NOW": "Teraz nikt nie pracuje; wracamy {when}.",
        "NOT_WAITING": "Twoje zgłoszenie nie czeka na odpowiedź.",
        "NO_STAFF": "Nie możemy jeszcze powiedzieć, kiedy odpowiemy: nikt nie jest zaplanowany.",
        "CALENDAR_ENDS": "Nasz grafik kończy się {when}, a Twoja kolej może przyjść później.",
        "UNSTABLE": "Pilne zgłoszenia zajmują teraz cały nasz czas, więc nie możemy obiecać dnia.",
        "BEYOND_HORIZON": "Może to potrwać dłużej, niż potrafimy przewidzieć.",
        "GROWING": "Przychodzi więcej zgłoszeń, niż możemy obsłużyć: kto napisze później, poczeka dłużej.",
        "LATER_MAY_GO_FIRST": "Pilniejsze zgłoszenia, które przyjdą później, mogą wejść wcześniej.",
        "INFLOW_FADES": "Liczymy na to, że pilnych zgłoszeń będzie z dnia na dzień mniej.",
        "INFLOW_PERSISTS": "Liczymy na to, że pilnych zgłoszeń będzie tyle co dziś.",
        "MEASURED_RATE": "Liczymy według tego, ile odpowiedzi udzieliliśmy ostatnio.",
        "COLD_START": "To pierwsze oszacowanie, będzie dokładniejsze.",
        "STALE": "Obliczono {when}.",
    },
)
LANGUAGES: Final[Mapping[str, _Language]] = {"en": _ENGLISH, "ru": _RUSSIAN, "pl": _POLISH}


def sentence(estimate: Estimate, language: str, zone: tzinfo, departs_at: datetime | None) -> str:
    """What `Estimate.sentence` says."""
    if not isinstance(language, str) or language not in LANGUAGES:
        raise InvalidValue("language", f"{language!r} is not known; there are {', '.join(LANGUAGES)}")
    if not isinstance(zone, tzinfo):
        raise InvalidValue("zone", f"must be a tzinfo, for example UTC, not {zone!r}")
    if departs_at is not None:
        departs_at = utc(departs_at, "departs_at")
    words = LANGUAGES[language]
    asked = _asked_at(estimate)
    said = []
    if main := _main(words, estimate, asked, zone, departs_at):
        said.append(f"{main}.")
    codes = {reason.code: reason.ours for reason in estimate.reasons}
    for code, text in words.reasons.items():
        if code in codes:
            if code == "STALE":
                when = _at(words, estimate.as_of, asked, zone)
            else:
                when = _at(words, datetime.fromisoformat(codes[code]), asked, zone) if "{when}" in text else ""
            said.append(text.format(when=when))
    return " ".join(said)


def _asked_at(estimate: Estimate) -> datetime:
    """The instant of the question: the pass is as old as it says."""
    age = next((reason.ours for reason in estimate.reasons if reason.code == "STALE"), "0 s")
    return estimate.as_of + timedelta(seconds=int(age.partition(" ")[0]))


def _main(words: _Language, estimate: Estimate, asked: datetime, zone: tzinfo, departs_at: datetime | None) -> str:
    """How long it takes, as far as anything can be said of that."""
    if estimate.p10 is None:
        return ""
    if estimate.p90 is None:
        least = _in_units(estimate.p10)[0]
        return words.at_least.format(wait=_counted(words, least, estimate.p10)) if least else ""
    if not estimate.p90:
        return words.at_once
    told = words.within.format(wait=_span(words, estimate.p10, estimate.p90))
    jump = next((one.ours for one in estimate.reasons if one.code == "OWN_JUMP" and one.field == "lane"), None)
    if jump is None:
        return told
    no_later = words.no_later.format(by=_by(words, asked + estimate.p90, asked, zone))
    if departs_at is None or not timedelta(0) < departs_at - datetime.fromisoformat(jump) <= _BECAUSE:
        return f"{told}; {no_later}"
    return f"{told}; {words.departure.format(day=_on(words, departs_at, asked, zone), no_later=no_later)}"


def _unit(wait: timedelta) -> int:
    """In which unit a wait is told: minutes, hours or days."""
    return 0 if wait <= _IN_MINUTES else 1 if wait <= _IN_HOURS else 2


def _in_units(least: timedelta, most: timedelta | None = None) -> tuple[int, int]:
    """A range in the unit of its upper end, down and up: nobody is promised more than was meant."""
    most = least if most is None else most
    unit = _unit(most)
    size = (_MINUTE, _HOUR, _DAY)[unit]
    low, high = least // size, -(-most // size)
    if unit == 0 and high > _FIVE:
        low, high = low - low % _FIVE, high + -high % _FIVE
    return low, high


def _counted(words: _Language, number: int, wait: timedelta) -> str:
    return f"{number} {words.units[_unit(wait)][0 if words.singular(number) else 1]}"


def _span(words: _Language, least: timedelta, most: timedelta) -> str:
    """A range of waits in one unit."""
    low, high = _in_units(least, most)
    told = _counted(words, high, most)
    return words.span.format(low=low, high=told) if 0 < low < high else told


def _on(words: _Language, instant: datetime, asked: datetime, zone: tzinfo) -> str:
    """On which day, as the client would say it."""
    return _day(instant.astimezone(zone), asked.astimezone(zone), words, words.today, words.weekdays, words.date)


def _at(words: _Language, instant: datetime, asked: datetime, zone: tzinfo) -> str:
    return words.at.format(day=_on(words, instant, asked, zone), time=f"{instant.astimezone(zone):%H:%M}")


def _by(words: _Language, instant: datetime, asked: datetime, zone: tzinfo) -> str:
    """By which part of which day; the small hours belong to the night before."""
    local, today = instant.astimezone(zone), asked.astimezone(zone)
    part = next(part for until, part in _PARTS if local.hour < until)
    day = local - _DAY if local.hour < _PARTS[0][0] and local.date() > today.date() else local
    if day.date() == today.date():
        return words.by_today[part]
    named = _day(day, today, words, ("", words.by_tomorrow), words.by_weekdays, "")
    if not named:
        return words.by_date.format(day=day.day, month=words.months[day.month - 1], part=words.parts[part])
    return words.by.format(day=named, part=words.parts[part])


def _day(day: datetime, today: datetime, words: _Language, near: tuple[str, str], weekdays: tuple[str, ...], date: str) -> str:
    ahead = (day.date() - today.date()).days
    if 0 <= ahead < len(near):
        return near[ahead]
    if 0 < ahead <= _BY_WEEKDAY:
        return weekdays[day.weekday()]
    return date.format(day=day.day, month=words.months[day.month - 1])
