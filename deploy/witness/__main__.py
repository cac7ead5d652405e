"""Runs a witness: `python -m deploy.witness`, everything else from the environment."""

import uvicorn

from deploy.witness.app import create_witness
from deploy.witness.settings import WitnessSettings
from shared.web.logs import set_up_logs


def serve() -> None:
    settings = WitnessSettings()
    set_up_logs("witness", settings.log_level)
    uvicorn.run(
        create_witness(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    serve()
