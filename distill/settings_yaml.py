"""YAML to settings and back: types and ranges from the dataclasses' annotations, errors that name the nearest key.

    settings = load_settings(Path("configs/demo.yml"), ["Global.steps=100"])

Every key is checked; none is ignored. A number may be written `1e-4` (YAML 1.1 calls that a string), and a key
written twice is an error (YAML takes the last).
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from vinedge.errors import VinEdgeError
from vinedge.registry import nearest

from .loss_signature import option_types
from .settings import Range, Settings
from .settings_check import check


def load_settings(path: Path, overrides: Sequence[str] = ()) -> Settings:
    """Return the checked settings of a YAML file with `Section.key=value` overrides applied."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as reason:
        raise VinEdgeError(f"cannot read the configuration {path}: {reason}") from None
    return settings_from_text(text, str(path), overrides)


def settings_from_text(text: str, where: str, overrides: Sequence[str] = ()) -> Settings:
    """As `load_settings`; `where` names the text in errors."""
    tree = _parse(text, where)
    if not isinstance(tree, dict):
        raise VinEdgeError(f"{where}: a configuration is a mapping of sections (Global:, Train:, ...)")
    for override in overrides:
        _apply(tree, override)
    settings = typing.cast(Settings, _value(Settings, tree, "", where))
    try:
        check(settings)
    except VinEdgeError as mistake:
        raise VinEdgeError(f"{where}: {mistake}") from None
    return _with_typed_options(settings, where)


def text_from_settings(settings: Settings) -> str:
    """Return the resolved settings as YAML that `settings_from_text` reads back unchanged."""
    return yaml.safe_dump(_plain(dataclasses.asdict(settings)), sort_keys=False, default_flow_style=None, width=100)


def known_paths(kind: Any = Settings, prefix: str = "") -> Iterator[str]:
    """Yield the dotted path of every key: `Global`, `Global.seed`, ..."""
    for name, hint in _hints(kind).items():
        yield prefix + name
        if dataclasses.is_dataclass(hint):
            yield from known_paths(hint, f"{prefix}{name}.")


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice in one mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]  # type: ignore[no-untyped-call]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"'{key}' is given twice", node.start_mark)
        return super().construct_mapping(node, deep)


def _parse(text: str, where: str) -> Any:
    try:
        return yaml.load(text, _StrictLoader)
    except yaml.MarkedYAMLError as reason:
        line = f":{reason.problem_mark.line + 1}" if reason.problem_mark else ""
        raise VinEdgeError(f"{where}{line}: {reason.problem or 'not valid YAML'}") from None
    except (yaml.YAMLError, RecursionError) as reason:
        raise VinEdgeError(f"{where}: not valid YAML: {str(reason).splitlines()[0]}") from None


def _apply(tree: dict[str, Any], override: str) -> None:
    """Set one `Section.key=value` in the tree; the value is YAML."""
    path, equals, text = override.partition("=")
    *parents, last = path.strip().split(".")
    if not equals or not parents:
        raise VinEdgeError(f"-o {override}: write it as Section.key=value, for example -o Global.steps=1000")
    node = tree
    for name in parents:
        if node.get(name) is None:
            node[name] = {}
        node = node[name]
        if not isinstance(node, dict):
            raise VinEdgeError(f"-o {override}: '{name}' is a value, not a section")
    node[last] = _parse(text, f"-o {override}")


def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind, include_extras=True)


def _value(hint: Any, raw: Any, path: str, where: str, limits: Range | None = None) -> Any:
    """Return `raw` as the annotated type `hint`; `path` is its dotted name, `where` the file."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _value(arguments[0], raw, path, where, arguments[1])
    if origin in (typing.Union, types.UnionType):  # only `X | None` is used
        return None if raw is None else _value(arguments[0], raw, path, where, limits)
    if dataclasses.is_dataclass(hint):
        return _section(hint, raw, path, where)
    if origin is typing.Literal:
        if raw not in arguments:
            near = nearest(str(raw), arguments)
            _refuse(path, where, f"must be {' or '.join(arguments)}, not {raw!r}{near}")
        return raw
    if origin is tuple:
        return _list(arguments, raw, path, where, limits)
    if hint is Any:  # checked later, by whoever knows what it must be
        return raw
    if origin is dict:
        if not isinstance(raw, dict):
            inner = "numbers" if typing.get_origin(arguments[1]) is typing.Annotated else "values"
            _refuse(path, where, f"must be a mapping of names to {inner}, not {raw!r}")
        return {str(key): _value(arguments[1], item, f"{path}.{key}", where) for key, item in raw.items()}
    return _scalar(hint, raw, path, where, limits)


def _section(kind: Any, raw: Any, path: str, where: str) -> Any:
    if raw is None:  # `EMA:` with nothing below it
        raw = {}
    if not isinstance(raw, dict):
        _refuse(path, where, f"is a section and must be a mapping, not {raw!r}")
    hints = _hints(kind)
    dot = f"{path}." if path else ""
    for key in raw:
        if key not in hints:
            _unknown(f"{dot}{key}", hints, dot, where)
    values = {key: _value(hints[key], item, dot + key, where) for key, item in raw.items()}
    defaults = kind()
    for key, value in values.items():
        if isinstance(value, dict):  # as everywhere: what is not given has its default
            values[key] = getattr(defaults, key) | value
    return kind(**values)


def _with_typed_options(settings: Settings, where: str) -> Settings:
    """Return the settings with the options of losses checked against the losses' own annotations."""
    options = {}
    for loss, given in settings.Distillation.options.items():
        path, types_of = f"Distillation.options.{loss}", option_types(loss) if given else {}
        for key in given:
            if key not in types_of:
                known = f"known: {', '.join(types_of)}" if types_of else f"{loss} has none"
                hint = nearest(key, types_of)
                raise VinEdgeError(f"{where}: unknown option '{path}.{key}'{hint} ({known})")
        options[loss] = {key: _value(types_of[key], item, f"{path}.{key}", where) for key, item in given.items()}
    return dataclasses.replace(settings, Distillation=dataclasses.replace(settings.Distillation, options=options))


def _unknown(full: str, siblings: typing.Iterable[str], dot: str, where: str) -> typing.NoReturn:
    """Say which known key is meant: the same name elsewhere, a sibling of like name, or the nearest path."""
    last = full.rpartition(".")[2]
    everywhere = list(known_paths())
    elsewhere = [path for path in everywhere if path.rpartition(".")[2] == last]
    if elsewhere:
        hint = f"; did you mean '{elsewhere[0]}'?"
    else:
        hint = nearest(full, [dot + name for name in siblings]) or nearest(full, everywhere)
    hint = hint or f" (known here: {', '.join(siblings)})"
    raise VinEdgeError(f"{where}: unknown setting '{full}'{hint}")


def _list(arguments: tuple[Any, ...], raw: Any, path: str, where: str, limits: Range | None) -> tuple[Any, ...]:
    """Return a tuple; a bare value stands for a list of one where any length is allowed."""
    open_ended = arguments[-1] is Ellipsis
    if raw is None and open_ended:
        raw = []
    items = raw if isinstance(raw, list) else [raw]
    if not open_ended and len(items) != len(arguments):
        _refuse(path, where, f"must be a list of {len(arguments)} values, not {raw!r}")
    return tuple(_value(arguments[0], item, f"{path}[{n}]", where, limits) for n, item in enumerate(items))


def _scalar(hint: Any, raw: Any, path: str, where: str, limits: Range | None) -> Any:
    if hint is float and isinstance(raw, int | str) and not isinstance(raw, bool):
        try:
            raw = float(raw)
        except (ValueError, OverflowError):
            _refuse(path, where, f"must be a number, not {raw!r}")
    if type(raw) is not hint:
        kinds = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
        _refuse(path, where, f"must be {kinds[hint]}, not {raw!r}")
    if hint is float and not math.isfinite(raw):
        _refuse(path, where, f"must be a finite number, not {raw}")
    if limits is not None:
        _check_range(raw, path, where, limits)
    return raw


def _check_range(value: float, path: str, where: str, limits: Range) -> None:
    low_ok = limits.low is None or (value > limits.low if limits.open_low else value >= limits.low)
    high_ok = limits.high is None or value <= limits.high
    if not (low_ok and high_ok):
        low = "" if limits.low is None else f"{'above' if limits.open_low else 'at least'} {limits.low}"
        high = "" if limits.high is None else f"at most {limits.high}"
        _refuse(path, where, f"must be {' and '.join(filter(None, (low, high)))}, not {value}")


def _refuse(path: str, where: str, complaint: str) -> typing.NoReturn:
    raise VinEdgeError(f"{where}: {path} {complaint}")


def _plain(value: Any) -> Any:
    """Return the value with tuples as lists, for YAML."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
