"""The command `banjie`, whose commands stand in `engine/commands/`, a file for each kind."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from engine import environment, errors
from engine.basics.sayings import LANGUAGES
from engine.commands import (
    benchmark,
    calendar_days,
    checking,
    demonstration,
    deploying,
    exporting,
    initializing,
    intake_commands,
    process_texts,
)
from engine.commands.server import serving
from engine.commands.upkeep import backing_up, database_commands, password_commands, retaining, secret_commands, verifying

PATHS = (
    "a folder that `banjie export` wrote, a company's folder in it, or a company beside the program"
    " (default: all there; of the demo only in one)"
)
MOST_CASES = 500  # sample cases of the demo
Command = Callable[[argparse.Namespace, environment.Settings], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit status is 0 when it did what it says, 1 when it was refused, 2 for a wrong call."""
    parsed = _parser().parse_args(arguments)
    try:
        command: Command = parsed.command
        return command(parsed, environment.from_environment())
    except (errors.Refusal, environment.SettingsError) as error:
        print(f"banjie: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="banjie", description="Approvals and cases on BPMN. Settings: BANJIE_* (see README).")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_init(commands)
    _add(commands, "serve", serving.serve, "start the web server")
    _add(commands, "worker", serving.work, "start the background worker")
    _add(commands, "migrate", database_commands.migrate, "bring the database to this version's tables")
    deploy = _add(commands, "deploy", deploying.deploy, "deploy companies, diagrams, decisions and forms from files")
    deploy.add_argument("paths", nargs="*", metavar="PATH", help=PATHS)
    deploy.add_argument(
        "--replace", action="store_true", help="list what was changed in pages since, and take the folder's instead"
    )
    export = _add(commands, "export", exporting.export, "write a company as the folder that `deploy` reads, for git")
    export.add_argument("company", metavar="COMPANY", help="the company's id")
    export.add_argument("folder", metavar="DIR", help="where bpmn/ and workflows/ are written")
    check = _add(commands, "check", checking.check, "check files and walk all scenarios; fails below full coverage")
    check.add_argument("paths", nargs="*", metavar="PATH", help="as for deploy (default: all beside the program)")
    check.add_argument("--all", action="store_true", help="also walk the scenarios for which nothing has changed since")
    texts = _add(
        commands, "texts", process_texts.texts, "print what a process says to people, as lines of its file texts.LANGUAGE.toml"
    )
    texts.add_argument("company", metavar="COMPANY", help="the company's id or folder")
    texts.add_argument("process", metavar="PROCESS", nargs="?", help="the process's id (default: the company's own folder)")
    texts.add_argument("--missing", action="store_true", help="only what nobody has translated yet")
    texts.add_argument("--language", choices=LANGUAGES, default="en", help="into which language (default: en)")
    calendar = _add(
        commands, "calendar", calendar_days.take, "take a year's official holidays and make-up workdays from a file"
    )
    calendar.add_argument("file", metavar="FILE", help="JSON of holiday-cn, or CSV: date,is_workday,note")
    calendar.add_argument("--calendar", default="cn", help="which calendar (default: cn)")
    _add(commands, "mail", intake_commands.take_mail, "take in once what customers wrote to the companies' mailboxes")
    verify = _add(commands, "verify", verifying.verify, "check that histories, tables and logs are what was written and signed")
    verify.add_argument("--files", action="store_true", help="read every upload too and hold it against its digest")
    _add_keeping(commands)
    retention = _add(commands, "retention", retaining.retain, "remove finished cases whose retention is over")
    retention.add_argument("--dry-run", action="store_true", help="only list what would go, and why the rest stays")
    bench = _add(commands, "bench", benchmark.bench, "measure speed and size, as ratios within one run")
    bench.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help="statements, http, loop, inbox, intake, board, bulk, feel, hostile, editor (default: all)",
    )
    return parser


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = "the demo: migrate, deploy and set up the demo companies, then serve with the worker"
    demo = "set up the demo companies and people with the demo password"
    for name, command, meaning, cases in (("run", serving.run, run, 40), ("demo", demonstration.demo, demo, 0)):
        told = f"how many sample cases companies get that have none (default: {cases})"
        _add(commands, name, command, meaning).add_argument("--cases", type=_count, default=cases, metavar="N", help=told)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= MOST_CASES):
        raise argparse.ArgumentTypeError(f"it must be a whole number up to {MOST_CASES}, not {text}")
    return int(text)


def _add_init(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    init = _add(commands, "init", initializing.init, "set up a new installation for real use, and its first company")
    for name, meaning in initializing.OPTIONS.items():
        init.add_argument(f"--{name}", metavar=name.upper().replace("-", "_"), help=meaning)
    init.add_argument("--process", action="append", default=[], metavar="SET/PROCESS", help=initializing.PROCESS)
    init.add_argument("--map", action="append", default=[], metavar="THEIRS=OURS", help=initializing.MAP)


def _add_keeping(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """What keeps an installation: backups, the secret, a way in for who has no password."""
    backup = _add(commands, "backup", backing_up.backup, "write all of the installation to one file, while people work")
    backup.add_argument("file", metavar="FILE", help="a new file; .tar.gz packs it")
    backup.add_argument("--with-secret", action="store_true", help="with the secret, which opens the records in it")
    restore = _add(commands, "restore", backing_up.restore, "bring a backup back into an empty data folder and database")
    restore.add_argument("file", metavar="FILE", help="what `banjie backup` wrote")
    secret = commands.add_parser("secret", help="change the installation's secret").add_subparsers(
        required=True, metavar="WHAT"
    )
    _add(secret, "rotate", secret_commands.rotate, "wrap the keys of all records with another secret; all sessions end")
    password = _add(commands, "password", password_commands.invite, "a code with which a person sets a password, once")
    password.add_argument("company", metavar="COMPANY", help="the company's id")
    password.add_argument("username", metavar="USERNAME", help="who may set a password")
    password.add_argument("--no-second-factor", action="store_true", help="take away the second factor that was lost, too")


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, command: Command, text: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(command=command)
    return parser


if __name__ == "__main__":
    sys.exit(main())
