"""python -m lookalike serve"""

from typing import Annotated

import typer


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve the page."""
    from lookalike.ui.launch import serve as run

    run(host, port)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)
