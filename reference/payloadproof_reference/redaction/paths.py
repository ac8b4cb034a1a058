"""Paths and URLs in free text: where one begins, how far it runs, and what may stay of it.

Rule 1: of a path stays a code file's name with line and column, or nothing.
Rule 2: of a URL stays a loopback or listed host with its port, or nothing.
Rule 3: in doubt it was a path. A name with spaces runs on over the words that follow, up to one
that a sentence goes on with.

URLs and paths are found in one pass: each looks like a part of the other.
"""

from __future__ import annotations

from payloadproof_reference.redaction.patterns import Pattern
from payloadproof_reference.redaction.tokens import MARKER, is_secret
from payloadproof_reference.redaction.words import AFTER_A_PATH

_EXTENSIONS = (
    "py|pyi|pyx|js|mjs|cjs|jsx|ts|mts|cts|tsx|vue|svelte|rb|go|rs|java|kt|c|h|cc|cpp|cs|php|swift"
    "|lua|ex|exs|scala|wasm"
)
_CODE_NAME = Pattern(rf"[A-Za-z_$][A-Za-z0-9_$.-]{{0,48}}\.(?:{_EXTENSIONS})")
_LOCATION = Pattern(r"(?::line [0-9]{1,7}|(?::[0-9]{1,7}){1,2}|\([0-9]{1,7}(?:,[0-9]{1,7})?\))$")
_HAS_EXTENSION = Pattern(r"\.[A-Za-z][A-Za-z0-9]{0,7}(?::[0-9]+)*[.,)]*$")

#: What is no path though it has a separator.
_NO_PATH = Pattern(
    r"\\\\?(?:[A-Za-z.^$*+?|()\[\]]{1,2}|x[0-9A-Fa-f]{2})"  # an escape
    r"|[0-9.]{1,10}(?:/[0-9.]{1,10}){1,2}"  # 3/10, 2024/01/02
    r"|[A-Za-z]{1,7}/[A-Za-z]{1,7}"  # and/or, TCP/IP: shorter than what a name would be
    r"|(?:application|text|image|audio|video|multipart|font)/[a-z0-9.+-]{1,24}"
    r"|[A-Za-z-]{1,16}/v?[0-9]{1,4}(?:\.[0-9]{1,5}){0,3}"  # HTTP/1.1, Mozilla/5.0
    r"|(?:anthropic|google|meta-llama|mistralai|openai)/[a-z0-9.:-]{1,32}"
    r"|[\"'(]?@[a-z][a-z0-9-]{1,30}/[a-z][a-z0-9._-]{1,40}(?:@[~^v]?[0-9][0-9a-z.-]{0,20})?"
    r"|[A-Z]{2,5}-?[0-9]{1,3}/[A-Z]{2,5}-?[0-9]{1,3}"  # UTF-8/UTF-16
    r"|[0-9.]{1,10}(?:[kKMGT]?i?[bB]|ms|s|m|h|%)?/[0-9.]{1,10}(?:[kKMGT]?i?[bB]|ms|s|m|h|%)?"
    # a line's end, spelled
    r"|(?:[A-Za-z0-9_]{2,20}[^\w\s\\/]+|[^\w\s\\/]*)(?:\\[nrt])+"
    r"(?:[^\s\\/]{0,40}[^\w\s\\/](?:\\[nrt])+)*[^\s\\/]{0,40}"
)
_URL = Pattern(r"(?i)([a-z][a-z0-9+.-]*)(:\\?/\\?/)(?:[^\s/@\\?#]*@)?([^\s/\\?#<]*)(\S*)")
_OPEN_HOST = Pattern(
    r"(?i)(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]"
    r"|api\.anthropic\.com|api\.openai\.com|openrouter\.ai"
    r"|generativelanguage\.googleapis\.com|(?:us|eu)\.i\.posthog\.com"
    r")(?::[0-9]{1,5})?"
)


def is_open(host: str) -> bool:
    """Whether a host's name says nothing of anybody."""
    return _OPEN_HOST.fullmatch(host) is not None


_WORDS_ON = 6
#: Of a run so many words are judged, and what follows is dropped: they fill a message.
MOST_WORDS = 256

_INSIDE = (
    rf"(?:[^\s\"'`<>|;:()\[\]{{}}]|\([^\s()]*\)|\[[^\s\[\]]*\]|\{{[^\s{{}}]*\}}|{MARKER}|'\pL|\\ )*"
    r"(?::[0-9]{1,7}){0,2}"
)
_WORD = r"[^\s\\/\"'`<>|;:=]"
_RUN = rf"(?:\b[A-Za-z]:|file:)?(?:[^\s\"'`<>|;:,=()\[\]{{}}\\/]|{MARKER})*[\\/]{_INSIDE}"

_SPACED = (
    rf"(?:(?: {_WORD}+){{0,{_WORDS_ON}}} {_WORD}*[\\/]{_INSIDE})*(?: {_WORD}+){{0,{_WORDS_ON}}}"
)

FINDER = (
    r"\b(?:node|bun):[a-z_]+(?:/[a-z_]+)*(?::[0-9]{1,7}){0,2}"
    rf"|(?i:file):\\?[\\/]{_INSIDE}{_SPACED}"
    rf"|\b[A-Za-z][A-Za-z0-9+.-]*:\\?/\\?/[^\s\"'`<>]*(?:{MARKER}[^\s\"'`<>]*)*"
    r'|"[^"\n]*[\\/][^"\n]*"'
    r"|`[^`\n]*[\\/][^`\n]*`"
    r"|'(?:[^'\n\\/]|'\pL)*[\\/](?:[^'\n]|'\pL)*'"
    rf"|{_RUN}{_SPACED}"
)


def replace(found: str) -> str:
    """What stays of one match of ``FINDER``."""
    if found[0] in "\"'`":
        return found[0] + _quoted(found[1:-1]) + found[-1]
    if found.startswith(("node:", "bun:")):
        return found
    return _url(found) or _words(found.split(" ", MOST_WORDS)[:MOST_WORDS])


def basename(path: str) -> str:
    """The name of a code file, or a marker."""
    return _name(path) or "<path>"


def _url(found: str) -> str | None:
    url = _URL.fullmatch(found)
    if url is None:
        return None
    scheme, slashes, host, rest = url.groups()
    if scheme.lower() == "file":
        return None
    if "@" not in found and _OPEN_HOST.fullmatch(host):
        return f"{scheme}{slashes}{host}" + ("<path>" if rest.strip("/\\") else "")
    return "<url>"


def _quoted(inner: str) -> str:
    url = _url(inner)
    if url is not None:
        return url
    words = inner.split()
    if all(_is_no_path(word) for word in words):
        return inner
    return (_name(inner) if "://" not in inner else None) or "<path>"


def _is_no_path(word: str) -> bool:
    bare = word.rstrip(".,;:!?)")
    if not _separated(bare) or not bare.strip("/\\"):
        return True
    return _NO_PATH.fullmatch(bare) is not None


def _separated(word: str) -> bool:
    return "/" in word or "\\" in word


def _rooted(word: str) -> bool:
    return word[0] in "/\\~.$" or word[1:2] == ":" or word[:5].lower() == "file:"


def _words(words: list[str]) -> str:
    """The words of an unquoted run, with each path among them replaced."""
    kept: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        if _is_no_path(word):
            kept.append(word)
            at += 1
            continue
        end = _end(words, at) if _rooted(word) else at
        last = words[end]
        tail = last[len(last.rstrip(".,;)")) :]
        kept.append((_name(last[: len(last) - len(tail)]) or "<path>") + tail)
        at = end + 1
    return " ".join(kept)


def _end(words: list[str], start: int) -> int:
    """The index of the last word of the path that begins at ``start``."""
    end = start
    ahead = start + 1
    while ahead < len(words) and ahead - end <= _WORDS_ON + 1:
        word = words[ahead]
        if _separated(word):
            if _rooted(word) or _is_no_path(word):
                return end
            end = ahead
        elif _ends_sentence(word) and not (word == "-" and "\\" in words[start]):
            break  # but D:\\OneDrive - Acme\\x goes on
        ahead += 1
    if _extended(words[end]) or words[end][-1] in ",)":
        return end
    for word in words[end + 1 : end + 1 + _WORDS_ON]:
        if _separated(word) or _ends_sentence(word):
            break
        end += 1
        if _extended(word) or word[-1] in ".,)":
            break
    return end


def _extended(word: str) -> bool:
    return "." in word and _HAS_EXTENSION.search(word) is not None


def _ends_sentence(word: str) -> bool:
    return word.strip("(.,)").lower() in AFTER_A_PATH or not word.strip("-=+>&()")


def _name(path: str) -> str | None:
    location = _LOCATION.search(path)
    where = location.group() if location else ""
    name = path[: len(path) - len(where)].replace("\\", "/").rpartition("/")[2]
    return name + where if _CODE_NAME.fullmatch(name) and not is_secret(name) else None
