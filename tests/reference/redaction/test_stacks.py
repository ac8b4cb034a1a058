"""Stacks of other runtimes keep function, code file's name and line, and nothing else."""

from __future__ import annotations

import pytest

from payloadproof_reference.redaction import stacks
from payloadproof_reference.redaction.redact import redact
from payloadproof_reference.redaction.stacks import SHAPES

STACKS = {
    "Rust": (
        """\
thread 'main' panicked at src/main.rs:4:5:
boom
stack backtrace:
   0: rust_begin_unwind
             at /rustc/90b35a6239/library/std/src/panicking.rs:647:5
   1: acme::load::{{closure}}
             at /home/jane/acme/src/main.rs:12:9
   2: main
note: run with `RUST_BACKTRACE=1`""",
        """\
panicked: boom
at main.rs:4:5
at rust_begin_unwind (panicking.rs:647:5)
at acme::load::{{closure}} (main.rs:12:9)""",
    ),
    "Go": (
        """\
panic: runtime error: index out of range [3] with length 2

goroutine 1 [running]:
main.load(0xc000012345, {0x1, 0x2})
	/home/jane/acme/main.go:12 +0x1d
github.com/acme/kettle/pot.(*Pot).Heat(...)
	/home/jane/acme/pot.go:44
created by main.main in goroutine 1
	/home/jane/acme/main.go:9 +0x25
exit status 2""",
        """\
panic: runtime error: index out of range [3] with length 2
at main.load (main.go:12)
at pot.(*Pot).Heat (pot.go:44)
at main.main (main.go:9)""",
    ),
    "Java": (
        """\
Exception in thread "main" java.lang.IllegalStateException: boom
	at com.acme.Kettle.heat(Kettle.java:12)
	at java.base/java.lang.Thread.run(Thread.java:833)
Caused by: java.io.IOException: Stream closed
	... 3 more""",
        """\
java.lang.IllegalStateException: boom
at com.acme.Kettle.heat(Kettle.java:12)
at java.lang.Thread.run (Thread.java:833)
Caused by: java.io.IOException: Stream closed""",
    ),
    "PHP": (
        """\
PHP Fatal error:  Uncaught RuntimeException: boom in /var/www/acme/index.php:12
Stack trace:
#0 /var/www/acme/index.php(44): Kettle->heat('jane', 12)
#1 /var/www/acme/lib/pot.php(7): {closure}()
#2 {main}
  thrown in /var/www/acme/index.php on line 12""",
        """\
RuntimeException: boom in index.php:12
at Kettle->heat (index.php:44)
at {closure} (pot.php:7)""",
    ),
    "Ruby": (
        """\
/home/jane/acme/app.rb:12:in `heat': boom (RuntimeError)
	from /home/jane/acme/app.rb:20:in 'Kettle#run'
	from app.rb:30:in `<main>'""",
        """\
RuntimeError: boom
at heat (app.rb:12)
at Kettle#run (app.rb:20)
at <main> (app.rb:30)""",
    ),
    ".NET": (
        """\
System.InvalidOperationException: boom
   at Acme.Kettle.Heat(String name) in C:\\Users\\jane\\acme\\Kettle.cs:line 12
   at Program.Main(String[] args) in /home/jane/acme/Program.cs:line 3
--- End of inner exception stack trace ---""",
        """\
System.InvalidOperationException: boom
at Acme.Kettle.Heat(String name) in Kettle.cs:line 12
at Program.Main(String[] args) in Program.cs:line 3""",
    ),
    "Deno": (
        """\
error: Uncaught (in promise) TypeError: boom
    at load (file:///home/jane/acme/main.ts:1:2)
    at async file:///home/jane/acme/main.ts:3:1""",
        """\
error: Uncaught (in promise) TypeError: boom
at load (main.ts:1:2)
at async main.ts:3:1""",
    ),
    "Bun": (
        """\
12 | const x = secret
         ^
error: boom
      at load (/home/jane/acme/main.ts:1:2)
      at /home/jane/acme/main.ts:3:1

Bun v1.4.5""",
        """\
error: boom
at load (main.ts:1:2)
at main.ts:3:1""",
    ),
}


@pytest.mark.parametrize(("written", "kept"), STACKS.values(), ids=STACKS)
def test_a_stack_keeps_function_file_and_line(written, kept):
    assert redact(written, kind="stack") == kept
    assert redact(kept, kind="stack") == kept


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.pattern.pattern[:24])
def test_each_shape_is_needed_by_a_stack(shape, monkeypatch):
    monkeypatch.setattr(stacks, "SHAPES", tuple(each for each in SHAPES if each is not shape))
    # What stays without it is another redactor's: a settled text is remembered.
    lost = [w for w, kept in STACKS.values() if stacks.plain(w) != _whole(w)]
    assert lost


def _whole(text):
    for shape in SHAPES:
        text = shape.pattern.sub(shape.plain, text)
    return text


@pytest.mark.parametrize("name", ["jane", "acme", "home", "12, ", "0xc0000"])
def test_nothing_of_a_directory_or_an_argument_stays(name):
    texts = [redact(written, kind="stack") for written, _ in STACKS.values()]
    # A package's name may stay: it is in the name of the function.
    assert not [
        text for text in texts if name in text.replace("com.acme", "").replace("acme::", "")
    ]
