"""What parsers print of the values that they were given.

The rows are those of ``framed_rows``.
"""

from __future__ import annotations

from payloadproof_reference.redaction.frames import frame as _F  # noqa: N812 - a row of a table

FRAMES = (
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
        whole=True,
    ),
    _F("V8", "Unexpected token {} in JSON", r"Unexpected token (\S{2,}) in JSON", whole=True),
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
    _F(
        "V8",
        "Cannot convert {} to a BigInt",
        r"(?i)\bconvert (?:value |string |the value |the string )?(WW) (?:to|into|with) (?:an?"
        r"|type|the|\w+\d+|int|long|bool\w*|number|float|double)\b",
    ),
    _F("V8", "Cannot convert undefined or {} to object", r"undefined or (QQ) to"),
    _F("Node", "{ code: 'ERR_INVALID_URL', input: {} }", r"\binput: (QQ)"),
    _F(
        "Node",
        "Received type string {}",
        r"\b(?:type|value|an instance of|of type) \w+ (\([^\n)]*\)?)",
    ),
    _F(
        "JavaScript",
        "{} can't be parsed as ISO 8601",
        r"HEAD(QQ) (?:can't|cannot|can not|could not|couldn't|failed to|does not|doesn't|did not|is"
        r" unable to) (?:be (?:parsed|converted|cast|decoded|read|represented|interpreted|coerced"
        r"|matched|mapped|understood|used|resolved to|deserialized)|parse|convert|match|appear"
        r"|look|start with|begin|end with|contain|fit|conform|decode|represent|satisfy|equal)",
    ),
    _F("moment", "_i: {}, _f: undefined", r"\b_i: ([^\n]*?)(?:, _|$)"),
    _F("js-yaml", "unknown tag !<{}>", r"\btag !<?(<\w+>|[^\s<>]+)"),
    _F(
        "dateutil",
        "Unknown string format: {}",
        r"(?i)\b(?:string format|contain a date|out of range for month|unable to parse|no protocol"
        r"|unknown protocol|failed to parse|data remains|number format|be parsed|not parse"
        r"|not a date|not a number|invalid format): (REST)",
    ),
    _F(
        "pendulum",
        "Unable to parse string [{}]",
        r"(?i)\b(?:string|value|input|text|date|key|argument|element|constant) \[([^\]\n]*)",
    ),
    _F(
        "Luxon",
        "the input {}",
        r"(?i)\b(?:input|data|content|sequence|substring|part|line|cell|entry|number|digit|literal"
        r"|expression|date|timestamp|time|url|uri|address|hostname|email|uuid|integer|float"
        r"|identifier|amount|duration|unit|offset|time ?zone|locale) (QQ)",
    ),
    _F(
        "zoneinfo",
        "No time zone found with key {}",
        r"(?i)\btime ?zone(?: found)?(?: with key| id| name)?:? (WW)(?:END|: )",
    ),
    _F("Go", "cannot unmarshal !!str {} into int", r"\bunmarshal (?:!!\w+|\w+) (WW) into"),
    _F(
        "Go",
        "address {}: missing port in address",
        r"\baddress (\S+): (?:missing|too many|unknown|invalid)",
    ),
    _F(
        "Go",
        "ParseAddr({}): unable to parse IP",
        r"\b(?:[Pp]arse|[Dd]ecode|[Cc]onvert|to|from|read|binary_to|list_to"
        r"|string_to)_?\w*\(((?:QQ)(?:, ?[^\n()]*)?)\)",
    ),
    _F(
        "Go",
        "open {}: no such file or directory",
        r"\b(?:open|stat|lstat|mkdir|remove|unlink|unlinkat|chdir|readlink|rename|fork/exec|read"
        r"|write|chmod|access|rmdir|symlink|link) (\S+): (?:no such|permission|file exists|is a"
        r"|not a|operation|invalid|input|device|read-only|too many|directory)",
        whole=True,
    ),
    _F(
        "Rust",
        "Custom { kind: InvalidData, error: {} }",
        r"\bkind: \w+, (?:error|message|value|input): (QQ)",
    ),
    _F(
        "Rust",
        "called `Result::unwrap()` on an `Err` value: ParseError({})",
        r"\b[A-Z]\w+(?:Error|Err|Failed|Failure|Invalid\w*|Unknown\w*|NotFound|Missing\w*"
        r"|Unexpected\w*)\((QQ)",
    ),
    _F(
        "Rust",
        "left: {}",
        r"(?:^|\s)(?:left|right|lhs|rhs|expected|actual|got|want|have|found"
        r"|received)(?: value)?(?::|=| =) ?(QQ)",
    ),
    _F("uuid", "found `{}` at 1", r"\bfound `([^`\n]*)`"),
    _F("Java", "Illegal character in path at index 5: {}", r"\bat index [0-9]+: (REST)"),
    _F(
        "Java",
        "Invalid ID for region-based ZoneId, invalid format: {}",
        r"\binvalid format: (REST)",
    ),
    _F(
        "Java",
        "Key {} is missing in the map.",
        r"\b[Kk]ey (WW) (?:is missing|is not present|was not (?:found|present)|not found"
        r"|does not exist|doesn't exist|already|is already|missing)",
    ),
    _F(
        "Java",
        "key not found: {}",
        r"(?i)\b(?:key|entry|element|item|record|id|value|user|name|record|row|member|object"
        r"|document|entity|resource)s? (?:not found|already exists|does not exist|missing|unknown"
        r"|duplicated?)(?: in [\w ]{1,20}| for [\w ]{1,20})?: (REST)",
    ),
    _F("Jackson", "Unrecognized field {} (class shop.User)", r"Unrecognized field (QQ)"),
    _F(
        "kotlinx",
        "JSON input: {}",
        r"\b(?:JSON|XML|YAML|CSV|TOML|[Rr]aw|[Uu]ser|[Oo]riginal) (?:input|text|string|document"
        r"|data|content|value|line|body)(?: was)?: (REST)",
    ),
    _F("kotlinx", "but had {} instead", r"\b(?:had|have|has|got|was|found|saw|read) (QQ)"),
    _F(
        "OpenCSV",
        "Conversion of {} to java.lang.Integer failed",
        r"(?i)\b(?:conversion|parsing|cast|coercion|decoding) of (WW) (?:to|as|into|failed)",
    ),
    _F(
        ".NET",
        "The given key {} was not present in the dictionary.",
        r"\b(?:[Gg]iven|[Rr]equested|[Ss]pecified|[Pp]rovided|[Ss]upplied|[Ss]ame|[Mm]issing"
        r"|[Uu]nknown|[Ii]nvalid) (?:\w+ ){0,2}(?:key|value|name|user|string|date|id|index"
        r"|identifier|entry|item):? (QQ) (?:was|is|does|has|already|could|cannot)\b",
    ),
    _F(
        ".NET",
        "Could not convert string to integer: {}. Path 'age'",
        r"(?i)\b(?:convert \w+ to [\w.]{1,30}|parsing value|reading [\w.]{1,20}): ?(.+?)(?:\. Path"
        r"|$)",
    ),
    _F(".NET", "has already been added. Key: {}", r"already been added\.? Key: (REST)"),
    _F(".NET", "Actual value was {}.", r"(?i)\bactual value(?: was| is|:) (REST)"),
    _F(
        ".NET",
        "Could not find file {}",
        r"\b[Ff]ind (?:file|a part of the path|document|resource|entry|key|item|record"
        r"|user) (WW)END",
    ),
    _F("PHP", "Undefined array key {}", r"\bUndefined (?:array key|index|offset):? (WW)"),
    _F("PHP", "Failed to parse time string {} at position 0", r"\btime string (\([^\n]*?\)) at"),
    _F(
        "PHP",
        "file_get_contents({}): Failed to open stream",
        r"\b\w+\(([^()\n]+)\): (?:[Ff]ailed|[Uu]nable|[Cc]annot|[Nn]o such|[Ii]nvalid"
        r"|[Uu]nexpected|I/O)",
    ),
    _F(
        "Symfony",
        "Unable to parse at line 1 (near {}).",
        r"\((?:near|before|after|at|around|got|found|was|actual|given|input|value|current|parsing"
        r"|starting with|beginning with|in)(?: value)?:? ?(QQ)",
    ),
    _F("Ruby", "bad URI(is not URI?): {}", r"\bbad URI ?\([^)\n]*\):? (REST)"),
    _F("Ruby", "undefined method `upcase' for {}:String", r"\bfor (QQ):[A-Z]\w+"),
    _F("Ruby", "{} (String) has invalid type for :age", r"HEAD(QQ) \(\w+\) "),
    _F("Ruby", "type?(Integer, {}) failed", r"\?\([\w:]+, ([^)\n]*)"),
    _F(
        "Elixir",
        "no match of right hand side value: {}",
        r"\b(?:right hand side value|clause matching|not found in|following value|got value"
        r"|received|bad argument|badmatch|badarg|case clause|function clause|badkey)(?:, |: ?"
        r"| )((?:QQ)|[%\[{\"'<:][^\n]*)",
    ),
    _F(
        "Erlang",
        "{badmatch,{}}",
        r"\{(?:badmatch|badkey|badarg|case_clause|function_clause|error|noproc|try_clause"
        r"|if_clause|bad_return_value|nocatch),(.+?)\}",
    ),
    _F("toml", "1> {}", r"^ *[0-9]+(?:>|:|  ) ?([^\n]*=[^\n]*)$"),
    _F("yup", "(cast from the value {})", r"\bcast from the value (QQ)"),
    _F(
        "Swift",
        "invalid String value {}",
        r"\b(?:[Ii]nvalid|[Bb]ad|[Uu]nknown) [A-Z]\w+ value:? (WW)",
    ),
    _F(
        "Dart",
        "Invalid radix-10 number (at character 1)\n{}",
        r"\(at (?:line [0-9]+, )?character [0-9]+\)\n(REST)",
    ),
    _F("Dart", "Invalid argument(s): {}", r"\bInvalid argument(?:\(s\))?(?: \(\w+\))?: (QQ)"),
    _F(
        "Perl",
        "Argument {} isn't numeric",
        r"\b[Aa]rgument (QQ) (?:isn't|is not|is invalid|is an invalid|must be an?|was not"
        r"|could not|cannot|does not)",
    ),
    _F(
        "jq",
        "string {} and number (1) cannot be added",
        r"\b(?:string|number|object|array|value|str|text|key|literal|name|token) (\((?:QQ)\)?"
        r"|\([A-Za-z][^\s()\n]{2,80}\))",
    ),
    _F("shells", "[: {}: integer expression expected", r"\[: ([^\s:\n]+): "),
    _F(
        "shells",
        "printf: {}: invalid number",
        r"\b(?:printf|ulimit|kill|seq|sleep|tail|chown|chgrp|useradd|userdel|su|sudo|cd|cat|ls|rm"
        r"|cp|mv|grep|sed): ([^\s:\n]+|QQ): ",
    ),
    _F(
        "coreutils",
        "invalid date {}",
        r"(?i)\b(?:invalid|unknown|unrecogni[sz]ed|illegal|extra|missing"
        r"|ambiguous) [\w -]{1,30}:? (\x{2018}[^\x{2019}\n]*\x{2019}|“[^”\n]*”|«[^»\n]*»)",
        whole=True,
    ),
    _F(
        "undici",
        "Failed to parse URL from {}",
        r"\b(?:URL|URI|date|number|version|value) from (WW)",
    ),
    _F(
        "libxml2",
        "Opening and ending tag mismatch: {} line 1 and {}",
        r"tag mismatch: (\S+) line [0-9]+ and (\S+)",
    ),
    _F(
        "libxml2",
        "Namespace prefix {} on item is not defined",
        r"\b[Pp]refix (\S+) (?:on|for|of|is|was)\b",
    ),
    _F(
        "YAML",
        "could not determine a constructor for the tag {}",
        r"(?i)\b(?:for the tag|alias|anchor|unknown tag|unresolved tag|tag handle"
        r"|directive):? (QQ)",
    ),
    _F(
        "YAML",
        "mapping key {} already defined",
        r"(?i)\b(?:mapping|map|dict(?:ionary)?|duplicated?|unknown|missing|array|object|json|cache"
        r"|partition|primary|unique|routing|sort|hash|header|lookup|extra) key:? (QQ)",
    ),
    _F(
        "tomllib",
        "Cannot declare {} twice",
        r"\b(?:declare|redefine|overwrite|mutate|replace|override) (?:key |table |value )?(GROUP"
        r"|QQ)",
    ),
    _F(
        "ini",
        "key-value delimiter not found: {}",
        r"(?i)\b(?:delimiter|separator|equals sign|assignment|colon|section|quote|bracket"
        r"|header)[\w ]{0,20} (?:not found|missing|expected)(?: in| on"
        r"| at)?(?: line [0-9]+)?: (REST)",
    ),
    _F(
        "super-csv",
        "rowSource={}",
        r"\b\w*(?:[Ss]ource|[Rr]ow|[Rr]ecord|[Ll]ine|[Vv]alue|[Ii]nput)=(GROUP|QQ)",
    ),
    _F("univocity", "value={}", r"\b[Vv]alue ?= ?(WW)"),
    _F("Java", "Value:{} Radix:10", r"\b[Vv]alue:(QQ)"),
    _F(
        "protojson",
        "invalid value for int32 type: {}",
        r"(?i)\b(?:value|syntax|input|format|literal|string|name) for [\w .]{1,40}: (QQ)",
    ),
    _F(
        "GraphQL",
        "Unexpected Name {}",
        r"(?i)\bunexpected (?:name|int|float|string|identifier|token|keyword|number|word|character"
        r"|symbol|value|input|element|text|end|literal|variable|atom):? (QQ)",
    ),
    _F("Lark", "Token('NAME', {})", r"\b[A-Z]\w*\([\"']?\w+[\"']?, (QQ)"),
    _F(
        "cron",
        "[{}] is not acceptable",
        r"\[([^\]\n]*)\] is (?:not|out of|invalid|unknown|an? invalid)",
    ),
    _F(
        "Docker",
        "repository name ({}) must be lowercase",
        r"\b(?:repository|image|tag|container|user|file|host|bucket|table|column|key"
        r"|field) name \(([^)\n]*)\)",
    ),
    _F(
        "FFmpeg", "Invalid duration specification for t: {}", r"(?i)\bspecification for \w+: (REST)"
    ),
    _F(
        "dateutil", "hour must be in 0..23: {}", r"\b(?:must be|not|is) in [0-9]+\.\.[0-9]+: (REST)"
    ),
    _F(
        "pandas",
        "Out of bounds nanosecond timestamp: {}",
        r"(?i)\bout of (?:bounds|range)[\w ]{1,40}: ([^\s,]+)",
    ),
    _F(
        "Elasticsearch",
        "unknown unit {} in a duration",
        r"(?i)\b(?:parse|parsing|convert|read|decode|for|from|found|got|received|was|date|number"
        r"|unit"
        r"|mode|name|id|key|user|text|token|term|query|expression|pattern|locale|zone|timezone"
        r"|version"
        r"|url|uri|host|address|email|path|format|setting|literal|shorthand value|wildcard|option"
        r"|element|member|entry|code|word|line|row|record) (\[[^\[\]\n]{2,}\])",
    ),
    _F(
        "org.json",
        "Value {} of type java.lang.String cannot be converted",
        r"\bValue (WW) (?:at [\w.$]+ )?of type",
    ),
    _F(
        "Julia",
        "invalid base 10 digit 'j' in {}",
        r"(?i)\b(?:digit|character|char|symbol|byte|escape|letter|token|separator|sign|operator"
        r"|prefix|suffix|unit) (?:QQ) (?:found |at (?:position|index) [0-9]+ )?(?:in|of|for"
        r"|while parsing|when parsing) (QQ)",
    ),
)
