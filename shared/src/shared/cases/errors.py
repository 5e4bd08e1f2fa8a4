"""Why a case is not there, or not somebody's to change."""


class CaseNotFound(LookupError):
    """The dealer has no such case, or it is reserved by an event not routed yet."""


class CaseRefused(Exception):
    """The case may not be changed so: `code` is `not_yours` or `bad_state`, `detail` says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
