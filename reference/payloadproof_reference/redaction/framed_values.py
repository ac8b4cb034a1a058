"""What databases, parsers and Python itself print of the data that they were given.

Each row: the software, its sentence with ``{}`` for the data, and the pattern, whose groups are the
data. The rules are those of ``frames``.
"""

from __future__ import annotations

from payloadproof_reference.redaction.frames import frame as _F  # noqa: N812 - a row of a table

_DATABASES = (
    _F(
        "PostgreSQL",
        "Key (tenant, email)={} already exists.",
        r"\bKey \([^)\n]{1,200}\)="
        r"(?:(\([^\n]*?\))(?: (?:already|is|conflicts|was)\b|[.;,\"]|\s*$)|(\([^\n]*))",
    ),
    _F("PostgreSQL", "Failing row contains {}", r"Failing row contains (GROUP)"),
    _F(
        "PostgreSQL",
        "invalid input syntax for type uuid: {}",
        r"invalid input (?:syntax|value) for [\w .]{1,60}: (QQ)",
    ),
    _F("PostgreSQL", "date/time field value out of range: {}", r"out of range: (QQ)"),
    _F(
        "PostgreSQL",
        "value {} is out of range for type integer",
        r"\b[Vv]alue (QQ) (?:is|was|does|too|could|cannot|can't)\b",
    ),
    _F("PostgreSQL", "COPY users, line 3, column email: {}", r"\bCOPY \w+, line [^:\n]+: (REST)"),
    _F("PostgreSQL", "syntax error at or near {}", r"at or near (QQ)"),
    _F("PostgreSQL", "LINE 1: {}", r"\bLINE [0-9]+: (REST)"),
    _F(
        "MySQL",
        "Duplicate entry {} for key 'users.email'",
        r"Duplicate entry (?:('.*?') for key|(QQ))",
    ),
    _F(
        "MySQL",
        "Incorrect integer value: {} for column 'age' at row 1",
        r"(?i)\b(?:truncated )?incorrect [\w ]{1,30} value: (QQ)",
    ),
    _F("MySQL", "the right syntax to use near {}", r"syntax to use near ('.*?)(?: at line|$)"),
    _F(
        "MySQL",
        "Access denied for user {}@{} (using password: YES)",
        r"denied for user (QQ)@(QQ)",
    ),
    _F("MongoDB", "E11000 duplicate key error dup key: {}", r"\bdup key: (GROUP)"),
    _F("MongoDB", "keyValue: {}", r"\bkeyValue[\"']?\s*[:=]\s*(GROUP)"),
    _F("SQL Server", "The duplicate key value is {}.", r"duplicate key value is (GROUP)"),
    _F(
        "SQL Server",
        "Conversion failed when converting the varchar value {} to data type int.",
        r"converting (?:the|from) [\w ]{1,30} (?:value )?(QQ) to\b",
    ),
    _F("SQL Server", "Truncated value: {}.", r"(?i)truncated value: (QQ)"),
    _F("SQLAlchemy", "[parameters: {}", r"(?i)\bparam(?:eter)?s(?::| =|=) ?(GROUP|\$1[^\n]*)"),
    _F(
        "SQL",
        "INSERT INTO notes (title) VALUES {}",
        r"(?i)\bvalues ?(\([^\n]*\)|\([^\n]*)",
    ),
    _F(
        "SQL",
        "SELECT id FROM users WHERE email = {}",
        r"(?i)\b(?:where|set|and|or|having|on|when|then)\s+[\w.\"`]{1,80}"
        r"\s*(?:=|<>|!=|<=|>=|<|>|\bi?like\b)\s*(QQ)",
    ),
    _F("Hibernate", "binding parameter [1] as [VARCHAR] - {}", r"as \[\w+\] - (\[[^\]\n]*\]?)"),
    _F("Rails", "Couldn't find User with 'id'={}", r"Couldn't find [^\n=]{1,80}=(WW)"),
    _F("Django", "Field 'id' expected a number but got {}.", r"\bbut (?:got|was|received):? (QQ)"),
    _F("Elasticsearch", "Preview of field's value: {}", r"Preview of field's value: (REST)"),
    _F("Elasticsearch", "in document with id {}.", r"\b(?:document|record|row) with id:? (WW)"),
    _F("Redis", "with args beginning with: {}", r"args beginning with: (REST)"),
    _F("ClickHouse", "Cannot parse string {} as UInt64", r"(?i)parse (?:\w+ )?(QQ) as\b"),
    _F(
        "database drivers",
        "row: {}",
        r"(?i)\b(?:values?|row|record|tuple|args|arguments|bindings?|payload|document|fields)"
        r"(?::| =|=) ?(\([^\n]*\)|\{[^\n]*\}|\[[^\n]*\]|[({\[][^\n]*)",
    ),
)
_PARSERS = (
    _F(
        "Pydantic",
        "Input should be a valid integer [type=int_parsing, input_value={}, input_type=str]",
        r"input_value=(.*?)(?:, input_type=|$)",
    ),
    _F(
        "V8",
        "Unexpected token 'r', {} is not valid JSON",
        r"Unexpected (?:token|non-whitespace character|identifier|string)[^\n\"]{0,40}?,?"
        r" ?(?:\.\.\.)?(\"[^\n]*\")(?:\.\.\.)? is not valid JSON",
    ),
    _F("V8", "Unexpected token {} in JSON at position 3", r"Unexpected token (\S{2,}) in JSON"),
    _F(
        "JavaScriptCore",
        "JSON Parse error: Unexpected identifier {}",
        r"Unexpected (?:identifier|token|string|keyword|number) (QQ)",
    ),
    _F(
        "Jackson",
        "Unrecognized token {}: was expecting a JSON value",
        r"(?i)(?:unrecognized|unrecognised|unexpected|illegal) (?:token|value|character|literal"
        r"|input|text|word|keyword)s?:? (?:at |near |in )?(QQ)",
    ),
    _F("Jackson", "from String {}: not a valid value", r"\bfrom [Ss]tring:? (QQ)"),
    _F("Jackson", "at [Source: {}; line: 1, column: 4]", r"\[Source: ([^\n]*?)(?:;|$)"),
    _F("Java", "For input string: {}", r"(?i)\b(?:input|from) string:? (QQ)"),
    _F("Java", "Unparseable date: {}", r"(?i)\b(?:un|not )parse?able [\w ]{1,20}: (QQ)"),
    _F(
        "Java",
        "Text {} could not be parsed at index 0",
        r"\b(?:[Tt]ext|[Ss]tring|[Ii]nput|[Vv]alue|[Tt]oken|[Ll]iteral|[Ww]ord) (QQ)",
    ),
    _F("Java", "No enum constant {}", r"No enum constant (\S+)"),
    _F("Go", "strconv.Atoi: parsing {}: invalid syntax", r"\bpars(?:e|ing)(?: time| date)? (QQ)"),
    _F(
        "serde",
        "invalid type: string {}, expected u16",
        r"invalid (?:type|value|length): [\w ]{1,30} (QQ)",
    ),
    _F("serde", "unknown variant {}, expected one of", r"unknown (?:variant|value) (QQ)"),
    _F(
        ".NET",
        "The input string {} was not in a correct format.",
        r"HEAD(QQ) was not (?:in a correct|recogni[sz]ed as|expected|understood)",
    ),
    _F("Ruby", "invalid value for Integer(): {}", r"\bvalue for \w+\(\)?\)?: (QQ)"),
    _F("Ruby", "unexpected token at {}", r"unexpected (?:token|character|end) (?:at|near) (REST)"),
    _F("Ruby", "invalid date: {}", r"invalid (?:date|time|number|format|string|value|input): (QQ)"),
    _F("PyYAML", "line 3, column 7:\n    {}", r"line [0-9]+, column [0-9]+:\n[ \t]+(REST)"),
    _F(
        "Zod",
        "Expected 'admin' | 'guest', received {}",
        r"(?i)\b(?:received|got|found|saw|actual|given|provided|supplied|was)(?: value)?:? (QQ)",
    ),
    _F("Zod", '"received": {}', r"(?i)\"(?:received|value|input|actual|data)\"\s*:\s*(QQ)"),
    _F("Joi", "with value {} fails to match", r"\bwith (?:the )?value:? (QQ)"),
    _F(
        "argparse",
        "argument --port: invalid int value: {}",
        r"\binvalid [\w.<>]{1,30} value:? (QQ)",
    ),
    _F("argparse", "invalid choice: {} (choose from", r"\binvalid choice:? (QQ)"),
    _F(
        "argparse",
        "unrecognized arguments: {}",
        r"(?i)\b(?:unrecogni[sz]ed|unexpected|extra|unknown|too many) (?:extra )?arguments?"
        r"(?:: | \()(REST)",
    ),
    _F("clap", "invalid value {} for '--port <PORT>'", r"(?i)\binvalid (?:value|argument) (QQ)"),
    _F(
        "Click",
        "Invalid value for '--port': {} is not a valid integer.",
        r"HEAD(QQ) (?:(?:does not|did not|doesn't|didn't) match|(?:is not|isn't)(?: an?)?"
        r" (?:valid|in|of|one|any|numeric|number|integer|float|boolean|date|unique))\b",
    ),
)
_PYTHON = (
    _F("Python", "KeyError: {}", r"\bKeyError: ([^\s(][^\n]*)"),
    _F("Python", "{}", r"\A\s*(QQ)\s*\z"),
    _F("Python", "invalid literal for int() with base 10: {}", r"literal for [^:\n]{1,40}: (QQ)"),
    _F("Python", "could not convert string to float: {}", r"(?i)convert [\w ]{1,40}: (QQ)"),
    _F(
        "Python",
        "[Errno 2] No such file or directory: {}",
        r"\[(?:Errno|WinError) -?[0-9]+\] [^:'\"\n]{1,80}: (QQ|[^\s'\"]\S*)(?: -> (QQ))?",
    ),
    _F("Python", "No such file or directory: {}", r"(?i)no such (?:file|dir)[a-z ]*: (WW)"),
    _F("Python", "time data {} does not match format", r"\btime data (QQ) does not match"),
    _F("Python", "Invalid isoformat string: {}", r"(?i)\b\w{1,20} string: (QQ)"),
    _F(
        "Python",
        "Command {} returned non-zero exit status 1.",
        r"Command ('.*?'|\[[^\n]*?\]|\"[^\"\n]*\"|'[^\n]*)"
        r"(?: returned| timed out| died| failed| exited|$)",
    ),
    _F("Python", "assert {} == {}", r"\bassert (QQ|\S+) (?:==|!=|in|not in|is|is not) (QQ|\S+)"),
    _F(
        "unittest",
        "AssertionError: {} != {}",
        r"HEAD(QQ) (?:!=|==|===|!==|not found in|not equal to|to equal|to be) (QQ)",
    ),
    _F("Chai", "expected {} to equal {}", r"\bexpected (QQ) (?:to|not) [a-z ]{2,30} (QQ)"),
    _F("Jest", "Expected: {}", r"\b(?:Expected|Received|Actual):\s+(QQ)"),
)

FRAMES = (*_DATABASES, *_PARSERS, *_PYTHON)
