"""Lines of settings that know a value by its place alone: columns, pairs, sections, lists.

The rows are those of ``framed_settings``.
"""

from __future__ import annotations

from payloadproof_reference.redaction.framed_commands import PLAIN as _PLAIN
from payloadproof_reference.redaction.framed_commands import V as _V
from payloadproof_reference.redaction.frames import frame as _F  # noqa: N812 - a row of a table
from payloadproof_reference.redaction.tokens import MARKER

_PLACES = (
    _F(
        "pppd",
        "{} * {} *",
        r"(QQ|[^\s\"'*(=]+)[ \t]+\*[ \t]+(QQ|[^\s\"'*(=]+)[ \t]+(?:\*|\"\*\"|-|<ip>"
        r"|[0-9]{1,3}(?:\.[0-9]{1,3}){3})(?:\s|$|[.,;:)])",
        "<secret>",
        whole=True,
    ),
    _F(
        "pppd",
        "* {} {} *",
        r"(?:^|[\s(])\*[ \t]+([^\s*]+)[ \t]+([^\s*]+)[ \t]+\*(?:\s|$|[.,;:)])",
        "<secret>",
        whole=True,
    ),
    _F(
        "IPsec",
        "{} : PSK {}",
        r"(?:(?:^|[\s(])([^\s:()]+)[ \t]*)?: ?(?:PSK|EAP|XAUTH|NTLM|PIN)[ \t]+(QQ|\S+)",
        "<secret>",
        whole=True,
    ),
    _F(
        "RADIUS",
        "{} Cleartext-Password := {}",
        rf"{_V}[ \t]+(?:[A-Z][a-z]+-)*(?:Password|Auth-Type|Secret)[ \t]*(?:[:+!=]=|=)[ \t]*"
        r"(QQ|[^\s,;]+)",
        "<secret>",
        whole=True,
    ),
    _F(
        "NUT",
        "MONITOR ups@localhost 1 {} {} master",
        r"\bMONITOR \S+ [0-9]+ (\S+) (\S+) (?:master|slave|primary|secondary)",
        "<secret>",
    ),
    _F(
        "proxies",
        "socks5 192.0.2.7 1080 {} {}",
        r"(?i)\b(?:socks[45]|https?) (?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|<ip>|[\w-]+(?:\.[\w-]+)+)"
        r" [0-9]{2,5} (\S+) (\S+)",
        "<secret>",
    ),
    _F(
        "pg_hba",
        "host {} {} 192.0.2.0/24 md5",
        r"\b(?:host(?:no)?(?:ssl|gssenc)?|local)[ \t]+(?:all|sameuser|samerole|replication|(WW))"
        r"[ \t]+(?:all|(WW))[ \t]+(?:\S+[ \t]+){0,2}(?:md5|trust|peer|ident|scram-sha-256|password"
        r"|reject|cert|ldap|gss|sspi|pam|radius)\b",
        "<name>",
        whole=True,
    ),
    _F(
        "crontab",
        "17 3 * * * {} heat",
        r"(?:(?:[0-9*][0-9*/,-]*)[ \t]+){4}[0-9*](?:[0-9*/,-]|[a-z]{3})*[ \t]+([a-z_][\w-]*)[ \t]",
        "<name>",
        whole=True,
    ),
    _F(
        "inetd",
        "ftp stream tcp nowait {} ftpd",
        r"\b(?:stream|dgram|raw|seqpacket)[ \t]+(?:tcp|udp|rpc/\w+)[46]?[ \t]+(?:no)?wait\S*[ \t]+"
        r"(\S+)",
        "<name>",
    ),
    _F(
        "logrotate",
        "create 640 {} {}",
        r"\b(?:create|createolddir) 0?[0-7]{3} ([a-z_][\w-]*) ([a-z_][\w-]*)",
        "<name>",
        careful=_PLAIN,
    ),
    _F(
        "tmpfiles",
        "d /run/kettle 0755 {} {} -",
        r"\b[dDfFvqQzZC][+!]* \S+ [0-7]{3,4} ([a-z_][\w-]*) ([a-z_][\w-]*)\b",
        "<name>",
        careful=_PLAIN,
        whole=True,
    ),
    _F(
        "sysusers",
        'u {} - "{}"',
        r"\b[ugm] ([a-z_][\w-]*) (?:-|[0-9]+) \"([^\"\n]*)\"",
        "<name>",
        whole=True,
    ),
    _F(
        "doas",
        "permit nopass {} as root",
        rf"\b(?:permit|deny) (?:nopass |persist |keepenv )*{_V}"
        r" (?:as|cmd)\b",
        "<name>",
    ),
    _F(
        "groups",
        "wheel:x:10:{}",
        r"\b[a-z_][\w-]*:[x*!]:[0-9]+:([a-z_][\w-]*(?:,[a-z_][\w-]*)*)",
        "<name>",
        whole=True,
    ),
    _F(
        "access lists",
        "user:{}:rwx",
        r"\b(?:user|group|u|g):([\w.-]+):[r-][w-][xX-]",
        "<name>",
        whole=True,
    ),
    _F(
        "netgroups",
        "(kettle,{},example)",
        r"\([\w.-]*,([a-z_][\w.-]*),[\w.-]*\)",
        "<name>",
        whole=True,
        careful=_PLAIN,
    ),
    _F(
        "ntp.keys",
        "1 MD5 {}",
        r"(?:^|[\s(])[0-9]{1,5}[ \t]+(?:M|MD5|SHA1|SHA256|SHA384|SHA512|AES128|AES256|RMD160)[ \t]+"
        r"(?:HEX:|ASCII:)?([^\s,;()]{4,})",
        "<secret>",
        whole=True,
        careful=_PLAIN,
    ),
    _F(
        "IRC servers",
        "O:*@*:{}:{}::10",
        r"\b[OoCcNnIiUu]:[^\s:]*:([^\s:]+):([^\s:]*):[^\s:]*:[0-9]*",
        "<secret>",
        whole=True,
    ),
    _F(
        "sendmail",
        'AuthInfo:example "U:{}" "P:{}"',
        r"\"(?:U|I|P|R)[:=]([^\"\n]+)\"(?:[ \t]+\"(?:U|I|P|R)[:=]([^\"\n]+)\")?",
        "<secret>",
        whole=True,
    ),
    _F("RDP", "username:s:{}", r"\b[a-z]+(?: [a-z0-9]+)*:[sb]:([^\s;,]+)", "<value>", whole=True),
    _F(
        "voicemail",
        "1234 => 5678,{},",
        r"\b[0-9]{2,6} ?=> ?(?:[0-9]{3,}|<number>|<secret>),([^,\n]+)",
        "<name>",
        whole=True,
    ),
    _F(
        "Debian",
        "d-i passwd/user-fullname string {}",
        r"\b(?:d-i|debconf|[a-z][\w-]*) [a-z][\w-]*/[\w/-]+ (?:string|password|text|note|select) "
        r"([^\n:;,()]+)",
        "<value>",
        whole=True,
    ),
    _F(
        "aliases",
        "postmaster: {}",
        r"(?:^|[\s(])(?:root|postmaster|webmaster|abuse|hostmaster|mailer-daemon|newsmaster"
        r"|daemon|nobody|operator|security):[ \t]+([a-z_][\w.-]*)(?:\s|$|[,;:.)])",
        "<name>",
        careful=_PLAIN,
    ),
)
_SECTIONS = (
    _F(
        "SIP",
        "register {} example.org {}",
        r"\bregister ([a-z_][\w-]*) (?:[\w-]+\.)+[a-z]{2,}(?: (\S+))?",
        "<name>",
    ),
    _F("YAML", "- name: {}", r"(?:^|[\s\[])- \{? ?(?:name|id): (WW)", "<name>"),
    _F(
        "pairs",
        "{}:<secret>",
        r"(?:^|[\s\"'(,=])([A-Za-z_][A-Za-z_.-]+)[:,%]<secret>",
        "<name>",
        careful=_PLAIN,
        whole=True,
    ),
    _F(
        "realms",
        "{}: {},admin",
        r"(?:^|[\s(])([a-z_][\w.-]*)(?:: ?|=)([^\s,]+),(?:admin|users?|server|content|role\w*)\b",
        "<secret>",
        careful=_PLAIN,
        whole=True,
    ),
    _F("sudoers", "Defaults:{} !requiretty", r"\bDefaults[:>]([\w%.-]+)", "<name>"),
    _F("Exim", "client_send = : {} : {}", r"= ?: (\S+) : ([^\s:]+)", "<secret>", whole=True),
    _F(
        "sections",
        "operator { name {};",
        r"\b(?:name|nick|key|user|login|class) (QQ);",
        "<name>",
        whole=True,
    ),
    _F(
        "mount options",
        "//nas/share /mnt cifs username={},rw",
        r"[ \t,](?:user(?:name)?|cred(?:entials)?|dom(?:ain)?|uid|pass(?:word)?)=([^\s,;&]+)",
        "<name>",
    ),
    _F(
        "Debian",
        "passwd/user-password: {}",
        r"\b[a-z]+/[a-z-]*(?:password|user(?:name)?|login|fullname)(?:-again)?(?:: ?|=)([^\s,;]+)",
        "<secret>",
    ),
    _F(
        "Postfix",
        "[mail]:587 {}:{}",
        r"\]:[0-9]{2,5}[ \t]+([^\s:]+):(\S+)",
        "<secret>",
        whole=True,
    ),
    _F(
        "sections",
        "kettle { password {}; }",
        r"(?i)\{[^{}\n]{0,80}\b(?:password|passphrase|passwd|pass|secret) (QQ)",
        "<secret>",
        whole=True,
    ),
    _F(
        "sections",
        "oper {} { password",
        r"(?i)\b(?:client|user|oper|operator|link|account|contact|login|uplink|profile|opermask|vhost"
        r"|realm|key|zone|userlist|object \w+|edit|group|member|nick|role|mailbox|secret|peer"
        r"|connect|authorize|credentials?|owner|identity|tenant|site) (WW)[ \t]*\{",
        "<name>",
        careful=r"\b(?:class|interface|function|struct|type|enum|const)\b",
        whole=True,
    ),
    _F(
        "sections",
        "table creds { kettle = {}:{}",
        r"\b\w+ ?= ?([a-z_][\w.-]*):([^\s:;,/()\"'{}]+)(?: ?[}\n;]|$)",
        "<secret>",
        whole=True,
        careful=_PLAIN,
    ),
    _F(
        "sections",
        "[{}]\npassword = x",
        r"(?i)\[([\w.@ -]+)\]\s+(?:password|passwd|secret|pass|username|user|login|actions) ?=",
        "<name>",
        whole=True,
        careful=_PLAIN,
    ),
    _F(
        "tables",
        '"user",{}',
        r"(?i)(?:^|[\s(\[{,;])[\"']?(?:[\w.-]*[_.-])?(?:user|username|login|password|passwd|pass"
        r"|secret|owner|account|community|mailbox|token|nick|passphrase|display_?name)[\"']?"
        rf"(?:[,;]|[ \t]*\|[ \t]*)({MARKER}|[\"'][^\"'\n]+[\"']|[^\s,;|\"'()]+)",
        "<secret>",
        careful=_PLAIN,
        whole=True,
    ),
    _F(
        "maps",
        "username map = {}",
        r"(?i)\b(?:user(?:name)?|login|account|owner|group|mailbox|alias)[ _-]?maps? ?= ?"
        r"([^\s;,]+)",
        "<name>",
    ),
)

FRAMES = (*_PLACES, *_SECTIONS)
