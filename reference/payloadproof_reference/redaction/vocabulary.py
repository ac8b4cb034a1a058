"""The words that messages of software use of themselves, and that are no trace of anybody.

Rule 1: a closed list. It was gathered from what the standard library of Python and its best known
libraries raise, and is kept to nouns, verbs and adjectives of programs; a name is none of them.
Rule 2: it is asked only of a word without quotes that stands where a value does. Elsewhere a word
stays anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from payloadproof_reference.redaction.tokens import named

#: Beside those of ``frames`` and ``words``.
VOCABULARY = named(
    """
    able abstract access account ack acquire active adding addition additional address
    addresses again against alias aliases align aligned alignments all allocate allocated
    alphabet also alternative always ancestors anchor annotation another answer answered
    answers any api append apply architecture archive archives args arguments arm around
    arrays ask assert assertion assignable assignment associated asyncio attached attachment
    attempt attribute attributes authenticate authentication authority avoid awaited away axes
    axis backend backslash barrier base based baseline basetype bash batch batches begin
    between beyond billing binary bind blank blanks block blocking blocks bom border borrow
    borrowed both bottom bound boundary bounds brace braces bracket brackets branch breaker
    broadcast broadcasting broken browser bucket buckets build building builds bus byte cache
    calculating call callable callables callback called calling calls canceling candidates
    cast caught cdata cell center centre certificate cfg chain changed channels character
    characters check checking checkpoint checksum child choice choose chunk chunks cipher
    circuit circular clarity clause clauses clean close closing closure cluster codec
    codepoint coefficient collation collect collection collections colon colons color cols
    columns combination combinator combine comma commands commas comment commit common
    compaction compare comparison compilation compile compiler complete completed comply
    components compressing compute concatenate concurrent condition conditions connect
    connecting connections constant constants constraint constraints construct constructor
    consume consumer container containers contains context continuation contract control
    converge convergence conversion convert converted cookie coordinate coordinates core
    corner corners coroutine corresponds corrupted count cpus crate credentials currency
    current cursor dash dashes database dataclass datatype datatypes datetimes day deadline
    deadlock debug decimal declaration declared decode decoder decoding decompressing decrypt
    decrypting deep defaults definition degree degrees deleting deletion delimiter dense
    dependency deprecated depth dereference descriptor deserializing dest destination
    destroyed destructor destructure details detected development device diagonal diagonals
    dictionaries dictionary dicts different digit digits dim dimension dimensions dir directed
    directive directories directory disambiguate discriminator disk dispatcher divide division
    docker doctype document domain dot dots down driver dtd dtype due dumped duplicate
    duplicated duration dynamic each edge edgelist edges editor eight either element elements
    email embedding emitter enclosed encode encoding encrypt encrypting encryption ended
    endian engine entity entries entry enum enumeration env environment epilog equation
    equations escape established evaluate even event every exactly example examples except
    exception exceptions execute executing execution executor exhausted exist exit exited
    expand expecting exponent exported exports exposed expr express expression expressions ext
    extension external extra extraction extras failover failure fatal fault feature fetch
    fetching few fiber field fields fifth filename files filter filtering filters final
    finalization find fingerprint finish first fit five flags flush folder folders follower
    following follows footer foreign form forms four fourth fraction frame frames free
    frequency full functions future futures gap general generate generator generators git glob
    global gmt got grammar graph graphs greater grouping groups hand handle handler handling
    handshake hang happen hash hashes headers healthy heap height held helper hex hidden hint
    hints history hook hour how http hyphen hyphens illegal image images immediate implement
    implicitly imported importing imports include incompatible incomplete indent indentation
    indicator indices info inheritance init initial initialization initialize initialized
    initializer initializing inline inputs inserting inside install installation instance
    instances instantiate instruction insufficient integers interpretation interpreter
    intersection interval intervals introspection invert invoke invoked ipaddress items
    iterable iteration iterations iterator itself java javascript just keep kernel keys
    keywords known kwargs label labels lang language languages large last latch layer layers
    layout leader lease least left len less letter letters level levels lib library likely
    link linker links listen listener lists literal loaded loader loading local locale locally
    locals location locator lock lockfile locking locks log logging logic login logs long
    lookahead lookbehind looking loop lost lower macro magic make mantissa manual many mapper
    mapping maps margin mark marker marks match matching matchings math matrices matrix max
    maximum may mean member members membership memory merge merging messages metadata methods
    metric metrics middle migration min minute minutes mode model models modified modules
    moment month most moved multi multipart multiple multiplication multiplied multiply
    mutable mutations mutex named namespace near needed neither nesting net network never
    newer newline newlines next nine node nodes non nonterminal norm normalize note notes
    notify now npm objects observer octal offsets often old once one opening opens operand
    operands operation operations operator operators optimize options organization origin
    original other others our outer outside overflow overhead override overwriting pack
    package packages padding page pair panic paragraph parameter parameters params paren
    parens parent parentheses parenthesis parity parse parsing partial partially parts pass
    passed patching path paths pattern paused percent perform period permitted permutation
    phrase phrases pickle piece pip pipe pipes place places plan platform plotting plugin
    plugins pod point pointer points policy polling pop population ports positional positive
    possibly pre precision predicate predicates prematurely prepare previous primary print
    private proceeding processes producer production profile program progress prolog promise
    prompt properties property proposal protocol prototypes provide provider pseudo public
    publisher push python quantifier quarter queries query question questions quorum quota
    quote quotes radix raises ranges rash rate reach reached read reading readonly reason
    rebuilding receive received receiving recent recompile record records recursion redeclare
    redis reducing reference referenced references refs refusing regex regexp region register
    registered registry regular relation relationship relationships reloaded remaining remote
    removing rename render repeat replace replica replicas replication report repository
    represent requested requests require requires reserved resolve resolved resource rest
    restarted restarting retries retry retrying revision right role rollback route row rows
    rule rules run runner runs runtime rust same sample samples sampling satisfied satisfy
    savepoint saving saw scalar scaling scanner scheduler scope script search second secondary
    seconds section secure security segmentation selector self semaphore semicolon send
    sending sentence sequence serializable serialize serializing series service sessions
    setter setup seven several shape shapes shard shared sheet shell short side sign signal
    signature signed signing signs simpler single singleton six skip slash sleeping slice
    slices slot slots solutions solve some sorting source space spaces sparse spawn spec
    specific specification specifier specify splitting sqlite ssl stack start state statement
    stats status step still stmt store storing strategy stream streaming strict strings struct
    structure structures styles sub subclass subclasses subpath subpattern subscriber
    subscriptable subscriptions subtract subtraction successfully such superclass superuser
    support supports surrogate surrogates symbol symbols system tab tables tag tags takes
    target template templates temporarily ten term terminal terminate test testing tests them
    themselves there these they thing third those threads three thrown thunk time times title
    tls today together tokenizing tokens tomorrow tool tools top trailer trait transaction
    transforms transport transpose tree trees tried trigger triple tunneling tuples two types
    typescript typing unbalanced unbound undeclared underscore unhashable unicode unindent
    unique unit units unmarshal unmatched unpack unpickling unrelated unreported unresolved
    unused unwrap updating upload upper uppercase upstream us usage use used username users
    utc valid validate validating validation validator variable variables vector vectors
    verification verified verify version vertical violates violation visible wait waiting
    warnings way ways we week weekday weights well whitespace whole width wildcards window
    word words work workbook workers working write writing xpath xslt year yesterday your zero
    zeros zone
    """
)

#: What is said of a user, a login or a password, beside those.
FOLLOWERS = named(
    """
    abort aborting aborts above accepts accessible according across action activated
    activation actually add added adds administrator administrators admins agents agreement
    ahead alive allow allowlist allows along among anonymous anyway app appear appears
    application applications approved apps arbitrary archived asked asks assigned attempts
    auth authenticated author authorised authorization authorized avatar aware back balance
    banned banner became becomes behavior behind being below beneath besides binding
    blacklist board buffer button buttons cached caching came cancel cancels capture change
    changes checks chosen claim claims classes cli clicked clients codes collision
    collisions combinations comes comments company comparisons complexity confirmation
    confirmed conflicts consent containing contexts continuing contributor contributors
    controlled controls cookies copied correct correctly counter counts crashed creation
    credential criteria currently custom customer customers customization cycle deactivated
    deactivation dead declined decrypted definable definitions deleted denylist descriptors
    deselected detection developer developers dialog died dies differ differs directly
    disables disagreement disclaims documentation domains downloaded dropped dummy edit
    edition editors eg emails enabled encrypted endpoint entered enters etc evaluates events
    everything exchange excluding existed existing exiting exits expect expects experience
    expiration expires expiring expiry explicitly facing failures fake falling feedback
    fetched filenames flow flows force forgot forth forum forums friendly frozen ftp gave
    generated gets gives giving go goes grant granted grants guest guests gui guide
    guidelines halfway handles hashed hashing having he helpers her him his hit hits holds
    home hooks https hung icon identification identifies identity ids ie ignoring imap
    impersonation inactive incl included including incorrectly infer information inspection
    installs intent interaction interface interfaces invalidated invited isn issued issuing
    its jobs joined keeps kept kerberos keychain keyring kicked kind knows lack lacks land
    later ldap like limits lockout logged logout longer look looks lookup lookups made makes
    managed management manager managers manually mappings matches me means meant menu menus
    merged mfa might migrated minus mismatches missed mistakes moderator moderators modes
    modify mongo much muted my mysql names namespaces need needs nor notice notification
    notifications numbers oauth obsolete occurs off offline oidc older online onto opened
    opt opted opts oracle org organizations originally os outdated overdue overwrote own
    owned owner owners owns packet packets pages pairs parsed part passes patterns per
    permanent permissions perspective phase phases phone photo picked picture plus pointers
    policies posix preference preferences preferred pressed presses privilege privileges
    probably probe profiles programs prompts protection providers provides pty quit quits
    quotas ran rates rather ratings readable real realm realms recovery redirect redirects
    refreshed registration rejects remained remains reminder removal removed renamed renewed
    repo representing represents responses restored results retrieval retrieved returns
    revocation rights roles rotated rotation sales salt salted saml saved scopes screen
    scripts sdk secret seeing seem selected selection sent sequences serialised servers
    services sets shall sharing she shells shorter shouldn shown silently since site skipped
    skipping smtp soon specifically specifies ssh sso stage stages stays stdin stdout
    storage stored stores strength strong submitted subscribed succeeded sudo sufficient
    supplied switching sync synced synchronized take taken tapped tasks team teams tells
    temporary tenant tenants their theme throughs thru timeouts timezone told totp toward
    towards tracking transform tries trying tty twice typed unassigned unconfirmed unix
    unless unloaded unlocked unnamed unpaid unregistered unset unsubscribed untrusted
    unverified updated updates uploaded upon urls uses usually vault vaults versus very view
    views visitor visitors vs wallet want wanted wants warning weak went what whether
    whitelist who whom whose wide wishes won wrapper wrappers writes written zones
    """
)


def other_than(words: Iterable[str]) -> str:
    """A pattern of how any word begins that is none of ``words``: up to where it differs.

    A pattern cannot say "but not"; a tree of the words can, and one scan goes through it.
    """
    tree: dict[str, Any] = {}
    for word in words:
        node = tree
        for char in word:
            node = node.setdefault(char, {})
        node[""] = {}
    return _branch(tree, ends="")


def _branch(node: dict[str, Any], ends: str = r"|[^0-9A-Z_a-z-]|$") -> str:
    chars = sorted(char for char in node if char)
    others = _but("".join(chars))
    branches = "".join(f"|{char}{_branch(node[char])}" for char in chars)
    return f"(?:[{others}]|[^\\x00-\\x7f]{branches}{'' if '' in node else ends})"


@cache
def _but(plain: str) -> str:
    return "".join(char for char in _OF_WORDS if char not in plain)


#: The hyphen last, as a class of characters has it.
_OF_WORDS = "abcdefghijklmnopqrstuvwxyz0123456789_-"
