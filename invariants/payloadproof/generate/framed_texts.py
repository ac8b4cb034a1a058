"""Data as software prints it: rows, values, settings, in sentences that stay the same.

Rule 1: as in ``error_texts``: a hole names the kind of secret that is drawn; no key stands here.
Rule 2: what is data is one or two ordinary words. Only where they stand says what they are.
Rule 3: this is the side to tune on. The other one, ``unseen_frames``, is of other software.
"""

from __future__ import annotations

FORMS: dict[str, tuple[str, ...]] = {
    "row of a database": (
        "Key (tenant, email)=(<name>, <plain>) already exists.",
        "Failing row contains (17, <name>, rename <words>, null).",
        "Duplicate entry '<name>' for key 'users.email'",
        'E11000 duplicate key error collection: app.users dup key: { name: "<name>" }',
        "[SQL: INSERT INTO notes (title) VALUES (?)]\n[parameters: ('<name>', '<plain>')]",
        'invalid input syntax for type uuid: "<name>"',
        "SELECT id FROM notes WHERE title = '<name>'",
        "The duplicate key value is (<name>, 4).",
    ),
    "value that a parser quotes": (
        "Input should be a valid integer [type=int_parsing, input_value='<name>', input_type=str]",
        "Unexpected token 'r', \"<name> is\" is not valid JSON",
        'For input string: "<name>"',
        'strconv.Atoi: parsing "<name>": invalid syntax',
        'invalid type: string "<name>", expected u16 at line 3',
        "Expected 'admin' | 'guest', received '<name>'",
        "argument --port: invalid int value: '<name>'",
        "invalid value '<name>' for '--port <PORT>'",
        "the reader stopped after '<name>'",
    ),
    "value that Python quotes": (
        "KeyError: '<name>'",
        "invalid literal for int() with base 10: '<name>'",
        "could not convert string to float: '<name>'",
        "[Errno 2] No such file or directory: '<name>'",
        "Command '['tool', '-p<name>']' returned non-zero exit status 1.",
        "time data '<name>' does not match format '%Y-%m-%d'",
        "'<name>' is not in list",
    ),
    "body of a request": (
        'response body: {"message": "<name>"}',
        "body=b'<name> is <plain>'",
        "getaddrinfo ENOTFOUND <name>",
        "HTTPConnectionPool(host='<name>', port=443): Max retries exceeded with url: /<plain>?x=1",
        "dial tcp: lookup <name> on <ipv4>:53: no such host",
    ),
    "echo of a provider": (
        '{"role": "user", "content": "<name>"}',
        "content='<name> <name>', role='user'",
        "Incorrect API key provided: ab12****<plain>.",
        "the key ending in '<name>' was revoked",
        "in organization org-<plain> on tokens per min",
        "flagged by policy: <words>",
    ),
    "key in quotes": (
        '{"pass":"<name>"}',
        "db_pass=<name>",
        "SMTP_PASS: <name>",
        'username="<name>"',
        "sessions.project='<name>'",
        "REDIS_AUTH = <name>",
        "password=''<name>''",
        '{\\"password\\":\\"<name>\\"}',
    ),
    "line of a settings file": (
        "define('DB_PASSWORD', '<name>');",
        "machine example login <name> password <plain>",
        "client-key-data: <base64>",
        "<Password><name></Password>",
        "db:5432:main:<name>:<plain>",
        "['mysql', '-p<name>']",
        "CN=<name>,DC=example,DC=org",
        "arn:aws:iam::<digits>:user/<name>",
    ),
    "text between tags": (
        "<next_steps>please <words></next_steps>",
        "<Setting><name></Setting>",
        '<p class="x">please <words></p>',
        "<next_steps>please <words>",
        "title: <words>",
        "assistant: <words>",
    ),
    "folder named after another": (
        "no session in -Users-<name>-code-app",
        "C--Users-<name>-code is locked",
        "D:\\OneDrive - <name> GmbH\\q\\x.docx",
    ),
}
