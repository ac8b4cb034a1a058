"""Data as other software prints it than what a redaction was tuned on.

Rule 1: none of this software stands in ``framed_texts``, and no sentence is changed because of what
a redaction makes of it: a figure is what it is.
Rule 2: as in ``error_texts``: a hole names the kind of secret that is drawn; no key stands here.
"""

from __future__ import annotations

FORMS: dict[str, tuple[str, ...]] = {
    "row of a database": (
        "Node(4) already exists with label `User` and property `name` = '<name>'",
        'Constraint Error: Duplicate key "name: <name>" violates unique constraint',
        "Numeric value '<name>' is not recognized",
        "Conversion Error: Could not convert string '<name>' to INT32",
        "Bad int64 value: <name>",
        "ORA-20001: customer <name> is locked",
        'Invalid STRING constant (<name>) for "id" of type uuid',
        "Document failed validation: { name: '<name>', age: -1 }",
    ),
    "value that a parser quotes": (
        "Unexpected JSON token at offset 0: Expected start of the object, but had '<name>' instead",
        "invalid TOML value, did you mean to use a quoted string instead of <name>?",
        "malformed number near '<name>'",
        "The given data was not valid JSON: unexpected text '<name>' around line 1",
        'value "<name>" does not conform to the format date-time',
        "could not parse '<name>' as a decimal",
        'Cannot coerce "<name>" to a Boolean',
    ),
    "value that Python quotes": (
        "Unknown string format: <name>",
        "ZoneInfoNotFoundError: 'No time zone found with key <name>'",
        "InvalidOperation: could not read '<name>' as a decimal",
        "BadZipFile: File name in directory '<name>' and header b'<name>' differ.",
        "not a directory: '<name>'",
        "ValueError: invalid mode: '<name>'",
    ),
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
    "line of a settings file": (
        'set imap_pass = "<name>"',
        "[smtp.example.org]:587 <name>:<plain>",
        "ansible_become_pass: <name>",
        '<add key="ClearTextPassword" value="<name>" />',
        "admin_password = <plain>",
        'user => "<name>"',
        "set -gx TEAM_OWNER <name>",
        "env[SMTP_LOGIN] = '<name>'",
        '<property name="connection.password"><name></property>',
        '<user username="<name>" password="<plain>" roles="admin"/>',
        "default_pass = <name>",
        "<name> * <plain> *",
        'KafkaClient { username="<name>" password="<plain>"; };',
        "cache_peer proxy.example.org parent 3128 0 login=<name>:<plain>",
        'oper <name> { password "<plain>"; }',
        "register <name> example.org <plain>",
        "DBPassword=<name>",
        "wpa_passphrase=<name>",
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
