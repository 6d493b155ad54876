"""A command whose packages are missing names them and the extra that brings them."""

from __future__ import annotations

import pytest

from vinedge import extras
from vinedge.errors import VinEdgeError


@pytest.mark.parametrize("extra", sorted(extras.NEEDED))
def test_missing_packages_are_named_with_the_remedy(extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = extras.NEEDED[extra][0]
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == missing else object())
    with pytest.raises(VinEdgeError) as error:
        extras.require_extra(extra, "vin-x")
    assert str(error.value) == f"vin-x needs {missing}; run: pip install 'vinedge[{extra}]'"


def test_nothing_is_said_when_all_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: object())
    extras.require_extra("distill", "vin-x")
