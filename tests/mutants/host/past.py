"""Wrong pipelines that take a long past day by day, or row by row.

The rules are those of ``mutant.py``. They run as children (``child.py``), whose time is told.
"""

from __future__ import annotations

from mutants.mutant import breaks

from payloadproof_reference.past.backfill import Backfill
from payloadproof_reference.past.daily import Activity


@breaks("H6", apart=True)
class AsksForEachDayByItself(Backfill):
    """Each day of the past is a query of its own, which looks at every row."""

    class activity_type(Activity):  # noqa: N801 - the name of the part
        def by_day(self, history, table, first_day, last_day):
            for day in range(first_day, last_day + 1):
                yield from super().by_day(history, table, day, day)


@breaks("H6", apart=True)
class LooksForEachRowInAList(Backfill):
    """Every row is read, and looked for among those that were read before."""

    class activity_type(Activity):  # noqa: N801 - the name of the part
        def by_day(self, history, table, first_day, last_day):
            if table.present(history):
                seen = []
                for row in history.numbers(f"SELECT rowid / 100 FROM {table.name}"):
                    if row not in seen:
                        seen.append(row)
            yield from super().by_day(history, table, first_day, last_day)
