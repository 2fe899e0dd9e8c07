"""An invented stream of a support desk, full of traps for whoever asks "who is writing?", with the truth beside it.

    python benchmarks/trap_stream.py [--seed N] [--json]

Families on one telephone, travel agencies that write for travellers, switchboards, placeholders, slips of the finger, numbers
that pass to somebody else, five ways to write a telephone number, names in two scripts or none at all. People, addresses and
numbers are made up and the proportions are guesses: it compares rules with each other, and forecasts nothing.
"""

from __future__ import annotations

import argparse
import json
import random
import string
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from supportq import Booking, Client, Request

BEGIN: Final = datetime(2020, 3, 16, tzinfo=UTC)
SPAN: Final = timedelta(days=30)
PEOPLE: Final = 6_000

WRITES: Final = {1: 35, 2: 26, 3: 18, 4: 11, 5: 6, 6: 4}
"""How often a person writes, with weights."""
CHANNELS: Final = {"email": 27, "phone": 25, "form": 20, "telegram": 30, "account": 45}
"""Where a person writes, with weights; only some have an account or a messenger."""
STAYS: Final = 0.3
"""How often a person keeps to the channel they like best."""

IN_FAMILIES, FAMILY_MAILS, FAMILY_BOOKS = 0.15, 0.3, 0.6
AGENCIES, SWITCHBOARDS = 25, 30
"""How many there are among 6,000 people."""
TRAVELLERS, COLLEAGUES = (8, 60), (4, 12)
"""How many people, from and to, an agency writes for, and a switchboard speaks for."""
PLACEHOLDER, SLIP, REISSUED = 0.02, 0.01, 0.01
NAMELESS: Final = {"email": 0.46, "phone": 0.44, "form": 0.06, "telegram": 0.3, "account": 0.2}
"""How many messages of a channel come without a name: a guess, and what the outcome hangs on most, so `stream` can scale it."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MEN: Final = _words(
    "Александр Алексей Анатолий Андрей Антон Аркадий Артём Борис Вадим Валентин Валерий Василий Виктор Виталий Владимир "
    "Вячеслав Геннадий Георгий Глеб Григорий Даниил Денис Дмитрий Евгений Егор Иван Игорь Илья Кирилл Константин Лев Леонид "
    "Максим Марк Матвей Михаил Никита Николай Олег Павел Пётр Роман Руслан Семён Сергей Станислав Степан Тимофей Фёдор Юрий "
    "Ярослав"
)
WOMEN: Final = _words(
    "Алина Алла Анастасия Анна Валентина Валерия Варвара Вера Вероника Виктория Галина Дарья Диана Евгения Екатерина Елена "
    "Елизавета Жанна Зоя Инна Ирина Карина Кира Кристина Ксения Лариса Лидия Любовь Людмила Маргарита Марина Мария Надежда "
    "Наталья Нина Оксана Ольга Полина Раиса Светлана Софья Тамара Татьяна Ульяна Юлия Яна"
)
FATHERS: Final = _words(
    "Александров Алексеев Андреев Антонов Борисов Вадимов Викторов Владимиров Денисов Иванов Игорев Кириллов Константинов "
    "Максимов Михайлов Николаев Олегов Павлов Петров Романов Сергеев Степанов Фёдоров"
)
"""Patronymics without their endings."""
PLAIN: Final = _words(
    "Абрамов Агафонов Акимов Алексеев Андреев Анисимов Антонов Артемьев Афанасьев Баранов Белов Беляев Блинов Бобров "
    "Борисов Быков Васильев Виноградов Власов Волков Воробьёв Гаврилов Герасимов Голубев Горбунов Гордеев Горшков Громов "
    "Гусев Давыдов Данилов Дементьев Денисов Дмитриев Дроздов Егоров Емельянов Ершов Ефимов Жданов Жуков Журавлёв Зайцев "
    "Захаров Зимин Зуев Иванов Игнатов Ильин Исаев Казаков Калинин Карпов Киселёв Князев Ковалёв Козлов Колесников Комаров "
    "Кондратьев Коновалов Королёв Костин Котов Крылов Крюков Кудрявцев Кузнецов Кузьмин Куликов Лазарев Лапин Ларионов "
    "Лебедев Леонтьев Лобанов Лукин Лыткин Макаров Максимов Марков Мартынов Маслов Матвеев Медведев Мельников Миронов "
    "Михайлов Морозов Мухин Назаров Наумов Некрасов Никитин Николаев Новиков Носков Орехов Орлов Осипов Павлов Панов Петров "
    "Поляков Пономарёв Попов Потапов Прохоров Родионов Романов Рыбаков Рябов Савельев Самсонов Сафонов Селезнёв Семёнов "
    "Сергеев Сидоров Симонов Смирнов Соболев Соколов Соловьёв Сорокин Степанов Субботин Суханов Тарасов Терентьев Тимофеев "
    "Титов Тихонов Третьяков Трофимов Туманов Уваров Устинов Фадеев Федотов Филатов Филиппов Фомин Фролов Харитонов Хохлов "
    "Цветков Чернов Чижов Шаров Швецов Шестаков Шилов Широков Шубин Щербаков Щукин Юдин Яковлев Якушев"
)
"""Surnames that take an `а` for a woman."""
ADJECTIVES: Final = _words(
    "Белозерск Вяземск Горск Донск Заречн Зеленск Каменск Крымск Луговск Озерск Островск Полянск Раевск Успенск"
)
"""Surnames that end in -ий or -ый and -ая."""
FIXED: Final = _words("Бондаренко Данилюк Коваленко Кравчук Лысенко Мельник Мороз Полищук Романюк Ткач Шевченко Черных")
"""Surnames that are the same for men and women."""
NETWORKS: Final = ("example.com", "example.org", "example.net", "post.example.com", "mail.example.org")
TAGS: Final = ("trip", "travel", "2020", "avia", "refund")
PLACEHOLDERS: Final = {
    "phone": ("0000000000", "+70000000000", "000-00-00-000", "1111111111"),
    "email": ("noemail@example.com", "no@example.com", "test@example.com", "none@example.org"),
}
WISHES: Final = {
    "refund": ("Прошу вернуть деньги за рейс", "Верните деньги за билеты", "Please refund my booking"),
    "cancel": ("Прошу отменить бронирование", "Отмените поездку без штрафа", "Please cancel my trip"),
    "change_date": ("Прошу перенести вылет", "Хочу поменять даты поездки", "Please move my flight to another day"),
    "baggage": ("Не прилетел мой чемодан", "Хочу добавить багаж", "My suitcase has not arrived"),
    "status": ("Когда мне ответят?", "Что с моим заявлением?", "Any news about my request?"),
}

_ICAO: Final = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыэюя",
        _words("a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch ie y e iu ia"),
        strict=True,
    )
) | {"ь": ""}
ROMANISERS: Final[tuple[Mapping[str, str], ...]] = (
    _ICAO,
    _ICAO | {"ё": "yo", "й": "y", "ъ": "", "ю": "yu", "я": "ya", "ия": "iya", "ий": "y", "ый": "y"},
    _ICAO | {"ё": "jo", "й": "j", "х": "h", "ц": "c", "щ": "sch", "ъ": "", "ю": "ju", "я": "ja", "кс": "x"},
    _ICAO | {"ё": "e", "й": "y", "х": "h", "щ": "sch", "ъ": "", "ю": "yu", "я": "ya", "ий": "iy", "ый": "yy", "ья": "ia"},
)
"""Ways to write Cyrillic in Latin letters: the passport's, an English one, a Central European one and that of keyboards."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message and the truth about it: `person` wrote it; an agency is a person of its own that writes for others.

    `personal` is false where an agency writes; `agency` is that agency.
    """

    request: Request
    person: str
    personal: bool
    agency: str | None


@dataclass(frozen=True, slots=True)
class Stream:
    """Messages in the order in which they came, and the addresses of the agencies, which a desk may have flagged."""

    seed: int
    messages: tuple[Message, ...]
    agencies: tuple[str, ...]
    traps: Mapping[str, int]


@dataclass(slots=True)
class Person:
    """Somebody who writes, and all that they write with."""

    number: int
    given: str
    father: str
    surname: str
    email: str
    phones: list[tuple[datetime, str]]
    """Each number with the instant from which it is theirs, the last one first."""
    telegram: str | None
    account: str | None
    favourite: str
    bookings: list[str] = field(default_factory=list)
    at_work: str | None = None
    agency: int | None = None

    def phone(self, at: datetime) -> str:
        """The number that is theirs at an instant."""
        return next(number for since, number in self.phones if since <= at)


def romanised(text: str, how: Mapping[str, str]) -> str:
    """Cyrillic in Latin letters.

    >>> [romanised("Юлия", how) for how in ROMANISERS]
    ['Iuliia', 'Yuliya', 'Julija', 'Yuliya']
    """
    lower, made, position = text.lower(), [], 0
    while position < len(lower):
        pair = lower[position : position + 2]
        size = 2 if pair in how else 1
        part = how.get(pair[:size], pair[:size])
        made.append(part.capitalize() if text[position].isupper() else part)
        position += size
    return "".join(made)


def _open_to(telegram: str | None, account: str | None) -> list[str]:
    """The channels that somebody has."""
    return [name for name in CHANNELS if {"telegram": telegram, "account": account}.get(name, name)]


class _Town:
    """The people of one stream, and the chance that made them."""

    def __init__(self, seed: int, size: int) -> None:
        self.rng = random.Random(f"trap stream {seed}")
        self.size = size
        self.traps: Counter[str] = Counter()
        self._taken: set[str] = set()
        self.people = [self._person(number) for number in range(size)]
        free = list(self.people)
        self.rng.shuffle(free)
        self._families(free)
        self.agencies = self._agencies(free)
        self._switchboards(free)
        self._reissue(free)

    def _fresh(self, make: Callable[[], str]) -> str:
        """Something that nobody has yet."""
        while (made := make()) in self._taken:
            pass
        self._taken.add(made)
        return made

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def _number(self) -> str:
        """A mobile number as E.164 has it."""
        return self._fresh(lambda: f"+7999{self.rng.randrange(2_000_000, 9_999_999)}")

    def _reference(self) -> str:
        letters = string.ascii_uppercase + string.digits
        return self._fresh(lambda: self.rng.choice(string.ascii_uppercase) + "".join(self.rng.choices(letters, k=5)))

    def _surname(self) -> tuple[str, str]:
        """A surname as men and as women bear it."""
        kind = self.rng.random()
        if kind < 0.85:
            plain = self.rng.choice(PLAIN)
            return plain, f"{plain}а"
        if kind < 0.93:
            stem = self.rng.choice(ADJECTIVES)
            return (f"{stem}ый" if stem.endswith("чн") else f"{stem}ий"), f"{stem}ая"
        fixed = self.rng.choice(FIXED)
        return fixed, fixed

    def _mailbox(self, given: str, surname: str) -> str:
        how = self.rng.choice(ROMANISERS)
        first, last = romanised(given, how).lower(), romanised(surname, how).lower()
        box = self.rng.choice(
            (f"{first}.{last}", f"{last}.{first}", f"{first[0]}.{last}", f"{last}{first[0]}", f"{first}_{last}")
        )
        return self._fresh(lambda: f"{box}{self.rng.randrange(1960, 2020)}@{self.rng.choice(NETWORKS)}")

    def _person(self, number: int) -> Person:
        rng, woman = self.rng, self.chance(0.5)
        given = rng.choice(WOMEN if woman else MEN)
        surname = self._surname()[woman]
        telegram = str(600_000 + number) if self.chance(0.4) else None
        account = f"U-{10_000 + number}" if self.chance(0.18) else None
        likes = [
            name for name in CHANNELS if not ((name == "telegram" and not telegram) or (name == "account" and not account))
        ]
        return Person(
            number=number,
            given=given,
            father=rng.choice(FATHERS) + ("на" if woman else "ич"),
            surname=surname,
            email=self._mailbox(given, surname),
            phones=[(BEGIN, self._number())],
            telegram=telegram,
            account=account,
            favourite=rng.choices(likes, [CHANNELS[name] for name in likes])[0],
            bookings=[self._reference() for _ in range(rng.choices((1, 2), (75, 25))[0])],
        )

    def _families(self, free: list[Person]) -> None:
        """Some people live in families: one telephone, often one surname and one booking, at times one mailbox."""
        wanted = round(self.size * IN_FAMILIES)
        while wanted >= 2 and len(free) >= 2:
            # No two of a house have the same given name; nobody could tell these apart.
            house: list[Person] = []
            for _ in range(min(wanted, self.rng.choices((2, 3, 4, 5), (45, 30, 18, 7))[0])):
                given = {one.given for one in house}
                member = next((one for one in reversed(free) if one.given not in given), None)
                if member is None:
                    break
                free.remove(member)
                house.append(member)
            wanted -= len(house)
            self._settle(house)

    def _settle(self, house: list[Person]) -> None:
        head = house[0]
        names = self._surname()
        for one in house:
            one.phones = list(head.phones)
            if self.chance(0.85):
                one.surname = names[one.given in WOMEN]
        self.traps["people in families"] += len(house)
        self.traps["families"] += 1
        if self.chance(FAMILY_MAILS):
            mailbox = self._mailbox("Семья", names[0])
            for one in house:
                one.email = mailbox
            self.traps["families with one mailbox"] += 1
        if self.chance(FAMILY_BOOKS):
            for one in house:
                one.bookings = list(head.bookings)
            self.traps["families with one booking"] += 1

    def _scaled(self, count: int) -> int:
        return max(1, round(count * self.size / PEOPLE))

    def _agencies(self, free: list[Person]) -> list[str]:
        addresses = []
        for number in range(self._scaled(AGENCIES)):
            addresses.append(self._fresh(lambda: f"desk{self.rng.randrange(100, 1000)}@agency.example.com"))
            for _ in range(min(self.rng.randint(*TRAVELLERS), len(free) // 2)):
                free.pop().agency = number
                self.traps["travellers of agencies"] += 1
        self.traps["agencies"] = len(addresses)
        return addresses

    def _switchboards(self, free: list[Person]) -> None:
        for _ in range(self._scaled(SWITCHBOARDS)):
            number = self._number()
            self.traps["switchboards"] += 1
            for _ in range(min(self.rng.randint(*COLLEAGUES), len(free) // 2)):
                free.pop().at_work = number
                self.traps["people at switchboards"] += 1

    def _reissue(self, free: list[Person]) -> None:
        """A number that one person gives up is another's from then on."""
        for _ in range(min(round(self.size * REISSUED), len(free) // 2)):
            before, after = free.pop(), free.pop()
            at = BEGIN + SPAN * self.rng.uniform(0.3, 0.7)
            after.phones.insert(0, (at, before.phones[0][1]))
            before.phones.insert(0, (at, self._number()))
            self.traps["numbers issued anew"] += 1


class _Writer:
    """Turns what people want into requests as a desk gets them."""

    def __init__(self, town: _Town, nameless: float) -> None:
        self.nameless = nameless
        self.town = town
        self.rng = town.rng
        self.traps = town.traps
        # Some travellers never write themselves, others do every other time.
        self._speaks = {one.number for one in town.people if one.agency is None or town.chance(0.6)}

    def messages(self) -> list[Message]:
        """All messages of all people, in order of time."""
        drafts: list[tuple[datetime, Person]] = []
        for person in self.town.people:
            count = self.rng.choices(list(WRITES), list(WRITES.values()))[0]
            drafts.extend((at, person) for at in self._instants(count))
        drafts.sort(key=lambda draft: (draft[0], draft[1].number))
        return [self._message(f"M{number:06}", at, person) for number, (at, person) in enumerate(drafts)]

    def _instants(self, count: int) -> Iterable[datetime]:
        """The first message at any time, the others some days apart; what would come too late comes earlier."""
        seconds, last = self.rng.uniform(0, 1), 0.0
        for _ in range(count):
            yield BEGIN + timedelta(seconds=int(SPAN.total_seconds() * ((seconds + last) % 1.0)))
            last += self.rng.expovariate(8)

    def _message(self, number: str, at: datetime, person: Person) -> Message:
        kind = self.rng.choices(list(WISHES), (45, 20, 15, 10, 10))[0]
        if person.agency is not None and not (person.number in self._speaks and self.town.chance(0.5)):
            agency = self.town.agencies[person.agency]
            client, claims, channel = Client(email=self._address(agency), name=self._full(person)), Client(), "email"
            whose, by = f"agency {person.agency}", agency
        else:
            channel = self._channel(person)
            client, claims = self._contacts(channel, person, at)
            whose, by = f"person {person.number}", None
        bookings: tuple[Booking, ...] = ()
        if by or self.town.chance(0.7):
            bookings = (Booking(self._typed_reference(self.rng.choice(person.bookings))),)
        request = Request(
            number,
            client,
            claims=claims,
            received_at=at,
            channel=channel,
            kind=kind,
            bookings=bookings,
            text=self.rng.choice(WISHES[kind]),
        )
        return Message(request, whose, by is None, by)

    def _channel(self, person: Person) -> str:
        if self.town.chance(STAYS):
            return person.favourite
        names = _open_to(person.telegram, person.account)
        return self.rng.choices(names, [CHANNELS[name] for name in names])[0]

    def _contacts(self, channel: str, person: Person, at: datetime) -> tuple[Client, Client]:
        """What the channel proves, and what the person types in or says besides."""
        chance = self.town.chance
        name = self._name(channel, person)
        if channel == "email":
            return Client(email=self._address(person.email), name=name), self._typed(person, at, phone=chance(0.12))
        if channel == "phone":
            phone = person.at_work if person.at_work and chance(0.5) else person.phone(at)
            typed = self._typed(person, at, email=chance(0.05), name=name)
            return Client(phone=self._dialled(phone)), typed
        if channel == "telegram":
            return Client(messenger=f"telegram:{person.telegram}", name=name), self._typed(person, at, phone=chance(0.15))
        if channel == "account":
            return Client(account=person.account, name=name), self._typed(
                person, at, phone=chance(0.2), email=chance(0.3), agency=True
            )
        what = self.rng.choices(("email", "phone", "both"), (42, 36, 22))[0]
        typed = self._typed(person, at, phone=what != "email", email=what != "phone", agency=True, name=name)
        return Client(), typed

    def _typed(
        self,
        person: Person,
        at: datetime,
        *,
        phone: bool = False,
        email: bool = False,
        agency: bool = False,
        name: str | None = None,
    ) -> Client:
        """Contacts typed in by hand: placeholders, slips of the finger, the agency's address instead of one's own."""
        number = address = None
        if phone:
            number = self._dialled(person.at_work if person.at_work and self.town.chance(0.2) else person.phone(at))
        if email:
            address = self._address(person.email)
        if agency and (email or phone) and person.agency is not None and self.town.chance(0.5):
            self.traps["messages of travellers that name the agency's address"] += 1
            # Beside a number of their own: what gives nothing else cannot be told from what the agency itself fills in.
            own = number or self._dialled(person.phone(at))
            return Client(phone=own, email=self._address(self.town.agencies[person.agency]), name=name)
        number, address = number and self._by_hand("phone", number), address and self._by_hand("email", address)
        return Client(phone=number, email=address, name=name)

    def _by_hand(self, kind: str, text: str) -> str:
        self.traps["contacts typed in"] += 1
        if self.town.chance(PLACEHOLDER):
            self.traps["placeholders"] += 1
            return self.rng.choice(PLACEHOLDERS[kind])
        if self.town.chance(SLIP):
            self.traps["slips of the finger"] += 1
            return self._slip(kind, text)
        return text

    def _slip(self, kind: str, text: str) -> str:
        """One character other than it should be: one of the last digits of a number, one letter of a mailbox."""
        if kind == "phone":
            position = self.rng.choice([spot for spot, character in enumerate(text) if character.isdigit()][-7:])
            return text[:position] + self.rng.choice(string.digits) + text[position + 1 :]
        position = self.rng.randrange(text.index("@"))
        return text[:position] + self.rng.choice(string.ascii_lowercase) + text[position + 1 :]

    def _dialled(self, number: str) -> str:
        """One of the five ways in which people write +79990001234."""
        local = number[2:]
        area, rest = local[:3], (local[3:6], local[6:8], local[8:])
        style = self.rng.choices(range(5), (30, 24, 18, 16, 12))[0]
        self.traps[f"numbers written in way {style + 1}"] += 1
        if style == 0:
            return number
        if style == 1:
            return f"8 ({area}) {'-'.join(rest)}"
        if style == 2:
            return f"+7 {area} {' '.join(rest)}"
        if style == 3:
            return f"8-{area}-{'-'.join(rest)}"
        return f"007{local}"

    def _address(self, address: str) -> str:
        """A mail address as it comes: at times with a tag or in capitals."""
        box, _, domain = address.partition("@")
        if self.town.chance(0.06):
            box += f"+{self.rng.choice(TAGS)}"
        style = self.rng.random()
        if style < 0.06:
            return f"{box.upper()}@{domain.upper()}"
        return f"{box.title()}@{domain}" if style < 0.16 else f"{box}@{domain}"

    def _typed_reference(self, reference: str) -> str:
        return reference.lower() if self.town.chance(0.15) else reference

    def _name(self, channel: str, person: Person) -> str | None:
        """What somebody calls themselves: nothing, the given name alone, or the full name."""
        if self.town.chance(NAMELESS[channel] * self.nameless):
            return None
        if self.town.chance(0.3 if channel == "telegram" else 0.12):
            return self._spelt((person.given,))
        return self._full(person)

    def _full(self, person: Person) -> str:
        """The full name: in either order, with the father's name or without."""
        if self.town.chance(0.12):
            given = (person.given, person.father)
            return self._spelt((person.surname, *given) if self.town.chance(0.6) else (*given, person.surname))
        words = (person.given, person.surname)
        return self._spelt(words[::-1] if self.town.chance(0.35) else words)

    def _spelt(self, words: Iterable[str]) -> str:
        """The words in Cyrillic, or in one of several Latin spellings; now and then in capitals."""
        text = " ".join(words)
        if self.town.chance(0.35):
            text = romanised(text, self.rng.choice(ROMANISERS))
        elif self.town.chance(0.3):
            text = text.replace("ё", "е")
        return text.upper() if self.town.chance(0.08) else text


def stream(seed: int, people: int = PEOPLE, nameless: float = 1.0) -> Stream:
    """Invent a stream: the same one for the same seed. Agencies and switchboards grow with the number of people.

    `nameless` scales how many messages come without a name.
    """
    town = _Town(seed, people)
    messages = tuple(_Writer(town, nameless).messages())
    return Stream(seed, messages, tuple(town.agencies), dict(sorted(town.traps.items())))


def summary(made: Stream) -> dict[str, float]:
    """What a stream is made of: counts, and shares in percent."""
    messages = made.messages
    channels = Counter(message.request.channel for message in messages)
    nameless = Counter(message.request.channel for message in messages if _nameless(message.request))
    times: defaultdict[str, int] = defaultdict(int)
    for message in messages:
        times[message.person] += message.personal
    told: dict[str, float] = {"messages": len(messages), "who write": len(times)}
    told |= {f"messages by {channel}, %": 100 * count / len(messages) for channel, count in channels.most_common()}
    told |= {f"without a name by {channel}, %": 100 * nameless[channel] / count for channel, count in channels.most_common()}
    told["messages of agencies, %"] = 100 * sum(not message.personal for message in messages) / len(messages)
    told["people who write more than once, %"] = 100 * sum(count > 1 for count in times.values()) / len(times)
    return {what: round(value, 1) for what, value in (*told.items(), *made.traps.items())}


def _nameless(request: Request) -> bool:
    return not (request.client.name or request.claims.name)


def main() -> None:
    parser = argparse.ArgumentParser(description="An invented stream of a support desk, with the truth beside it.")
    parser.add_argument("--seed", type=int, default=1, help="which stream (default: 1)")
    parser.add_argument("--people", type=int, default=PEOPLE, help=f"how many people write (default: {PEOPLE:,})")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    asked = parser.parse_args()
    told = summary(stream(asked.seed, asked.people))
    if asked.json:
        print(json.dumps({"name": "trap_stream", "seed": asked.seed, "people": asked.people, "summary": told}))
        return
    print(f"trap stream of seed {asked.seed}, {asked.people:,} people\n")
    for what, value in told.items():
        print(f"  {what:<60} {value:>10,g}")


if __name__ == "__main__":
    main()
