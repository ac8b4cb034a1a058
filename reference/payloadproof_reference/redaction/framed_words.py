"""What validators, converters and parsers of every language print of one value, quoted or bare.

The rows are those of ``framed_rows``. A sentence of one program stands for those that are built
alike: ``invalid date: x``, ``unknown level 'x'``, ``cannot parse x as an integer``.
"""

from __future__ import annotations

from payloadproof_reference.redaction.frames import frame as _F  # noqa: N812 - a row of a table

FRAMES = (
    _F(
        "validators",
        "Invalid UUID string: {}",
        r"(?i)\b(?:invalid|bad|illegal|malformed|unknown|unrecogni[sz]ed|unparse?able|unsupported"
        r"|incorrect|wrong|unexpected|improper|ill-formed|non-numeric|nonnumeric|ambiguous"
        r"|duplicate|not an?|no such|out-of-range|cannot parse|can't parse|could not parse"
        r"|couldn't parse|failed to parse|unable to parse|cannot decode|failed to decode"
        r"|cannot convert|could not convert|failed to convert|cannot read|error parsing)"
        r"(?: [\w-]{1,20}){0,3}? ?(?:date|time|datetime|timestamp|duration|interval|time ?zone|zone"
        r"|uuid|guid|ulid|integer|int|int32|int64|number|float|double|decimal|long|boolean|bool"
        r"|e-?mail|email address|address|ip|ip address|cidr|cidr address|mac|url|uri|port|host"
        r"|hostname|domain|string|literal|digit|digits|value|values|numeral|radix|currency|amount"
        r"|locale|colou?r|mime type|media type|semver|version|country|phone|phone number|iban|hex"
        r"|base64|percentage|ratio|fraction|bytes|size|enum|enum value|id|objectid|identifier|slug"
        r"|name|username|code|zip|postcode|latitude|longitude|coordinate|record|row|field value"
        r"|cell|input value|format|url type|text|word|entry|weekday|month|year|priority|severity"
        r"|status|gender|language|element|symbol|constant|member|choice|level|role)s?: (WW)END",
    ),
    _F(
        "validators",
        "invalid email: {}",
        r"(?i)\b(?:invalid|bad|illegal|malformed|unknown|unrecogni[sz]ed"
        r"|not an?) [\w -]{1,30}: (QQ)",
    ),
    _F(
        "converters",
        "cannot parse {} as an integer",
        r"(?i)\b(?:parse|convert|cast|coerce|interpret|decode|transform|deseriali[sz]e|translate"
        r"|read"
        r"|parsing|converting|casting|decoding|unmarshal) (?:the )?(?:value |string |text |input )?"
        r"(WW) (?:as|to|into) (?:an? |the |type )?(?:\w+\.)*(?:u|big|local|unsigned|signed)?"
        r"(?:int|integer|number|float|double|decimal|long|bool|boolean|date|time|timestamp"
        r"|datetime|duration|uuid|guid|url|uri|address|enum|json|object|array|list|map|string"
        r"|bytes|version|color|email|ip)(?:s|_t|\d+)?\b",
        whole=True,
    ),
    _F(
        "converters",
        "expected a number but got {}",
        r"(?i)\b(?:expected|expecting|wanted|should be|must be|needs?"
        r"|requires?)\b[^\n\"']{1,60}?[,;:]? "
        r"(?:but |and )?(?:found|got|received|saw|was|actual|given|had|instead of):? "
        r"([^\s,;()\[\]{}\"'`<>]+)(?:\s*$|[.,;)] | \()",
        whole=True,
    ),
    _F(
        "parsers",
        "no time information in {}",
        r"(?i)\b(?:information|octets?|permitted|found|characters?|digits?|symbol|token|escape"
        r"|number|date|time|error|position [0-9]+|index [0-9]+|bytes?|sequence|separator|delimiter"
        r"|colon|quotes?|braces?|brackets?|parenthes[ie]s|data|match|matches|percent sign|%) (?:in"
        r"|of|from|within|inside) (QQ)",
    ),
    _F(
        "regular expressions",
        "Invalid regular expression: {}",
        r"(?i)\b(?:regular expression|regexp?|pattern|glob):? (QQ|/[^\n]*?/[a-z]*:)",
    ),
    _F("regular expressions", "Unclosed group near index 3\n{}", r"\bnear index [0-9]+\n(REST)"),
    _F(
        "names",
        "Invalid bucket name {}",
        r"(?i)\b(?:bucket|user|file|host|domain|queue|topic|branch|project|role|group|zone"
        r"|repo(?:sitory)?|account|image|container|tenant|database|schema|display|first|last|full"
        r"|company|customer|server|cluster|team|org(?:anization)?) ?names?:? (QQ|\[[^\]\n]*\])",
    ),
    _F(
        "validators",
        "unknown level {}",
        r"(?i)\b(?:invalid|unknown|unsupported|unrecogni[sz]ed|bad|illegal|unexpected|undefined"
        r"|ambiguous|duplicated?|missing|non-?existent|no such|not a valid|not a known|malformed"
        r"|incorrect|wrong|unparse?able|unresolved) (?:[\w-]+ ){0,2}?(?:level|mode|format|label|key"
        r"|name|status|state|action|event|task|engine|language|locale|layer|target|tag|permission"
        r"|protocol|provider|scope|scheme|service|signal|type|kind|role|group|unit|colou?r|encoding"
        r"|codec|handler|identifier|alias|anchor|member|interface|region|zone|plan|category"
        r"|priority"
        r"|device|algorithm|cipher|currency|country|operator|command|subcommand|value|version"
        r"|charset"
        r"|section|profile|entry|instance|component|node|entity|element|symbol|host|user|date|time"
        r"|number|digit|string|word|token|literal|constant|expression|macro|variant|choice"
        r"|field value"
        r"|enum|enum value|flag value|size|duration|suffix|prefix|escape|sequence|character"
        r"|directive"
        r"|endpoint|resource|view|lookup|filter value|setting value) (QQ)",
    ),
    _F(
        "file systems",
        "Path {} does not exist.",
        r"(?i)\b(?:path|file|directory|folder|user|role|database|schema|bucket|record|account"
        r"|tenant"
        r"|container|secret|group|project|branch|ref|tag|host|member|member name|device|volume"
        r"|index"
        r"|environment|profile|workspace|team|repo|job|queue|topic|site|realm|client|document|key"
        r"|entry|resource|object|identity|principal|policy|certificate|domain|zone"
        r"|page) (QQ) (?:does"
        r" not exist|doesn't exist|is missing|already exists|is not|could not|cannot|was not"
        r"|not found"
        r"|is reserved|is taken|is invalid|has |must|should)",
    ),
    _F(
        "parsers",
        "could not parse date {}",
        r"(?i)\b(?:parse|parsing|unparse?able|misparsed?|convert|decode|deseriali[sz]e|tokeni[sz]e"
        r"|lex)"
        r" (?:(?:the|a|date|time|datetime|number|value|string|int\w*|float|url|uri|address|integer"
        r"|duration|version|amount|literal|input|expression|line|token|field|cell|element"
        r"|entry) ){0,2}"
        r"((?:QQ)|[^\s,;()\[\]{}\"'`<>\\/:=]+)(?:\s*$|[.,;)](?:\s|$)| \(| at | \[)",
    ),
    _F(
        "hashlib",
        "unsupported hash type {}",
        r"(?i)\b(?:unsupported|unknown|invalid|unrecogni[sz]ed|bad|illegal) (?:hash|digest|cipher"
        r"|time ?zone|colou?r|unit|currency|country|locale|charset|encoding|level|status|priority"
        r"|weekday|month|truth|enum|boolean|date|number) ?(?:type|value|name|code|algorithm|string"
        r"|id)?:? (WW)END",
    ),
    _F(
        "JUnit",
        "expected:<{}> but was:<5>",
        r"(?i)\b(?:expected|actual|but was|was|got|found|received|value|but is|to be|equal to|is)"
        r"(?: same| not same)?:? ?<([^<>\n/=]+)>(?:$|[.,;)]| (?:but|and|to|was|not)\b)",
    ),
    _F(
        "parsers",
        "Invalid number {}",
        r"(?i)\b(?:input|number|date|time|timestamp|id|url|uri|version|argument|parameter|word"
        r"|email|user|char"
        r"|character|line|invalid|unknown|got|given|found|received|was|parse|parsed|from|duration"
        r"|uuid"
        r"|integer|float|address|expression|data|cell|field|entry|unit|code|locale|colou?r) "
        r"(\((?:QQ)\)|\([A-Za-z][^()\n=]*\)"
        # A digest, an id or a card of a network may begin with a digit as well.
        r"|\((?:[0-9]{1,40}[A-Za-z][0-9A-Za-z]{8,}|[0-9][0-9A-Fa-f]+(?:[:-][0-9A-Fa-f]+){4,7})\))",
    ),
    _F(
        "parsers",
        "syntax error near {} on line 3",
        r"(?i)\bnear:? (WW)(?:\s*$|[.,;:)](?:\s|$)| at | on | in | \()",
    ),
    _F(
        "parsers",
        "unrecognized token {} at line 3",
        r"(?i)\b(?:unexpected|unrecogni[sz]ed|unknown|illegal|undefined|unresolved) (?:token|word"
        r"|value"
        r"|input|text|string|symbol|literal|number|element|key|entity|escape|character|sequence"
        r"|name"
        r"|identifier|variant|unit|atom|operand)s?:? (WW)END",
        whole=True,
    ),
    _F(
        "parsers",
        "invalid JSON: {}",
        r"(?i)\b(?:invalid|malformed|bad|unparse?able|broken|illegal) (?:json|xml|yaml|csv|toml"
        r"|html|line|input|data|document|payload|expression|query|token|atom|operand|regexp?"
        r"|pattern|glob|selector)s?: (WW)END",
        whole=True,
    ),
    _F("csv", "row 3: {}", r"(?i)\b(?:row|record|line) #?[0-9]+:? ([^\s,:;\"'()]+,[^\s,][^\n]*)"),
    _F(
        "parsers",
        "invalid date {}",
        r"(?i)\b(?:invalid|bad|illegal|malformed|unknown|unrecogni[sz]ed|unparse?able"
        r"|incorrect) (?:date"
        r"|time|datetime|timestamp|duration|time ?zone|uuid|guid|integer|int|number|float|double"
        r"|decimal"
        r"|boolean|bool|e-?mail|address|cidr|url|uri|port|numeral|currency|amount|locale|colou?r"
        r"|version|country|phone|iban|percentage|unit|weekday|month|year|id|identifier) "
        r"([^\s,;:()\[\]{}\"'`<>]+)(?:\s*$|[.,;:)](?:\s|$)| \(| in | at | for | on )",
        whole=True,
    ),
    _F(
        "parsers",
        "error reading {}",
        r"(?i)\b(?:error|failed|failure|problem|while|when|after|stopped|exception|stop|stuck"
        r"|choked|crashed|gave up|giving up|died|bailed|aborted|ended|stalled) (?:reading|on|at|in"
        r"|near|by|over|with|after|before|while reading|parsing) (QQ)",
    ),
    _F(
        "parsers",
        "unknown argument {}",
        r"(?i)\b(?:unknown|bad|illegal|unrecogni[sz]ed|extra|stray|malformed|unparse?able|wrong"
        r"|unsupported|ambiguous|trailing|garbled|truncated|unescaped|unterminated|quoted|unquoted"
        r"|broken|corrupt|unclosed|dangling|leftover|surplus) (?:[\w-]+ ){0,2}?(?:argument|option"
        r"|flag|switch|syntax"
        r"|text|data|content|input|quote|string|literal|comment|markup|block|cell|column value|line"
        r"|row|record|value|token|word|name|key|part|piece|fragment|tail|rest):? (QQ)",
    ),
)
