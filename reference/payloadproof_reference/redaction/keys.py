"""The names by which settings of every software call a secret, or somebody.

Rule 1: closed lists, of the words that a name ends in: ``db_password``, ``smtpPass``, ``fromuser``.
Rule 2: what stands before such a word in one name is not looked at. Files of settings put the names
of their sections there.
"""

from __future__ import annotations

#: What a key ends in whose value nobody may see.
UNSAID = (
    r"passw(?:or)?d(?:[ _-]?hash)?|passwd|pwd|pass[ _-]?phrases?|passcode|secret|credentials?"
    r"|private[_-]?key|jwt|cookie"
    r"|\b(?:[\w.-]*[_.-])?pass|[a-z0-9]+pass|passw|userpw|[_.-]pw|nonce|code_verifier"
    r"|one[_-]?time[_-]?code|mnemonic|psk|community(?:[ _-]?(?:string|name))?|pre-?shared key"
    r"|(?-i:[A-Z0-9]+_(?:AUTH|KEY|TOKEN|PW))|conn(?:ection)?[ _-]?str(?:ing)?"
    r"|(?:api|app|auth|access|account|client|deploy|encryption|master|service|signing|storage"
    r"|shared|session)[ _-]?(?:key|token|secret|id|password)|apikey|csrf|otp|sid|dsn"
    r"|secret[_-]?key[_-]?base|authtok|authkey|wpakey|key[_-]?id|masterauth"
    r"|(?:root|bind|admin|db|my|smtp|ldap|default)[_-]?pw"
)
#: What a key is, or ends in behind a ``_`` or a dot, that says who or where somebody is.
WHO = (
    r"user(?:[ _-]?(?:name|id))?|uid|login|e-?mail|hostname|host|owner|author|project|workspace"
    r"|repo|repository|branch|cwd|home|folder|customer|tenant|org|phone|address|server|data source"
    r"|database|account(?:[ _-]?(?:name|id))?|principal|subject|assignee|reviewer|recipient|sender"
    r"|contact|company|organi[sz]ation|team|employee|patient|member|nickname|dbname"
    r"|(?:full|first|last|given|family|display|sur|middle|maiden|legal|real)[ _-]?name|street|city"
    r"|passport(?: no| number)?|ssn|vin|dob|birth(?:day|date|_date)?|date of birth"
    r"|serial(?: number)?"
    r"|imei|iban|bucket|namespace|cluster|container|pod"
    r"|topic|queue|site|domain|realm|identity|committer|signed-off-by|guest|applicant"
    r"|nick|mailbox|admin(?:istrator)?|group|ssid|(?:left|right|local|remote|peer|my)[_-]?(?:id|name)"
    r"|user(?:name)?_(?:in|out)|superuser|maintainer|operator|(?:bind|root|base|user)[_-]?dn"
    r"|gecos|cid_name"
    r"|(?:(?:mail|smtp|reply|envelope)[_-]?|[_-])from|callerid|logname|sn|cn"
    r"|(?:short|login|nick|screen|member|owner|contact|group|profile|personal|common)[ _-]?name"
    # Glued to what stands before: DBUser, fromuser, remoteuser, SMTPUsername.
    r"|\w{1,30}(?:user(?:[_-]?name)?|login|owner|account|nick(?:name)?|mailbox)"
)
#: What is somebody's even where a word without any sign between follows: ``user ada``.
SAID_OF_SOMEBODY = (
    r"users?|user-?names?|user-?id|login|log[-_]?name|owner|account|mailbox|nick|nick-?name"
    r"|(?:display|real|full|owner|account|contact|admin|client)[-_ ]?name|contact|identity"
    r"|administrator|(?:owner|user|admin|account)[-_]e?mail"
)
#: The same of secrets.
SAID_OF_SECRETS = (
    r"password|passwd|pass[-_ ]?phrase|pass|pwd|secret|psk|community(?:[ -]string)?|credentials?"
    r"|pre-?shared[- ]key|shared[-_ ]key"
)
#: Words of settings that end in none of these, and of which each word of their line is data.
DIRECTIVES = (
    r"requirepass|masterauth|masteruser|bindpw|rootpw|rootdn|binddn|authtok|r[ow]community6?"
    r"|r[ow]user|createuser|com2sec6?|sys-?contact|sys-?location|sys-?name|trapcommunity|trap2?sink"
    r"|informsink|defsecurityname|def(?:auth|priv)?passphrase|cache_mgr|contactinfo|auth-?name"
    r"|auth-?key|wpakey|nwid|srcid|suexecusergroup|sqlconnectinfo|useralias|proxy_auth|authname"
    r"|pass4symmkey|server-?admin|key-string|authentication-key|sent-username|allowusers|denyusers"
    r"|allowgroups|trusted-users?|valid-users?|passcmd|keyid|signingkey|maintainer|sender|author"
    r"|plain-?text-password(?:-value)?|encrypted-password|hashedcontrolpassword|guest_?user"
    r"|authorized_for_\w+|nnrpaccess|passphrases|contact_name|(?:white|black)list_(?:from|to)"
    r"|virtual_alias|chroot_list|cgiauth"
    r"|map to guest|remotename|preshare|ssid|com_string|banner(?: motd| login| exec)?"
    r"|description|alias|ipsec id|chap hostname"
    r"|auth_param \w+ realm|[\w-]+_(?:pw|dn)"
)
#: Names of settings that are whole sentences of somebody's: up to the end of their line.
WORDED = (
    r"(?:real|full|display|personal|nick|given|family|first|last|sur|company|org|organi[sz]ation"
    r"|legal|contact|author|owner|from|cid)[ _.-]?name|gecos|sender|maintainer|owner|author"
    r"|contact(?:info)?|location|sys-?contact|sys-?location|organi[sz]ation|company|callerid"
    r"|quit-?msg|(?:part|away|quit|signature|welcome)[_-]?(?:msg|message|text)|motd|banner|alias"
    r"|realm|comment|department|address|street|city|customer|from_?name|sn|cn|displayname"
)
#: Of whom there are several in a row.
LISTED = (
    r"[\w-]*[ _.-]?(?:users|communities|admins|administrators|members|owners|recipients|operators"
    r"|(?:read|write|admin|access|valid|invalid) list|contacts|logins|accounts|maintainers"
    r"|superusers|moderators|opers|nicks)|user_alias \w+|authorized_for_\w+"
)
#: Behind which somebody's own words stand.
SAID_OF_A_PROMPT = (
    r"(?:user |system )?prompt|completion|assistant|human"
    r"|user[ _]?(?:said|asked|input|message|query)|question|answer"
)
#: The same, of words that messages use too.
ASKED = (
    r"title|subtitle|query|input|text|summary|subject|content|transcript|note|instructions?"
    r"|narrative"
)
#: The last part of a host's name.
TLD = (
    "com|net|org|dev|app|ai|cloud|co|de|fr|uk|eu|us|ch|nl|jp|cn|ru|br|in|it|es|pl|se|info|biz|test"
    "|io|me|tech|xyz|gg|au|ca|cz|dk|fi|hu|ie|kr|mx|nz|pt|ro|sg|tw|ua|za|gov|edu|mil|tv|ly|vc"
    "|example|invalid|internal|intranet|local|lan|corp|home|localdomain|private"
)
