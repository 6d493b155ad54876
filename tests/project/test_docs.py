"""What the documentation says exists: links, commands and their flags, make targets, shipped settings."""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from repository import ROOT, tracked

PAGES = [path for path in tracked() if path.suffix == ".md"]
COMMANDS = {
    "vin-read": "vinedge.cli",
    "vin-synth": "vinedge.distill.synth_cli",
    "vin-data": "vinedge.distill.data_cli",
    "vin-distill": "vinedge.distill.cli",
    "vin-export": "vinedge.export.cli",
    "vin-bench": "vinedge.benchmarks.cli",
}


def page_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@functools.cache
def help_of(command: str, *parts: str) -> str:
    """Return what `command parts... --help` prints."""
    main = importlib.import_module(COMMANDS[command]).main
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), pytest.raises(SystemExit) as stop:
        main([*parts, "--help"])
    assert stop.value.code == 0
    return printed.getvalue()


def command_lines(text: str) -> Iterator[list[str]]:
    """Yield the words of every `vin-...` command line in `text`: after a prompt, a path, and with continued lines."""
    text = re.sub(r"\$+\(\w+\)", "value", re.sub(r"\\\n", " ", text))  # continued lines, variables of make
    text = re.sub(r"\$+\([^()]*\)", "value", text)  # commands within a command
    for line in text.splitlines():
        match = re.match(r"\s*[$@]?\s*(?:\S*/)?(vin-[a-z]+ .*)", line)
        if match:
            words = shlex.split(re.sub(r"\s*(?:\|\||&&|[|>;]).*", "", match[1]), comments=True)
            if words[0] in COMMANDS:
                yield words


def assert_flags_exist(words: list[str]) -> None:
    command, *rest = words
    # A first plain word may be a subcommand with flags of its own; --help after any other word changes nothing.
    text = help_of(command, *(word for word in rest[:1] if word.isalpha() and word.islower()))
    for flag in (word.partition("=")[0] for word in rest if re.match(r"--?[a-zA-Z]", word)):
        assert re.search(rf"(?<![\w-]){re.escape(flag)}(?![\w-])", text), f"{command} has no {flag}: {' '.join(words)}"


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if not re.match(r"[a-z]+:", target):
            name, _, anchor = target.partition("#")
            linked = page.parent / name if name else page
            assert linked.exists(), f"{page_name(page)} links to {target}"
            assert not anchor or anchor in anchors(linked), f"{page_name(page)} links to {target}"


def anchors(page: Path) -> set[str]:
    """Return the anchors that a Markdown page's headings get."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def shell_blocks(page: Path) -> str:
    """Return the page's code blocks in no language or the shell's; a fence that closes one never opens another."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return "\n".join(text for language, text in blocks if language in ("", "bash", "sh", "console", "shell"))


def shown_commands(page: Path) -> list[list[str]]:
    """Return the words of every command line in the page's code blocks."""
    return list(command_lines(shell_blocks(page)))


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_commands_use_flags_that_exist(page: Path) -> None:
    for words in shown_commands(page):
        assert_flags_exist(words)


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_overrides_name_settings_that_exist(page: Path) -> None:
    pytest.importorskip("yaml", reason="settings need the [distill] extra")
    from vinedge.distill.settings_yaml import load_settings

    for words in shown_commands(page):
        if words[0] == "vin-distill" and "--config" in words:
            overrides = [value for flag, value in pairwise(words) if flag == "-o"]
            load_settings(ROOT / words[words.index("--config") + 1], overrides)


def test_commands_in_the_makefile_use_flags_that_exist() -> None:
    lines = list(command_lines((ROOT / "Makefile").read_text()))
    assert len(lines) >= 5
    for words in lines:
        assert_flags_exist(words)


def test_the_readme_shows_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [command for command in COMMANDS if command not in text] == []


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for page in PAGES:
        assert set(re.findall(r"^make ([a-z-]+)", shell_blocks(page), flags=re.MULTILINE)) <= targets, page_name(page)


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yml")), ids=page_name)
def test_shipped_settings_are_valid(path: Path) -> None:
    pytest.importorskip("yaml", reason="settings need the [distill] extra")
    from vinedge.distill.settings_yaml import load_settings

    load_settings(path)


def test_the_version_is_in_the_changelog() -> None:
    from vinedge import __version__

    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "Unreleased" in text or __version__ in text
