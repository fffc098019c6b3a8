"""The API: OpenAI's paths over one trained model."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import PlainTextResponse
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from pocket_narrator import __version__
from pocket_narrator.errors import NarratorError
from pocket_narrator.serving.gate import FULL, PATHS, RETRY_SECONDS, Application, Gate
from pocket_narrator.serving.hosts import Hosts
from pocket_narrator.serving.openai.api_error import ApiError
from pocket_narrator.serving.openai.bodies import read_body
from pocket_narrator.serving.openai.replies import encoded, event, problem
from pocket_narrator.serving.openai.requests import FORMS, ChatRequest, CompletionRequest
from pocket_narrator.serving.service import Answer, PreparedRequest, Service
from pocket_narrator.serving.worker import Overloaded


def make_app(
    service: Service, key: str | None = None, hosts: Hosts | None = None, origins: Sequence[str] = ()
) -> Application:
    """An ASGI application; the service's worker lives as long as it.

    hosts: under which names it may be asked for, and from which pages; anything where there are none. origins: of pages that may
    read its answers (CORS).
    """

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.worker.start()
        yield
        service.worker.stop()
        service.aside.close()

    # Their pages would load scripts from elsewhere.
    app = FastAPI(title="pocket-narrator", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    _add_errors(app)
    _describe_bodies(app)

    @app.post("/v1/completions")
    async def complete(request: Request) -> Response:
        """Continues prompts."""
        return await _answer(service, CompletionRequest, request)

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        """Continues the story that a chat has told so far."""
        return await _answer(service, ChatRequest, request)

    @app.get("/")
    async def root() -> Response:
        """Where things are, for who looks here first."""
        about = f"pocket-narrator {__version__}: an API that OpenAI's client speaks, with base_url http://ADDRESS/v1"
        return _json({"about": about, "model": service.name, "paths": list(PATHS), "description": "/openapi.json"})

    @app.get("/v1/models")
    async def models() -> Response:
        """The one model."""
        return _json({"object": "list", "data": [_model(service)]})

    @app.get("/v1/models/{name}")
    async def model(name: str) -> Response:
        """The model, by its name."""
        if name != service.name:
            raise ApiError(404, "there is no such model here", "invalid_request_error", "model_not_found", "model")
        return _json(_model(service))

    @app.get("/health")
    async def health() -> Response:
        """Whether requests are taken on."""
        ready = service.worker.is_alive and not service.is_draining
        return _json({"status": "ok" if ready else "draining"}, 200 if ready else 503)

    @app.get("/live")
    async def live() -> Response:
        """Whether the process answers."""
        return _json({"status": "ok"})

    @app.get("/metrics")
    async def metrics() -> Response:
        """Prometheus' text format."""
        worker = service.worker
        gauges = {
            "stories_open": ("gauge", worker.open_stories),
            "stories_active": ("gauge", worker.active_stories),
            "slots": ("gauge", service.limits.slots),
            "tokens_told_total": ("counter", worker.tokens_told),
            "steps_total": ("counter", worker.steps),
        }
        return PlainTextResponse(service.metrics.text(gauges), media_type="text/plain; version=0.0.4")

    worker = service.worker
    gate = Gate(app, service.metrics, service.limits.body, key, lambda: worker.open_stories >= worker.most, hosts)  # type: ignore[arg-type]
    if not origins:
        return gate
    exposed = ["x-request-id", "retry-after"]
    return CORSMiddleware(gate, origins, allow_methods=["GET", "POST"], allow_headers=["*"], expose_headers=exposed)  # type: ignore[arg-type, return-value]


def _model(service: Service) -> dict[str, Any]:
    return {"id": service.name, "object": "model", "created": service.began, "owned_by": "pocket-narrator"}


async def _answer(service: Service, form: type[CompletionRequest | ChatRequest], request: Request) -> Response:
    notes = request.scope["narrator"]
    body = await request.body()
    kind, path = request.headers.get("content-type", ""), request.url.path

    def read() -> tuple[CompletionRequest | ChatRequest, PreparedRequest]:
        asked = read_body(form, body, kind, path)
        return asked, service.prepare(asked)

    try:
        asked, prepared = await service.aside.run(len(body), read)
        answer = service.begin(prepared, notes["id"], notes)
    except Overloaded:
        service.metrics.refused += 1
        raise
    if asked.stream:
        include_usage = asked.stream_options is not None and asked.stream_options.include_usage
        return _Stream(service, answer, include_usage)
    telling = asyncio.ensure_future(answer.whole())
    leaving = asyncio.ensure_future(_until_gone(request.receive))
    try:
        await asyncio.wait((telling, leaving), return_when=asyncio.FIRST_COMPLETED)
        if telling.done():
            return _json(telling.result())
        service.metrics.disconnects += 1
        return Response(status_code=499)
    finally:
        leaving.cancel()
        telling.cancel()
        answer.cancel()


async def _until_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class _Stream(Response):
    """Server-sent events that end when the client goes."""

    def __init__(self, service: Service, answer: Answer, include_usage: bool) -> None:
        super().__init__(media_type="text/event-stream", headers={"cache-control": "no-cache"})
        del self.headers["content-length"]
        self._service, self._answer, self._include_usage = service, answer, include_usage

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        sending = asyncio.ensure_future(self._send(send))
        leaving = asyncio.ensure_future(_until_gone(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
            else:
                self._service.metrics.disconnects += 1
        finally:
            leaving.cancel()
            sending.cancel()
            self._answer.cancel()

    async def _send(self, send: Any) -> None:
        try:
            async with contextlib.aclosing(self._answer.pieces(self._include_usage)) as pieces:  # type: ignore[type-var]
                async for piece in pieces:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        except ApiError as error:
            content = event(problem(error.message, error.kind, error.code, error.param))
            await send({"type": "http.response.body", "body": content, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _json(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(encoded(content), status, headers, media_type="application/json")


def _add_errors(app: FastAPI) -> None:
    """Every error in OpenAI's shape."""

    @app.exception_handler(ApiError)
    async def api_error(_: Request, error: ApiError) -> Response:
        return _json(problem(error.message, error.kind, error.code, error.param), error.status)

    @app.exception_handler(NarratorError)
    async def narrator_error(_: Request, error: NarratorError) -> Response:
        return _json(problem(str(error), "invalid_request_error"), 400)

    @app.exception_handler(Overloaded)
    async def overloaded(_: Request, error: Overloaded) -> Response:
        return _json(FULL, 503, {"retry-after": str(RETRY_SECONDS)})

    @app.exception_handler(HTTPException)
    async def http_error(_: Request, error: HTTPException) -> Response:
        return _json(problem(str(error.detail), "invalid_request_error"), error.status_code, dict(error.headers or {}))

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> Response:
        return _json(problem("something went wrong here; the server's log says more", "server_error"), 500)


def _describe_bodies(app: FastAPI) -> None:
    """Adds to /openapi.json what the bodies may hold, which are not read by FastAPI."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
            forms = [(form, "validation") for form in FORMS.values()]
            references, models = models_json_schema(forms, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
            app.openapi_schema.setdefault("components", {}).setdefault("schemas", {}).update(models["$defs"])
            for path, form in FORMS.items():
                content = {"application/json": {"schema": references[form, "validation"]}}  # type: ignore[index]
                app.openapi_schema["paths"][path]["post"]["requestBody"] = {"required": True, "content": content}
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]
