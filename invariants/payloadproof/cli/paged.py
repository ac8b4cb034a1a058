"""The page that shows a run while it goes on, as an option of the commands that have one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import click

from payloadproof.errors import HarnessError

if TYPE_CHECKING:
    from rich.console import Console

    from payloadproof.blackbox.caught import Tell
    from payloadproof.blackbox.record import Evidence
    from payloadproof.contract import Contract
    from payloadproof.outcome.events import Listener
    from payloadproof.outcome.model import Report

PAGE = click.option(
    "--page/--no-page",
    default=None,
    help="Show what is sent while it is sent, on a page of this machine. By default where the"
    " output is a terminal.",
)


def wanted(asked: bool | None, console: Console) -> bool:
    """Whether there is to be a page: who was not asked has one where a person looks on."""
    if asked is not None:
        return asked
    isatty: Callable[[], bool] = getattr(console.file, "isatty", lambda: False)
    return isatty()


class Watched(NamedTuple):
    """What a page is told, or nobody is.

    ``tell``: each request; ``listen``: what a run says of itself; ``begun``: how what came so far
    is evidence; ``reported``: the report, which is handed back.
    """

    tell: Tell
    listen: Listener
    begun: Callable[[Evidence], None] | None
    reported: Callable[[Report], Report]


@contextmanager
def paged(
    asked: bool | None,
    console: Console,
    command: Sequence[str],
    contract: Contract | None = None,
    *,
    recording: bool,
) -> Iterator[Watched]:
    """Serve the page meanwhile, and print its address.

    ``command``: whose run it is; none where somebody starts it later. ``recording``: verdicts are
    made here, of what came so far; a probe tells its own.

    Raises:
        HarnessError: it was asked for, and cannot be served.
    """
    from payloadproof.blackbox.caught import nobody as tell_nobody
    from payloadproof.outcome.events import nobody

    unwatched = Watched(tell_nobody, nobody, None, lambda report: report)
    if not wanted(asked, console):
        yield unwatched
        return
    from payloadproof.live.board import Board
    from payloadproof.live.judging import Judging
    from payloadproof.live.server import Page
    from payloadproof.live.shown import Masking
    from payloadproof.report.page.handed_on import called

    board = Board(called(command) if command else "whatever is pointed here")
    judging = Judging(board, contract) if recording else None
    masking = Masking(contract, whole=not recording)
    try:
        page = Page(board, masking, judging.judge if judging else None)
    except OSError as error:
        if not asked:  # nobody has to have it
            yield unwatched
            return
        raise HarnessError(
            code="page-unservable",
            message=f"no page can be served here: {error.strerror or error}",
            next="leave out --page",
        ) from error
    with page:
        console.print(f"watch: {page.address}", highlight=False, markup=False, soft_wrap=True)
        if judging is None:
            yield Watched(board.tell, board.listen, None, board.reported)
        else:
            yield Watched(judging.tell, board.listen, judging.begun, board.reported)
