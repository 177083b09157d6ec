"""Whether the process lives, whether it can work, and its figures. The first two are open to all, so they tell nothing else."""

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from cmdb_app.rest.callers import TheReader, TheServices

router = APIRouter(tags=["health"])


@router.get("/livez")
async def livez() -> JSONResponse:
    """The process answers. Restart it when this fails."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz", responses={503: {"description": "A part is away"}})
async def readyz(services: TheServices) -> JSONResponse:
    """The graph answers and the index has caught up. A broker that is away is told but does not stop questions from being answered."""
    checks = await to_thread.run_sync(services.checks)
    ready = checks["graph"] == "ok" and checks["index"] == "ok"
    return JSONResponse({"status": "ok" if ready else "not ready", "checks": checks}, status_code=200 if ready else 503)


@router.get("/metrics", responses={200: {"content": {"text/plain": {}}}})
def metrics(request: Request, _: TheReader) -> Response:
    """Figures in Prometheus' text form."""
    found = request.app.state.metrics
    return Response(found.render(), media_type=found.content_type)
