"""An answer that is an error."""


class ApiError(Exception):
    """Told to the client in OpenAI's shape."""

    def __init__(self, status: int, message: str, kind: str, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.kind, self.code, self.param = status, message, kind, code, param


def bad(message: str, param: str | None = None) -> ApiError:
    """A request that cannot be answered as it is."""
    return ApiError(400, message, "invalid_request_error", param=param)
