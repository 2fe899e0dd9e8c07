"""Who is writing: identifiers, made comparable, and the clients they belong to (rule D1).

A **sender** is one combination of identifiers and name in which messages came; a **client** is the group of senders that are
taken for one person. Which senders belong together depends on the messages alone, not on the order in which they were told:
as long as nothing contradicts, senders that share an identifier are one client; where something does, all senders that hang
together are linked anew in one order of strength and time. (The exceptions are stated at `CONTESTED_LIMIT` and `TOLD_APART`.)

Usable without a desk: `Clients(rules)`, `add` and `client_of`.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final, TypeAlias

from supportq._names import Tokens, agree, contradict, folded, is_full
from supportq._normal import PhoneNormaliser, is_blocked, is_filler, normal_email, normal_phone, normal_reference
from supportq.errors import InvalidValue
from supportq.policy import CompositeKey, IdentityRules
from supportq.tickets import NOBODY, Client, Request

__all__ = [
    "Clients",
    "Cluster",
    "Plan",
    "Sender",
    "SenderState",
    "identifiers",
    "normal_email",
    "normal_phone",
    "normal_reference",
]

CONTESTED_LIMIT: Final = 60
"""Where links are contested, at most so many senders are linked anew together.

In a larger group a new sender goes to the first client that it fits, in the order of its identifiers, and those who were there
stay as they are. There the outcome depends on the order of arrival: otherwise whoever sends many messages under ever new
identifiers could make each further one dearer for everybody.
"""
TOLD_APART: Final = 200
"""So many messages of one nameless sender are told apart when its identifiers turn out to be shared.

Of one with more they stay one client's, as they were; the next are clients of their own. Otherwise somebody who sends many
messages, and then two under names that clash, could stop the desk for seconds. There, too, the order of arrival counts.
"""
_TRIED: Final = 8
"""How many clients a sender of such a group is tried with, for each identifier."""
_NAMES: Final = 8
"""How many different names of a client, or of an identifier, are remembered to be compared."""

_ACCOUNT, _MESSENGER, _EMAIL, _PHONE, _COMPOSITE, _TOGETHER = range(6)
_STRENGTH: Final = {"account": _ACCOUNT, "messenger": _MESSENGER, "email": _EMAIL, "phone": _PHONE, "key": _COMPOSITE}
_AGENCY: Final = "agency, "
"""Before an agency's identifier, where it links whoever came with nothing else."""
_LIMITED: Final = (_MESSENGER, _EMAIL, _PHONE)
_PROVEN, _CLAIMED = 0, 1

Link: TypeAlias = tuple[int, str]
"""What links a sender to others: whether it is proven (0) or claimed (1), and the identifier."""


def identifiers(client: Client, region: str | None = None) -> tuple[str, ...]:
    """The identifiers of a client in the form that is compared, strongest first (rule D1).

    >>> identifiers(Client(phone="+420 601 000 123", account=" 17 "))
    ('account:17', 'phone:+420601000123')
    """
    phone = normal_phone(client.phone, region) if client.phone else None
    return client.keys if phone is None or is_filler("phone", phone) else (*client.keys, f"phone:{phone}")


@dataclass(frozen=True, slots=True)
class SenderState:
    """A sender as a value, for snapshots. `client` numbers the sender after whom the client is named."""

    proven: tuple[str, ...]
    claimed: tuple[str, ...]
    name: tuple[str, ...]
    mark: str | None
    received: int
    request: str
    client: int
    contested: bool
    apart: tuple[int, ...]
    messages: tuple[tuple[int, str], ...]


_NOBODY: Final[frozenset[int]] = frozenset()


class Sender:
    """One combination of identifiers and name in which messages came, and the client that it belongs to.

    Most clients are one sender, and most identifiers are one sender's. Then the sender stands for the client, as a `Cluster`
    of one would, and for what is known of the identifier: with a million of them, records of these would cost more than the
    work.
    """

    __slots__ = (
        "account",
        "apart",
        "claimed",
        "client",
        "contested",
        "first",
        "keys",
        "mark",
        "messages",
        "name",
        "names",
        "number",
        "proven",
    )

    shared: Final = False
    """As of `_Key`, for which a sender stands where nobody else came with an identifier."""

    def __init__(
        self, number: int, proven: tuple[str, ...], claimed: tuple[str, ...], name: Tokens, first: tuple[int, str]
    ) -> None:
        self.number = number
        self.proven = proven
        """What the channel proved, strongest first."""
        self.claimed = claimed
        """What was typed in, and contradicts nothing that was proved."""
        self.name = name
        self.names = (name,) if name else ()
        """The same as a list of names: none or one."""
        self.first = first
        """When its first message was received, and the id of that message: the order in which senders are linked."""
        self.keys = proven + claimed if claimed else proven
        self.account: str | None = None
        if proven and proven[0].startswith("account:"):
            self.account = proven[0]
        elif claimed and claimed[0].startswith("account:"):
            self.account = claimed[0]
        self.mark: str | None = None
        """The only request of this sender, where what it shows of itself is not enough to give it another; with `messages`, the
        first of those that it keeps."""
        self.messages: list[tuple[int, str]] | None = None
        """All its messages, as `first`, if there are several and they may turn out to be of several people, or did."""
        self.apart = _NOBODY
        """Senders of whom an operator said that they are other people, by number."""
        self.client: Party | None = None
        """The client, itself if there is nobody else; `None` until the message has been taken in."""
        self.contested = False
        """As of `Cluster`, while it is a client alone."""

    @property
    def id(self) -> str:
        """The id of the client, while it is one alone."""
        return f"client-{self.number}"

    @property
    def senders(self) -> tuple[Sender, ...]:
        """Those who are the client, while it is one alone, and those who came with an identifier of its own."""
        return (self,)

    @property
    def nameless(self) -> bool:
        """Whether its messages are not of one person if its identifiers turn out to be shared."""
        return self.account is None and not any(len(token) > 1 for token in self.name)

    @property
    def shows(self) -> tuple[tuple[str, ...], tuple[str, ...], Tokens]:
        """What a message of this sender shows: proven and claimed identifiers, and the name."""
        return self.proven, self.claimed, self.name


class Cluster:
    """A client of several senders, which are taken for one person; or of one, while it is compared with others.

    Its id is made of the least of their numbers.
    """

    __slots__ = ("account", "common", "contested", "counts", "names", "names_clash", "number", "senders")

    def __init__(self, sender: Sender, fresh: Sequence[str]) -> None:
        self.number = sender.number
        self.senders = [sender]
        """Who it is, by number."""
        self.account = sender.account
        self.names: tuple[Tokens, ...] = sender.names
        self.names_clash = False
        self.counts = _counted(fresh)
        self.common: Sequence[Link] | None = None
        """The links that every sender of the client has; `None` for one, whose links they all are."""
        self.contested = False
        """Whether links inside it, or between it and others, were refused."""

    @property
    def id(self) -> str:
        """The id of the client."""
        return f"client-{self.number}"

    def names_with(self, names: Iterable[Tokens]) -> tuple[tuple[Tokens, ...], bool]:
        """The names of this client and others together, and whether any two of them contradict each other."""
        both = tuple(dict.fromkeys((*self.names, *names)))
        if len(both) == len(self.names) or self.names_clash:
            return self.names, self.names_clash
        clash = len(both) > _NAMES or not all(agree(one, other) for one, other in combinations(both, 2))
        return both[:_NAMES], clash

    def takes(self, sender: Sender, link: Link, limit: int) -> bool:
        """Whether one sender more fits, by this link."""
        if self.account and sender.account and self.account != sender.account:
            return False
        level, strength = link[0], _strength(link[1])
        if strength == _COMPOSITE and link[1].endswith("*"):
            return False
        by_name = strength in (_EMAIL, _PHONE, _TOGETHER) and not link[1].startswith(_AGENCY)
        if by_name and self.names_with(sender.names)[1]:
            return False
        return all(self.counts[kind] < limit for kind in (_LIMITED if level == _CLAIMED else (strength,)) if kind in _LIMITED)

    def take_in(self, other: Cluster, common: Sequence[Link]) -> None:
        """The other's senders are of this client, too; `common` are the links that all of them have."""
        self.common = common
        self.number = min(self.number, other.number)
        in_order = self.senders[-1].number < other.senders[0].number
        self.senders += other.senders
        if not in_order:
            self.senders.sort(key=_by_number)
        self.account = self.account or other.account
        names, clash = self.names_with(other.names)
        self.names, self.names_clash = names, clash or other.names_clash
        self.counts = _shared_counts(map(sum, zip(self.counts, other.counts, strict=True)))
        self.contested = self.contested or other.contested


Party: TypeAlias = Sender | Cluster
"""A client: a sender who is alone, or several who are taken for one person."""

_NONE: Final = (0,) * _TOGETHER
_ONE: Final = tuple(tuple(int(index == strength) for index in range(_TOGETHER)) for strength in range(_TOGETHER))
_COUNTS: dict[tuple[int, ...], tuple[int, ...]] = {}
"""One copy of each small tuple of counts: most clients have the same."""


def _shared_counts(counts: Iterable[int]) -> tuple[int, ...]:
    told = tuple(counts)
    return _COUNTS.setdefault(told, told) if max(told) < 4 else told


def _counted(keys: Sequence[str]) -> tuple[int, ...]:
    """How many identifiers of each strength these are."""
    if len(keys) == 1 and (strength := _strength(keys[0])) < _TOGETHER:
        return _ONE[strength]
    counts = list(_NONE)
    for key in keys:
        if (strength := _strength(key)) < _TOGETHER:
            counts[strength] += 1
    return _shared_counts(counts)


class _Key:
    """What is known of an identifier with which several senders came, or which belongs to many."""

    __slots__ = ("account", "names", "senders", "shared")

    def __init__(self) -> None:
        self.senders: list[Sender] = []
        """Those who came with it, by number."""
        self.account: str | None = None
        self.names: tuple[Tokens, ...] = ()
        """Names it was seen with."""
        self.shared = False

    def add(self, sender: Sender) -> None:
        """The sender stands under it."""
        if not self.senders or self.senders[-1].number < sender.number:
            self.senders.append(sender)
        elif sender not in self.senders[-1:]:
            insort(self.senders, sender, key=_by_number)

    def learn(self, sender: Sender) -> None:
        """The sender came with it."""
        self.add(sender)
        self.account = self.account or sender.account
        if not self.names:
            self.names = sender.names
        elif len(self.names) < _NAMES and sender.name and sender.name not in self.names:
            self.names = (*self.names, sender.name)


def _shared_after(known: Sender | _Key, strength: int, sender: Sender) -> bool:
    """Whether an identifier belongs to several, judging by one sender more: by a second account or a clashing name.

    A number with two names is shared; a mailbox is only if both are full names, and no typing errors account for them.
    """
    if sender.account is not None and known.account is not None and sender.account != known.account:
        return True
    if strength == _MESSENGER or not sender.name or sender.name in known.names:
        return False
    if len(known.names) == _NAMES:
        return True
    if strength == _PHONE:
        return not all(agree(sender.name, name) for name in known.names)
    return is_full(sender.name) and any(is_full(name) and contradict(sender.name, name) for name in known.names)


def _by_number(sender: Sender) -> int:
    return sender.number


def _strength(key: str) -> int:
    return _STRENGTH.get(key.partition(":")[0], _TOGETHER)


class Plan:
    """What something will do to the clients: found without changing them, carried out by `Clients.carry_out`.

    Most plans say no more than who it is, so the rest are defaults of the class.
    """

    links: Sequence[Link] = ()
    """What links a new sender, before anything turns out to be shared."""
    joins: Sequence[Party] = ()
    """The clients that a new sender belongs to, and makes one; none for somebody new."""
    flips: tuple[str, ...] = ()
    """Identifiers that turn out to be shared."""
    groups: Sequence[_Group] = ()
    """Where links are contested: senders grouped anew."""
    refused = False
    """Whether any of their links were refused."""
    apart: tuple[Sender, Sender] | None = None
    """Two senders of whom an operator says that they are two people."""
    parted: Sequence[tuple[str, Sender]] = ()
    """Requests that got a sender of their own when this was carried out."""
    alone = False
    """Whether the new sender was placed by itself, among too many to link them all anew."""
    _client_id: str | None = None

    def __init__(self, sender: Sender | None, *, known: bool) -> None:
        self.sender = sender
        """Who a message is from; `None` where the plan is about no message."""
        self.known = known
        """Whether the sender was met before."""

    @property
    def from_nobody_known(self) -> bool:
        """Whether the message is from a client who never wrote before."""
        return not (self.known or self.joins or self.groups)

    @property
    def group(self) -> _Group | None:
        """The new group that the sender is in, if there is one."""
        return next((group for group in self.groups if self.sender in group.senders), None) if self.groups else None

    @property
    def client_id(self) -> str:
        """The id of the client whom the message is from; asked when the plan is made, to decide and to apply."""
        if self._client_id is None:
            self._client_id = self._found_client_id()
        return self._client_id

    def _found_client_id(self) -> str:
        sender = self.sender
        assert sender is not None
        if self.groups and (group := self.group) is not None:
            return f"client-{min(one.number for one in group.senders)}"
        if self.known:
            assert sender.client is not None
            return sender.client.id
        if self.joins:
            return f"client-{min(client.number for client in self.joins)}"
        return sender.id

    def client_after(self, sender: Sender) -> object:
        """What stands for the client of a sender once this is carried out: equal for two senders of one client."""
        for group in self.groups:
            if sender in group.senders:
                return group
        if sender is self.sender and not self.known:
            return self.joins[0] if self.joins else self
        return self.joins[0] if sender.client in self.joins else sender.client


class _Group:
    """Senders that are being linked anew, and what must not be mixed in one client."""

    __slots__ = ("account", "apart", "keys", "names", "names_clash", "numbers", "senders")

    def __init__(self, senders: Sequence[Sender], links: Mapping[Sender, Sequence[Link]]) -> None:
        self.senders: dict[Sender, None] = {}
        self.keys: set[str] = set()
        self.names: tuple[Tokens, ...] = ()
        self.names_clash = False
        self.account: str | None = None
        self.numbers: set[int] = set()
        self.apart: set[int] = set()
        for sender in senders:
            self.senders[sender] = None
            self.keys.update(key for _, key in links[sender])
            self._add_names(sender.names)
            self.account = self.account or sender.account
            self.numbers.add(sender.number)
            self.apart |= sender.apart

    def _add_names(self, names: Iterable[Tokens]) -> None:
        for name in names:
            if name not in self.names:
                self.names_clash = self.names_clash or not all(agree(name, other) for other in self.names)
                self.names = (*self.names, name)

    def fits(self, other: _Group, link: Link, one: Sender, another: Sender, limit: int) -> bool:
        """Whether a link between two senders may make one client of this group and the other."""
        if self.account and other.account and self.account != other.account:
            return False
        if self.apart & other.numbers or other.apart & self.numbers:
            return False
        level, strength = link[0], _strength(link[1])
        if (
            strength == _COMPOSITE
            and link[1].endswith("*")
            and not (one.name and another.name and agree(one.name, another.name))
        ):
            return False
        if strength in (_EMAIL, _PHONE, _TOGETHER) and self._names_clash_with(other, link):
            return False
        kinds = _LIMITED if level == _CLAIMED else (strength,) if strength in _LIMITED else ()
        return not kinds or self._within(other, kinds, limit)

    def _names_clash_with(self, other: _Group, link: Link) -> bool:
        if link[1].startswith(_AGENCY):
            return False
        pairs = product(self.names[:_NAMES], other.names[:_NAMES])
        if "email:" in link[1]:
            # A mailbox is seldom shared by two whose names differ by a letter or two; a number is.
            return any(contradict(one, another) for one, another in pairs)
        if (self.names_clash and other.names) or (other.names_clash and self.names):
            return True
        return not all(agree(one, another) for one, another in pairs)

    def _within(self, other: _Group, kinds: Iterable[int], limit: int) -> bool:
        if len(self.keys) + len(other.keys) <= limit:
            return True
        counted = [_strength(key) for key in self.keys | other.keys]
        return all(counted.count(kind) <= limit for kind in kinds)

    def take_in(self, other: _Group) -> None:
        """Both are one client."""
        self.senders |= other.senders
        self.keys |= other.keys
        self._add_names(other.names)
        self.names_clash = self.names_clash or other.names_clash
        self.account = self.account or other.account
        self.numbers |= other.numbers
        self.apart |= other.apart


class Clients:
    """The clients of a desk, by what their messages showed.

    Adding a message costs a few look-ups for each of its identifiers, however many messages came before; where links are
    contested, up to `CONTESTED_LIMIT` senders are linked anew.

    >>> from supportq.policy import IdentityRules
    >>> clients = Clients(IdentityRules())
    >>> clients.add(Request("A1", Client(email="ann@example.com")), received=1)
    >>> clients.add(Request("A2", Client(email="Ann+trip@example.com", phone="+420 601 000 123")), received=2)
    >>> clients.add(Request("B1", Client(phone="+420 601 000 124")), received=3)
    >>> clients.client_of("A1"), clients.client_of("A2"), clients.client_of("B1")
    ('client-1', 'client-1', 'client-3')
    """

    def __init__(self, rules: IdentityRules, region: str | None = None, phones: PhoneNormaliser = normal_phone) -> None:
        self.rules: Final = rules
        self._region: Final = region
        self._phones: Final = phones
        self._dotless: Final = frozenset(rules.dot_insensitive_domains)
        self._blocked: Final = frozenset(rules.blocked)
        self.senders: list[Sender] = []
        self.count = 0
        """How many clients there are."""
        self._keys: dict[str, Sender | _Key] = {}
        self._known: dict[tuple[tuple[str, ...], tuple[str, ...], Tokens], Sender] = {}
        self._marks: dict[tuple[str, tuple[str, ...], tuple[str, ...], Tokens], Sender] = {}
        """Senders of one request each, by that request and what it shows."""
        self.marked: dict[str, None] = {}
        """Identifiers that an operator said belong to many."""
        self._of_request: dict[str, Sender] = {}
        self._agencies: Final = frozenset(map(self.identifier, rules.agencies))
        for key in (*self._agencies, *map(self.identifier, rules.shared)):
            self._key(key).shared = True

    def _key(self, key: str) -> _Key:
        """The record of an identifier, which it has from now on."""
        known = self._keys.get(key)
        if isinstance(known, _Key):
            return known
        record = self._keys[key] = _Key()
        if known is not None:
            record.learn(known)
        return record

    # ---------------------------------------------------------------- reading

    def identifier(self, text: str) -> str:
        """An identifier written `kind:value`, in the form that is compared; `InvalidValue` if it is none.

        >>> from supportq.policy import IdentityRules
        >>> Clients(IdentityRules(), "RU").identifier("phone:8 (999) 000-12-34")
        'phone:+79990001234'
        """
        kind, _, value = text.partition(":")
        if kind in ("account", "email", "phone", "messenger"):
            keys = self._read(Client(**{kind: value.strip() or None}))
            if keys:
                return keys[0]
        problem = f"{text!r} identifies nobody; write email:, phone:, account: or messenger:network: and the value"
        raise InvalidValue("identifier", problem)

    def _read(self, client: Client) -> tuple[str, ...]:
        """The identifiers of a client, strongest first, without those that identify nobody."""
        keys = client.keys
        if self._dotless and client.email:
            box = normal_email(client.email, self._dotless)
            keys = tuple(f"email:{box}" if key.startswith("email:") else key for key in keys)
        if client.phone and (phone := self._phones(client.phone, self._region)) and not is_filler("phone", phone):
            keys = tuple(sorted({*keys, f"phone:{phone}"}, key=lambda key: (_strength(key), key)))
        elif len(keys) > 1:
            keys = tuple(sorted(keys, key=_strength))
        return tuple(key for key in keys if not is_blocked(key, self._blocked)) if self._blocked else keys

    def _signature(self, request: Request) -> tuple[tuple[str, ...], tuple[str, ...], Tokens]:
        """What a request shows of its sender: proven and claimed identifiers, and the name.

        A claim that differs from a proven identifier of the same kind contradicts it, and counts for nothing. So does what is
        typed in beside a proven identifier without a name: anybody may do that.
        """
        proven = self._read(request.client)
        claims = request.claims
        claimed: tuple[str, ...] = ()
        if claims is not NOBODY and claims.identified:
            kinds = [_strength(key) for key in proven]
            claimed = tuple(key for key in self._read(claims) if _strength(key) not in kinds)
        name = request.client.name or claims.name
        tokens = folded(name) if name else ()
        if claimed and not tokens and proven:
            claimed = ()
        for rule in self.rules.keys:
            claimed = (*claimed, *_composite(rule, request, tokens))
        return proven, claimed, tokens

    def _links(self, sender: Sender, flips: Sequence[str] = ()) -> list[Link]:
        """What links a sender: its own identifiers, or where nothing personal is given, those that many share (rule D1).

        What is shared links those who came with nothing else and whose names agree; what is an agency's links all who came with
        nothing else.
        """
        links: list[Link] = []
        shared: list[Link] = []
        for level, keys in ((_PROVEN, sender.proven), (_CLAIMED, sender.claimed)):
            for key in keys:
                known = self._keys.get(key)
                many = (known is not None and known.shared) or key in flips
                (shared if many else links).append((level, key))
        if not shared or any(_strength(key) != _COMPOSITE for _, key in links):
            return links
        agency = next((link for link in shared if link[1] in self._agencies), None)
        if agency is not None:
            return [*links, (agency[0], f"{_AGENCY}{agency[1]}")]
        # One link for each part of the name: those who share one are compared by their whole names.
        return links + [(level, f"{token}, {key}*") for level, key in shared for token in sender.name if len(token) > 1]

    # --------------------------------------------------------------- planning

    def plan(self, request: Request, received: int) -> Plan:
        """What a message that was received then (microseconds) will do to the clients; changes nothing."""
        signature = self._signature(request)
        first = (received, request.id)
        sender = (self._marks and self._marks.get((request.id, *signature))) or self._known.get(signature)
        if sender is not None:
            plan = Plan(sender, known=True)
            assert sender.client is not None
            if first < sender.first and sender.client.contested:
                self._contest(plan, [sender], {sender: first})
            return plan
        sender = Sender(len(self.senders) + 1, *signature, first)
        plan = Plan(sender, known=False)
        keys = self._keys
        met = [(key, keys[key]) for key in sender.keys if key in keys]
        if met:
            plan.links = self._links(sender)
        else:
            plan.links = [(_PROVEN, key) for key in sender.proven]
            if sender.claimed:
                plan.links += [(_CLAIMED, key) for key in sender.claimed]
        if not plan.links:
            # What identifies nobody is from nobody who wrote before: an empty key matches nothing.
            sender.mark = request.id
        if met:
            self._place(plan, sender, met)
        return plan

    def _place(self, plan: Plan, sender: Sender, met: Sequence[tuple[str, Sender | _Key]]) -> None:
        """Find where a new sender belongs, of whose identifiers some are known."""
        plan.flips = tuple(
            key
            for key, known in met
            if not known.shared and (strength := _strength(key)) in _LIMITED and _shared_after(known, strength, sender)
        )
        if plan.flips:
            seeds = [other for key in plan.flips for other in self._keys[key].senders]
            self._contest(plan, [sender, *seeds])
            return
        links = plan.links
        touched: dict[Party, None] = {}
        for _, key in links:
            known = self._keys.get(key)
            if known is not None and known.senders and (client := known.senders[0].client) is not None:
                # All who came with it are one client, unless links were refused; then that client says so.
                touched[client] = None
        if not touched:
            return
        if any(client.contested for client in touched) or not self._fit(sender, links, list(touched)):
            self._contest(plan, [sender])
        else:
            plan.joins = list(touched)

    def _fresh(self, links: Iterable[Link]) -> list[str]:
        """Those of the identifiers with which nobody has come yet."""
        return [key for _, key in links if key not in self._keys or not self._keys[key].senders]

    def _whole(self, client: Party) -> Cluster:
        """A client as a cluster, be it of one."""
        if isinstance(client, Cluster):
            return client
        alone = Cluster(client, self._firsts(client, self._links(client)))
        alone.contested = client.contested
        return alone

    def _fit(self, sender: Sender, links: Sequence[Link], touched: Iterable[Party]) -> bool:
        """Whether a sender and the clients it touches are one client beyond doubt, in whatever order links are made."""
        clusters = [self._whole(client) for client in touched]
        if len(clusters) == 1:
            (cluster,) = clusters
            _, clash = cluster.names_with(sender.names)
            common = self._common(cluster)
            if any(link in common and self._solid(link, cluster, clash=clash) for link in links):
                return True
        whole = Cluster(sender, self._fresh(links))
        for cluster in clusters:
            if cluster.account and whole.account and cluster.account != whole.account:
                return False
            whole.account = whole.account or cluster.account
            whole.names, clash = whole.names_with(cluster.names)
            whole.names_clash = whole.names_clash or clash or cluster.names_clash
            whole.counts = _shared_counts(map(sum, zip(whole.counts, cluster.counts, strict=True)))
        return not whole.names_clash and all(whole.counts[kind] <= self.rules.limit for kind in _LIMITED)

    def _common(self, cluster: Cluster) -> Sequence[Link]:
        """The links that every sender of a client has."""
        return self._links(cluster.senders[0]) if cluster.common is None else cluster.common

    def _solid(self, link: Link, cluster: Cluster, *, clash: bool) -> bool:
        """Whether an identifier that all senders of a client have holds them together, whatever else they carry."""
        level, strength = link[0], _strength(link[1])
        if strength in (_EMAIL, _PHONE):
            return level == _PROVEN and not clash and cluster.counts[strength] <= self.rules.limit
        return (strength == _ACCOUNT and level == _PROVEN) or (strength == _TOGETHER and not link[1].endswith("*"))

    def plan_shared(self, key: str) -> Plan:
        """What it will do to the clients that an identifier is said to belong to many."""
        plan = Plan(None, known=True)
        known = self._keys.get(key)
        if known is None or not known.shared:
            plan.flips = (key,)
            if known is not None:
                self._contest(plan, known.senders)
        return plan

    def plan_apart(self, one: Sender, other: Sender, request: Request, received: int) -> Plan:
        """What it will do to the clients that the sender of a request, `other`, is somebody else than `one`.

        If both came under the same identifiers and name, the request gets a sender of its own.
        """
        plan = Plan(other, known=True)
        if one is other:
            other = Sender(len(self.senders) + 1, one.proven, one.claimed, one.name, (received, request.id))
            other.mark = request.id
            plan.sender, plan.known = other, False
        plan.apart = (one, other)
        self._contest(plan, [one, other])
        return plan

    def _contest(self, plan: Plan, seeds: Sequence[Sender], first: Mapping[Sender, tuple[int, str]] | None = None) -> None:
        """Link anew all senders that hang together with some; where they are too many, only those."""
        links: dict[Sender, list[Link]] = {}
        stack = list(dict.fromkeys(seeds))
        seen = set(stack)
        while stack and len(seen) <= CONTESTED_LIMIT:
            sender = stack.pop()
            links[sender] = self._links(sender, plan.flips)
            for other in self._near(sender, links[sender]):
                if other not in seen:
                    seen.add(other)
                    stack.append(other)
                    if len(seen) > CONTESTED_LIMIT:
                        break
        if not stack:
            self._link(plan, [_Group([sender], links) for sender in links], links, first or {})
        elif plan.flips or plan.apart:
            self._part(plan, list(dict.fromkeys(seeds)))
        elif not plan.known:
            self._place_alone(plan)

    def _near(self, sender: Sender, links: Iterable[Link]) -> Iterator[Sender]:
        """Those of the same client, and those who share a link."""
        if sender.client is not None:
            yield from sender.client.senders
        for _, key in links:
            if (known := self._keys.get(key)) is not None:
                yield from known.senders

    def _part(self, plan: Plan, seeds: Sequence[Sender]) -> None:
        """Link some senders anew, while each client that they are taken out of stays whole."""
        blocks = dict.fromkeys(sender.client for sender in seeds if sender.client is not None)
        for sender in seeds:
            for _, key in self._links(sender, plan.flips):
                if (known := self._keys.get(key)) is not None:
                    blocks.update(dict.fromkeys(other.client for other in known.senders[:_TRIED] if other.client is not None))
        taken = set(seeds)
        rests = [[sender for sender in client.senders if sender not in taken] for client in blocks]
        links = {sender: self._links(sender, plan.flips) for rest in (seeds, *rests) for sender in rest}
        groups = [_Group([sender], links) for sender in seeds] + [_Group(rest, links) for rest in rests if rest]
        self._link(plan, groups, links, {})

    def _place_alone(self, plan: Plan) -> None:
        """Give a new sender to the first client that it fits, or make it one of its own."""
        sender = plan.sender
        assert sender is not None
        plan.alone = True
        links = {sender: self._links(sender)}
        for link in links[sender]:
            known = self._keys.get(link[1])
            for other in known.senders[:_TRIED] if known is not None else ():
                client = other.client
                assert client is not None
                if self._whole(client).takes(sender, link, self.rules.limit):
                    plan.joins = [client]
                    return

    def _link(
        self,
        plan: Plan,
        groups: Iterable[_Group],
        links: Mapping[Sender, Sequence[Link]],
        first: Mapping[Sender, tuple[int, str]],
    ) -> None:
        """Make clients of groups of senders, link by link: proven before claimed, strong before weak, early before late."""
        of = {sender: group for group in groups for sender in group.senders}
        if plan.apart is not None:
            one, other = plan.apart
            of[one].apart.add(other.number)

        def order(sender: Sender) -> tuple[int, str]:
            return first.get(sender, sender.first)

        came: dict[Link, list[Sender]] = {}
        for sender in sorted(links, key=order):
            for link in links[sender]:
                came.setdefault(link, []).append(sender)
        for level, key in sorted(came, key=lambda link: (link[0], _strength(link[1]), order(came[link][0]), link[1])):
            holders = came[level, key] if level == _PROVEN else [*came.get((_PROVEN, key), ()), *came[level, key]]
            if len(holders) > 1 and self._link_by((level, key), holders, of):
                plan.refused = True
        plan.refused = plan.refused or any(group.apart for group in of.values())
        plan.groups = list(dict.fromkeys(of[sender] for sender in sorted(links, key=order)))

    def _link_by(self, link: Link, holders: Sequence[Sender], of: dict[Sender, _Group]) -> bool:
        """Link those who hold one identifier, each with the first that it fits; whether any link was refused."""
        refused, by_name = False, link[1].endswith("*")
        anchors: list[Sender] = []
        for sender in holders:
            for anchor in anchors:
                one, other = of[anchor], of[sender]
                if one is other:
                    break
                if one.fits(other, link, anchor, sender, self.rules.limit):
                    if len(one.senders) < len(other.senders):
                        one, other = other, one
                    one.take_in(other)
                    of.update(dict.fromkeys(other.senders, one))
                    if by_name:
                        # Its name may agree with one that the first does not agree with.
                        anchors.append(sender)
                    break
                refused = True
            else:
                anchors.append(sender)
        return refused

    def find(self, request: Request) -> Sender | None:
        """The sender of a request, if messages came from it before."""
        signature = self._signature(request)
        return self._marks.get((request.id, *signature)) or self._known.get(signature)

    def sender_of(self, request: Request) -> Sender:
        """The sender of a request that was taken in; `KeyError` if it was not."""
        sender = self.find(request)
        if sender is None:
            raise KeyError(request.id)
        return sender

    def proven_for(self, key: str) -> list[Party]:
        """The clients for whom an identifier is proven, each once; O(senders who came with it)."""
        known = self._keys.get(key)
        senders = () if known is None else known.senders
        return list(dict.fromkeys(sender.client for sender in senders if sender.client and key in sender.proven))

    # ------------------------------------------------------------- carrying out

    def add(self, request: Request, received: int) -> None:
        """Take in a message that was received then (microseconds)."""
        plan = self.plan(request, received)
        self.carry_out(plan, (received, request.id))
        assert plan.sender is not None
        self._of_request[request.id] = plan.sender
        self._of_request.update(plan.parted)

    def client_of(self, request_id: str) -> str:
        """The client whom a message, which `add` took in, is from, as far as is known by now."""
        client = self._of_request[request_id].client
        assert client is not None
        return client.id

    def carry_out(self, plan: Plan, first: tuple[int, str] | None = None) -> list[tuple[Sender, Party]]:
        """Do what was planned; the senders that went to another client, each with the one that it was of before."""
        if plan.flips:
            self._flip(plan.flips)
        sender = plan.sender
        links = plan.links
        if sender is not None and not plan.known:
            if plan.flips or not links:
                links = self._links(sender)
            self._meet(sender, links)
        elif sender is not None and first is not None:
            if sender.nameless and sender.mark is None:
                sender.messages = sender.messages or [sender.first]
                sender.messages.append(first)
            sender.first = min(sender.first, first)
        if plan.apart is not None:
            one, other = plan.apart
            one.apart |= {other.number}
            other.apart |= {one.number}
            if other is sender and not plan.known and one.messages is not None:
                # The message has a sender of its own now.
                one.messages = [message for message in one.messages if message[1] != other.mark] or None
        moved: list[tuple[Sender, Party]] = []
        if plan.groups:
            moved = self._regroup(plan)
        elif sender is not None and not plan.known:
            sender.contested = plan.alone
            moved = self._join(plan, sender, links)
        for key in plan.flips:
            for flipped in list(self._keys[key].senders):
                self._part_messages(plan, flipped)
        return moved

    def _flip(self, keys: Iterable[str]) -> None:
        """These identifiers belong to many, from now on."""
        for key in keys:
            self._key(key).shared = True
        for sender in dict.fromkeys(sender for key in keys for sender in self._keys[key].senders):
            self._file_together(sender, self._links(sender))

    def _part_messages(self, plan: Plan, sender: Sender) -> None:
        """Give each message of a sender one of its own, where nothing is left that links it: it may be from anybody."""
        if sender.mark is not None or not sender.nameless or self._links(sender):
            return
        del self._known[sender.shows]
        parted = list(plan.parted)
        first, *others = sender.messages or [sender.first]
        sender.mark = first[1]
        if len(others) >= TOLD_APART:
            self._remember(sender)
            return
        sender.first = first
        sender.messages = None
        self._remember(sender)
        for message in others:
            other = Sender(len(self.senders) + 1, sender.proven, sender.claimed, sender.name, message)
            other.mark = message[1]
            self._meet(other, ())
            self._join(Plan(other, known=False), other, ())
            parted.append((message[1], other))
        plan.parted = parted

    def mark_shared(self, key: str) -> None:
        """Remember that an operator said so."""
        self.marked[key] = None

    def _meet(self, sender: Sender, links: Sequence[Link]) -> None:
        """A new sender is known from now on."""
        self.senders.append(sender)
        self._remember(sender)
        for key in sender.keys:
            if self._keys.setdefault(key, sender) is not sender:
                self._key(key).learn(sender)
        self._file_together(sender, links)

    def _remember(self, sender: Sender) -> None:
        """Find a sender again: by what it shows, or where that is not enough by its only request, or all it had, too."""
        shows = sender.shows
        if sender.mark is None:
            self._known[shows] = sender
            return
        for _, request_id in sender.messages or ((0, sender.mark),):
            self._marks[request_id, *shows] = sender

    def _file_together(self, sender: Sender, links: Sequence[Link]) -> None:
        """File a sender of whom nothing personal is known under what links it with others of its kind, by number."""
        own = sender.keys
        for _, key in links:
            if key not in own and self._keys.setdefault(key, sender) is not sender:
                self._key(key).add(sender)

    def _join(self, plan: Plan, sender: Sender, links: Sequence[Link]) -> list[tuple[Sender, Party]]:
        """Make a new sender and the clients that it belongs to one client; alone, it is one itself."""
        if not plan.joins:
            sender.client = sender
            self.count += 1
            return []
        # The fewer go to the many.
        most = max(plan.joins, key=lambda client: len(client.senders))
        cluster = self._whole(most)
        moved = [(one, client) for client in plan.joins if client is not cluster for one in client.senders]
        alone = Cluster(sender, self._firsts(sender, links))
        alone.contested = sender.contested
        for other in [self._whole(client) for client in plan.joins if client is not most] + [alone]:
            theirs = links if other is alone else self._common(other)
            cluster.take_in(other, [link for link in self._common(cluster) if link in theirs])
        for one, _ in moved:
            one.client = cluster
        sender.client = cluster
        self.count -= len(plan.joins) - 1
        return moved

    def _regroup(self, plan: Plan) -> list[tuple[Sender, Party]]:
        """Give the senders of each new group to one client: to the one that most of them were of, if no other group has it."""
        before = dict.fromkeys(sender.client for group in plan.groups for sender in group.senders if sender.client)
        kept: set[Cluster] = set()
        moved: list[tuple[Sender, Party]] = []
        for group in plan.groups:
            senders = sorted(group.senders, key=lambda sender: sender.number)
            client: Party = senders[0]
            if len(senders) > 1:
                were = (sender.client for sender in senders)
                counted = Counter(one for one in were if isinstance(one, Cluster) and one not in kept)
                client = max(counted, key=lambda one: (counted[one], -one.number), default=None) or object.__new__(Cluster)
                kept.add(client)
            moved += [(sender, sender.client) for sender in senders if sender.client not in (None, client)]
            self._renew(client, senders, contested=plan.refused)
        self.count += len(plan.groups) - len(before)
        return moved

    def _renew(self, client: Party, senders: Sequence[Sender], *, contested: bool) -> None:
        """Make a client consist of exactly these senders, by number."""
        if isinstance(client, Cluster):
            links = [self._links(sender) for sender in senders]
            Cluster.__init__(client, senders[0], self._firsts(senders[0], links[0]))
            common = links[0]
            for sender, its in zip(senders[1:], links[1:], strict=True):
                common = [link for link in common if link in its]
                client.take_in(Cluster(sender, self._firsts(sender, its)), common)
        client.contested = contested
        for sender in senders:
            sender.client = client

    def _firsts(self, sender: Sender, links: Iterable[Link]) -> list[str]:
        """The identifiers with which this sender came first of all; each counts for one client only."""
        return [key for _, key in links if self._keys[key].senders[0] is sender]

    # -------------------------------------------------------------- as a value

    def state(self) -> tuple[SenderState, ...]:
        """All senders as values, by number; `restore` is the inverse."""
        return tuple(
            SenderState(
                sender.proven,
                sender.claimed,
                sender.name,
                sender.mark,
                *sender.first,
                sender.client.number,
                sender.client.contested,
                tuple(sorted(sender.apart)),
                tuple(sender.messages or ()),
            )
            for sender in self.senders
            if sender.client is not None
        )

    def restore(self, state: Iterable[SenderState], marked: Iterable[str]) -> None:
        """Take over what `state` and `marked` gave."""
        for key in marked:
            self.marked[key] = None
            self._key(key).shared = True
        clients: dict[int, list[Sender]] = {}
        contested = {}
        for number, held in enumerate(state, 1):
            sender = Sender(number, held.proven, held.claimed, held.name, (held.received, held.request))
            sender.mark, sender.apart = held.mark, frozenset(held.apart)
            sender.messages = list(held.messages) or None
            for key in sender.keys:
                if self._keys.setdefault(key, sender) is sender:
                    continue
                known = self._key(key)
                if not known.shared and (strength := _strength(key)) in _LIMITED:
                    known.shared = _shared_after(known, strength, sender)
                known.learn(sender)
            self.senders.append(sender)
            self._remember(sender)
            clients.setdefault(held.client, []).append(sender)
            contested[held.client] = held.contested
        for sender in self.senders:
            self._file_together(sender, self._links(sender))
        for client, senders in clients.items():
            whole = object.__new__(Cluster) if len(senders) > 1 else senders[0]
            self._renew(whole, senders, contested=contested[client])
        self.count = len(clients)


def _composite(rule: CompositeKey, request: Request, name: Tokens) -> Iterator[str]:
    """The identifiers that a composite key makes of a request; none where a part of it is missing.

    With a name, one for each part of the name: those who share one are compared by their whole names.
    """
    values = []
    for part in rule.parts:
        if part != "name":
            value = request.attributes.get(part)
            text = "" if value is None else " ".join(str(value).casefold().split())
            if not text:
                return
            values.append(text)
    stem = f"key:{rule.name}:{'|'.join(values)}"
    if "name" in rule.parts:
        yield from (f"{stem}|{token}*" for token in name if len(token) > 1)
    else:
        yield stem
