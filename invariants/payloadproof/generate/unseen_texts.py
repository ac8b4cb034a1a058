"""Wordings that nobody tunes a redaction on: carriers, forms of secrets, ordinary texts.

Rule 1: none of these stands in ``error_texts`` too, and none is changed because of what a redaction
makes of it: a figure is what it is.
Rule 2: as there: no whole key stands here, and a hole names the kind of secret that is drawn.
"""

from __future__ import annotations

FORMS: dict[str, tuple[str, ...]] = {
    "home directory": (
        "/home/<name>/projects/site/dist/bundle.map",
        "/Users/<name>/.npm/_logs/debug-0.log",
        "C:/Users/<name>/Documents/report.docx",
        "cwd=/home/<name>/work",
    ),
    "absolute path": (
        "/etc/<plain>/service.conf",
        "/data/<plain>/shard-7/part-00001",
        "E:\\backup\\<plain>\\2024\\dump.sql",
        "/usr/local/share/<plain>",
    ),
    "e-mail": (
        "mailto:<name>@example.org",
        "<<name>@example.com>",
        "<name>-<name>@sub.example.net",
    ),
    "sk- key": ("apiKey=sk" + "-<mixed>", "'sk" + "-svcacct-<token>'"),
    "phc_ key": ("key ph" + "c_<token>", '"ph' + 'c_<mixed>"'),
    "token-like key": ("X-Token <mixed>", "#access_token=<mixed>", "[<mixed>]"),
    "JWT": ("jwt=ey" + "JhbGciOiJSUzI1NiJ9." + "ey" + "JpZCI6<token>.<token>",),
    "long hex": ("etag W/<hex>", "digest: sha1:<hex>", "{<hex>}"),
    "URL query": (
        "https://files.example.net/d?sig=<plain>&exp=1",
        "ws://localhost:9229/socket?session=<plain>",
        "http://example.com/?<plain>",
    ),
    "short JWT": ("token ey" + "J<name>.<name>.<name>",),
    "GitHub key": ("https://gh" + "p_<token>@github.com/x/y.git", "gh" + "s_<token>"),
    "GitLab key": ("PRIVATE-TOKEN: gl" + "pat-<token>",),
    "Slack key": ("xo" + "xp-<digits>-<digits>-<digits>-<hex>",),
    "AWS key": ("AS" + "IA<upper>", "AWS_SECRET_ACCESS_KEY: <mixed>"),
    "Google key": ("?key=AI" + "za<token>", "ya" + "29.<token>"),
    "Stripe key": ("rk" + "_live_<token>",),
    "token like a word": ("ref=<consonants>", "job <syllables> failed", "trace: <span>"),
    "npm or Hugging Face key": ("//npm.example.org/:_authToken=np" + "m_<token>",),
    "DSN": (
        "mysql+pymysql://<name>:<plain>@10.0.0.5/app",
        "amqp://<name>:<plain>@queue:5672//",
        "Server=db;User Id=<name>;Password=<plain>;",
    ),
    "header": (
        "'authorization': 'Bearer <plain>'",
        "Proxy-Authorization: Basic <base64>",
        "> X-Goog-Api-Key: <plain>",
    ),
    "cookie": ("document.cookie = 'sid=<plain>'", "Cookie2: auth=<plain>; lang=<name>"),
    "curl command": (
        "curl --user <name>:<plain> -X PUT https://api.example.com/",
        "wget --header='Authorization: Bearer <plain>' https://example.com/f",
        "psql postgresql://<name>:<plain>@db.example.com/app",
    ),
    "environment dump": (
        "process.env = { HOME: '/home/<name>', SECRET_KEY: '<plain>' }",
        "STRIPE_KEY=<plain> NODE_ENV=production npm start",
        "OWNER_NAME=<name>\nDEBUG=0",
    ),
    "password": (
        "Access denied (using password: '<plain>')",
        "pwd=<name>",
        'wrong password "<plain>" given',
        "secret is '<name>'",
    ),
    "user or host": (
        "permission denied for user '<name>'",
        'role "<name>" does not exist',
        "getaddrinfo ENOTFOUND <name>.internal",
        "ssh <name>@build-3.example.com",
    ),
    "PEM": (
        "-----BEGIN RSA " + "PRIVATE KEY-----\\n<base64>\\n-----END RSA " + "PRIVATE KEY-----",
        "-----BEGIN OPENSSH " + "PRIVATE KEY-----\n<base64>",
    ),
    "source line": (
        '\n  File "main.py", line 3, in run\n    send("<words>")\nKeyError: 1',
        "\n> 41 |   const prompt = `<words>`\n     |         ^\n",
    ),
    "path with spaces": (
        "'/Volumes/Time Machine/<words>.pdf'",
        '"D:\\My Files\\<plain>\\list.xlsx"',
        "file '/home/<name>/Bilder/Sommer am See.jpg'",
    ),
    "other home": ("/root/<plain>/id", "/var/home/<name>/app", "~<name>/public_html/index.php"),
    "UNC path": ("\\\\nas01\\<plain>\\video.mkv", "//server/<plain>/share"),
    "WSL path": ("/mnt/d/<plain>/repo", "\\\\wsl.localhost\\Debian\\home\\<name>\\x"),
    "file URL": (
        "file://localhost/home/<name>/x.html",
        "vscode-file://vscode-app/Users/<name>/a.js",
    ),
    "relative path": ("src/<plain>/notes.txt", "..\\<plain>\\data.csv", "./<plain>.key"),
    "IPv4 address": ("from <ipv4> port 22", "tcp://<ipv4>:2375", "peer=<ipv4>;"),
    "IPv6 address": ("http://[<ipv6>]:8080/", "addr <ipv6>%eth0"),
    "MAC address": ("ether <mac>", "device (<mac>)"),
    "phone number": ("tel:<phone>", "Phone <phone>."),
    "card number": ("card=<card>", "PAN <card> declined"),
    "IBAN": ("IBAN: <iban>", "account <grouped> is closed"),
    "UUID": ("request_id=<uuid>", "session {<uuid>}"),
    "prompt": (
        "user message: <words>",
        "input = please <words>",
        "<system-reminder>do <words></system-reminder>",
    ),
    "prompt in quotes": (
        '{"role":"user","content":"could you <words>"}',
        "no tool matches `find the <words>`",
        "“why does <words> fail”",
    ),
    "encoded": ("redirect=https%3A%2F%2Fexample.com%2F<plain>", "%7B%22user%22%3A%22<name>%22%7D"),
}

MESSAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("EISDIR: illegal operation on a directory, read {}", ("EISDIR", "illegal operation")),
    ("spawn {} ENOENT", ("spawn", "ENOENT")),
    ("Unable to load {} because it has expired", ("Unable to load", "has expired")),
    ("unexpected response from {}", ("unexpected response",)),
    ("{}: permission denied", ("permission denied",)),
    ("Error while handling {} after 3 attempts", ("Error while handling", "after 3 attempts")),
    ("assertion failed: left == right ({})", ("assertion failed",)),
    ("HTTP 400: {} was rejected", ("HTTP 400", "was rejected")),
    ("while reading {}, a timeout occurred", ("while reading", "a timeout occurred")),
    ("panicked at {} (os error 2)", ("panicked at", "os error 2")),
)

ORDINARY: tuple[str, ...] = (
    "Cannot destructure property 'id' of undefined",
    "socket hang up after {n} ms",
    "SyntaxError: Unexpected end of JSON input",
    "database disk image is malformed",
    "object of type 'NoneType' has no len()",
    "HTTP 429 Too Many Requests",
    "job {n} was cancelled after 30 s",
    "the queue is full ({n} of {n} items)",
    "expected 2 arguments, got 3",
    "hook exited with status {port}",
    "context window exceeded by {n} tokens",
    "no such column: created_at",
    "invalid literal for int() with base 10",
    "TLS handshake failed",
    "write EPIPE",
    "dictionary changed size during iteration",
    "worker did not answer within {n} ms",
    "Bun v1.2.{port} is too old",
    "token expired",
    "user is not allowed to do this",
    "connection pool exhausted (max {port})",
    "cannot import name 'Protocol'",
    "Maximum call stack size exceeded",
    "migration 12 failed: table already exists",
    "port 37777 is already in use",
    "unknown model family: opus",
    "the stream ended after {n} bytes",
    "compression level must be between 0 and 9",
    "Chroma collection has {n} documents, expected {port}",
    "permission denied",
)

FUNCTIONS: tuple[str, ...] = (
    "main",
    "onMessage",
    "drain_once",
    "fetch",
    "Queue.push",
    "visit",
    "_",
)
TYPES: tuple[str, ...] = ("{} failed", "HttpError[{}]", "sqlite3.Error: {}", "Could not use {}")
