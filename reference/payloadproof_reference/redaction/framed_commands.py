"""Commands of routers and tools, and the secrets and people that they are given.

The rows are those of ``framed_settings``. What has a key with a name that says enough is taken by
the rules for keys; here stands what has none, or one that means something else elsewhere.
"""

from __future__ import annotations

from payloadproof_reference.redaction.framed_settings import FORM as _FORM
from payloadproof_reference.redaction.frames import frame as _F  # noqa: N812 - a row of a table
from payloadproof_reference.redaction.tokens import MARKER

#: A word without quotes, or one in quotes.
V = rf"(QQ|{MARKER}|[^\s,;()\[\]{{}}\"'`<>]+)"
#: What stays where it stands in the place of data, as ``all`` in a table of hosts.
PLAIN = r"\b(?:no|not|the|an?|for|is|are|on|in|of|to)\s*$"

_ROUTERS = (
    _F(
        "routers",
        "snmp-server user u v3 auth sha {} priv aes 128 {}",
        r"(?i)\bauth(?:entication(?:-mode)?)? (?:md5|sha[0-9-]*) (\S+)"
        r"(?: priv(?:acy(?:-mode)?)? (?:aes|des|3des)[0-9-]*(?: [0-9]{2,3})? (\S+))?",
        "<secret>",
    ),
    _F(
        "routers",
        "snmp-server contact {}",
        r"(?i)\b(?:snmp-server|snmp-agent sys-info|snmp|snmpd|sys-info) (?:contact|location"
        r"|chassis-id|sysname|name) (QQ|[^\n:;,()\[\]{}\"]+)",
        "<name>",
    ),
    _F(
        "routers",
        "snmp-server host 192.0.2.7 version 2c {}",
        r"(?i)\b(?:snmp-server host|trap-host|target-host|trap2?sink) \S+(?: (?:traps|informs|trap"
        r"|version|params|securityname|udp-domain|[0-9][c0-9]?|v[0-9]c?|vrf \S+))* (\S+)",
        "<secret>",
    ),
    _F(
        "routers",
        "crypto isakmp key {} address 192.0.2.7",
        rf"(?i)\bkey {_FORM}{V} (?:address|hostname|peer)\b",
        "<secret>",
        whole=True,
    ),
    _F(
        "routers",
        "message-digest-key 1 md5 {}",
        rf"(?i)\b(?:message-digest-key|authentication-key|digest-key|key-chain|key-id|auth-key) "
        rf"[0-9]{{1,5}} {_FORM}{V}",
        "<secret>",
    ),
    _F(
        "routers",
        "radius-server host 192.0.2.7 key {}",
        r"(?i)\b(?:radius|(?:hw)?tacacs|ldap|aaa)(?:[ -](?:server|scheme))? [^\n;]{0,60}?\b(?:key"
        rf"|secret|shared-key|shared-secret|password) {_FORM}{V}",
        "<secret>",
        careful=PLAIN,
    ),
    _F(
        "routers",
        "aaa group server radius {}",
        rf"(?i)\baaa (?:group server|authentication|authorization|accounting) \S+ {V}",
        "<name>",
        careful=PLAIN,
    ),
    _F(
        "routers",
        "standby 1 authentication {}",
        rf"(?i)\b(?:(?:standby|vrrp|glbp|hsrp|vrid) [0-9]{{1,4}}|nhrp|ospf|isis|rip|eigrp) "
        rf"authentication(?:-mode)?"
        rf" {_FORM}(?:text |string )?{V}",
        "<secret>",
    ),
    _F(
        "routers",
        "option key {}",
        r"(?i)\b(?:option|set|seta|setu|sets|edit|add|config) (?:key|name|fullname|full-name|title"
        rf"|description|comment|alias|remark|snmp-name|sysname|hostname|ssid|key[0-9]|wpakey) {V}",
        "<value>",
        careful=PLAIN,
    ),
    _F("routers", "edit {} set", rf"\bedit {V} (?:set|next|end)\b", "<name>"),
    _F(
        "MikroTik",
        "/user add name={}",
        rf"\b(?:add|set)\b[^\n=]{{0,40}} name={V}",
        "<name>",
    ),
    _F(
        "routers",
        "user-name ada plaintext {}",
        rf"(?i)\b(?:plaintext|cleartext|plain-text|irreversible-cipher|sha256-password|cipher) {V}"
        r"(?:\s*$|[.,;:)]| )",
        "<secret>",
        careful=PLAIN,
        whole=True,
    ),
)
#: What says that a pair of words with a colon between is a user and a password.
_OF_PAIRS = (
    r"(?:static|creds?|credentials?|allow|basic-?_?auth|users?|login|auth|digest|register ?=>|up"
    r"|echo|printf|proxy-user|userpass|user_pass|accounts?|secrets?|passwd|:pserver|:ext|plain"
    r"|htpasswd|userpwd|ident|npmauthident|security\.user|members|list|admin|-u|-U)"
)
_TOOLS = (
    _F("3proxy", "users {}:CL:{}", r"([\w.-]+):(?:CL|CR|NT):([^\s,]+)", "<secret>", whole=True),
    _F("Redis", "AUTH {} {}", r"\bAUTH (\S+) (\S+)", "<secret>", careful=PLAIN),
    _F(
        "pairs",
        "static:{}:{}",
        rf"(?i)(?:^|[\s(.\"'_:-]){_OF_PAIRS}[\"']?[ \t:=]{{1,3}}[\"'{{(]?"
        r"([a-z_][\w.-]*):([^\s:;,()\"'/{}]+)(?:\s|$|[.,;:)\"'@}])",
        "<secret>",
        careful=PLAIN,
        whole=True,
    ),
    _F(
        "pairs",
        "allow {}:{}",
        r"(?i)\b(?:allow|users?|auth|login|credentials?|creds) (QQ|[a-z_][\w.-]*):(QQ)",
        "<secret>",
        whole=True,
    ),
    _F("Linux", "echo {}:{} | chpasswd", r"([\w.-]+):(\S+?)[\"']? ?\| ?chpasswd", "<secret>"),
    _F(
        "Dovecot",
        "{}:{PLAIN}{}",
        r"([\w.@-]+):\{(?:PLAIN|CLEAR|CLEARTEXT|CRAM-MD5|DIGEST-MD5|BLF-CRYPT|[A-Z0-9-]+CRYPT"
        r"|S?SHA[0-9]*)(?:\.[A-Za-z0-9]+)?\}(\S+)",
        "<secret>",
        whole=True,
    ),
    _F(
        "Windows",
        "net user {} {} /add",
        r"(?i)\bnet (?:user|use \S+ \S+|accounts|localgroup \S+) ([^\s/]\S*)(?: ([^\s/]\S*))?",
        "<secret>",
        careful=PLAIN,
    ),
    _F(
        "Windows",
        "cmdkey /user:{} /pass:{}",
        r"(?i)(?:^|[\s(])/(?:u|p|user|pass|password|pwd|username|login|domain|account|add):(\S+)"
        r"(?:[ \t]+/(?:u|p|user|pass|password|pwd|username|login|domain|account|add):(\S+))?",
        "<secret>",
    ),
    _F(
        "SQL",
        "CONNECT TO app USER {} USING {}",
        r"\b(?:USER|AS) (QQ|\w+) USING (QQ|\w+)",
        "<secret>",
    ),
    _F(
        "SQL",
        "CREATE USER {}",
        r"\b(?:CREATE|ALTER|DROP|RENAME) (?:USER|ROLE|LOGIN|GROUP) (?:IF (?:NOT )?EXISTS )?(WW)",
        "<name>",
    ),
    _F(
        "IPMI",
        "user set name 2 {}",
        rf"(?i)\buser set (?:name|password) [0-9]{{1,3}} {V}",
        "<secret>",
    ),
    _F(
        "tools",
        "isql -U {} -P {}",
        r"(?:^|\s)-[UDu] ?([^\s-]\S*)(?:[ \t]+-[A-Za-z] \S+)?[ \t]+-[PpWw] ?([^\s-]\S*)",
        "<secret>",
        whole=True,
    ),
    _F(
        "racadm",
        "racadm config -o cfgUserAdminPassword -i 2 {}",
        r"\bcfg\w*(?:Password|UserName|Community|Name)\w* (?:-i [0-9]+ )?(\S+)",
        "<secret>",
    ),
    _F(
        "htpasswd",
        "htpasswd -b file {} {}",
        r"\b(?:htpasswd|htdigest|mosquitto_passwd|dovecot-pw|saslpasswd2|smbpasswd)"
        r"(?: -\w+)*(?: \S+)? "
        r"([^\s-]\S*) (\S+)",
        "<secret>",
        careful=PLAIN,
    ),
    _F(
        "tools",
        "open -u {},{}",
        r"(?:^|\s)-[uU] ?([^\s,%:-]+)[,%:]([^\s,]+)",
        "<secret>",
        whole=True,
    ),
    _F(
        "tools",
        "chown {}:{}",
        r"\b(?:chown|chgrp|useradd|adduser|usermod|userdel|deluser|gpasswd|chage|runuser|kinit)"
        r"(?: -{1,2}[\w-]+)* ([^\s-][^\s:,;()]*)(?::([^\s:,;()]+))?",
        "<name>",
        careful=PLAIN,
    ),
    _F("XML", "<![CDATA[{}]]>", r"<!\[CDATA\[([^\]\n]*)", "<text>"),
    _F(
        "ZNC",
        "<User {}>",
        r"<(?:User|Network|Account|Oper|Client|Host|Peer) ([^<>\n=]+)>",
        "<name>",
    ),
)
FRAMES = (*_ROUTERS, *_TOOLS)
