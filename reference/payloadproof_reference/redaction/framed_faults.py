"""What every parser and validator says alike: a fault, and then the value that it found.

Each row: where the sentence is met, the sentence with ``{}`` for the data, and the pattern, whose
groups are the data. The rules are those of ``frames``, and two of its own.

Rule 1: a sentence needs a word of fault. What stands behind it, after a colon or in quotes, at the
end of the sentence, is the value; no list of software is long enough to name each such sentence.
Rule 2: what is spelled as only programs spell (``aName``, ``A_NAME``, ``call()``) stays, and what
is called a command, a column, a module and the like.
"""

from __future__ import annotations

from payloadproof_reference.redaction.frames import frame as _F  # noqa: N812 - a row of a table

#: By which a sentence says that a value is not what it should be.
_FAULT = (
    r"(?:invalid|illegal|malformed|bad|unexpected|unrecogni[sz]ed|unparse?able|unsupported"
    r"|incorrect|wrong|improper|unresolved|unregistered|non-?existent|undeclared|undefined [a-z]+"
    r"|duplicated?|ambiguous|truncated|corrupt(?:ed)?|stray|trailing|extra|additional|unquoted"
    r"|unescaped|unterminated|unclosed|unbalanced|unbound|unmatched|mismatched|redundant|reserved"
    r"|incompatible|inconsistent|incomplete|unacceptable|unhandled|conflicting|repeated"
    r"|non-[a-z]{2,12}|not an?|not the|not all|no such|no|cannot|can't|can not|could not|couldn't"
    r"|failed to|unable to|refus(?:es|ed|ing) to|does not|doesn't|did not|didn't|do not|don't"
    r"|is not|isn't|are not|aren't|was not|wasn't|must|should|expected|expecting|expects|wanted"
    r"|too (?:many|few|long|short|large|small|big)|out of (?:range|bounds)|not (?:allowed|permitted"
    r"|found|valid|supported|known|understood|enough|well-formed)|neither|rejected|ignored|skipped"
    r"|dropped|except|only|(?:parse|parser|parsing|syntax|lexical|lexer|format|conversion|validation"
    r"|decoding|type|value|constraint) (?:error|failure))"
)
#: A word without quotes, and without the end of its sentence.
_BARE = r"[^\s,;:()\[\]{}\"'`<>=|]*[^\s,;:()\[\]{}\"'`<>=|.!?]"
#: Where a sentence ends, or goes on with where it happened.
_STOP = (
    r"(?:\s*$|[.,:;!?)\]>](?:\s|$)| \(|:? (?:at|on|in) (?:line|position|offset|index|char|column"
    r"|row|byte)\b)"
)
#: What is called so is a part of a program, and stays where nothing says that it is a value.
_PARTS = (
    r"(?i)\b(?:(?:sub)?commands?|scripts?|modules?|packages?|tables?|columns?|functions?|methods?"
    r"|class(?:es)?|plugins?|extensions?|targets?|rules?|events?|hooks?|signals?|relations?"
    r"|attributes?|features?|arguments?|fields?|properties|symbols?|platforms?|tools?|models?"
    r"|engines?|dependenc(?:y|ies)|libraries|library|member|missing|required|requires?)"
    r"(?: (?:is|are|was|were|name|names|named))*:? *[\"'`]?$"
)

FRAMES = (
    _F(
        "faults",
        "Invalid cron expression: {}",
        rf"(?i)\b{_FAULT}\b[^\n:;]*:(?: |\n)({_BARE}){_STOP}",
        careful=_PARTS,
        whole=True,
    ),
    _F(
        "faults",
        "unsupported pickle protocol: {}",
        rf"(?i)\b{_FAULT}\b[^\n:;]*:(?: |\n)(QQ)",
    ),
    _F(
        "places",
        "line 2, column 5: {}",
        r"(?i)\b(?:line|column|col|row|record|position|offset|index|char(?:acter)?|byte|pos|cell)"
        rf"(?: no\.?| number)?[ =:#]{{0,2}}[0-9]+[)\]]{{0,2}}(?: \(char [0-9]+\))?(?::|,| near| -)"
        rf" ((?:QQ)|{_BARE}){_STOP}",
        careful=_PARTS,
        whole=True,
    ),
    _F(
        "faults",
        "unexpected value ({})",
        rf"(?i)\b{_FAULT}\b[^\n:;()]* \(({_BARE}|QQ)\)",
        careful=_PARTS,
        whole=True,
    ),
    _F(
        "faults",
        "illegal setting {}",
        rf"(?i)\b{_FAULT}\b[^\n:;\[\]<|{{]* "
        rf"(\[{_BARE}\]|\[(?:QQ)\]|\{{{_BARE}\}}|</?{_BARE}/?>|\|{_BARE}\|)(?:[\s.,;:!?)]|$)",
        careful=_PARTS,
        whole=True,
    ),
    _F(
        "documents",
        "unknown field {}",
        r"(?i)\b(?:unknown|unrecogni[sz]ed|unexpected|duplicated?|additional|extra|undeclared"
        r"|unsupported|invalid|illegal|bad|wrong|unresolved|undefined|nonexistent|unregistered"
        r"|reserved|malformed|ambiguous|query|only|same|repeated|incorrect"
        r"|ignored)(?: (?:[a-z]+(?: of)?))?? (?:explicit )?(?:field|property|properties|attribute"
        r"|variable"
        r"|filter|directive|option|argument|tag|element|parameter|predicate|helper|fragment|keyword"
        r"|query|lookup|selector|operator|mode|protocol|engine|handler|header|setting|entry|node"
        r"|task(?: of type)?|job|flag|switch|unit|item|member|key|part|component|section|group"
        r"|pragma|annotation|modifier|specifier|placeholder|reference|schema|feature|partial|mixin"
        r"|macro|block|register|label|locale|action|state|status|type)s?(?: name| type| value| id)?"
        r"(?: (?:named|called|of type|in|on|for|at|with))?:? (QQ)",
        careful=r"(?i)\bkeyword arguments? *$",
        whole=True,
    ),
    _F(
        "documents",
        "attribute {} was already specified",
        r"(?i)\b(?:field|property|attribute|variable|filter|directive|option|argument|tag|element"
        r"|parameter|keyword|key|entry|member|header|setting|node|flag|word|unit|name|label|mode"
        r"|entity|namespace|item) (QQ)(?: for element (?:QQ)| of (?:QQ))? (?:(?:is|was|are"
        r"|has been) (?:unknown|not (?:recogni[sz]ed|known|valid|expected|allowed|permitted"
        r"|understood|unique|defined by|in the|a valid)|invalid"
        r"|already (?:specified|given|set|present|seen|used)"
        r"|wrong|bad|malformed|out of|(?:a )?duplicate|repeated|ambiguous|specified|redefined"
        r"|misspelled|unexpected|illegal|reserved|empty for|rejected|neither)|not (?:recogni[sz]ed"
        r"|known|valid|expected|allowed|understood)|redefined|repeated|specified twice|appears"
        r"|occurs|must be (?:unique|terminated)|cannot be parsed|could not be)",
        whole=True,
    ),
    _F(
        "documents",
        "Attribute {} redefined",
        r"(?i)\b(?:attribute|entity|element|tag|alias|anchor|prefix|label|partial|worksheet|sheet"
        rf"|image file|template file|role|token|literal|word|year|month|weekday) ({_BARE})"
        r" (?:redefined|repeated|undefined|unknown|unexpected|not (?:found|defined|recogni[sz]ed"
        r"|known|valid|allowed|understood|expected)|(?:is|was) (?:not (?:recogni[sz]ed|known"
        r"|valid|defined|expected|allowed|understood|found|an?)|unknown|invalid|undefined"
        r"|already|unexpected|redefined|out of|empty|neither|missing)|could not be|cannot be"
        r"|does not exist|doesn't exist|out of range)",
        careful=r"(?i)\bkeyword $",
        whole=True,
    ),
    _F(
        "documents",
        "undefined entity &{};",
        r"(?i)\b(?:entity|entities|reference|escape)(?: name)?:? &(\w{3,});",
    ),
    _F("documents", "unresolved tag: !{}", r"(?i)\btag:? !+<?([\w.:/-]+)", careful=_PARTS),
    _F(
        "values",
        "a quote in the middle, value is {}",
        r"(?i)\b(?:value|text|input|content|token|word|cell|entry|literal|data|it|which) (?:is|was"
        r"|were|of|reads?|has|had|holds?|contains?|says|said|equals?) (QQ)",
    ),
    _F(
        "values",
        "Constraint error, got value {} expected range 0-59",
        r"(?i)\b(?:got|found|received|given|given value|got value|found value|saw|read|have|gave"
        r"|was|but|had|encountered) (?:(?:value|text|word|token|type|string|literal) )?"
        rf"({_BARE}),? (?:expected|wanted|unexpected|instead"
        r"|rather than|where|which is|that is|but expected|but wanted|is not|isn't)\b",
        careful=_PARTS,
        whole=True,
    ),
    _F(
        "values",
        "{} cannot be parsed as a date",
        rf"(?i)(?:^|[:(>\]-] )({_BARE}) (?:(?:is|was) (?:not (?:an? |in |recogni[sz]ed|valid"
        r"|numeric|parse?able|one of|among|understood|hexadecimal|ISO|JSON)|no (?:valid|number|date"
        r"|\w+ number)|an? (?:invalid|illegal|bad)|out of range|invalid\b|neither)"
        r"|(?:cannot|can't|could not|couldn't) be (?:parsed|converted|decoded|cast|interpreted"
        r"|coerced|understood|read as)"
        r"|(?:does not|doesn't|did not|didn't|fails to|failed to) (?:match|parse|conform|look like)"
        r"|found where|found instead|unexpected at)",
        careful=_PARTS,
        whole=True,
    ),
    _F(
        "values",
        "Expected --mode={} to be one of",
        rf"(?:^|[\s(\"'`])--[a-z][a-z0-9-]*=((?:QQ)|{_BARE})",
        careful=_PARTS,
        whole=True,
    ),
    _F(
        "values",
        "invalid argument: --port {}",
        rf"(?i)\b(?:argument|option|flag|parameter|switch)s?:? [\"'`]?--?[a-z][\w-]*[\"'`]?:?"
        rf" ((?:QQ)|{_BARE}){_STOP}",
        careful=_PARTS,
        whole=True,
    ),
    _F(
        "values",
        "argument --x: ignored explicit argument {}",
        r"(?i)\b(?:explicit|positional|given|extra|stray|leftover|remaining|first|last|second|next"
        r"|final|offending|actual) (?:argument|value|word|token|parameter|operand)s?:? (QQ)",
    ),
    _F(
        "values",
        "Original Line: {}",
        r"(?i)\b(?:original|offending|raw|bad|current|source|full|whole|faulty|problem|problematic)"
        r" (?:line|row|record|text|input|value|string|content|data|token|word|expression)s?"
        r"(?: was| is)?: (REST)",
    ),
    _F(
        "values",
        "invalid strptime format - `%Y' for {}",
        rf"(?i)\b(?:invalid|bad|wrong|unknown|illegal|unterminated|malformed|missing|no matching)"
        r" (?:[a-z]+ )?(?:format|pattern|string|quote|escape|bracket|syntax|template|version"
        r"|mask|sequence)[^\n:;]{0,40} (?:for|of|in|at|near|on|found"
        rf" for) ({_BARE})(?:\s*$|[.;](?:\s|$))",
        careful=_PARTS,
        whole=True,
    ),
    _F(
        "values",
        "invalid group reference {} at position 1",
        r"(?i)\b(?:invalid|bad|illegal|malformed|unknown|unrecogni[sz]ed|undefined|unsupported"
        r"|unexpected|unresolved|unparse?able|no|duplicate) (?:[a-z]+ ){0,2}?(?:reference|mac"
        r"|address|field"
        r"|operator|comparator|alias|anchor|argument|unit|keyword|value|range|mask|expression"
        r"|comparison|name|tag|attribute|directive|token|constant|group|of name|version found for"
        rf"|role|level) ({_BARE})(?:{_STOP}|,)",
        careful=_PARTS,
        whole=True,
    ),
    _F(
        "Java",
        "Unknown character property name {{}} near index 8",
        r"\bproperty name \{([^}\n]*)\}",
    ),
    _F("filters", "error: {}/0 is not defined", r"\berror: (\w+)/[0-9] is not"),
    _F(
        "shells",
        "test: {}: integer expression expected",
        r"\b(?:test|bash|sh|zsh|dash|ksh|tar|expr|let|declare|read|find|xargs|sort|head|date|awk|sed"
        rf"|env|make|bc|dd|tr|cut|join|paste|stat|touch|mount|ssh|curl|wget|jq): ({_BARE}|QQ): ",
        careful=_PARTS,
        whole=True,
    ),
    _F(
        "printed objects",
        "Object is not JSON serializable: <User {}>",
        rf"<(?:[\w.]*[A-Z]\w*)(?: object)? ({_BARE}|QQ|\({_BARE}\))>",
    ),
    _F(
        "calls",
        "run({}): not a number",
        r"(?:^|[\s(=:,\[{])[A-Za-z_][\w.]*\((QQ)(?:\)|, )",
        careful=r"(?:\brequire|\bimport|\bdefine|\bcolumn|\btable|attr|\bKeyError)\($",
    ),
    _F(
        "pytest",
        "assert 'a' == 'b'\n  - {}\n  + {}",
        r"^[ \tE]+- ?([^\n]+)\n(?:[ \tE]*\?[^\n]*\n)?[ \tE]*\+ ?([^\n]+)",
    ),
)
