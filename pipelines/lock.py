"""One run at a time: the lock that command line and web page share, and who holds it.

What belongs here: taking, naming and releasing the lock of one district. What does not: the short lock DuckDB itself
holds while a table is written (`pipelines.warehouse`).
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.errors import LockError

NAME = "lauf.sperre"
_held: set[Path] = set()


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of the district whose internal folder this is; within one process it may be taken again.

    Raises LockError naming the holder. The lock of a process that no longer lives on this computer is taken over.
    """
    path = folder / NAME
    if path in _held:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    _take(path)
    _held.add(path)
    try:
        yield
    finally:
        _held.discard(path)
        path.unlink(missing_ok=True)


def holder_text(folder: Path) -> str | None:
    """Who holds the lock of this folder, in German, or None when it is free for this process."""
    holder = _holder(folder / NAME)
    return None if holder is None or folder / NAME in _held or _gone(holder) else _named(holder)


def _take(path: Path) -> None:
    aside = path.with_name(f".{NAME}.{os.getpid()}")
    aside.write_text(json.dumps(_self(), ensure_ascii=False), encoding="utf-8")
    try:
        for _ in range(2):
            if _create(aside, path):
                return
            holder = _holder(path)
            if holder is None or not _gone(holder):
                break
            path.unlink(missing_ok=True)
        raise _held_by(path, _holder(path) or {})
    finally:
        aside.unlink(missing_ok=True)


def _create(aside: Path, path: Path) -> bool:
    """Put the complete file in place only if none is there: a hard link fails when its name exists."""
    try:
        os.link(aside, path)
    except FileExistsError:
        return False
    return True


def _self() -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "user": _user(),
        "since": datetime.now().strftime("%d.%m.%Y, %H:%M Uhr"),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # an account without a name, as in some containers
        return "unbekannt"


def _holder(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return None


def _gone(holder: dict[str, Any]) -> bool:
    return holder.get("host") == socket.gethostname() and not _alive(int(holder["pid"]))


def _alive(pid: int) -> bool:
    if sys.platform == "win32":  # os.kill would end the process there
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, pid)
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)
        return bool(handle)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _held_by(path: Path, holder: dict[str, Any]) -> LockError:
    return LockError(
        "Der Atlas wird gerade von einem anderen Lauf erzeugt.",
        file=path,
        expected="kein anderer Lauf",
        found=_named(holder) if holder else "ein anderer Lauf",
        remedy="Warten, bis der andere Lauf fertig ist. Läuft sicher keiner mehr, die genannte Datei löschen.",
    )


def _named(holder: dict[str, Any]) -> str:
    return f"{holder['user']} auf {holder['host']}, Vorgang {holder['pid']}, seit {holder['since']}"
