"""What a loss asks for, told by its signature: a teacher's outputs or not, and its options with types and ranges.

    def loss(outputs, batch, teacher, *, temperature: Positive = 4.0, blank: BlankPolicy = "all") -> Tensor

Settings are checked before Paddle is imported (a spelling mistake should be named at once), and losses import it.
So whether there is a `teacher` is read from the source text; types are asked for only where options are given.
"""

from __future__ import annotations

import ast
import inspect
import sys
import typing
from functools import cache
from pathlib import Path
from typing import Any

from vinedge import registry

from . import losses
from .paddle_setup import prepare_paddle


@cache
def asks_for_teacher(name: str) -> bool:
    """Return whether the loss `name` learns from a teacher's outputs; imports nothing."""
    path = Path(next(iter(losses.__path__))) / f"{name}.py"
    functions = (node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef))
    return any(argument.arg == "teacher" for one in functions if one.name == "loss" for argument in one.args.args)


@cache
def option_types(name: str) -> dict[str, Any]:
    """Return the annotation of every option of the loss `name`, `Range` included; imports Paddle."""
    if "paddle" not in sys.modules:
        prepare_paddle()
    function = registry.load(losses, name).loss
    hints = typing.get_type_hints(function, include_extras=True)
    parameters = inspect.signature(function).parameters.values()
    return {one.name: hints[one.name] for one in parameters if one.kind is inspect.Parameter.KEYWORD_ONLY}
