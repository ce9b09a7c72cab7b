"""Why a delivery is not taken. No message ever holds a secret, a signature or a body.

NotTaken          code, status
|- NotVerified    MissingHeader · BadTimestamp · TooOld · TooNew · BadSignature
`- NotUnderstood  genuine, but nothing that this version can apply
BadSecret         a mistake of the consumer's own settings
"""

from __future__ import annotations

from typing import ClassVar


class NotTaken(Exception):
    """A delivery that changed nothing.

    Attributes:
        code: For logs and metrics; the same in JavaScript.
        status: What to answer. syncd tries again by its schedule, since people mend such things.
    """

    code: ClassVar[str]
    status: ClassVar[int] = 400


class NotVerified(NotTaken):
    """Not from who shares the secret, changed on the way, or out of its time."""


class MissingHeader(NotVerified):
    code = "missing_header"


class BadTimestamp(NotVerified):
    code = "bad_timestamp"


class TooOld(NotVerified):
    code = "too_old"


class TooNew(NotVerified):
    code = "too_new"


class BadSignature(NotVerified):
    code = "bad_signature"


class NotUnderstood(NotTaken):
    code = "not_understood"
    status = 422


class BadSecret(ValueError):
    """A secret that is none: `whsec_` and base64 of 24 to 64 bytes."""
