"""What files of settings, and those who read them aloud, hold of secrets, people and hosts.

Each row: the software, its sentence with ``{}`` for the data, and the pattern, whose groups are the
data. The rules are those of ``frames``. A key with ``=`` or ``:`` has rules of its own: what stands
here has a blank between, a call around it, or a table of columns.
"""

from __future__ import annotations

from payloadproof_reference.redaction.frames import frame as _F  # noqa: N812 - a row of a table

#: The name of a variable that holds a secret or a name.
_VARIABLE = (
    r"[A-Za-z0-9_]*(?i:pass|pwd|secret|token|key|auth|user|name|host|mail|dsn|cred|login|account"
    r"|owner|org|tenant|team|domain|bucket|database)\w*"
)
#: A word by which a line of settings says that a secret or a name follows.
_DIRECTIVE = (
    r"password|passwd|passphrase|secret|user|username|login|account|requirepass|masterauth"
    r"|masteruser|rootpw|bindpw|rootdn|binddn|authtok|insecure-password|psk|wpa-psk|identity"
    r"|hostname|server_name|servername|serveralias|serveradmin|host|proxyjump|identityfile"
    r"|allowusers|denyusers"
    r"|rocommunity|rwcommunity|community|key-string|pre-shared-key|shared-secret|auth-token"
    r"|api-key|api_key|apikey|token|from|mailto|realm|workgroup|domain|search|organization"
    r"|email|mail|signingkey|server-name|ssid|basic_auth|auth_basic|real_name|realname|access-key"
)

#: How a line says in which form a secret follows.
FORM = (
    r"(?:(?:[0-9]{1,2}|level [0-9]{1,2}|ascii|ascii-text|hex|md5|sha|cipher|simple|plain"
    r"|plaintext|cleartext"
    r"|encrypted|clear|irreversible-cipher|ENC|set-key) )*"
)

_LINES = (
    _F(
        "shells",
        "setx DB_PASSWORD {}",
        r"(?i)(?:^|[\s;&|`\"'(<>])(?:setx|setenv|set -[a-zA-Z]+|set|fastcgi_param|uwsgi_param"
        r"|env|arg|declare -\w+|typeset -\w+|local|var|let|const)(?: -{1,2}\w+)* "
        rf"{_VARIABLE}[ =] ?{FORM}(QQ|[^\s;]+)",
        "<secret>",
    ),
    _F(
        "docker",
        "docker run -e DB_PASSWORD={}",
        r"(?:^|\s)(?:-e|--env|--build-arg|-D|--set|--set-string|--from-literal|--secret|-v)[ =]?"
        r"[\"']?[\w.]+=(QQ|[^\s\"']+)",
        "<secret>",
    ),
    _F(
        "Kubernetes",
        "name: DB_PASSWORD, value: {}",
        r"(?i)[\"']?\bname[\"']?: ?[\"']?"
        rf"{_VARIABLE}[\"']?,?\s{{0,12}}[\"']?value[\"']?: ?(WW)",
        "<secret>",
    ),
    _F(
        "systemd",
        'Environment="DB_PASSWORD={}"',
        r"\bEnvironment=[\"']?\w+=((?:QQ)|[^\s\"'][^\n\"']*)",
        "<secret>",
    ),
    _F(
        "lines of settings",
        "line 3: user {}",
        r"(?i)(?:\bline [0-9]+|\.(?:conf|cfg|ini|rc|cnf|properties|env)(?::[0-9]+)?|directive"
        r"|setting"
        rf"|^ *[0-9]+[:|>])[:)]? *[\"'`]?(?:{_DIRECTIVE})[ \t]+(QQ|[^\s=:'\"][^\s]*)",
        "<secret>",
    ),
    _F(
        "Redis",
        "requirepass {} in line 3",
        r"\b(?:requirepass|masterauth|masteruser|rootpw|bindpw|authtok|insecure-password|wpa-psk"
        r"|rocommunity6?|rwcommunity6?|key-string|pre-shared-key|shared-secret|auth_basic"
        r"|ssl_certificate_key|server_name|keystore_password|stats auth|identity|AUTH"
        r"|IDENTIFIED BY(?: PASSWORD)?|PASSWORD|IDENTIFIED WITH \w+ (?:BY|AS)|ServerName"
        r"|ServerAlias|ServerAdmin) "
        rf"{FORM}((?:QQ)|[^\s;,()=:]{{2,}})",
        "<secret>",
    ),
    _F("Redis", "user app on >{} ~*", r" on (?:\S+ )?[>#]([^\s]+)", "<secret>"),
    _F("ACL", "user {} on >", r"(?i)\buser (QQ|[^\s:=]+) on [>#~+]", "<name>", whole=True),
    _F(
        "Cisco",
        "username {} password 7 {}",
        r"\busername ([^\s-]\S*)(?: privilege [0-9]+)?(?: (?:password|secret)(?: [0-9])? (\S+))?",
        "<secret>",
    ),
    _F(
        "Cisco",
        "enable secret 5 {}",
        rf"\b(?:enable|super|line|neighbor \S+) (?:secret|password) {FORM}(\S+)",
        "<secret>",
    ),
    _F(
        "ssh",
        "HostName {}",
        r"(?:^[ \t]+User|\b(?:HostName|ProxyJump|IdentityFile|RemoteForward|LocalForward"
        r"|AllowUsers|DenyUsers|CertificateFile))[ \t]+(QQ|\S+)[ \t]*$",
        "<name>",
    ),
    _F(
        "fetchmail",
        "poll {} proto imap user {}",
        r"\bpoll (WW) [^\n]*?\b(?:user|username) (WW)",
        "<name>",
    ),
    _F("HAProxy", "stats auth {}", r"\bstats auth (\S+)", "<secret>"),
    _F(
        "nginx",
        "proxy_set_header X-Auth {};",
        r"\b(?:proxy_set_header|add_header|more_set_headers|RequestHeader set|Header set"
        r"|header) [\w-]+ (QQ|[^\s;]+)",
        "<secret>",
    ),
    _F(
        "nginx",
        "server_name {};",
        r"\b(?:server_name|ssl_certificate_key|auth_basic_user_file) ([^;\n]+);",
        "<host>",
    ),
    _F(
        "Apache",
        "SetEnv APP_TOKEN {}",
        r"\b(?:SetEnv|PassEnv|SetEnvIf \S+ \S+|Define|php_value|php_admin_value|UnsetEnv|AuthName"
        r"|Require (?:user|group)) (?:[\w.]+ )?(QQ|\S+)",
        "<secret>",
    ),
    _F("Dockerfile", "ENV DB_USER {}", r"\b(?:ENV|ARG|LABEL) [\w.]+[ =](QQ|[^\n]+)", "<secret>"),
    _F("Dockerfile", "LABEL maintainer={}", r"(?i)\bmaintainer[ =]([^\n]+)", "<name>"),
    _F(
        "PowerShell",
        "[Environment]::SetEnvironmentVariable({})",
        r"(?i)\b(?:SetEnvironmentVariable|putenv|setenv|set_env|set_var|env\.set|define_method"
        r"|ini_set)\(([^)\n]*)\)?",
        "<secret>",
    ),
    _F("Windows registry", "Password    REG_SZ    {}", r"\bREG_\w+\s+([^\n]+)", "<value>"),
    _F("Windows registry", "reg add HKCU /v Password /d {}", r"(?i) /d (QQ|\S+)", "<value>"),
    _F(
        "property lists",
        "<key>Password</key>\n<string>{}</string>",
        r"</key>\s*<(?:string|data|integer|date)>([^<]*)",
        "<secret>",
    ),
    _F(
        "npm",
        "//registry.example/:_authToken={}",
        r":?_(?:authToken|auth|password)\s?=\s?(QQ|\S+)",
        "<secret>",
    ),
    _F(
        "calls",
        "setPassword({})",
        r"(?i)\b\w*(?:password|passwd|secret|token|api_?key|credential|user_?name|login|email"
        r"|host_?name|bucket|tenant)s?\(((?:QQ)(?:, ?(?:QQ))?)",
        "<secret>",
    ),
    _F(
        "calls",
        "setProperty('db.password', {})",
        r"(?i)[\"'][\w.-]*(?:password|passwd|pass|pwd|secret|token|key|auth|credential|user"
        r"|username|login|email|host|dsn)[\"'], ?(QQ)",
        "<secret>",
    ),
    _F(
        "indexed settings",
        "$cfg['db_user'] = {}",
        r"(?:\[[\"'][\w.-]+[\"']\] ?(?:=|=>|:)|\w\[[\w.-]+\] ?=) ?(QQ|[^\s;,]+)",
        "<value>",
    ),
    _F(
        "git",
        "[remote {}]",
        r"\[(?:remote|branch|url|credential|includeIf|submodule|user|profile|host) (QQ|[^\]\n]+)\]",
        "<name>",
    ),
    _F(
        "msmtp",
        "user {} password {}",
        r"\b(?:user|username|login|account) (\S+) (?:password|passwd|pass|pw|secret) "
        rf"{FORM}(\S+)",
        "<secret>",
    ),
    _F("git", "[user]\n name = {}", r"\[user\]\s*(?:name|email) ?= ?([^\n]+)", "<name>"),
    _F("libpq", "host={} port=5432 user={}", r"\bhost=(WW) [^\n]*?\buser=(WW)", "<name>"),
    _F(
        "passwd",
        "{}:x:1000:1000:{}:/bin/sh",
        r"(?:^|[\s\"'])([\w.-]+):[x*!]?:[0-9]+:[0-9]+:([^:\n]*)",
        "<name>",
    ),
    _F(
        "shadow",
        "{}:19000:0:99999:7:::",
        r"(?:^|[\s\"'])([\w.-]+:[^\s:]*):[0-9]{4,6}:[0-9]*:[0-9]*:[0-9]*:",
        "<secret>",
    ),
    _F(
        "htpasswd",
        "{}:{SHA}aGVsbG8=",
        r"(?:^|[\s\"'])([\w.@-]+):\{(?:SHA|SSHA|MD5|CRYPT)[0-9]*\}\S+",
        "<secret>",
    ),
    _F(
        "sudoers",
        "{} ALL=(ALL) NOPASSWD: ALL",
        r"(?:^|[\s\"'])(%?[\w.@-]+)[ \t]+\w+ ?= ?\(\w+(?::\w+)?\)",
        "<name>",
    ),
    _F(
        "chpasswd",
        "chpasswd: line 1: {}",
        r"\b(?:chpasswd|newusers): (?:\([^)\n]*\) )?(?:line [0-9]+[:,] )?(REST)",
        "<secret>",
    ),
    _F(
        "Oracle",
        "jdbc:oracle:thin:{}@localhost:1521:xe",
        r"\b(?:jdbc:oracle:\w+:|sqlplus |CONNECT |conn )([\w.$#-]+/[^\s@]+)",
        "<secret>",
    ),
    _F(
        "hosts",
        "127.0.0.1 {}",
        r"^[ \t]*(?:[0-9]{1,3}\.){3}[0-9]{1,3}[ \t]+([A-Za-z][\w.-]*(?:[ \t]+[A-Za-z][\w.-]*)*)$",
        "<host>",
    ),
    _F(
        "known_hosts",
        "{} ssh-ed25519 AAAA",
        r"(?:^|\s)(\S+) (?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\w+) AAAA\S*",
        "<host>",
    ),
    _F(
        "authorized_keys",
        "ssh-ed25519 AAAAC3Nz {}",
        r"\b(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\w+) \S+ (\S+)",
        "<name>",
    ),
    _F(
        "Terraform",
        "variable owner default = {}",
        r"\b(?:default|value|secret_string|secret_data|content|hostname|fqdn|display_name|name"
        r"|description) += ?(QQ)",
        "<value>",
    ),
    _F(
        "HCL",
        'resource "aws_s3_bucket" {}',
        r"\b(?:resource|module|provider|data|backend|variable) \"[\w-]+\" (QQ)",
        "<name>",
    ),
    _F(
        "WireGuard",
        "PrivateKey = {}",
        r"\b(?:PrivateKey|PresharedKey|PublicKey|Endpoint|AllowedIPs|Address|DNS) ?= ?(\S[^\n]*)",
        "<secret>",
    ),
    _F(
        "parsers of settings",
        "Invalid line: {}",
        r"(?i)\b(?:invalid|bad|malformed|unparse?able|offending|unrecogni[sz]ed|illegal|skipping"
        r"|ignored|ignoring|garbage|parse|parsing) (?:[\w-]+ ){0,3}?(?:line|entry|directive|setting"
        r"|property|assignment|statement|declaration|record|row)(?: [0-9]+)?"
        r"(?: of [\w.-]+| in [\w.-]+| at [\w.:-]+)?: (QQ|[^\s]+(?:\s?[=:]|\s+)[^\n]+|\S+$)",
    ),
    _F(
        "parsers of settings",
        "invalid configuration: {}",
        r"(?i)\b(?:invalid|bad|malformed|unknown|illegal|unsupported) (?:[\w-]+ ){0,2}(?:config"
        r"(?:uration)?|setting|variable|definition|rule|option|property|env)(?: value)?:? "
        r"(QQ|[\w.-]+ ?[=:] ?[^\n]+)",
    ),
    _F(
        "parsers of settings",
        "line 3: {}",
        r"(?i)\b(?:line|row|record|entry) [0-9]+(?:, col(?:umn)? [0-9]+)?(?: of [\w.-]+"
        r"| in [\w.-]+)?: ?(QQ|[\w.-]+ ?[=:][^\n]*)",
    ),
)
_FILES = (
    _F("PHP", "define('DB_PASSWORD', {})", r"(?i)\bdefine\(\s*(?:QQ)\s*,\s*(QQ)", "<secret>"),
    _F(
        "netrc",
        "machine {} login {} password {}",
        r"\bmachine (\S+)(?:\s+login (\S+))?(?:\s+(?:account \S+\s+)?password (\S+))?",
        "<secret>",
    ),
    _F("netrc", "login {} password {}", r"\blogin (\S+)\s+password (\S+)", "<secret>"),
    _F(
        "pgpass",
        "in line 3: {}",
        r"((?:[\w*-][\w.*-]*|<\w+>):(?:[0-9]{4,5}|\*):(?:\*|[a-f0-9-]*[g-z_][\w-]*):[^\s:/]+:\S+)",
        "<secret>",
    ),
    _F("kubeconfig", "client-key-data: {}", r"\b[a-z-]+-data: ?(\S+)", "<secret>"),
    _F("web.config", '<add key="Database" value={} />', r"\bkey=(?:QQ)\s+value=(QQ)", "<secret>"),
    _F(
        "crypt",
        "ada:{}",
        r"(\$(?:2[abxy]|apr1|1|5|6|y|argon2[a-z]*|scrypt|7)\$[^\s\"',]+)",
        "<secret>",
    ),
    _F(
        "one-time codes",
        "OTP {} has expired",
        r"(?i)\b(?:otp|pin|passcode|one-time (?:code|password)|verification code|security code"
        r"|2fa code|mfa code)(?: is| was|:| =|=)? ((?:QQ)|[0-9]{4,10}|[0-9]{3}[ -][0-9]{3})",
        "<secret>",
    ),
)

FRAMES = (*_FILES, *_LINES)
