"""Texts of errors: what programs really say, with secrets planted in them, and without any.

Rule 1: a text follows from its kind and its seed alone; a secret in it is a placeholder.
Rule 2: what looks like a whole key stands nowhere here: its constant part is put together when
the text is made, and the rest is drawn when a scenario runs.
Rule 3: the texts are split. What is measured on ``unseen`` ones, which have carriers, forms and
seeds of their own, was never looked at by anybody who tuned a redaction.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from payloadproof.generate import framed_texts, ordinary_texts, unseen_frames, unseen_texts

Split = Literal["seen", "unseen"]
Stack = Literal["python", "node", "bun"]

_HOLE = re.compile(r"<([a-z0-9]+)>")


class Text(NamedTuple):
    """One text. ``keeps``: words of it that are no secret, and of use."""

    kind: str
    text: str
    keeps: tuple[str, ...] = ()


# The plan's list: none of these may survive, ever. In the rest, recall is a figure.
STRICT: dict[str, tuple[str, ...]] = {
    "home directory": (
        "/home/<name>/.config/app/state.json",
        "/Users/<name>/Library/Caches/app/index",
        "C:\\Users\\<name>\\AppData\\Roaming\\app\\state.json",
        "/home/<name>",
        "{home}/.cache/index.db",
    ),
    "absolute path": (
        "/srv/<plain>/builds/42/output.bin",
        "/var/lib/<plain>/data/segment-3.idx",
        "D:\\work\\<plain>\\notes\\todo.md",
        "/opt/<plain>/etc/app.conf",
        "/mnt/data/<plain>",
    ),
    "e-mail": ("<name>@example.org", "<name>.<name>@mail.example.com", "<name>+news@example.net"),
    "sk- key": ("sk" + "-ant-api03-<mixed>", "sk" + "-proj-<token>", "sk" + "-<mixed>"),
    "phc_ key": ("ph" + "c_<mixed>", "ph" + "x_<token>"),
    "token-like key": ("<mixed>", "Bearer <mixed>", "token=<mixed>"),
    "JWT": ("ey" + "JhbGciOiJIUzI1NiJ9." + "ey" + "JzdWIi<token>.<token>",),
    "long hex": ("<hex>", "sha <hex>", "0x<hex>"),
    "URL query": (
        "https://api.example.com/v1/items?user=<plain>&page=2",
        "http://localhost:37777/search?q=<plain>",
        "https://example.org/cb?code=<plain>#top",
    ),
}
WIDE: dict[str, tuple[str, ...]] = {
    "short JWT": (
        "ey" + "J<name>.<name>.",
        "(ey" + "J<name>.<name>.<name>)",
        "an ey" + "J<name> of no use",
    ),
    "GitHub key": ("gh" + "p_<token>", "github" + "_pat_<mixed>"),
    "GitLab key": ("gl" + "pat-<token>",),
    "Slack key": ("xo" + "xb-<digits>-<digits>-<token>",),
    "AWS key": ("AK" + "IA<upper>", "aws_secret_access_key = <mixed>"),
    "Google key": ("AI" + "za<token>",),
    "Stripe key": ("sk" + "_live_<token>", "wh" + "sec_<token>", "pk" + "_<name>7"),
    "token like a word": (
        "ticket <consonants>",
        "ticket <syllables>",
        "ticket <turns>",
        "span <span>",
        "serial <serial>",
    ),
    "npm or Hugging Face key": ("np" + "m_<token>", "h" + "f_<token>"),
    "DSN": (
        "postgres://<name>:<plain>@db.example.com:5432/main",
        "https://<hex>@o<digits>.ingest.example.io/42",
        "redis://:<plain>@cache:6379/0",
        "mongodb+srv://<name>:<plain>@cluster0.example.net/app",
    ),
    "header": (
        "Authorization: Bearer <plain>",
        "authorization: Basic <base64>",
        "x-api-key: <plain>",
        '{"headers": {"X-Auth-Token": "<plain>"}}',
        "X-Forwarded-User: <words>",
        "Bearer <name>.<name>",
    ),
    "cookie": (
        "Cookie: session=<plain>; theme=dark",
        "Cookie: theme=dark; team=<name>",
        "set-cookie: sid=<plain>; Path=/; HttpOnly",
    ),
    "curl command": (
        "curl -u <name>:<plain> https://api.example.com/v2/export",
        'curl -H "Authorization: token <plain>" https://api.example.com/',
        "curl https://example.com/login -d 'user=<name>&password=<plain>'",
        "npm publish --tag <name>",
    ),
    "environment dump": (
        "PATH=/usr/bin\nDB_PASSWORD=<plain>\nLANG=C.UTF-8",
        "env: { API_KEY: '<plain>', NODE_ENV: 'production' }",
        "export SECRET_TOKEN=<plain>",
        "TEAM_LEAD=<name> LANG=C.UTF-8",
    ),
    "password": (
        "password: <plain>",
        "passphrase: <name>",
        "auth=<name>",
        "the password is <name>",
        "--password <name>",
        "password=<<name>>",
    ),
    "user or host": ("user: <name>", "owner=<name>", "db1.<name>.internal", "<name>.example.com"),
    "PEM": (
        "-----BEGIN " + "PRIVATE KEY-----\n<base64>\n<base64>\n-----END " + "PRIVATE KEY-----",
        "-----BEGIN PGP " + "MESSAGE-----\nComment: <words>\n\n<base64>\n-----END PGP MESSAGE-----",
    ),
    "source line": (
        '\n  File "/usr/lib/app/main.py", line 12, in run\n    load(job)  # ask <words>\nKeyError',
        "\n  11 | load(job)  # ask <words>\n",
    ),
    "path with spaces": (
        "'/Users/<name>/My Documents/<words>.txt'",
        '"C:\\Program Files\\<plain>\\new file.dat"',
        "/home/<name>/Neue Übersicht/straße <plain>.md",
        "/srv/kettle/Yearly figures <name>.pdf",
        "3/10 /srv/kettle/Old figures <name>.pdf",
        "/srv/kettle/Yearly heat figures draft version two <name>",
    ),
    "other home": ("/home/<name>/.ssh/known_hosts", "/export/home/<name>/mail", "~<name>/inbox"),
    "UNC path": ("\\\\fileserver\\<plain>\\share\\x.doc", "\\\\?\\C:\\<plain>\\deep\\file"),
    "WSL path": ("/mnt/c/Users/<name>/src", "\\\\wsl$\\Ubuntu\\home\\<name>\\src"),
    "file URL": ("file:///home/<name>/site/index.html", "file:///C:/Users/<name>/a.txt"),
    "relative path": ("../<plain>/secrets.yaml", "./clients/<plain>/invoice.pdf", "~/<plain>/x"),
    "IPv4 address": ("<ipv4>", "<ipv4>:5432", "http://<ipv4>/"),
    "IPv6 address": ("<ipv6>", "[<ipv6>]:443", "<ipv6>: down"),
    "MAC address": ("<mac>",),
    "phone number": ("<phone>",),
    "card number": ("<card>",),
    "IBAN": ("<iban>", "<grouped>"),
    "UUID": ("<uuid>",),
    "prompt in quotes": (
        '"please <words> for <name>"',
        "prompt: 'rewrite <words> and <words>'",
        'open "please <words> for <name>',
    ),
    "prompt": (
        "prompt: rewrite <words>",
        "user said: no, <words>",
        "<user_query>please <words></user_query>",
    ),
    "encoded": ("path=%2Fhome%2F<name>%2Fwork", "user%3D<plain>%26x%3D1"),
}
KINDS = {**STRICT, **WIDE, **framed_texts.FORMS}
UNSEEN = {**unseen_texts.FORMS, **unseen_frames.FORMS}

# What can be the name of a function, in every language.
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "token-like key": ("load_<mixed>", "<mixed>_handler"),
    "long hex": ("step_<hex>", "_<hex>"),
    "phc_ key": ("ph" + "c_<mixed>",),
}

# What stands around a secret, and the words of it that help.
_MESSAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ENOENT: no such file or directory, open {}", ("ENOENT", "no such file or directory")),
    ("EACCES: permission denied, open {}", ("EACCES", "permission denied")),
    ("Failed to process {}: unexpected end of input", ("Failed to process", "unexpected end")),
    ("request failed with status 401 ({})", ("request failed", "401")),
    ("Cannot parse {}", ("Cannot parse",)),
    ("invalid value: {}", ("invalid value",)),
    ("{} is not valid", ("is not valid",)),
    ("worker exited with code 1 after {}", ("worker exited", "code 1")),
    ("retry 3 of 5 failed: {} (timeout)", ("retry 3 of 5", "timeout")),
    ("could not connect: {}", ("could not connect",)),
    ("[sync] got {}, giving up", ("giving up",)),
)

_FRAMES: dict[Stack, str] = {
    "python": '  File "{path}", line {line}, in {function}\n    {source}\n',
    "node": "    at {function} ({path}:{line}:{column})\n",
    "bun": "      at {function} ({path}:{line}:{column})\n",
}
_TYPES = ("Error {}", "{}", "Failure<{}>", "RemoteError: {}")
_FUNCTIONS = ("run", "handleRequest", "flush_queue", "load", "<module>", "Worker.tick", "parse")


def texts_of(kind: str, seed: int, split: Split = "seen", first: int = 0) -> Text:
    """A message of ``kind`` with its secret in it; its canaries are numbered from ``first``."""
    rng = random.Random(f"{split}/{kind}/{seed}")  # noqa: S311 - a seed, not a secret
    around, keeps = rng.choice(_MESSAGES if split == "seen" else unseen_texts.MESSAGES)
    return Text(kind, around.format(_planted(_form(rng, kind, split), first)), keeps)


def _form(rng: random.Random, kind: str, split: Split) -> str:
    return rng.choice((KINDS if split == "seen" else UNSEEN)[kind])


def each_form(from_: int, to: int, first: int) -> Iterator[Text]:
    """Every secret that there is, in a few words; canaries are numbered from ``first``.

    A secret under a key stands behind a fault, too: what takes the key for the wrong value leaves
    what is under it.
    """
    forms = [(kind, template) for kind, templates in KINDS.items() for template in templates]
    texts = [(kind, f"Gave up on {template}", template) for kind, template in forms]
    texts += [(k, f"invalid value: {form}", form) for k, form in forms if _UNDER_A_KEY.match(form)]
    for kind, text, template in texts[from_:to]:
        yield Text(kind, _planted(text, first))
        first += len(set(_HOLE.findall(template)))


#: What people put around a secret: signs that a rule may take for structure, and leave alone.
WRAPPINGS = (
    *(
        "got {} again",
        "Ada <{}> wrote",
        "got <{}>;",
        "got ({})",
        "got [{}]",
        "got {{{}}}",
        "got '{}',",
        "got `{}`",
    ),
    *('got {{"to":"{}"}}', "got <to>{}</to>", "got {{'to': '{}'}}", "got to={}&from=us", "got {}."),
)
#: Of some kinds a shorter form, which a rule of length or of signs lets through.
_BRIEF: tuple[tuple[str, str], ...] = (
    ("long hex", "<digest>"),
    ("sk- key", "sk" + "-<brief>"),
    ("phc_ key", "ph" + "c_<brief>"),
    ("token-like key", "gh" + "p_<brief>"),
    ("URL query", "https://api.example.com/callback?<plain>"),
)


def wrapped(around: str, first: int) -> Iterator[Text]:
    """The first form of each kind of the list, and its short ones, with a sign on either side."""
    forms = [(kind, templates[0]) for kind, templates in STRICT.items()]
    for kind, template in (*forms, *_BRIEF):
        yield Text(kind, around.format(_planted(template, first)))
        first += len(set(_HOLE.findall(template)))


#: A word, and a value behind it.
_UNDER_A_KEY = re.compile(r"\w+ ?[:=] ?[\"']?<")


def shifted(text: Text, seed: int, cap: int, split: Split = "seen") -> Text:
    """The same after so much ordinary text that the cut at ``cap`` may fall anywhere in it."""
    rng = random.Random(f"{split}/shift/{text.kind}/{seed}")  # noqa: S311 - as above
    before = ""
    while len(before) < cap:
        before += ordinary(rng.randrange(10**6), split).text + "; "
    begin = max(0, cap - _before_the_cut(rng, text.text))
    # Up to a blank: half a word before the secret would be another secret.
    before = before[:begin].rpartition(" ")[0]
    return text._replace(text=f"{before} {text.text}", keeps=())


def behind_a_long_run(text: Text, seed: int, cap: int, split: Split = "seen") -> Text:
    """The same after a digest of such a length that a cut at ``cap`` may fall anywhere in it."""
    rng = random.Random(f"{split}/run/{text.kind}/{seed}")  # noqa: S311 - as above
    return halved(text, cap, _before_the_cut(rng, text.text))


def halved(text: Text, cap: int, left: int) -> Text:
    """The same after a digest of such a length that a cut at ``cap`` leaves ``left`` characters."""
    length = max(0, cap - left - len("got : "))
    return text._replace(text=f"got {('0f' * length)[:length]}: {text.text}", keeps=())


def _before_the_cut(rng: random.Random, text: str) -> int:
    """How much of ``text`` stands before a cut: any part of it, or a secret's first characters.

    The less there is left of a secret, the less looks like one.
    """
    anywhere, few = rng.randrange(len(text) + 40), rng.randrange(8, 24)
    holes = [match.start() for match in re.finditer(r"\{canary", text)]
    return rng.choice(holes) + few if holes and rng.random() < 0.5 else anywhere  # noqa: PLR2004 - half


def function_of(kind: str, seed: int, split: Split = "seen", first: int = 0) -> str:
    """The name of a function with a secret in it, as generated code has them."""
    rng = random.Random(f"{split}/function/{kind}/{seed}")  # noqa: S311 - as above
    return _planted(rng.choice(FUNCTIONS[kind]), first)


def stack_of(kind: str, seed: int, split: Split = "seen", first: int = 0) -> Text:
    """The stack of an error as a runtime prints it, with the secret of ``kind`` in it."""
    rng = random.Random(f"{split}/stack/{kind}/{seed}")  # noqa: S311 - as above
    message = texts_of(kind, seed, split, first)
    runtime = rng.choice(list(_FRAMES))
    spread = [rng.choice(("/usr/lib/app/main", "/opt/app/src/queue")) for _ in range(4)]
    if kind in {"home directory", "absolute path", "other home", "path with spaces", "WSL path"}:
        # As a directory: the name of a code file may stay.
        found = _planted(_form(rng, kind, split), first).strip("'\"")
        spread[rng.randrange(4)] = f"{found}/main"
    frames = [
        _FRAMES[runtime].format(
            path=f"{path}.{'py' if runtime == 'python' else 'ts'}",
            line=rng.randrange(1, 900),
            column=rng.randrange(1, 80),
            function=rng.choice(_FUNCTIONS if split == "seen" else unseen_texts.FUNCTIONS),
            source=f"call({message.text.splitlines()[0]})" if rng.random() < 0.3 else "run(job)",  # noqa: PLR2004 - a share
        )
        for path in spread
    ]
    if runtime == "python":
        lines = "Traceback (most recent call last):\n" + "".join(frames) + f"Error: {message.text}"
    else:
        lines = f"Error: {message.text}\n" + "".join(frames)
    return Text(kind, lines)


def type_of(kind: str, seed: int, split: Split = "seen", first: int = 0) -> Text:
    """The name of a class with a secret in it, as careless programs make them."""
    rng = random.Random(f"{split}/type/{kind}/{seed}")  # noqa: S311 - as above
    around = rng.choice(_TYPES if split == "seen" else unseen_texts.TYPES)
    return Text(kind, around.format(_planted(_form(rng, kind, split), first)))


def ordinary(seed: int, split: Split = "seen") -> Text:
    """What a program says without a secret: all of it is of use."""
    rng = random.Random(f"{split}/ordinary/{seed}")  # noqa: S311 - as above
    said = rng.choice(ordinary_texts.ORDINARY if split == "seen" else unseen_texts.ORDINARY)
    text = said.format(n=rng.randrange(2, 4_000), port=rng.randrange(10, 60))
    return Text("ordinary", text, (text,))


def each_ordinary() -> Iterator[Text]:
    """Everything that a program says here without a secret, once."""
    for said in (*ordinary_texts.ORDINARY, *ordinary_texts.PLAINLY):
        text = said.format(n=128, port=37) if "{n}" in said or "{port}" in said else said
        yield Text("ordinary", text, (text,))
    for said, keeps in ordinary_texts.BESIDE_A_PATH:
        yield Text("ordinary", said, keeps)


def _planted(template: str, first: int) -> str:
    """The template with its holes numbered; the same hole twice is the same secret."""
    numbers: dict[str, int] = {}

    def hole(match: re.Match[str]) -> str:
        number = numbers.setdefault(match[1], first + len(numbers))
        return f"{{canary:{number}:{match[1]}}}"

    return _HOLE.sub(hole, template)


Maker = Callable[[str, int, Split, int], Text]
MAKERS: dict[str, Maker] = {"message": texts_of, "stack": stack_of, "type": type_of}
