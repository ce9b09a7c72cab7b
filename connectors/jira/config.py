"""What a Jira connection may say in syncd.yaml."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from syncd.sdk.plugin import ConnectionConfig


class JiraConfig(ConnectionConfig):
    """A Jira site. Cloud or Data Center: the site itself says which.

    Attributes:
        url: The site (`https://acme.atlassian.net`), with its context path on Data Center
            (`https://intra.acme.com/jira`).
        email: The account that an API token of Cloud belongs to; without it the token is sent
            as a bearer token (a personal access token of Data Center, OAuth).
    """

    email: str | None = Field(default=None, min_length=1)
    token: SecretStr = Field(min_length=1)

    @field_validator("url")
    @classmethod
    def _is_a_site(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is not the address of a site, like https://acme.atlassian.net")
        if parts.query or parts.fragment or parts.username:
            raise ValueError("the address of a site has no user, no ? and no #")
        return url.rstrip("/")
