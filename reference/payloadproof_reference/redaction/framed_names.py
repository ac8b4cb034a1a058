"""What clients, providers and systems print of hosts, people and secrets.

The rows are those of ``framed_rows``.
"""

from __future__ import annotations

from payloadproof_reference.redaction.frames import frame as _F  # noqa: N812 - a row of a table
from payloadproof_reference.redaction.tokens import MARKER

_PROCESSES = (
    _F("Node", "Command failed: {}", r"Command failed(?: with [^:\n]{1,60})?: (REST)"),
    _F("shells", "['mysql', {}]", r"\[(?:QQ), ?((?:(?:QQ), ?)*(?:'-|\"-)[^\n\]]*)\]?"),
    _F("Go", "exec: {}: executable file not found in $PATH", r"\bexec: (QQ)"),
)
_HTTP = (
    _F(
        "HTTP clients",
        "response body: {}",
        r"(?i)\b(?:body|payload|response|responded|replied|answered|content|data|message content"
        r"|response text)(?: body| text| data| content)?(?: was| is| with)?(?::| =|=)? ?"
        r"(\"[^\n]*\"|'[^\n]*'|[bB]'[^\n]*|[{\[\"][^\n]*)",
        whole=True,
    ),
    _F("urllib3", "Max retries exceeded with url: {}", r"\bwith url:? (\S+)"),
    _F(
        "resolvers",
        "getaddrinfo ENOTFOUND {}",
        r"(?i)(?:getaddrinfo \w+|failed to resolve|could not resolve(?: (?:host(?: ?name)?|proxy"
        r"|address|name))?:?"
        r"|(?:cannot|unable to) resolve (?:host(?: ?name)?|name|(?:host )?address):?|no address for"
        r"|unknown ?host(?:exception)?:?"
        r"|nodename|could not translate host name|target host name) (WW)",
        "<host>",
    ),
    _F("Go", "dial tcp: lookup {}: no such host", r"\blookup (\S+?)(?: on \S+)?: ", "<host>"),
    _F("curl", "Failed to connect to {} port 443", r"(?i)connect to (WW) port", "<host>"),
    _F(
        "TLS",
        "Host: {} is not in the cert's altnames: {}",
        r"Host: (\S+?)\.? is not in the cert's altnames: (REST)",
        "<host>",
    ),
    _F(
        "Go",
        "x509: certificate is valid for {}, not {}",
        r"certificate is (?:only )?valid for ([^\n]*?), not (\S+)",
        "<host>",
    ),
    _F(
        "aiohttp",
        "Cannot connect to host {} ssl:default",
        r"(?i)\bconnect(?:ing|ion|ed)? to (?:host |server |the |remote |proxy |database |redis "
        r"|node )*(WW)(?: ssl|:[0-9]|: | port| \[| \(| failed| timed| was| refused|\. |,|\s*$)",
        "<host>",
    ),
    _F("Go", "dial tcp {}: connect: connection refused", r"\bdial \w+ (\S+?): ", "<host>"),
    _F("undici", "attempted address: {}, timeout: 10000ms", r"\baddress(?:es)?: (WW)", "<host>"),
    _F(
        "Apache HttpClient",
        "Connect to {} [{}] failed",
        rf"\bConnect to (\S+) (?:\[([^\]\n]*)\]|{MARKER} failed)",
        "<host>",
    ),
    _F(
        ".NET",
        "No such host is known. ({})",
        r"(?:known|refused|unreachable|resolution)\.? \(([^)\n]*)\)",
        "<host>",
    ),
    _F("PHP", "getaddrinfo for {} failed", r"\bgetaddrinfo for (WW)", "<host>"),
    _F(
        "drivers",
        "{}:27017: [Errno 111] Connection refused",
        r"(?:^|[\s(=,\[{])([a-z][\w.-]*):[0-9]{4,5}: ",
        "<host>",
    ),
    _F(
        "HTTP clients",
        "response text was: {}",
        r"(?i)\b(?:response|request|error|returned|server|raw|full) (?:body|text|content|payload"
        r"|message|response|output|data)(?: was| is)?(?::|=) ?(REST)",
    ),
    _F("HTTP clients", "body={}", r"\b(?:body|payload|content|text|raw)=(QQ|[^\s,;)]+)"),
    _F(
        "HTTP servers",
        "server replied: {}",
        r"(?i)\b(?:replied|responded|answered|returned|said|says|wrote|printed|complained|echoed"
        r"|output|stdout|stderr)(?: with)?: (REST)",
    ),
    _F("HTTP clients", "400, body: {}", r"(?i)\bbody:? (?:of |was )?(REST)", spoken=True),
    _F(
        "HTTP clients",
        "HTTP 400: {}",
        r"\b[45][0-9]{2}(?: [A-Z][A-Za-z ]{2,30})?: (REST)",
        spoken=True,
    ),
    _F(
        "HTTP clients",
        "unexpected response: {}",
        r"(?i)\b(?:response|reply|answer|reason|detail|details|description|error_description|cause"
        r"|faultstring|errmsg|error message|diagnostic|hint|explanation|note|remark"
        r"|feedback)(?: was| is|)?(?::|=) ?(REST)",
        spoken=True,
    ),
    _F(
        "HTTP clients",
        "the request to {} failed",
        r"(?i)\b(?:request|call|connection|redirect|redirected|get|post|put|fetch|upload|download"
        r"|webhook|delivery|ping|publish|send|sent|sending|posting|talking|proxying|forwarded"
        r"|route|handshake|tunnel|link) (?:to|from|with) (WW)(?: failed| timed| returned| was"
        r"| refused|: |\s*$| after| did)",
        "<host>",
    ),
    _F(
        "nginx",
        "upstream {} timed out",
        r"(?i)\b(?:host|upstream|server|backend|peer|node|broker|proxy|endpoint|origin|hostname"
        r"|mirror|registry|gateway|replica|shard) (WW) (?:not found|is unreachable|unreachable"
        r"|refused|timed out|did not|is down|failed|returned|unavailable|is unavailable|closed"
        r"|reset|could not|not known|not verified|is not|unknown)",
        "<host>",
    ),
    _F("Apache logs", "client - {} [10/Oct", r" - (\S+) \[[0-9]{1,2}/", "<name>"),
    _F("gRPC", "rpc error: code = InvalidArgument desc = {}", r"\bdesc = (REST)", spoken=True),
    _F("gRPC", "Error: 3 INVALID_ARGUMENT: {}", r"\b[0-9]{1,2} [A-Z_]{4,40}: (REST)", spoken=True),
    _F(
        "WebSockets",
        "closed with code 1008 ({})",
        r"(?i)\b(?:code|status|closed?)(?: with)? [0-9]{3,4},? \((?:reason:? ?)?([^()\n,;]*)\)",
        spoken=True,
    ),
    _F("forms", "name={}", r"\b[\w.-]{1,30}=([^&\s\"']*(?:&[\w.%\[\]-]{1,30}=[^&\s\"']*)+)"),
    _F(
        "Wget",
        "Resolving {} ({})... failed",
        r"\bResolving (\S+)(?: \(([^)\n]*)\))?\.\.\.",
        "<host>",
    ),
    _F("nslookup", "server can't find {}: NXDOMAIN", r"\bcan't find (\S+): ", "<host>"),
    _F("HTTP/2", ":authority: {}", r":(?:authority|path): (\S+)", "<host>"),
    _F(
        "OkHttp",
        "subjectAltNames: {}",
        r"(?i)\b(?:subjectAltNames?|altnames|SANs?|subject|issuer)(?::|=) ?(GROUP|[^\s,;\[]+)",
        "<host>",
    ),
    _F("Java", "No name matching {} found", r"\bname matching (WW)", "<host>"),
    _F("OpenSSL", "CN = {}", r"\bCN ?= ?([^,/\n\"'<>]+)", "<name>"),
)
_PROVIDERS = (
    _F(
        "model providers",
        "Incorrect API key provided: {}.",
        r"(?i)\b(?:api|access|secret|license|auth)[ _-]?(?:key|token)(?: provided| id| used)?"
        r"(?::| is| was|) ((?:QQ)|[^\s,;\"']*[*0-9.…][^\s,;\"']*)",
        "<secret>",
    ),
    _F(
        "model providers",
        "the key ending in {} was revoked",
        r"(?i)\b(?:ending|ends|starting|starts|beginning|begins) (?:in|with):? (WW)",
        "<secret>",
    ),
    _F(
        "model providers",
        "in organization {} on tokens per min",
        r"(?i)\b(?:organi[sz]ation|org|workspace|tenant|account|project|deployment|subscription"
        r"|customer|team)(?: id| name)?:? (org-[\w-]+|proj_[\w-]+|QQ|[\w.-]*[0-9][\w.-]*)",
        "<name>",
    ),
    _F(
        "model providers",
        '"messages": {}',
        r"(?i)[\"'](?:messages|contents?|input|prompt|system|parts|text|query|title|completion"
        r"|arguments|instructions?)\\?[\"']\s*:\s*(\[[^\n]*|\{[^\n]*|QQ)",
        "<text>",
    ),
    _F(
        "model providers",
        "content={}, role='user'",
        r"(?i)\b(?:contents?|text|prompt|query|title|input|instructions?|completion)=(QQ|\[[^\n]*)",
        "<text>",
    ),
    _F(
        "model providers", "flagged by policy: {}", r"(?i)\b(?:flagged|blocked)[^:\n]{0,60}: (REST)"
    ),
)
_SYSTEMS = (
    _F(
        "sshd",
        "Failed password for invalid user {} from",
        r"(?i)\bfor (?:invalid user|user|account|principal|login|member|customer) (WW)",
        "<name>",
    ),
    _F("git", "Permission to {} denied to {}.", r"Permission to (\S+) denied to (\S+)", "<name>"),
    _F("git", "pathspec {} did not match", r"\bpathspec (QQ)"),
    _F("git", "couldn't find remote ref {}", r"remote (?:ref|branch) (WW)"),
    _F("git", "repository {} not found", r"(?i)\brepository (QQ)"),
    _F(
        "Kubernetes",
        "pods {} not found",
        r"(?i)\b(?:pods?|secrets?|configmaps?|services|deployments?(?:\.apps)?|namespaces?|nodes?"
        r"|buckets?|queues?|topics?|containers?|clusters?|volumes?|databases?|instances?|stacks?"
        r"|repositor(?:y|ies)|serviceaccounts?|persistentvolumeclaims?|ingresses|jobs?|cronjobs?"
        r"|statefulsets?(?:\.apps)?|vaults?|streams?|channels?|collections?|exchanges?|users?"
        r"|hosts?|groups?|roles?|polic(?:y|ies)|servers?|devices?|peers?|brokers?):? (QQ)",
        "<name>",
    ),
    _F(
        "Docker",
        "No such container: {}",
        r"(?i)\b(?:no such (?:container|image|network|volume|service|host|user|bucket|queue|key)"
        r"|pull access denied for|unable to find image|manifest for):? (WW)",
        "<name>",
    ),
    _F(
        "AWS",
        "arn:aws:iam:{} is not authorized",
        r"\barn:[\w-]+:[\w-]*:([^\s\"'<>,;)]+)",
        "<name>",
    ),
    _F(
        "LDAP",
        "cannot bind {}",
        r"(?i)\b((?:cn|uid|ou|dc|sn|givenname|samaccountname|userprincipalname|l|st|o|c)"
        r"=[^,\n\"'<>/]+"
        r"(?:, ?(?:cn|uid|ou|dc|sn|l|st|o|c|e|emailaddress)"
        r"=[^,\n\"'<>/ ]*(?: [A-Z][^,\s\"'<>/]*)*)+)",
        "<name>",
    ),
)

FRAMES = (*_PROCESSES, *_HTTP, *_PROVIDERS, *_SYSTEMS)
