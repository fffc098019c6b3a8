"""One OpenAI-compatible endpoint: a question in, an answer or a fault out."""

import asyncio
import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from time import time
from typing import Any, Literal

from pocket_narrator.errors import JudgeError, MissingExtraError
from pocket_narrator.evaluation.judge.question import Question
from pocket_narrator.evaluation.judge.reply import Completion, Fault, read_completion

Provider = Literal["gemini", "openai", "local"]
REPLY_TOKENS = 2048  # as the earlier project; models that think spend most of it before they answer


@dataclass(frozen=True)
class Address:
    """Where a judge is, and which one. The key itself is never stored, printed or written."""

    base_url: str
    key_variables: tuple[str, ...]  # environment variables, the first one set is taken; none: needs no key
    model: str | None  # none: the only one that the endpoint has

    def key(self) -> str:
        """Raises JudgeError, which names the variable, where it is not set."""
        for name in self.key_variables:
            if value := os.environ.get(name, "").strip():
                return value
        if not self.key_variables:
            return "none"
        raise JudgeError(
            f"the environment variable {' or '.join(self.key_variables)} is not set",
            where=self.base_url,
            hint=f"put your key into it: export {self.key_variables[0]}=...; a server of your own needs none: --provider local",
        )


PROVIDERS: dict[Provider, Address] = {
    "gemini": Address(
        "https://generativelanguage.googleapis.com/v1beta/openai/",
        ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        "gemini-2.5-flash",
    ),
    "openai": Address("https://api.openai.com/v1/", ("OPENAI_API_KEY",), "gpt-4.1-mini"),
    "local": Address("http://127.0.0.1:8080/v1/", (), None),
}


@dataclass(frozen=True)
class Dialect:
    """What an endpoint understands; where it refuses something, the next simpler form is tried and kept."""

    structured: Literal["schema", "object", "text"] = "schema"
    length: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    temperature: bool = True

    def simpler(self, complaint: str) -> "Dialect | None":
        """Without what the endpoint complains about; none where nothing is left to give up."""
        if "temperature" in complaint and self.temperature:
            return replace(self, temperature=False)
        if "max_completion_tokens" in complaint and self.length == "max_completion_tokens":
            return replace(self, length="max_tokens")
        if self.structured != "text":
            return replace(self, structured="object" if self.structured == "schema" else "text")
        return None


class Endpoint:
    """Use it inside one event loop and close it. `timeout_s` is for a whole answer, also from a server that drips."""

    def __init__(self, address: Address, *, temperature: float = 0.0, timeout_s: float = 120.0) -> None:
        try:
            from openai import AsyncOpenAI
        except ImportError:
            raise MissingExtraError("openai", "judge") from None
        self.address = address
        self.temperature = temperature
        self.timeout_s = timeout_s
        self.has_answered = False  # anything at all, so that a wrong address is told from a bad day
        self.dialect = Dialect()
        self._client = AsyncOpenAI(api_key=address.key(), base_url=address.base_url, timeout=timeout_s, max_retries=0)

    async def only_model(self) -> str:
        """The model of an endpoint that has one. Raises JudgeError where there is none to choose, or no endpoint."""
        import openai

        try:
            async with asyncio.timeout(self.timeout_s):
                found = [model.id async for model in self._client.models.list()]
        except openai.APIStatusError as error:
            fault = self._fault(error)
            raise self.fatal(fault) or JudgeError(
                f"the endpoint does not say which models it has: {fault}",
                where=self.address.base_url,
                hint="choose one with --model",
            ) from None
        except Exception as error:
            cause = error.__cause__ or error
            raise self._unreachable(f"{type(cause).__name__} {cause}") from None
        if len(found) != 1:
            raise JudgeError(
                f"the endpoint has {len(found)} models",
                where=self.address.base_url,
                hint=f"choose one with --model ({', '.join(found[:8]) or 'none is named'})",
            )
        return found[0]

    async def ask(self, question: Question, model: str) -> tuple[Completion, str]:
        """The completion and the code that it has to carry.

        Raises Fault for what may pass by itself, JudgeError for what would fail with every question.
        """
        messages, code = question.messages()
        while True:
            dialect = self.dialect
            try:
                return read_completion(await self._post(model, messages, question, dialect)), code
            except Fault as fault:
                self.has_answered |= fault.cause not in ("connection", "timeout")
                if fault.cause != "request refused":
                    raise
                simpler = dialect.simpler(fault.detail)
                if simpler is None:
                    raise
                if self.dialect == dialect:  # else another question has simplified it meanwhile
                    self.dialect = simpler

    async def _post(self, model: str, messages: list, question: Question, dialect: Dialect) -> bytes:
        import openai

        options: dict[str, Any] = {dialect.length: REPLY_TOKENS}
        if dialect.temperature:
            options["temperature"] = self.temperature
        if dialect.structured == "schema":
            schema = {"name": "answer", "strict": True, "schema": question.schema()}
            options["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif dialect.structured == "object":
            options["response_format"] = {"type": "json_object"}
        try:
            async with asyncio.timeout(self.timeout_s):
                raw = await self._client.chat.completions.with_raw_response.create(
                    model=model, messages=messages, **options
                )
                body = raw.http_response.content
        except (TimeoutError, openai.APITimeoutError):
            raise Fault("timeout", f"no whole answer in {self.timeout_s:g} s") from None
        except openai.APIStatusError as error:
            self.has_answered = True
            raise self._fault(error) from None
        except openai.APIConnectionError as error:
            cause = error.__cause__ or error
            raise Fault("connection", f"{type(cause).__name__} {cause}") from None
        except openai.OpenAIError as error:
            raise Fault("malformed reply", str(error)) from None
        self.has_answered = True
        return body

    def _fault(self, error: Any) -> Fault:
        status, detail = error.status_code, str(error.message)
        if status in (401, 403):
            return Fault("key refused", detail)
        if status == 404:
            return Fault("model not found", detail)
        if status == 429:
            return Fault("rate limit", detail, retry_after_s(error.response.headers))
        if status in (400, 413, 422):
            return Fault("request refused", f"{status}: {detail}")
        return Fault("server error", f"{status}: {detail}", retry_after_s(error.response.headers))

    def fatal(self, fault: Fault) -> JudgeError | None:
        """The error that ends the whole judging, where the fault would meet every other question too."""
        if fault.cause == "key refused":
            names = " or ".join(self.address.key_variables) or "no key is sent: --key-variable"
            return JudgeError(
                f"the endpoint refuses the key: {fault.detail}", where=self.address.base_url, hint=f"check {names}"
            )
        if fault.cause == "model not found":
            return JudgeError(
                f"the endpoint does not have this: {fault.detail}",
                where=self.address.base_url,
                hint="check --model and --base-url (which mostly ends in /v1)",
            )
        if fault.cause in ("connection", "timeout") and not self.has_answered:
            return self._unreachable(fault.detail)
        return None

    def _unreachable(self, detail: str) -> JudgeError:
        return JudgeError(
            f"the endpoint does not answer: {detail}",
            where=self.address.base_url,
            hint="start it, or give the right address with --base-url",
        )

    async def close(self) -> None:
        await self._client.close()


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that an endpoint asks for, from `Retry-After` (seconds or a date); none where it does not, or not clearly."""
    value = headers.get("retry-after", "").strip()
    with contextlib.suppress(ValueError):
        seconds = float(value)
        return seconds if 0 <= seconds < float("inf") else None
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    return None
