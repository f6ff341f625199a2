"""Which code a function reaches: its own and, by name, that of everything it calls, as one hash per definition.

What belongs here: reading sources as syntax trees and following names from definition to definition. What does not:
importing or running them. Comments, docstrings, annotations and positions do not count. What a name means is looked up
in the definitions and imports of its module; a module used as a whole, or a name that cannot be found in it, stands for
all of the module. Objects handed in by a caller are followed where they are made.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import os
import re
import symtable
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

MEMORY = "quelltext.json"
# Followed into these packages only; everything else is held by the versions of the lock
FOLLOWED = "pipelines"
# How settings reach a step counts as parameter, and what tells and records faults and states makes no output
OUTSIDE = ("pipelines.settings", "pipelines.errors", "pipelines.lock", "pipelines.provenance", "pipelines.fingerprints")
REST = "(beim Laden)"
_CELL = re.compile(r"^```\{python\}[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SKIPPED = {"ctx", "annotation", "returns", "type_comment", "type_params", "kind", "lineno"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)

Symbols = dict[str, tuple[str, list[str]]]


class Program:
    """The sources of a project; what was read of a file is remembered by the hash of its bytes.

    root: the folder of the project. memory: a folder for that memory, or None.
    """

    def __init__(self, root: Path, memory: Path | None = None) -> None:
        self._root = root
        self._memory = memory and memory / MEMORY
        self._known: dict[str, dict[str, Any]] = self._remembered()
        self._used: dict[str, dict[str, Any]] = {}
        self._modules: dict[str, dict[str, Any] | None] = {}
        self._targets: dict[tuple[str, str], list[tuple[str, str]]] = {}

    def closure(
        self, roots: Iterable[tuple[str, str]], cells: Sequence[Path] = (), without: Sequence[str] = ()
    ) -> dict[str, str]:
        """Hash of every definition reached, by „module:name“, in alphabetical order.

        roots: (module, name) of functions or other definitions. cells: Quarto sources whose Python cells count as
        well, all sharing one namespace. without: modules (or packages) that are not followed, besides OUTSIDE.
        """
        waiting = [target for module, name in roots for target in self._target(module, name)]
        if cells:
            waiting += [(module, name) for module in [self._cells(cells)] for name in self._module(module)["symbols"]]
        outside = (*OUTSIDE, *without)
        found: dict[str, str] = {}
        seen: set[tuple[str, str]] = set()
        while waiting:
            target = waiting.pop()
            if target in seen or _within(target[0], outside):
                continue
            seen.add(target)
            module, name = target
            digest, _ = self._module(module)["symbols"][name]
            found[f"{module}:{name}"] = digest
            waiting.extend(self._next(module, name))
            waiting.append((module, REST))
        return dict(sorted(found.items()))

    def functions(self, module: str) -> list[tuple[str, str]]:
        """Every function a module defines at its top, as roots."""
        return [(module, name) for name in self._module(module)["functions"]]

    def form(self, path: Path) -> str:
        """Hash of one source as a whole, decorators of assets included."""
        module = ".".join(path.relative_to(self._root).with_suffix("").parts)
        return self._module(module.removesuffix(".__init__"))["form"]

    def remember(self) -> None:
        """Keep what was read for the next process; where nothing can be written, that one reads all again."""
        if self._memory is None or self._used.keys() == self._known.keys():
            return
        aside = self._memory.with_name(f".{MEMORY}.{os.getpid()}")
        with contextlib.suppress(OSError):
            self._memory.parent.mkdir(parents=True, exist_ok=True)
            aside.write_text(json.dumps({"by": _own_hash(), "files": self._used}), encoding="utf-8")
            aside.replace(self._memory)

    def _remembered(self) -> dict[str, dict[str, Any]]:
        try:
            content = json.loads(self._memory.read_text(encoding="utf-8")) if self._memory else {}
        except (OSError, ValueError):
            return {}
        return content["files"] if content.get("by") == _own_hash() else {}

    def _next(self, module: str, name: str) -> list[tuple[str, str]]:
        """What a definition names, as (module, name)."""
        key = (module, name)
        if key not in self._targets:
            _, names = self._module(module)["symbols"][name]
            self._targets[key] = [found for text in names for found in self._meant(module, text)]
        return self._targets[key]

    def _meant(self, module: str, text: str) -> list[tuple[str, str]]:
        """`text` is „:name“ for a definition of the same module, else a dotted path from the project's folder."""
        if text.startswith(":"):
            return [(module, text[1:])]
        parts = text.split(".")
        if parts[0] != FOLLOWED:
            return []
        for length in range(len(parts), 0, -1):
            owner = ".".join(parts[:length])
            if self._path(owner) is not None:
                return self._target(owner, *parts[length : length + 1], rest=tuple(parts[length + 1 :]))
        return []

    def _target(self, module: str, name: str | None = None, rest: tuple[str, ...] = ()) -> list[tuple[str, str]]:
        content = self._module(module)
        if name is None:
            return self._whole(module)
        if name in content["symbols"]:
            return [(module, name)]
        if name in content["imports"]:
            return self._meant(module, ".".join((content["imports"][name], *rest)))
        return self._whole(module)

    def _whole(self, module: str) -> list[tuple[str, str]]:
        content = self._module(module)
        own = [(module, name) for name in content["symbols"]]
        return own + [found for path in content["imports"].values() for found in self._shallow(path)]

    def _shallow(self, path: str) -> list[tuple[str, str]]:
        """What an import of a module used as a whole stands for: a definition, or a module of a package."""
        owner, _, name = path.rpartition(".")
        if self._path(path) is None and self._path(owner) is not None and name in self._module(owner)["symbols"]:
            return [(owner, name)]
        return []

    def _module(self, module: str) -> dict[str, Any]:
        if module not in self._modules:
            path = self._path(module)
            if path is None:
                raise LookupError(f"no module {module} below {self._root}")
            self._modules[module] = self._read(path.read_bytes(), module, path.name == "__init__.py")
        content = self._modules[module]
        assert content is not None
        return content

    def _cells(self, sources: Sequence[Path]) -> str:
        """The cells of the sources as one module with the name of the first."""
        name = sources[0].relative_to(self._root).as_posix()
        if name not in self._modules:
            texts = [cell for path in sources for cell in _CELL.findall(path.read_text(encoding="utf-8"))]
            self._modules[name] = self._read("\n".join(texts).encode(), name, package=False)
        return name

    def _read(self, content: bytes, module: str, package: bool) -> dict[str, Any]:
        key = hashlib.sha256(f"{module}\n".encode() + content).hexdigest()
        known = self._known.get(key)
        if known is None:
            known = _analyse(content, module, package)
        self._used[key] = known
        return known

    @cache  # noqa: B019 - lives as long as the plan of one command
    def _path(self, module: str) -> Path | None:
        base = self._root.joinpath(*module.split("."))
        if (base / "__init__.py").is_file():
            return base / "__init__.py"
        path = base.with_suffix(".py")
        return path if path.is_file() else None


_programs: dict[Path, Program] = {}


def program(root: Path, memory: Path) -> Program:
    """The sources of a project as they were at the first call: what runs is what was there at the start.

    memory: where the first caller wants to keep what was read.
    """
    if root not in _programs:
        _programs[root] = Program(root, memory)
    return _programs[root]


def forget() -> None:
    """Read all sources anew from now on."""
    _programs.clear()


@cache
def _own_hash() -> str:
    """What was read by another version of this module is read again."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def _within(module: str, packages: Sequence[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def _analyse(content: bytes, module: str, package: bool) -> dict[str, Any]:
    """Definitions, imports and functions of one source, in plain values."""
    statements = _without_docstring(ast.parse(content).body)
    scopes = symtable.symtable(content.decode("utf-8-sig"), module, "exec").get_children()
    imports: dict[str, str] = {}
    for statement in statements:
        if not _only_for_types(statement):
            imports |= _imports(statement, module, package, inner=False)
    parts: dict[str, list[ast.stmt]] = {REST: []}
    for statement in statements:
        if not isinstance(statement, ast.Import | ast.ImportFrom) and not _only_for_types(statement):
            for name in _defined(statement) or [REST]:
                parts.setdefault(name, []).append(statement)
    decorated = not module.startswith("assets.")  # what a decorator says of an asset counts by its meaning
    own = set(parts) - {REST}
    symbols = {}
    for name, group in parts.items():
        hidden = _local_names(group, [scope for scope in scopes if scope.get_name() == name])
        digest, chains, inner = _form(group, module, package, decorated)
        paths = {
            _path_of(chain, own, imports | inner) for chain in chains if chain.split(".")[0] not in hidden - set(inner)
        }
        symbols[name] = digest, sorted(paths - {""})
    functions = [item.name for item in statements if isinstance(item, _FUNCTIONS)]
    form, _, _ = _form(statements, module, package, decorated=True)
    return {"symbols": symbols, "imports": imports, "functions": functions, "form": form}


def _only_for_types(statement: ast.stmt) -> bool:
    """`if TYPE_CHECKING:` and `if __name__ == "__main__":` do not run in an asset."""
    if not isinstance(statement, ast.If):
        return False
    names = {node.id for node in ast.walk(statement.test) if isinstance(node, ast.Name)}
    return bool(names & {"TYPE_CHECKING", "__name__"})


def _defined(statement: ast.stmt) -> list[str]:
    if isinstance(statement, _DEFINITIONS):
        return [statement.name]
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
        targets = [statement.target]
    return [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]


def _imports(node: ast.AST, module: str, package: bool, *, inner: bool) -> dict[str, str]:
    """Names bound by imports in a statement, with the dotted path each stands for."""
    found: dict[str, str] = {}
    for entry in ast.walk(node) if inner or not isinstance(node, _DEFINITIONS) else ():
        if isinstance(entry, ast.Import):
            for alias in entry.names:
                top = alias.name.split(".")[0]
                found[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(entry, ast.ImportFrom):
            base = _base(entry, module, package)
            found |= {alias.asname or alias.name: f"{base}.{alias.name}" for alias in entry.names}
    return found


def _base(entry: ast.ImportFrom, module: str, package: bool) -> str:
    if not entry.level:
        return entry.module or ""
    parents = module.split(".")
    kept = parents[: len(parents) - entry.level + package]
    return ".".join([*kept, *([entry.module] if entry.module else [])])


def _local_names(group: list[ast.stmt], scopes: list[symtable.SymbolTable]) -> set[str]:
    """Names that mean something of its own wherever a definition uses them, such as parameters."""
    if not all(isinstance(statement, _DEFINITIONS) for statement in group):
        return set()
    bound: set[str] = set()
    taken = {node.id for statement in group for node in _outside_the_scope(statement)}
    for scope in _with_children(scopes):
        for symbol in scope.get_symbols():
            (taken if symbol.is_global() else bound).add(symbol.get_name())
    return bound - taken


def _outside_the_scope(statement: ast.stmt) -> Iterator[ast.Name]:
    """Names in decorators, defaults and base classes: they are looked up where the definition stands."""
    outer: list[ast.AST] = list(getattr(statement, "decorator_list", []))
    if isinstance(statement, _FUNCTIONS):
        outer += [*statement.args.defaults, *(default for default in statement.args.kw_defaults if default)]
    elif isinstance(statement, ast.ClassDef):
        outer += [*statement.bases, *statement.keywords]
    return (node for tree in outer for node in ast.walk(tree) if isinstance(node, ast.Name))


def _with_children(scopes: list[symtable.SymbolTable]) -> Iterator[symtable.SymbolTable]:
    for scope in scopes:
        yield scope
        yield from _with_children(scope.get_children())


def _form(group: list[ast.stmt], module: str, package: bool, decorated: bool) -> tuple[str, set[str], dict[str, str]]:
    """Hash of some statements, the names in them, and what they import themselves."""
    form: list[str] = []
    chains: set[str] = set()
    inner: dict[str, str] = {}
    for statement in group:
        _walk(statement, form, chains, decorated)
        inner |= _imports(statement, module, package, inner=True)
    digest = hashlib.sha256("\n".join(form).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return digest, chains, inner


def _path_of(chain: str, own: set[str], imports: dict[str, str]) -> str:
    first, _, rest = chain.partition(".")
    if first in own and first not in imports:
        return f":{first}"
    if first not in imports:
        return ""
    path = f"{imports[first]}.{rest}" if rest else imports[first]
    return path if path.split(".")[0] == FOLLOWED else ""


def _walk(node: Any, form: list[str], chains: set[str], decorated: bool) -> None:
    """Append the form of a tree in depth-first order, the same in every version of Python, and note names in it."""
    if isinstance(node, ast.Attribute | ast.Name):
        chain = _chain(node)
        if chain:
            chains.add(chain)
            form.append(chain)
            return
    if isinstance(node, list):
        for entry in node:
            _walk(entry, form, chains, decorated)
        form.append("]")
    elif isinstance(node, ast.AST):
        form.append(type(node).__name__)
        for name in node._fields:
            value = getattr(node, name, None)
            if name in _SKIPPED or value is None or (name == "decorator_list" and not decorated):
                continue
            if name == "body" and isinstance(node, _DEFINITIONS):
                value = _without_docstring(value)
            form.append(name)
            _walk(value, form, chains, decorated)
    else:
        form.append(repr(node))


def _chain(node: ast.AST) -> str:
    """„a.b.c“ of an attribute whose first part is a name, else nothing."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return body[1:] if is_text else body
