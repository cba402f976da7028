"""Addresses of servers, as users write them."""

from __future__ import annotations

import pytest

from tui_aide.errors import UsageError
from tui_aide.models import servers
from tui_aide.models.openai_compatible import OpenAICompatibleModel


@pytest.mark.parametrize("url", ["ftp://x", "http://", "http://[::1", "http://host:port"])
def test_a_bad_address_is_an_error_that_names_it(url: str) -> None:
    with pytest.raises(UsageError, match="is no address"):
        OpenAICompatibleModel(url)


@pytest.mark.parametrize("url", ["http://user:s3cret@host/v1", "s3cret@host:8000", "ftp://:s3cret@[::1"])
def test_an_address_with_a_password_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UsageError, match="OPENAI_API_KEY") as caught:
        OpenAICompatibleModel(url)
    assert "s3cret" not in str(caught.value)


def test_an_at_sign_in_the_path_is_no_password() -> None:
    assert str(servers.parse_address("host:8000/@me/v1")) == "http://host:8000/@me/v1"
