"""The smallest Typer app, which `obsdeploy --help` is measured against."""

import typer

app = typer.Typer()


@app.command()
def hello(name: str = "you") -> None:
    """Say hello."""
    typer.echo(name)


if __name__ == "__main__":
    app()
