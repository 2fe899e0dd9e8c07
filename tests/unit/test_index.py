"""Which tickets go with a key: one without a container, several in the order in which they came."""

from __future__ import annotations

from supportq._index import TicketIndex


def test_one_ticket_or_several_in_their_order() -> None:
    index: TicketIndex[str] = TicketIndex()
    for key, ticket in (("KC77", "B"), ("KC77", "A"), ("KC77", "B"), ("KC78", "C"), ("KC78", "C")):
        index.add(key, ticket)
    assert (list(index.get("KC77")), list(index.newest("KC77"))) == (["B", "A"], ["A", "B"])
    assert (list(index.get("KC78")), list(index.newest("KC78"))) == (["C"], ["C"])
    assert (list(index.get("none")), list(index.newest("none"))) == ([], [])


def test_a_key_without_tickets_is_forgotten() -> None:
    index: TicketIndex[str] = TicketIndex()
    for ticket in ("A", "B", "C"):
        index.add("KC77", ticket)
    index.discard("KC77", "B")
    index.discard("KC77", "B")
    assert list(index.get("KC77")) == ["A", "C"]
    index.discard("KC77", "A")
    index.discard("KC77", "C")
    index.discard("KC77", "C")
    assert list(index.get("KC77")) == []
    index.add("KC77", "D")
    index.discard("KC77", "D")
    assert list(index.get("KC77")) == []
