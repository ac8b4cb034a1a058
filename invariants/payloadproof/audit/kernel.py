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
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, Final

from payloadproof.audit.asked import Asked, about, alone, around_of, bare
from payloadproof.audit.cells import Column, Judges, Tokens, beside
from payloadproof.audit.content import contents
from payloadproof.audit.groups import Group, Verdict, Verdicts
from payloadproof.audit.marks import NO_TIME, as_plain_ids, each_once, times_of
from payloadproof.audit.shapes import (
    NOTHING,
    TOP,
    Around,
    Cells,
    Columns,
    Shape,
    Source,
    persons_of,
    row_of,
)
from payloadproof.audit.state import EACH_NUMBER, Batch, Place, place_of, placed
from payloadproof.audit.tally import Tally
from payloadproof.audit.typed import Typed
from payloadproof.audit.wide import Makers, Wide
from payloadproof.clauses.allow.fields import wrong_as_id, wrong_as_time, wrong_as_uuid
from payloadproof.contract import Contract
from payloadproof.evidence.fields import PERSON_KEYS, PROFILE, properties_of
from payloadproof.evidence.files import event_line
from payloadproof.evidence.history import Sent
from payloadproof.evidence.lines import Block
from payloadproof.evidence.quoting import named
from payloadproof.evidence.rows import Row, around
from payloadproof.evidence.surface import shown_flag, shown_name
from payloadproof.recorder.ledger import Request
from payloadproof.recorder.routes import TAKES_EVENTS

ROWS: Final = 1024
_SHAPES: Final = 2048  # known at once
_VERDICTS: Final = 8192  # remembered of one shape
_WAITING: Final = 24 * 1024 * 1024  # bytes of lines and requests whose events may wait
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
        self._remembered: dict[Any, Verdicts] = {}
        self._by_key: defaultdict[str, list[Column]] = defaultdict(list)
        self._typed = Typed(self._wide, lambda key: self._by_key[key])
        self._unsure = 0  # lines that a type read, and that were read again
        self._waiting = 0  # bytes of what waits
        self._arounds: dict[Around, int] = {}
        self._persons: dict[Around, Verdict] = {}
        self._judges = Judges(contract)
        self._asked = Asked(contract)
        self._who = Column(wrong_as_id, by_bounds=False)
        self._lines = Around()
        self._file = 0
        self._path = ""
        self._at = placed(Place(0, 0, 0))

    def begin(self, file: int, path: str) -> None:
        """Take what follows for a part of this file, by its number and its path."""
        self.flush()
        self._file = file
        self._path = path
        self._at = placed(Place(file, 0, 0))

    def block(self, block: Block) -> None:
        """Lines that hold an event each."""
        lines = block.lines
        size = sum(map(len, lines))
        self._tally.seen.bytes += size
        declined = self._typed.take(self._at + block.number * EACH_NUMBER, lines)
        for number in declined:
            self._odd(block.number + number, lines[number])
        for shape in self._typed.shapes:
            if len(shape.waiting) >= ROWS:
                self._judge_lines(shape)
        self._waits_for(size)
        odd, self._unsure = len(declined) + self._unsure, 0
        if self._typed.declined(odd):
            self.flush()
            self._typed.make(self._shapes.values())

    def _odd(self, number: int, line: bytes) -> None:
        """A line of which no type is known."""
        raw = event_line(number, line)
        if isinstance(raw, dict):
            self.line(number, raw)
            return
        self._tally.seen.bytes -= len(line)
        if raw is not None:
            self._tally.flaw(self._path, raw)

    def _waits_for(self, size: int) -> None:
        self._waiting += size
        if self._waiting > _WAITING:
            self._waiting = 0  # what is read again meanwhile waits no longer
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

    def _wide(self, name: str, often: Sequence[str], seldom: Sequence[str]) -> Wide:
        makers = Makers(
            lambda directive, key: self._column(name, False, directive, key),
            lambda properties: self._verdicts(0, name, properties, persons_of(properties, NOTHING)),
        )
        events = self._tally.seen.of(shown_name(name))
        return Wide(name, len(often), (*often, *seldom), events, makers)

    def _shape(
        self,
        around: Around,
        kind: int,
        name: str,
        properties: dict[str, Any],
        top: dict[str, Any],
    ) -> Shape:
        persons = persons_of(properties, top)
        key = (kind, name, *properties, *persons)
        shape = self._shapes.get(key)
        if shape is None:
            if len(self._shapes) >= _SHAPES:
                self.flush()
                self._shapes.clear()
            shape = self._new(name, (around, kind), properties, top, persons)
            self._shapes[key] = shape
        return shape

    def _verdicts(
        self, kind: int, name: str, keys: Iterable[str], persons: tuple[Any, ...]
    ) -> Verdicts:
        """What is remembered of events with these keys, whatever shape they are in."""
        key = (kind, name, frozenset(keys), persons)
        known = self._remembered.get(key)
        if known is None:
            if len(self._remembered) >= _SHAPES:
                self._remembered.clear()
            known = self._remembered[key] = {}
        return known

    def _new(
        self,
        name: str,
        around: tuple[Around, int],
        properties: dict[str, Any],
        top: dict[str, Any],
        persons: tuple[Any, ...],
    ) -> Shape:
        events = self._tally.seen.of(shown_name(name))
        verdicts = self._verdicts(around[1], name, properties, persons)
        shape = Shape(name, around[0], properties, top, events=events, verdicts=verdicts)
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
        for shape in self._typed.shapes:
            if shape.waiting:
                self._judge_lines(shape)
        for one in [*self._shapes.values()]:
            if one.rows:
                self._judge_rows(one)
        self._waiting = 0

    def _judge_lines(self, shape: Wide) -> None:
        columns, cells, odd = shape.take()
        if columns[0]:
            self._judge(shape, columns, cells)
        self._unsure += len(odd)
        for at, line, *_ in odd:
            self._odd(place_of(at).number, line)
        self._waiting -= shape.taken

    def _judge_rows(self, shape: Shape) -> None:
        rows, shape.rows = shape.rows, []
        rows.sort(key=itemgetter(0))  # a line that was read again comes late
        columns: Columns = tuple(zip(*rows, strict=True))
        self._judge(shape, columns, list(zip(*columns[4], strict=True)))

    def _judge(self, shape: Shape, columns: Columns, cells: Cells) -> None:
        values, top = columns[4:6]
        rows = len(values)
        flags = shape.flags(cells, rows)
        said = shape.said(cells, values, top)
        properties = values if shape.name[:1] != "$" else list(map(shape.properties_of, values))
        batch = self._remember(
            shape.name, shape.around, (*columns[:4], properties, *columns[5:]), flags, said
        )
        self._see(shape, flags)
        tokens = self._tokens(shape, columns, cells, batch)
        for group in shape.paths.grouped(shape.masks(rows), tokens, shape.verdicts_of):
            self._verdict(shape, group, columns)

    def _see(self, shape: Shape, flags: Sequence[object]) -> None:
        rows = len(flags)
        shape.times += rows
        self._tally.judged["event"] += rows
        for one in self._about.get(shape.name, ()):
            self._tally.about[one] += rows
        events = shape.events
        events.times += rows
        for flag in each_once(flags).values():
            events.profile.add(shown_flag({} if flag is NOTHING else {PROFILE: flag}))

    def _tokens(
        self, shape: Shape, rows: Columns, cells: Sequence[Sequence[Any]], batch: Batch
    ) -> Iterator[tuple[object, Tokens]]:
        """Of each column that has some."""
        _, who, uuids, timestamps, _, top, _ = rows
        yield from shape.tokens(cells, top)
        if batch.ids is None:
            yield "distinct_id", self._who.tokens(who)
        if batch.plain is None:
            wrong_ids = enumerate(map(wrong_as_uuid, uuids))
            yield "uuid", Tokens(None, {row: wrong for row, wrong in wrong_ids if wrong})
        if NO_TIME in batch.times:  # what names a day is a time
            no_times = [row for row, time in enumerate(batch.times) if time == NO_TIME]
            times = {row: wrong_as_time(timestamps[row]) for row in no_times}
            yield "timestamp", Tokens(None, {row: wrong for row, wrong in times.items() if wrong})

    def _verdict(self, shape: Shape, group: Group, columns: Columns) -> None:
        """Of some rows of a batch that are alike."""
        path, first, times = group
        at = columns[0][first]
        if path.verdict is None:
            tokens = frozenset(path.tokens)
            path.verdict = path.verdicts.get(tokens)
            if path.verdict is None:
                if len(path.verdicts) >= _VERDICTS:
                    path.verdicts.clear()
                found = self._asked.of_event(*alone(row_of(columns, first), shape))
                path.verdict = path.verdicts[tokens] = self._tally.keep(found, at, times)
                return
        if self._tally.more(path.verdict, at, times):
            self._tally.sooner(self._asked.of_event(*alone(row_of(columns, first), shape)), at)

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
