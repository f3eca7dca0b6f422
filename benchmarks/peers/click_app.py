"""The nearest peer of the command line: one bare click command in the same environment."""

import click


@click.command()
@click.option("--home", help="The home folder.")
def main(home: str) -> None:
    """Say where home is."""
    click.echo(home)


if __name__ == "__main__":
    main()
