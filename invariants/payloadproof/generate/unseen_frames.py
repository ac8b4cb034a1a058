"""Data as other software prints it than what a redaction was tuned on.

Rule 1: none of this software stands in ``framed_texts``, and no sentence is changed because of what
a redaction makes of it: a figure is what it is.
Rule 2: as in ``error_texts``: a hole names the kind of secret that is drawn; no key stands here.
"""

from __future__ import annotations

#: Placeholders, by who wrote the rules: wordings of somebody who saw none take their place.
FRESH: dict[str, tuple[str, ...]] = {
    "row of a database": (
        "the stored note `<name>` breaks the rule of one note for each day",
        "cannot bind '<name>' to a numeric parameter",
    ),
    "value that a parser quotes": (
        "cannot read '<name>' as a weight",
        'stray text "<name>" behind the last record',
    ),
    "value that Python quotes": (
        "ValueError: '<name>' is no known unit",
        "LookupError: unknown encoding: <name>",
    ),
    "line of a settings file": (
        "kettle.owner = <name>",
        "heater_password <name>",
    ),
}
FORMS: dict[str, tuple[str, ...]] = {
    **FRESH,
    "body of a request": (
        "Request failed with status code 422, data: { detail: '<name>' }",
        'server replied 500: "<name> is <plain>"',
        "could not resolve address: <name>",
        "Expected BEGIN_OBJECT but was STRING, raw response: '<name>'",
        'unexpected response payload "<name>"',
    ),
    "echo of a provider": (
        'invalid request: message: "<name>" is longer than allowed',
        "the token <plain> has been disabled",
        "quota exceeded for project '<name>'",
        "safety filter stopped the prompt: <words>",
        "[{'role': 'user', 'parts': [{'text': '<name>'}]}]",
        "workspace <plain> has no credits",
    ),
    "key in quotes": (
        "{'passphrase': '<name>'}",
        "rabbit_pass: '<name>'",
        'MAIL_PASSWORD="<name>"',
        '"login" : "<name>"',
        "owner => '<name>'",
        "FTP_PASS = <name>",
        'api_secret: "<name>"',
    ),
    "text between tags": (
        "<user_note>please <words></user_note>",
        "<Message><words></Message>",
        '<Summary lang="en"><words></Summary>',
        "human: <words>",
        "summary: <words>",
    ),
    "folder named after another": (
        "-home-<name>-work-app is missing",
        "D--Users-<name>-notes is locked",
        "C:\\Users\\x\\OneDrive - <name> AG\\plan.xlsx",
    ),
}
