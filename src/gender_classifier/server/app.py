"""The application: paths, parameters, and what each answers."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.staticfiles import StaticFiles

from gender_classifier import PERCEIVED, __version__
from gender_classifier.server import docs_page, metrics, problems
from gender_classifier.server.middleware import Surroundings, guarded
from gender_classifier.server.problems import Problem, ProblemError
from gender_classifier.server.schemas import (
    Alive,
    Answers,
    Models,
    Ready,
)
from gender_classifier.server.service import Options, Service
from gender_classifier.server.settings import ServerSettings
from gender_classifier.server.uploads import read_uploads
from gender_classifier.web.policy import HEADERS

LOG = logging.getLogger("gender_classifier.server")
T = TypeVar("T")
_FILE = {"type": "string", "format": "binary"}
_IMAGES = ("image/jpeg", "image/png", "image/webp", "application/octet-stream")
BODY = {
    "requestBody": {
        "required": True,
        "description": "One image (any image/* or application/octet-stream), or a form whose parts are images",
        "content": {
            **{kind: {"schema": _FILE} for kind in _IMAGES},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "additionalProperties": False,
                    "properties": {"files": {"type": "array", "minItems": 1, "items": _FILE}},
                }
            },
        },
    }
}
REFUSALS = problems.documented(400, 401, 408, 413, 415, 422, 503)

ModelName = Annotated[str | None, Query(description="which of the models answers; none: the first of /v1/models")]
Tta = Annotated[bool, Query(description="average over the model's views")]
Prior = Annotated[
    float | None, Query(gt=0, lt=1, description="share of men in a population to correct probabilities for")
]
Right = Annotated[
    float | None, Query(ge=0.5, le=1, description="share of the answers wanted right; other faces are `uncertain`")
]
AnswerAll = Annotated[bool, Query(description="no face is `uncertain`; not together with `right`")]
MinFace = Annotated[
    int | None, Query(ge=1, le=100_000, description="smallest face sought, pixels; none: 24 in an image of 1,280")
]
Rotate = Annotated[bool, Query(description="also seek turned faces where none, or only a poor one, stands upright")]


def create_app(settings: ServerSettings) -> FastAPI:
    """Make the application; its models are loaded when it starts, while `/healthz` already answers.

    Args:
        settings: models, key, site and limits, `checked` before.

    Returns:
        The application, for an ASGI server; its `state.service` is the `Service`.
    """
    service = Service(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loading = asyncio.get_running_loop().run_in_executor(None, service.load)
        loading.add_done_callback(_loaded)
        yield
        await asyncio.wait([loading])
        service.close()

    app = FastAPI(
        title="gender-classifier",
        version=__version__,
        description="Finds faces in images and says female, male or uncertain of each, with a probability.",
        lifespan=lifespan,
        docs_url=None,  # FastAPI's pages fetch their scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        responses={},
    )
    app.state.service = service
    _add_refusals(app, service)
    _add_answers(app, service)
    _add_signs(app, service)
    _add_pages(app, settings)
    paths = [*app.openapi()["paths"], "/", "/docs", "/openapi.json"]
    app.add_middleware(Surroundings, metrics=service.metrics, key=settings.key, paths=paths)
    return app


def _loaded(loading: asyncio.Future[None]) -> None:
    """A service whose models cannot be loaded ends; whoever keeps it running tells."""
    if not loading.cancelled() and (error := loading.exception()) is not None:
        LOG.error("error: %s", error)
        os.kill(os.getpid(), signal.SIGTERM)


def _add_refusals(app: FastAPI, service: Service) -> None:
    """Answer what is refused; faults, and clients that left, go on to `Surroundings`."""

    def refuse(request: Request, problem: ProblemError) -> Response:
        service.metrics.refusals.labels(problem.code).inc()
        return problems.response(problem, request.state.request_id)

    @app.exception_handler(ProblemError)
    async def refused(request: Request, error: ProblemError) -> Response:
        return refuse(request, error)

    @app.exception_handler(RequestValidationError)
    async def wrong_parameter(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        return refuse(request, ProblemError(422, f"{first['loc'][-1]}: {first['msg'][:1].lower()}{first['msg'][1:]}"))

    @app.exception_handler(HTTPException)
    async def wrong_path(request: Request, error: HTTPException) -> Response:
        answer = refuse(request, ProblemError(error.status_code, str(error.detail).lower()))
        answer.headers.update(error.headers or {})
        return answer


def _add_answers(app: FastAPI, service: Service) -> None:
    async def answer(request: Request, model: str | None, options: Options) -> Response:
        served = service.named(model)
        began = time.perf_counter()
        with service.memory.share() as share:
            uploads = await read_uploads(request, service.settings, share)
            service.metrics.stages.labels("read").observe(time.perf_counter() - began)
            images = await _unless_gone(request, service, service.answer(served, uploads, options))
        about = {"request_id": request.state.request_id, "model": served.about.name, "sha256": served.about.sha256}
        return JSONResponse({**about, "about": PERCEIVED, "images": [image.to_dict() for image in images]})

    @app.post("/v1/faces", response_model=Answers, responses=REFUSALS, openapi_extra=BODY)
    async def faces(
        request: Request,
        model: ModelName = None,
        tta: Tta = False,
        min_face: MinFace = None,
        prior: Prior = None,
        right: Right = None,
        answer_all: AnswerAll = False,
        rotate: Rotate = True,
    ) -> Response:
        """Find the faces of images and answer each."""
        options = Options(False, tta, min_face, prior, right, answer_all, rotate)
        return await answer(request, model, options)

    @app.post("/v1/crops", response_model=Answers, responses=REFUSALS, openapi_extra=BODY)
    async def crops(
        request: Request,
        model: ModelName = None,
        tta: Tta = False,
        prior: Prior = None,
        right: Right = None,
        answer_all: AnswerAll = False,
    ) -> Response:
        """Answer images each of which is a face's crop already: no face is sought."""
        return await answer(request, model, Options(True, tta, None, prior, right, answer_all))

    @app.get("/v1/models", response_model=Models, responses=problems.documented(401, 503))
    async def models() -> Models:
        """List the models that answer."""
        service.named(None)
        return Models(models=[served.about for served in service.models.values()])


async def _unless_gone(request: Request, service: Service, work: Coroutine[Any, Any, T]) -> T:
    """Do work as long as the client waits for it, and no longer than is allowed.

    Raises:
        ProblemError: it takes too long: 503.
        ClientDisconnect: the client left.
    """
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        limit = service.settings.answer_seconds
        done, _ = await asyncio.wait({task, gone}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if task in done:
            return task.result()
        if gone in done:
            raise ClientDisconnect
        raise ProblemError(503, f"no answer within {limit:g} s; send fewer images at a time", "late", retry=5)
    finally:
        gone.cancel()
        task.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _add_signs(app: FastAPI, service: Service) -> None:
    @app.get("/healthz", response_model=Alive)
    async def healthz() -> Alive:
        """Tell whether the process answers."""
        return Alive()

    @app.get("/readyz", response_model=Ready, responses=problems.documented(503))
    async def readyz() -> Ready:
        """Tell whether the models are loaded and warm, and which they are."""
        service.named(None)
        return Ready(models=[served.about for served in service.models.values()])

    described = {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Prometheus's text format"}
    answers: dict[int | str, dict[str, Any]] = {200: described, **problems.documented(401)}

    @app.get("/metrics", response_class=Response, responses=answers)
    async def counted() -> Response:
        """Give latencies of stages, images in progress, faces, undetected, uncertain, refusals."""
        return Response(service.metrics.text(), headers={"Content-Type": metrics.CONTENT_TYPE})


class _Site(StaticFiles):
    """The page's files, with the headers that isolate it."""

    def file_response(self, *args: Any, **options: Any) -> Response:
        """Answer with a file."""
        response = super().file_response(*args, **options)
        response.headers.update(HEADERS)
        return response


def _add_pages(app: FastAPI, settings: ServerSettings) -> None:
    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> Response:
        page = docs_page.docs_page(app.openapi(), str(request.base_url).rstrip("/"))
        return HTMLResponse(page, headers={"Content-Security-Policy": docs_page.POLICY})

    make = app.openapi

    def openapi() -> dict[str, Any]:
        document = make()
        document["components"]["schemas"].setdefault("Problem", Problem.model_json_schema())
        for unused in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(unused, None)
        if settings.key is not None:
            _document_key(document)
        return document

    app.openapi = openapi  # type: ignore[method-assign]
    if settings.site is not None:
        app.mount("/", _Site(directory=settings.site, html=True))
    else:
        app.get("/", include_in_schema=False)(docs)


def _document_key(document: dict[str, Any]) -> None:
    document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for path, methods in document["paths"].items():
        for operation in methods.values() if guarded(path) else ():
            operation["security"] = [{"key": []}]
