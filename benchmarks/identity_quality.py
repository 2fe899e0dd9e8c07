"""How well the identity rules find out who is writing, on any table of people with known truth, or on the stream of traps.

    python benchmarks/identity_quality.py FILE.csv[.gz] --key KIND=COLUMN ... --truth COLUMN [--limit N] [--json]
    python benchmarks/identity_quality.py --stream SEED [--flag none|half|all] [--nameless FACTOR] [--limit N] [--json]

A kind is account, email, phone, messenger or name; `key` joins columns into one identifier, and may be given several times:

    --key email=email --key name=first_name+surname --key key=name+dob

Columns joined by + are read one after the other; in a `key`, `name` stands for the declared name. Every row becomes a request,
a minute after the one before. Pairs are pairs of records: precision is the share of the pairs in one client that are of one
person, recall the share of the pairs of one person that are in one client. `mixed` is the share of records in a client that
also holds somebody else's. Exit status 2: the input cannot be read.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Final, NoReturn

from _bench import NOON
from _tables import InputError, rows
from trap_stream import stream

from supportq import Client, Request
from supportq._instants import micros
from supportq.errors import SupportqError
from supportq.identity import Clients
from supportq.policy import CompositeKey, IdentityRules

KINDS: Final = ("account", "email", "phone", "messenger", "name", "key")
MINUTE: Final = timedelta(minutes=1)
PLACEHOLDER: Final = "0000000000"
"""What a form holds whose writer gives no contact; it identifies nobody."""
_FEBRL: Final = re.compile(r"rec-(\d+)-")
"""Record ids that hold the truth: rec-1070-dup-2 is another record of person 1070."""


@dataclass(frozen=True, slots=True)
class Record:
    """One message and who wrote it; `personal` is false where somebody wrote for others."""

    request: Request
    person: str
    personal: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What came of it. Shares are from 0 to 1; clients and persons are counted, records are messages or rows."""

    source: str
    records: int
    persons: int
    clients: int
    precision: float
    recall: float
    f1: float
    personal_recall: float
    mixed: float
    largest_client: int
    """Most people in one client."""
    most_records: int
    """Most records in one client."""
    records_per_second: float
    """Records learned in a second of CPU time."""


def pairs(count: int) -> int:
    """How many pairs so many things make."""
    return count * (count - 1) // 2


def judged(source: str, records: Sequence[Record], client_of: Callable[[str], str], seconds: float) -> Quality:
    """Compare clients with truth by counting what they have in common; O(records)."""
    held: defaultdict[str, Counter[str]] = defaultdict(Counter)
    personal: Counter[tuple[str, str]] = Counter()
    truth: Counter[str] = Counter()
    own: Counter[str] = Counter()
    for record in records:
        client = client_of(record.request.id)
        held[client][record.person] += 1
        truth[record.person] += 1
        if record.personal:
            personal[client, record.person] += 1
            own[record.person] += 1
    right = sum(pairs(count) for people in held.values() for count in people.values())
    precision = _share(right, sum(pairs(people.total()) for people in held.values()))
    recall = _share(right, sum(map(pairs, truth.values())))
    return Quality(
        source=source,
        records=len(records),
        persons=len(truth),
        clients=len(held),
        precision=precision,
        recall=recall,
        f1=_share(2 * precision * recall, precision + recall),
        personal_recall=_share(sum(map(pairs, personal.values())), sum(map(pairs, own.values()))),
        mixed=_share(sum(people.total() for people in held.values() if len(people) > 1), len(records), nothing=0.0),
        largest_client=max(map(len, held.values()), default=0),
        most_records=max((people.total() for people in held.values()), default=0),
        records_per_second=len(records) / max(seconds, 1e-9),
    )


def _share(part: float, whole: float, nothing: float = 1.0) -> float:
    return part / whole if whole else nothing


def measured(source: str, records: Sequence[Record], rules: IdentityRules, region: str | None) -> Quality:
    """Tell the rules of every record, in order, as a desk does, and see which clients stand at the end."""
    clients = Clients(rules, region)
    arrivals = [(record.request, micros(_received(record.request))) for record in records]
    begun = process_time()
    for request, received in arrivals:
        clients.add(request, received)
    return judged(source, records, clients.client_of, process_time() - begun)


def _received(request: Request) -> datetime:
    assert request.received_at is not None
    return request.received_at


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a table say what, as `--key` and `--truth` name them."""

    kinds: dict[str, tuple[str, ...]]
    keys: tuple[CompositeKey, ...]
    truth: str

    @classmethod
    def read(cls, options: Iterable[str], truth: str) -> Columns:
        """Take `KIND=COLUMN[+COLUMN...]` apart."""
        kinds: dict[str, tuple[str, ...]] = {}
        keys: list[CompositeKey] = []
        for option in options:
            kind, equals, text = option.partition("=")
            parts = tuple(part.strip() for part in text.split("+"))
            if not equals or not all(parts):
                raise InputError(f"--key {option}: write KIND=COLUMN or KIND=COLUMN+COLUMN")
            if kind not in KINDS:
                raise InputError(f"--key {option}: {kind!r} is no kind; there are {', '.join(KINDS)}")
            if kind == "key":
                keys.append(CompositeKey("+".join(parts), parts))
            elif kind in kinds:
                raise InputError(f"--key {option}: {kind} is given twice; only key may be")
            else:
                kinds[kind] = parts
        if not kinds and not keys:
            raise InputError("give at least one --key")
        return cls(kinds, tuple(keys), truth)

    def attributes(self) -> list[str]:
        """The columns that composite keys are made of."""
        return [part for key in self.keys for part in key.parts if part != "name"]

    def needed(self) -> set[str]:
        """All columns that a table must have."""
        return {self.truth, *self.attributes(), *(part for parts in self.kinds.values() for part in parts)}

    def record(self, number: int, row: dict[str, str]) -> Record:
        """One row as a request: what is typed in stands for what the channel would prove."""
        said = {kind: " ".join(row[part] for part in parts if row[part]) or None for kind, parts in self.kinds.items()}
        client = Client(**said)
        if not client.identified:
            client = Client(**said | {"phone": PLACEHOLDER})
        request = Request(
            f"R{number:07}",
            client,
            received_at=NOON + number * MINUTE,
            channel="form",
            attributes={column: row[column] for column in self.attributes() if row[column]},
        )
        person = row[self.truth]
        if found := _FEBRL.match(person):
            person = found[1]
        return Record(request, person)


def records_of(path: Path, columns: Columns) -> list[Record]:
    """The rows of a file as records."""
    records = []
    for number, row in enumerate(rows(path)):
        if not number and (missing := sorted(columns.needed() - row.keys())):
            raise InputError(f"{path}: has no column {', '.join(missing)}; there are {', '.join(row)}")
        try:
            records.append(columns.record(number, row))
        except SupportqError as error:
            raise InputError(f"{path}, row {number + 1}: {error}") from None
    if not records:
        raise InputError(f"{path}: has no rows")
    return records


def of_table(path: Path, columns: Columns, limit: int) -> Quality:
    """The quality on a table."""
    return measured(path.name, records_of(path, columns), IdentityRules(keys=columns.keys, limit=limit), None)


def of_stream(seed: int, flag: str, limit: int, nameless: float = 1.0) -> Quality:
    """The quality on the stream of traps, with no, half or all agencies flagged; `nameless` as of `stream`."""
    made = stream(seed, nameless=nameless)
    known = {"none": 0, "half": len(made.agencies) // 2, "all": len(made.agencies)}[flag]
    rules = IdentityRules(agencies=tuple(f"email:{address}" for address in made.agencies[:known]), limit=limit)
    records = [Record(message.request, message.person, message.personal) for message in made.messages]
    return measured(f"trap stream {seed}, {flag} of the agencies flagged", records, rules, "RU")


def show(quality: Quality) -> None:
    """Print it for people."""
    print(f"identity_quality of {quality.source}\n")
    for what, value in asdict(quality).items():
        if what == "source":
            continue
        shown = f"{value:,.4f}" if isinstance(value, float) and value <= 1 else f"{value:,.0f}"
        print(f"  {what.replace('_', ' '):<24} {shown:>12}")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main() -> None:
    assert __doc__ is not None
    parser = _Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a CSV file with a header, plain or gzipped")
    parser.add_argument("--key", action="append", default=[], metavar="KIND=COLUMN", help=f"{', '.join(KINDS)}")
    parser.add_argument(
        "--truth", metavar="COLUMN", help="the column that says who it really is; of rec-12-dup-0 the 12 counts"
    )
    parser.add_argument("--stream", type=int, metavar="SEED", help="the stream of traps of this seed, instead of a file")
    parser.add_argument("--nameless", type=float, default=1.0, metavar="FACTOR", help="scales its messages without a name")
    parser.add_argument("--flag", choices=("none", "half", "all"), default="none", help="which agencies the desk has flagged")
    parser.add_argument("--limit", type=int, default=IdentityRules().limit, help="most identifiers of a kind in one client")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    asked = parser.parse_args()
    if (asked.file is None) == (asked.stream is None):
        parser.error("give a FILE or --stream SEED, and not both")
    if asked.stream is not None and (asked.key or asked.truth):
        parser.error("the stream knows its own keys and truth; leave out --key and --truth")
    if asked.file is not None and not asked.truth:
        parser.error("give --truth COLUMN with a FILE")
    try:
        if asked.stream is not None:
            quality = of_stream(asked.stream, asked.flag, asked.limit, asked.nameless)
        else:
            quality = of_table(asked.file, Columns.read(asked.key, asked.truth), asked.limit)
    except (InputError, SupportqError) as error:
        parser.exit(2, f"{parser.prog}: {error}\n")
    if asked.json:
        print(json.dumps({"name": "identity_quality", **asdict(quality)}, ensure_ascii=False))
    else:
        show(quality)


if __name__ == "__main__":
    main()
