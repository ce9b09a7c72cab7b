"""What is proved against an emulator alone, since its vendor publishes no machine-readable schema.

Every run of a conformance test ends with this list, so that nobody takes green for more than it is.
"""

UNPUBLISHED: tuple[str, ...] = (
    "Jira Data Center: /rest/api/2/* (serverInfo, myself, field, status, project, search)",
    "GitHub REST: /repos/*/actions/workflows, which only `browse` asks for",
    "Google: the token endpoint, and the bodies of refusals",
)
