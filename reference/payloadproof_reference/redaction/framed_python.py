"""What Python, its libraries and frameworks of tests print of values.

The rows are those of ``framed_rows``.
"""

from __future__ import annotations

from payloadproof_reference.redaction.frames import frame as _F  # noqa: N812 - a row of a table

FRAMES = (
    _F("Python", "KeyError: {}", r"\bKeyError: ([^\s(][^\n]*)"),
    _F("Python", "{}", r"\A\s*(QQ)\s*\z"),
    _F("Python", "invalid literal for int() with base 10: {}", r"literal for [^:\n]{1,40}: (WW)"),
    _F("Python", "could not convert string to float: {}", r"(?i)convert [\w ]{1,40}: (WW)"),
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
        r"Command ('\[[^\n]*?\]'|'.*?'|\[[^\n]*?\]|\"[^\"\n]*\"|'[^\n]*)"
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
    _F("Python", "unconverted data remains: {}", r"\bdata remains: (REST)"),
    _F(
        "ipaddress",
        "{} does not appear to be an IPv4 or IPv6 address",
        r"HEAD(QQ) (?:does not|doesn't|did not) (?:appear|match|start|begin|end|contain|fit|look"
        r"|belong|equal|conform|satisfy|represent)",
    ),
    _F(
        "Python",
        "Only decimal digits permitted in {} in {}",
        r"\b(?:permitted|allowed|expected|found|octets?|characters?|digits?|hextet|netmask|bits"
        r"|parts?|colons?) in (QQ)(?: in (QQ))?",
    ),
    _F("Python", "Port could not be cast to integer value as {}", r"\bvalue as (QQ)"),
    _F(
        "Python",
        "Perhaps you meant {}",
        r"(?i)\b(?:perhaps you|did you|you|maybe you|you might have) mea?nt?:? (QQ|\S+)",
    ),
    _F(
        "enum",
        "{} is not a valid Color",
        r"HEAD((?:QQ)|[^\s(=:,\[{]+) (?:is neither|is not numeric|is not an? (?:(?:valid|legal"
        r"|known|allowed"
        r"|recogni[sz]ed|acceptable|supported|correct|real|proper|permitted) |number|integer|int\b"
        r"|float"
        r"|decimal|bool|date|time|uuid|guid|e-?mail|url|uri|ip |hex|finite|member|multiple|power)"
        r"|is not"
        r" valid (?:JSON|YAML|TOML|XML|CSV|UTF|ASCII|hex|base|date|number|for type|as))",
    ),
    _F(
        "Python",
        "cannot use {} as a dict key",
        r"\b(?:use|treat|interpret|parse|read|decode|handle|take|accept|coerce) (QQ) as\b",
    ),
    _F(
        "Python",
        "Lists differ: {}",
        r"\b(?:[Ll]ists|[Dd]icts|[Tt]uples|[Ss]ets|[Ss]equences|[Ss]trings|[Vv]alues|[Oo]bjects"
        r"|[Rr]ows|[Bb]odies|[Rr]esponses) (?:differ|mismatch|are not equal|do not match"
        r"|don't match): (REST)",
    ),
    _F(
        "unittest",
        "First differing element 0:\n{}",
        r"\bdiffering element [^\n]{1,40}:\n([^\n]*(?:\n[^\n]*)?)",
    ),
    _F("unittest", "- {}\n+ {}", r"^[-+] ?([^\s\-+][^\n]*)\n(?:\? [^\n]*\n)?[-+] ?([^\n]*)"),
    _F(
        "unittest",
        "{} not found in {}",
        r"HEAD(QQ|\[[^\n]*\]|\{[^\n]*\}) (?:not found in|unexpectedly found in|is not|not in|!="
        r"|is not None|not less than|not greater than) (QQ|\[[^\n]*|\{[^\n]*)",
    ),
    _F("unittest", "Regex didn't match: 'a+' not found in {}", r"\bnot found in (QQ)"),
    _F(
        "mock",
        "Actual: send({})",
        r"\b(?:Expected|Actual|Calls?)(?: call)?:? ?\[?(?:\w+\.)*(?:call|mock|\w+)\(([^\n]*)\)",
    ),
    _F("configparser", "[line  2]: {}", r"\[line +[0-9]+\]: (REST)"),
    _F("configparser", "line: 1\n{}", r"\bline:? [0-9]+\n(QQ)"),
    _F("configparser", "Raw value: {}", r"\b[Rr]aw value: (REST)"),
    _F("configparser", "No option {} in section: {}", r"\b[Nn]o (?:option (QQ) in )?section: (QQ)"),
    _F("netrc", "bad toplevel token {}", r"\b(?:toplevel|follower) token (QQ)"),
    _F("ast", "malformed node or string: {}", r"\bnode or string(?: on line [0-9]+)?: (REST)"),
    _F(
        "pandas",
        "{} not found in axis",
        r"HEAD(\[[^\n]*\]|QQ) not (?:found in axis|in index|in columns)",
    ),
    _F("pandas", "None of [{}] are in the [columns]", r"\bNone of \[(.*?)\] are in"),
    _F("pandas", "Unable to parse string {} at position 0", r"\bparse string (QQ)"),
    _F("pyarrow", "Could not convert {} with type str", r"\b[Cc]onvert (QQ) with type"),
    _F("NumPy", "could not convert string {} to int64 at row 0", r"\bstring (QQ) to\b"),
    _F(
        "Pydantic",
        "(type=value_error.const; given={}; permitted=('a',))",
        r"\b(?:given|input|actual|wrong_value|limit_value|error_value|bad_value)=((?:QQ)|[^;)\n]*)",
    ),
    _F("Pydantic", "url_parsing [type=url_parsing, input={}]", r"\binput=((?:QQ)|[^\],\n]*)"),
    _F("attrs", "Attribute(name='age'), <class 'int'>, {})", r"<class 'int'>, (QQ|[^\s)]+)\)"),
    _F(
        "jsonschema",
        "{} is not of type 'integer'",
        r"HEAD((?:QQ)|\[[^\n]*?\]|\{[^\n]*?\}) (?:is not of type|is not one of|does not match"
        r"|is too (?:long|short)|is not valid under|was expected|is a dependency|has non-unique"
        r"|is not a multiple|should not be valid|is less than|is greater than|non-empty)",
    ),
    _F("jsonschema", "On instance['age']:\n{}", r"\bOn instance[^\n]*:\n([^\n]*)"),
    _F("marshmallow", "valid_data: {}", r"(?i)\bvalid_data: (REST)"),
    _F(
        "shells",
        "Command {} failed",
        r"\b[Cc]ommand (QQ) (?:failed|returned|timed|exited|died|not found|is not)",
    ),
    _F("Python", "Arguments: {}", r"\bArguments: (REST)"),
    _F("Python", "Message: {}", r"^Message: (REST)"),
    _F("http.client", "URL can't contain control characters. {}", r"\bcontrol characters\.? (QQ)"),
    _F("ssl", "hostname {} doesn't match {}", r"\bhostname (QQ) doesn't match (QQ)", "<host>"),
    _F("ssl", "certificate is not valid for {}.", r"\bcertificate is not valid for (WW)", "<host>"),
    _F("smtplib", "{{}: (550, b'no mailbox')}", r"\{(QQ): \([0-9]{3}, "),
    _F(
        "printed objects",
        "User(name={}, age=3)",
        r"[(\[{,] ?(?:\"|')?(?:[Nn]ame|[Tt]itle|[Ll]abel|[Ll]ogin|[Hh]andle|[Ss]lug|[Dd]escription"
        r"|[Nn]ote|[Cc]omment|[Bb]ody|[Vv]alue|[Ss]ubject|[Tt]ext|[Cc]ity|[Cc]ompany|[Ee]mail"
        r"|[Pp]hone|[Ff]irst_?[Nn]ame|[Ll]ast_?[Nn]ame|[Kk]ey)(?:\"|')?\s?(?:=|:) ?((?:QQ)"
        r"|[^\s,;()\[\]{}\"'`<>]+(?: [^\s,;()\[\]{}\"'`<>=:]+){0,3}?)[,)\]}]",
    ),
    _F("printed objects", "<User: {}>", r"<(?:[\w.]*[A-Z]\w*): ((?:QQ)|[^<>\n]*)>"),
    _F(
        "printed objects",
        "<User id={}>",
        r"<(?:[\w.]*[A-Z]\w*)(?: object)? (?:[a-z_]+)=((?:QQ)|[^\s<>\n]*)",
    ),
    _F("Go", "main.User{Name:{}}", r"\{[A-Z]\w*:((?:QQ)|[^\s{}]*)"),
    _F("Go", "&{{}}", r"&\{([^\n]*?)\}"),
    _F("shutil", "{} and {} are the same file", r"HEAD(QQ) and (QQ) are"),
    _F(
        "subprocess",
        "CalledProcessError(1, {})",
        r"\b(?:CalledProcessError|TimeoutExpired)\((?:[0-9-]+, )?([^\n]*)\)",
    ),
    _F(
        "http.client",
        "BadStatusLine: {}",
        r"\b(?:BadStatusLine|UnknownTimeZoneError|UnknownLocaleError|InvalidURL|StopIteration"
        r"|LineTooLong|UnknownProtocol|NoSectionError|NoOptionError|DoesNotExist|NotFound"
        r"|KeyNotFound|InvalidKey|InvalidName|UnknownKey|UnknownUser): (REST)",
    ),
    _F(
        "unittest",
        "False is not true : {}",
        r"(?:is not (?:true|false|None)|(?:!=|==|<|>|<=|>=) [^\n:]{1,60}) : (REST)",
    ),
    _F(
        "doctest",
        "Got:\n    {}",
        r"\b(?:Expected|Got|Expected nothing|Want|Have|Diff):\n[ \t]*(REST)",
    ),
    _F(
        "hypothesis",
        "Falsifying example: test_add({})",
        r"\b(?:Falsifying|Failing|Explicit) example: (?:\w+)?\(([^\n]*?)\)?$",
    ),
    _F(
        "schema",
        "{} should be instance of 'int'",
        r"HEAD(QQ) should (?:be instance of|evaluate to|not be|be of type|match)",
    ),
    _F("beartype", "as str {} not instance of int", r"\bas \w+ (QQ) not instance"),
    _F("boto3", "value: {}, type: <class 'int'>", r"\bvalue: ([^\n]+?), type: "),
    _F(
        "codecs",
        "unknown encoding: {}",
        r"(?i)\b(?:unknown|unsupported|invalid) (?:encoding|codec|charset|locale|time ?zone"
        r"|language|currency|country|unit|scheme|colou?r|mode|level|kind|state|format|category"
        r"|status|type name|role|plan): (WW)END",
    ),
    _F(
        "lookups",
        "TemplateNotFound: {}",
        r"\b(?:Key|Lookup|Value|Attribute|Unknown\w*|Undefined\w*|NoSuch\w*|Missing\w*"
        r"|Invalid(?:Key|Name|Value|Id|Date|URL|Format|Choice)?"
        r"|Duplicate\w*|\w*NotFound|\w*DoesNotExist|\w*Parse|\w*Format|\w*Conversion|\w*Decode"
        r"|\w*Validation|Template\w*|Integrity|\w*Conflict|\w*Decoding|\w*Parsing|\w*Syntax"
        r"|\w*Argument|\w*Unknown)(?:Error|Exception|Warning)?: ([^\s:;,()/\\]+)\s*$",
    ),
    _F(
        "systems",
        "Permission denied: {}",
        r"(?i)\b(?:permission denied|access is denied|file exists|is a directory|not a directory"
        r"|directory not empty|read-only file system|file name too long|operation not permitted"
        r"|(?:cannot|can't|could not|failed to|unable to) (?:open|access|read|find|locate|load"
        r"|import"
        r"|resolve|stat|write|create|delete|remove|execute|run|start|mount)(?: file| directory"
        r"| resource| module| template| key| user| record)?|not found): (WW)END",
    ),
    _F(
        "systems",
        "{}: No such file or directory",
        r"HEAD((?:QQ)|[^\s:=(\[{,]+): (?:No such|Permission denied|Is a directory|Not a directory"
        r"|File exists|command not found|cannot open|Operation not permitted|Name or service"
        r"|Connection"
        r" refused|not found|not a valid|is not recogni[sz]ed|nodename nor|Temporary failure|No"
        r" address|Name does)",
    ),
    _F("cobra", "unknown shorthand flag: 'q' in {}", r"\bflag: (?:QQ) in (\S+)"),
    _F(
        "zipfile",
        "There is no item named {} in the archive",
        r"(?i)\b(?:item|file|member|entry|worksheet|sheet|user|host|bucket|object|person|group|role"
        r"|container|image|volume|network|queue|index|record|document|project|folder|directory|page"
        r"|device|profile|channel|team|workspace|key|layer|section|node|element|server|database|job"
        r"|task|secret|branch|tag|remote|theme|template|preset|model|dataset|variable group|one"
        r"|thing"
        r"|something|anything|account|customer|site|region|environment) (?:is )?(?:named"
        r"|called) (WW)",
    ),
    _F("xmlrpc", "<Fault 1: {}>", r"<Fault [0-9-]+: ([^\n]*)>"),
)
