"""Judges many events at the cost of a few: the clauses are asked once for each that differs.

Rule 1: a verdict depends on an event's name, its keys in their order, and the cells that do not
fit. Events that are the same in these share one verdict, which the clauses gave; no rule is written
here.
Rule 2: events whose text is judged as text (errors), and those judged by their ids (the past), go
to the clauses whole; so does whatever has not the form of an event.
Rule 3: an event is judged by itself, and what a request says beside its events once.
Rule 4: rows of a shape wait until there are ``ROWS`` of them, at most to the end of their part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from payloadproof.audit.asked import Asked, about, alone, around_of, bare
from payloadproof.audit.cells import NO_TOKENS, Column, Judges, Token, Tokens, beside
from payloadproof.audit.content import contents
from payloadproof.audit.marks import NO_TIME, as_plain_ids, times_of
from payloadproof.audit.shapes import NOTHING, TOP, Around, Columns, Shape, Source, Verdict
from payloadproof.audit.state import EACH_NUMBER, Batch, Place, place_of, placed
from payloadproof.audit.tally import Tally
from payloadproof.audit.typed import Typed
from payloadproof.clauses.allow.fields import wrong_as_id, wrong_as_time, wrong_as_uuid
from payloadproof.contract import Contract
from payloadproof.evidence.fields import PERSON_KEYS, PROFILE, properties_of
from payloadproof.evidence.files import Flaw, event_line
from payloadproof.evidence.history import Sent
from payloadproof.evidence.lines import UNREADABLE, Block
from payloadproof.evidence.quoting import named
from payloadproof.evidence.rows import Row, around
from payloadproof.evidence.surface import shown_flag, shown_name
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.routes import TAKES_EVENTS

ROWS: Final = 512
_SHAPES: Final = 2048  # known at once
_VERDICTS: Final = 8192  # remembered of one shape
_WAITING: Final = 12 * 1024 * 1024  # bytes of lines and requests whose events may wait
_TOP: Final = frozenset(TOP)


class Kernel:
    """Judges events into a tally."""

    def __init__(self, contract: Contract, tally: Tally) -> None:
        self._contract = contract
        self._tally = tally
        past = contract.backfill
        self._whole = {*contract.errors, *((past.day_event, past.install_event) if past else ())}
        self._about = about(contract)
        self._columns: dict[tuple[str, bool, str, str], Column] = {}
        self._shapes: dict[Any, Shape] = {}
        self._by_key: defaultdict[str, list[Column]] = defaultdict(list)
        self._typed = Typed(self._of_a_line, lambda key: self._by_key[key])
        self._waiting = 0  # bytes of what waits
        self._arounds: dict[Around, int] = {}
        self._persons: dict[Around, Verdict] = {}
        self._judges = Judges(contract)
        self._asked = Asked(contract)
        self._who = Column(wrong_as_id, by_bounds=False)
        self._lines = Around()
        self._file = 0
        self._at = placed(Place(0, 0, 0))

    def begin(self, file: int) -> None:
        """Take what follows for a part of this file, by its number."""
        self.flush()
        self._file = file
        self._at = placed(Place(file, 0, 0))

    def block(self, block: Block) -> list[Flaw]:
        """Lines that hold an event each; those that could not be audited."""
        flaws: list[Flaw] = []
        size = sum(map(len, block.lines))
        at = self._at + (block.number - 1) * EACH_NUMBER
        declined = 0
        typed, plans, values_of = self._typed.decode, self._typed.plans, msgspec.structs.astuple
        escapes, count = block.escapes, str.count
        for line in block.lines:
            at += EACH_NUMBER
            try:
                event = typed(line)
            except UNREADABLE:
                declined += 1
                size -= self._odd(at, line, flaws)
                continue
            plan = plans[type(event)]
            values = values_of(event.properties)
            if values[plan.often :] == plan.none:
                shape, values = plan.shape, values[: plan.often]
            else:
                shape, values = plan.other(values)
            time, who = event.timestamp, event.distinct_id
            # As :func:`has_each_key_once`, of what is known to have these keys.
            if (
                who is None
                or type(time) is not str
                or line.count(b":") != shape.colons + count(time, ":")
                or (escapes and b"\\" in line)
            ):
                size -= self._odd(at, line, flaws)
                continue
            rows = shape.rows
            rows.append((at, who, event.uuid, time, values, NOTHING, None))
            if len(rows) >= ROWS:
                self._judge_rows(shape)
        self._tally.seen.bytes += size
        self._waits_for(size)
        if self._typed.declined(declined):
            self.flush()
            self._typed.make(self._shapes.values())
        if self._typed.stale:
            self.flush()
            self._typed.drop()
        return flaws

    def _odd(self, at: int, line: bytes, flaws: list[Flaw]) -> int:
        """A line of which no type is known; how many bytes of it were not audited."""
        number = place_of(at).number
        raw = event_line(number, line)
        if isinstance(raw, dict):
            self.line(number, raw)
            return 0
        if raw is not None:
            flaws.append(raw)
        return len(line)

    def _waits_for(self, size: int) -> None:
        self._waiting += size
        if self._waiting > _WAITING:
            self.flush()

    def line(self, number: int, raw: dict[str, Any]) -> None:
        """An event on a line of its own, as JSON has it."""
        try:
            name, who, properties = raw["event"], raw["distinct_id"], raw["properties"]
        except KeyError:
            self.request(around("line", number, raw, 0))
            return
        top = NOTHING
        if raw.keys() != _TOP:
            top = {key: value for key, value in raw.items() if key not in _TOP}
        at = self._at + number * EACH_NUMBER
        row = (at, who, raw.get("uuid"), raw.get("timestamp"), properties, top, raw)
        if not self._waits(self._lines, 0, name, row):
            self.request(around("line", number, raw, 0))

    def _waits(self, around: Around, kind: int, name: object, row: Source) -> bool:
        """Put a row beside those of its shape; not so where it has to be judged whole."""
        at, who, uuid, time, properties, top, source = row
        if (
            type(name) is not str
            or name in self._whole
            or type(properties) is not dict
            or who is None
        ):
            return False
        shape = self._shape(around, kind, name, properties, top)
        shape.rows.append((at, who, uuid, time, tuple(properties.values()), top, source))
        if len(shape.rows) >= ROWS:
            self._judge_rows(shape)
        return True

    def _of_a_line(self, name: str, properties: dict[str, Any]) -> Shape:
        return self._shape(self._lines, 0, name, properties, NOTHING)

    def _shape(
        self,
        around: Around,
        kind: int,
        name: str,
        properties: dict[str, Any],
        top: dict[str, Any],
    ) -> Shape:
        key: tuple[object, ...] = (kind, name, *properties)
        if top or "$set" in properties or "$set_once" in properties:
            persons = [one.get(key) for one in (properties, top) for key in PERSON_KEYS]
            inner = (tuple(one) if type(one) is dict else None for one in persons)
            key = (*key, tuple(top), *inner)
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._shapes[key] = self._new(name, around, properties, top)
        return shape

    def _new(
        self, name: str, around: Around, properties: dict[str, Any], top: dict[str, Any]
    ) -> Shape:
        if len(self._shapes) >= _SHAPES:
            self.flush()
            self._shapes.clear()
            self._typed.forget()
        events = self._tally.seen.of(shown_name(name))
        shape = Shape(name, around, properties, top, events)
        for is_top, beside_ in ((False, properties), (True, top)):
            if beside_:
                columns = [self._column(name, is_top, "", key) for key in beside_]
                shape.blocks.append(((is_top, ""), columns))
            for directive in PERSON_KEYS:
                person = beside_.get(directive)
                if type(person) is dict and person:
                    columns = [self._column(name, is_top, directive, key) for key in person]
                    shape.blocks.append(((is_top, directive), columns))
        return shape

    def _column(self, name: str, is_top: bool, directive: str, key: str) -> Column:
        place = (name, is_top, directive, key)
        column = self._columns.get(place)
        if column is None:
            if len(self._columns) >= _SHAPES * 4:
                self._columns.clear()
                self._by_key.clear()
            seen = None
            if not is_top and directive in ("", "$set"):
                told = f"{directive}.{key}" if directive else key
                seen = self._tally.seen.of(shown_name(name)).of(told)
            if directive:
                token = self._judges.person(name, key)
            else:
                token = beside(key) if is_top else self._judges.property(name, key)
            column = self._columns[place] = Column(token, seen)
            if seen and not directive:
                self._by_key[key].append(column)
        return column

    def flush(self) -> None:
        """Judge all that wait."""
        self._waiting = 0
        for shape in (*self._shapes.values(), *self._typed.shapes()):
            if shape.rows:
                self._judge_rows(shape)

    def _judge_rows(self, shape: Shape) -> None:
        rows, shape.rows = shape.rows, []
        columns: Columns = tuple(zip(*rows, strict=True))
        values = columns[4]
        cells = list(zip(*values, strict=True))
        flags = shape.flags(cells, len(rows))
        said = shape.said(cells, columns)
        properties = shape.objects(values) if shape.name[:1] == "$" else values
        batch = self._remember(
            shape.name, shape.around, (*columns[:4], properties, *columns[5:]), flags, said
        )
        self._see(shape, flags)
        every: list[tuple[int, Token]] = []
        some: dict[int, list[tuple[int, Token]]] = {}
        for number, tokens in enumerate(self._tokens(shape, columns, cells, batch)):
            if tokens.every is not None:
                every.append((number, tokens.every))
            for row, token in tokens.rows.items():
                some.setdefault(row, []).append((number, token))
        groups: dict[tuple[Any, ...], list[int]] = {}
        for row in sorted(some):
            groups.setdefault(tuple(some[row]), []).append(row)
        if len(some) < len(rows):
            rest = next(row for row in range(len(rows)) if row not in some)
            self._verdict(shape, (*every,), rows[rest], len(rows) - len(some))
        for tokens_of, alike in groups.items():
            self._verdict(shape, (*every, None, *tokens_of), rows[alike[0]], len(alike))

    def _see(self, shape: Shape, flags: Sequence[object]) -> None:
        rows = len(flags)
        shape.times += rows
        self._tally.judged["event"] += rows
        for one in self._about.get(shape.name, ()):
            self._tally.about[one] += rows
        events = shape.events
        events.times += rows
        for flag in flags[:1] if all(flag is flags[0] for flag in flags) else flags:
            events.profile.add(shown_flag({} if flag is NOTHING else {PROFILE: flag}))

    def _tokens(
        self, shape: Shape, rows: Columns, cells: Sequence[Sequence[Any]], batch: Batch
    ) -> Iterator[Tokens]:
        """Of each column in turn."""
        _, who, uuids, timestamps, _, top, _ = rows
        for (is_top, directive), columns in shape.blocks:
            inner = cells
            if is_top or directive:
                objects = top
                if directive and is_top:
                    objects = [one[directive] for one in top]
                elif directive:
                    objects = cells[shape.keys.index(directive)]
                inner = list(zip(*map(dict.values, objects), strict=True))
            for column, values in zip(columns, inner, strict=True):
                yield column.tokens(values)
        yield NO_TOKENS if batch.ids is not None else self._who.tokens(who)
        if batch.plain is not None:
            yield NO_TOKENS
        else:
            wrong_ids = enumerate(map(wrong_as_uuid, uuids))
            yield Tokens(None, {row: wrong for row, wrong in wrong_ids if wrong})
        if NO_TIME not in batch.times:
            yield NO_TOKENS  # what names a day is a time
            return
        no_times = [row for row, time in enumerate(batch.times) if time == NO_TIME]
        times = {row: wrong_as_time(timestamps[row]) for row in no_times}
        yield Tokens(None, {row: wrong for row, wrong in times.items() if wrong})

    def _verdict(self, shape: Shape, tokens: tuple[Any, ...], row: Source, times: int) -> None:
        """Of ``times`` rows of which this one stands first."""
        known = shape.verdicts.get(tokens)
        if known is None:
            if len(shape.verdicts) >= _VERDICTS:
                shape.verdicts.clear()
            found = self._asked.of_event(*alone(row, shape))
            shape.verdicts[tokens] = self._tally.keep(found, row[0], times)
        elif self._tally.more(known, row[0], times):
            self._tally.sooner(self._asked.of_event(*alone(row, shape)), row[0])

    def request(self, request: Request) -> None:
        """A request, or what was made up around an event of a file that tells of none."""
        tally = self._tally
        around_it = around_of(request)
        at = placed(Place(self._file, request.number, 0))
        tally.seen.bytes += request.wire_size
        self._waits_for(request.wire_size)
        if request.method:
            tally.judged["request"] += 1
            tally.seen.requests += 1
            self._tally.bill.asks(request)
            if request.service not in TAKES_EVENTS:
                tally.services[str(request.service)] += 1
            # A request of which the service drops an event is judged with all of them.
            tally.keep(self._asked.of_request(request if request.dropped else bare(request)), at, 1)
        elif isinstance(request, Row):
            tally.stored["with an address"] += "$ip" in request.looked_up
            if not request.events:
                tally.stored["persons"] += 1
                self._person(request, around_it, at)
        kind = self._arounds.setdefault(around_it, len(self._arounds) + 1)
        for index, event in enumerate(request.events):
            self._event(Sent(event, request), around_it, kind, index)

    def _person(self, row: Row, around: Around, at: int) -> None:
        known = self._persons.get(around)
        if known is None:
            self._persons[around] = self._tally.keep(self._asked.of_request(row), at, 1)
        elif self._tally.more(known, at, 1):
            self._tally.sooner(self._asked.of_request(row), at)

    def _event(self, sent: Sent, around: Around, kind: int, index: int) -> None:
        event, request = sent.event, sent.request
        at = placed(Place(self._file, request.number, index))
        properties: Any = event.properties
        who, top = event.distinct_id, event.top_level
        row = (at, who, event.uuid, event.timestamp, properties, top, sent)
        if not request.dropped and self._waits(around, kind, event.name, row):
            return
        tally = self._tally
        if not request.dropped:
            tally.keep(self._asked.of_event(request, event), at, 1)
        tally.judged["event"] += 1
        tally.about.update(self._about.get(str(event.name), ()))
        tally.seen.of(shown_name(event.name)).add(properties_of(sent))
        flag = properties.get(PROFILE, NOTHING) if type(properties) is dict else NOTHING
        columns = tuple((one,) for one in row)
        said = contents((properties,), (top,))
        self._remember(event.name, around, columns, (flag,), said)

    def _remember(
        self,
        name: object,
        around: Around,
        rows: Columns,
        flags: Sequence[object],
        said: Sequence[int],
    ) -> Batch:
        """For what is judged over all events."""
        at, who, uuids, timestamps, properties, _, sources = rows
        times, marks = times_of(timestamps)
        batch = Batch(
            name=str(name),
            quoted=named(name),
            known=str(name) in self._contract.events,
            method=around.method,
            path=around.path,
            past=around.past,
            answered=around.answered,
            places=at,
            who=who,
            uuids=uuids,
            timestamps=timestamps,
            ids=as_plain_ids(who),
            plain=as_plain_ids(uuids),
            times=times,
            marks=marks,
            said=said,
        )
        digests = self._tally.state.add(batch)
        self._tally.bill.add(batch, digests, (flags, properties, sources))
        return batch
