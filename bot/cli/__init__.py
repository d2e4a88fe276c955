# SPDX-License-Identifier: AGPL-3.0-or-later
"""The command line: one word a command, each loaded only when it is called."""

from __future__ import annotations

from importlib import import_module

import click

# name -> where it lives; what is said of it in the list of commands
COMMANDS = {
    "demo": ("bot.cli.demo", "Run everything on this machine, with a demo counsellor."),
    "chat": ("bot.cli.chat", "Talk in the terminal, through the real bot."),
    "read": ("bot.cli.read", "Say what is understood of each line."),
    "check": ("bot.cli.check", "Name every fault of flows, texts, facts, phrases and limits."),
    "flows": ("bot.cli.flows", "Draw the flows as text: `graph`."),
    "preview": ("bot.cli.preview", "Write all texts, flows and facts as pages for reviewers."),
    "run": ("bot.cli.run", "Run the bot with the channels of the configuration."),
    "templates": (
        "bot.cli.templates",
        "Ask WhatsApp to approve our messages; see how they stand.",
    ),
    "nlu": ("bot.cli.nlu", "Train and measure the understanding."),
    "links": ("bot.cli.links", "Print the links for posters; count who came by them."),
    "cases": ("bot.cli.cases", "The counsellor's way to the cases."),
    "keys": ("bot.cli.keys", "Make keys where they must live."),
    "backup": ("bot.cli.backup", "Write a backup only the recovery key opens."),
    "restore": ("bot.cli.restore", "Bring a backup back into an empty folder."),
    "holdings": ("bot.cli.holdings", "Count what is held and how old it is."),
    "retention": ("bot.cli.retention", "Show the lifetimes; destroy what has outlived them."),
    "doctor": ("bot.cli.doctor", "Look at the health of a running bot."),
}


class Lazy(click.Group):
    """Imports a command when it is called: ``sanad chat`` must answer at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every command, in the order of a first day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of this name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, said) in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sanad")
def main() -> None:
    """Sanad: a help bot for people blackmailed online or whose private data was violated."""
