"""Published packages, fetched once, and kept for runs that have no network.

Rule 1: nothing of claude-mem is run here: no script of a package is.
Rule 2: what is whole is kept, what was cut off is begun again.
Rule 3: everything is of a version that stands here or in ``known.toml``, or as old as ``BEFORE``;
what was kept for another day is not used.
Rule 4: what was begun ends with the fetching: npm and bun have a process group of their own.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tarfile
import time
from pathlib import Path

BUN = "1.4.5"
#: What a package asks for within a range is what there was then. Later than all of known.toml.
BEFORE = "2026-11-20"
REGISTRY_S = 300
_TOLD = 4  # lines, the first: npm says there what was wrong


class FetchError(Exception):
    """Something could not be fetched; the message says what to do."""


class Cache:
    """What the runs need of npm's registry, and the tools: npm, bun and uv."""

    def __init__(self, place, before=None):
        before = before or BEFORE
        root = place / before
        self._root = root
        self.env = {
            **os.environ,
            "BUN_INSTALL_CACHE_DIR": str(root / "bun"),
            "npm_config_cache": str(root / "npm"),
            "npm_config_prefer_offline": "true",
            "npm_config_before": before,
            "npm_config_loglevel": "error",
            "npm_config_audit": "false",
            "npm_config_fund": "false",
            "npm_config_update_notifier": "false",
            "npm_config_fetch_retries": "0",  # in a run no registry will answer, however often
        }
        self._tools = root / f"bun-{BUN}"
        self.bun = self._tools / "node_modules" / ".bin" / "bun"

    @property
    def root(self):
        """Where all of it is kept."""
        return self._root

    @property
    def uv(self):
        """For claude-mem's installer."""
        return Path(shutil.which("uv"))

    def package(self, version):
        """Where a version was unpacked."""
        return self._root / version / "package"

    def fill(self, versions):
        """Fetch what is not there yet.

        Raises:
            FetchError: a tool is not there, or the registry did not give what was asked for.
        """
        for tool in ("node", "npm", "uv"):
            if shutil.which(tool) is None:
                raise FetchError(f"{tool} is not on PATH; nox -s blackbox brings its own")
        self.once(f"bun {BUN}", self._tools, self._fetch_bun)
        for version in versions:
            what = f"claude-mem {version} and what its installer needs"
            self.once(what, self._root / version, lambda place, of=version: self._fetch(place, of))

    def once(self, what, place, fetch):
        """Have ``fetch`` fill a place below the root, unless that was done before."""
        if place.exists():
            print(f"{what}: kept in {place}", flush=True)
            return
        began = time.monotonic()
        print(f"{what}: fetching", flush=True)
        unfinished = self._root / f"{place.name}.partial"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        fetch(unfinished)
        unfinished.rename(place)
        print(f"{what}: fetched in {time.monotonic() - began:.0f} s", flush=True)

    def _fetch_bun(self, place):
        # Its script puts the binary in place: the one that is run here.
        self.run("npm", "install", "--prefix", str(place), f"bun@{BUN}", cwd=place)

    def _fetch(self, place, version):
        warm = place / "warm"
        warm.mkdir()
        self.run("npm", "pack", f"claude-mem@{version}", cwd=place)
        (packed,) = place.glob("*.tgz")
        for directory in (place, warm):
            with tarfile.open(packed) as archive:
                archive.extractall(directory, filter="data")
        once = ("install", "--ignore-scripts")
        plugin = warm / "package" / "plugin"
        self.run(str(self.bun), *once, "--frozen-lockfile", cwd=plugin)
        peers = ("--omit=dev", "--legacy-peer-deps")  # the installer falls back to that
        self.run("npm", *once, *peers, cwd=warm / "package")
        shutil.rmtree(warm)

    def run(self, *words, cwd):
        """Run what fetches.

        Raises:
            FetchError: it failed, or was not done in time.
        """
        env = {**self.env, "DO_NOT_TRACK": "1", "npm_config_fetch_retries": "2"}
        with subprocess.Popen(
            words,
            cwd=cwd,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as running:
            try:
                output, errors = running.communicate(timeout=REGISTRY_S)
            except BaseException as problem:
                # Ctrl-C too: a terminal's does not reach a session of its own.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(running.pid, signal.SIGKILL)
                if not isinstance(problem, subprocess.TimeoutExpired):
                    raise
                raise self._failed(words, f"it was not done within {REGISTRY_S} s", "") from None
        if running.returncode:
            why = f"its exit code is {running.returncode}"
            raise self._failed(words, why, errors or output)

    def _failed(self, words, why, said):
        first = "".join(f"\n    {line}" for line in said.strip().splitlines()[:_TOLD])
        return FetchError(
            f"not fetched: {shlex.join(words)}\n  {why}{first}\n"
            "  next: see whether npm ping answers here, then run this again; what was fetched whole"
            f" is kept in {self._root}, and a run that finds all of it there needs no network"
        )
