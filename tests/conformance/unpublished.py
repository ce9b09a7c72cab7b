"""What is proved against an emulator alone, since its vendor publishes no machine-readable schema.

A conformance test prints this list, so that nobody takes green for more than it is.
"""

UNPUBLISHED: tuple[str, ...] = (
    "Jira Data Center: /rest/api/2/* (serverInfo, myself, field, status, project, search)",
    "GitHub REST: /repos/*/actions/workflows, which only `browse` asks for",
)
