"""The worker's HTTP API, for programs of the same machine.

Rule 1: it listens on loopback only, and answers no browser: what names another host, or an origin,
is refused.
Rule 2: each handled request is one ``instrument`` call (plan, P1), made before the answer: what
was answered is in the log and in its rollup.
Rule 3: once closed it handles nothing more, and ``close`` has waited for what it was handling.
Rule 4: a wrong request is told what was wrong. Nothing is printed, whatever happens (S5).

GET /health; POST /sessions/N/turn, /sessions/N/respawn, /sessions/N/end; DELETE /sessions/N;
POST /context, /search, /shutdown. Bodies and answers are JSON objects.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from payloadproof_reference.instrument import Instrumentation, Rollup
from payloadproof_reference.log import Level, Log
from payloadproof_reference.worker.sessions import SessionManager

LOOPBACK = "127.0.0.1"
MAX_BODY = 1_000_000
CLOSE_S = 1.0

Body = dict[str, Any]
#: How many observations hold a text; ``None`` where the history cannot be read.
Search = Callable[[str], int | None]

_SESSION = re.compile(r"/sessions/([0-9]{1,15})(?:/(turn|respawn|end))?")
_LENGTH = re.compile(r"[0-9]{1,9}")
_HERE = re.compile(r"(?:127\.0\.0\.1|localhost)(?::[0-9]+)?")


class RefusedError(Exception):
    """A request that cannot be handled; the message is for who sent it."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Outcome:
    """What came of a request: the answer, and what telemetry gets of it."""

    answer: Body
    status: HTTPStatus = HTTPStatus.OK
    event: str | None = None
    rollup: Rollup = "none"
    properties: Body | None = None
    session: int | None = None


class Api(ThreadingHTTPServer):
    """The API of one worker.

    Args:
        port: On loopback; 0 takes a free one.
        sessions: The worker's.
        instrument: The worker's.
        log: Where errors go whole.
        search: Asked by ``/search``.
        stop: Told by ``/shutdown`` whether to ``stop`` or to ``restart``.

    Raises:
        OSError: the port is taken.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        *,
        sessions: SessionManager,
        instrument: Instrumentation,
        log: Log,
        search: Search,
        stop: Callable[[str], None],
    ) -> None:
        super().__init__((LOOPBACK, port), _Request)
        self._sessions = sessions
        self._instrument = instrument
        self._log = log
        self._search = search
        self._stop = stop
        self._began = time.monotonic()
        self._closed = False
        self._handling = 0
        self._idle = threading.Condition()

    def start(self) -> None:
        """Serve in a thread of its own."""
        threading.Thread(target=self.serve_forever, args=(0.05,), name="http", daemon=True).start()

    def close(self) -> None:
        """Accept nothing more, and wait up to a second for what is being handled."""
        with self._idle:
            self._closed = True
            self._idle.wait_for(lambda: not self._handling, timeout=CLOSE_S)
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is nobody's concern; the inherited method prints it (S5)."""

    @contextmanager
    def admitted(self) -> Iterator[bool]:
        """Whether a request is still handled; ``close`` waits until it is answered."""
        with self._idle:
            admitted = not self._closed
            self._handling += admitted
        try:
            yield admitted
        finally:
            with self._idle:
                self._handling -= admitted
                self._idle.notify_all()

    def handled(self, method: str, path: str, body: Body | RefusedError) -> Outcome:
        """Handle one request, with one line for it; a body that was refused is one, too."""
        if isinstance(body, RefusedError):
            return self._instrumented(method, path, _refusal(body))
        return self._instrumented(method, path, self._attempt(method, path, body))

    def _attempt(self, method: str, path: str, body: Body) -> Outcome:
        try:
            return self._route(method, path, body)
        except RefusedError as refused:
            return _refusal(refused)
        except Exception as error:  # the caller is told, and so is error tracking, by the log
            self._log.error("HTTP", "the request failed", error)
            return Outcome(
                {"error": "the worker failed; its log says how"},
                HTTPStatus.INTERNAL_SERVER_ERROR,
                event="error_occurred",
                properties={"error_category": "internal"},
            )

    def _instrumented(self, method: str, path: str, outcome: Outcome) -> Outcome:
        level: Level = "info" if outcome.status is HTTPStatus.OK else "warn"
        self._instrument(
            "HTTP",
            level,
            f"{method} {path} {int(outcome.status)}",
            event=outcome.event,
            rollup=outcome.rollup,
            properties=outcome.properties,
            session=outcome.session,
        )
        return outcome

    def _route(self, method: str, path: str, body: Body) -> Outcome:
        found = _SESSION.fullmatch(path)
        if found is not None:
            return self._session(method, int(found[1]), found[2], body)
        match method, path:
            case "GET", "/health":
                uptime = int(time.monotonic() - self._began)
                return Outcome({"uptime_seconds": uptime, "sessions": len(self._sessions)})
            case "POST", "/context":
                return Outcome({}, event="context_injected", rollup="window", properties=body)
            case "POST", "/search":
                return self._searched(body)
            case "POST", "/shutdown":
                reason = body.get("reason", "stop")
                if reason not in ("stop", "restart"):
                    raise RefusedError(HTTPStatus.BAD_REQUEST, "reason is stop or restart")
                self._stop(reason)
                return Outcome({})
        raise _unknown(method, path)

    def _session(self, method: str, number: int, step: str | None, body: Body) -> Outcome:
        match method, step:
            case "POST", "turn":
                self._sessions.enter(number)
                return Outcome(
                    {},
                    event="session_compressed",
                    rollup="session",
                    properties=body,
                    session=number,
                )
            case "POST", "respawn":
                was_there = self._sessions.respawn(number)
            case "POST", "end":
                was_there = self._sessions.remove(number)
            case "DELETE", None:
                was_there = self._sessions.delete(number)
            case _:
                raise _unknown(method, f"/sessions/N/{step or ''}")
        if not was_there:
            raise RefusedError(HTTPStatus.NOT_FOUND, f"no session {number} is live")
        return Outcome({})

    def _searched(self, body: Body) -> Outcome:
        query = body.get("query")
        if not isinstance(query, str):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "query is a text")
        began = time.monotonic()
        hits = self._search(query)
        said: Body = {
            "endpoint": "search",
            "outcome": "error" if hits is None else "ok",
            "duration_ms": round((time.monotonic() - began) * 1000),
            "result_count": hits or 0,
        }
        if hits is None:
            answer = {"error": "the history cannot be read"}
            status = HTTPStatus.SERVICE_UNAVAILABLE
            return Outcome(answer, status, event="search_performed", properties=said)
        return Outcome({"result_count": hits}, event="search_performed", properties=said)


def _refusal(refused: RefusedError) -> Outcome:
    return Outcome({"error": str(refused)}, refused.status)


def _unknown(method: str, path: str) -> RefusedError:
    return RefusedError(HTTPStatus.NOT_FOUND, f"there is no {method} {path}")


class _Request(BaseHTTPRequestHandler):
    #: A client that stops in the middle of its request is given up.
    timeout = 5

    def do_GET(self) -> None:
        self._handle()

    do_POST = do_DELETE = do_GET  # noqa: N815 - the names are http.server's

    def log_message(self, *_: Any) -> None:
        """Nothing: the inherited method prints (S5)."""

    def _handle(self) -> None:
        api = cast("Api", self.server)
        body = self._body()
        with api.admitted() as admitted:
            if admitted:
                self._answer(api.handled(self.command, self.path, body))
            else:
                stops = Outcome({"error": "the worker stops"}, HTTPStatus.SERVICE_UNAVAILABLE)
                self._answer(stops)

    def _answer(self, outcome: Outcome) -> None:
        answer = json.dumps(outcome.answer).encode()
        self.send_response(outcome.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _body(self) -> Body | RefusedError:
        # Rule 1: a page in a browser can send here; a name of its own can resolve to loopback.
        if _HERE.fullmatch(self.headers.get("Host", "")) is None or "Origin" in self.headers:
            return RefusedError(HTTPStatus.FORBIDDEN, "only programs of this machine are answered")
        said = self.headers.get("Content-Length", "0")
        if _LENGTH.fullmatch(said) is None or int(said) > MAX_BODY:
            return RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body has at most {MAX_BODY} bytes"
            )
        try:
            body = json.loads(self.rfile.read(int(said)) or b"{}")
        except (ValueError, RecursionError):
            return RefusedError(HTTPStatus.BAD_REQUEST, "the body is no JSON")
        if not isinstance(body, dict):
            return RefusedError(HTTPStatus.BAD_REQUEST, "the body is no JSON object")
        return body
