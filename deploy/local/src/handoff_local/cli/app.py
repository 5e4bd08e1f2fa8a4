"""The command `handoff`. Each command imports what it needs when it runs, so that help is quick."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from handoff_local.cli.admin import dead_letters, keys
from handoff_local.cli.clocks import clocks
from handoff_local.cli.output import AsJson, all_but_last, as_text
from handoff_local.errors import CommandFailed

app = typer.Typer(
    name="handoff", no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
app.add_typer(keys, name="keys")
app.add_typer(dead_letters, name="dead-letters")
app.add_typer(clocks, name="clocks")


@app.callback()
def handoff() -> None:
    """Start Handoff on one machine, or talk to a running one (HANDOFF_URL, HANDOFF_KEY)."""


@app.command()
def up(
    clock_start: Annotated[str | None, typer.Option(help="Begin domain time at this instant (RFC 3339).")] = None,
    rate: Annotated[float | None, typer.Option(help="Run domain time this many times as fast as real time.")] = None,
) -> None:
    """Start the database, the services, the mail sink and the demo; Ctrl-C stops all.

    As soon as the API is ready it prints a line `ready at http://HOST:PORT`. What dies is started again.
    """
    from handoff_local.demo.business_start import demo_hours
    from handoff_local.demo.progress import is_loaded
    from handoff_local.launcher import launcher

    if clock_start is not None:
        os.environ["HANDOFF_CLOCK_START"] = clock_start
    if rate is not None:
        os.environ["HANDOFF_CLOCK_RATE"] = str(rate)
    raise typer.Exit(launcher.up(demo_hours=demo_hours, demo_is_loaded=is_loaded))


@app.command()
def stop() -> None:
    """Stop the stack that runs on HANDOFF_DATA_DIR, and wait until it has ended."""
    from handoff_local.launcher.settings import StackSettings
    from handoff_local.launcher.stop import stop_stack

    folder = StackSettings().data_dir
    typer.echo("stopped" if stop_stack(folder) else f"nothing runs on {folder}")


@app.command()
def migrate() -> None:
    """Bring the database of HANDOFF_MIGRATE_DATABASE_URL (or HANDOFF_DATABASE_URL) to head."""
    from handoff_local.database.migrate import head
    from handoff_local.database.migrate import migrate as run_job
    from handoff_local.database.settings import MigrateSettings

    run_job(MigrateSettings())
    typer.echo(f"at head ({head()})")


@app.command()
def send(
    file: Annotated[str, typer.Argument(help="A CloudEvent, a batch, or JSON lines; - reads standard input.")],
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the counts only.")] = False,
) -> None:
    """Post events and print what became of each."""
    from handoff_local.cli.event_file import batches, read_events
    from handoff_local.client import connect

    client = connect()
    counts: dict[str, int] = {}
    for batch in batches(read_events(file)):
        one = len(batch) == 1
        kind = "application/cloudevents+json" if one else "application/cloudevents-batch+json"
        body = json.dumps(batch[0] if one else batch).encode()
        answer = client.call("POST", "/v1/events", content=body, headers={"Content-Type": kind})
        for event in answer["events"]:
            counts[event["status"]] = counts.get(event["status"], 0) + 1
            if not quiet:
                typer.echo(f"{event['status']:<9} {event['event_id']}  {event['id']}")
    typer.echo(", ".join(f"{count} {status}" for status, count in counts.items()))


@app.command(name="import")
def import_file(
    file: Annotated[
        Path, typer.Argument(dir_okay=False, help="CSV with a line of column names, or JSON (.json, .jsonl).")
    ],
    mapping: Annotated[Path, typer.Option(dir_okay=False, help="How its rows become events (YAML, docs/import.md).")],
    report: Annotated[
        Path | None, typer.Option(dir_okay=False, help="What became of each row; else FILE.report.csv.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, store nothing.")] = False,
    from_start: Annotated[bool, typer.Option("--from-start", help="Do not go on where it was broken off.")] = False,
) -> None:
    """Post the rows of a file as events; what was posted before is a duplicate. Exit 1 when rows are refused."""
    from handoff_local.client import connect
    from handoff_local.file_import.command import Task, import_rows
    from handoff_local.file_import.row_report import in_words

    where = report or file.with_name(f"{file.name}.report.csv")
    task = Task(file, mapping, where, dry_run)
    tell = all_but_last(lambda text: typer.echo(text, err=True))
    counts = import_rows(connect(), task, lambda so_far: tell(in_words(so_far)), from_start=from_start)
    typer.echo(f"{in_words(counts)}{'; nothing was stored' if dry_run else ''}\nreport: {where}")
    raise typer.Exit(1 if counts["refused"] else 0)


@app.command()
def explain(
    file: Annotated[str, typer.Argument(help="A CloudEvent; - reads standard input.")], as_json: AsJson = False
) -> None:
    """Say what the playbook would make of an event, and why; nothing is stored."""
    from handoff_local.cli.event_file import read_events
    from handoff_local.cli.explanation import explain as explain_answer
    from handoff_local.client import connect

    events = read_events(file)
    if len(events) != 1:
        raise CommandFailed(f"{file} holds {len(events)} events: explain takes one")
    answer = connect().call(
        "POST",
        "/v1/playbook/explain",
        content=json.dumps(events[0]).encode(),
        headers={"Content-Type": "application/cloudevents+json"},
    )
    typer.echo(as_text(answer) if as_json else "\n".join(explain_answer(answer)))


@app.command()
def why(
    name: Annotated[str, typer.Argument(help="The id of a task, a case or a customer.")],
    dealer: Annotated[str | None, typer.Option(help="Of this dealer only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say in order of time what happened to a task, a case or a customer, who was told, and why."""
    from handoff_local.cli.timeline import find_timeline, print_timeline
    from handoff_local.client import connect

    lines = find_timeline(connect(), name, dealer)
    typer.echo(as_text({"items": lines}) if as_json else "\n".join(print_timeline(lines)))


@app.command()
def tasks(
    dealer: Annotated[str | None, typer.Option(help="Of this dealer only.")] = None,
    role: Annotated[str | None, typer.Option(help="To this role.")] = None,
    assignee: Annotated[str | None, typer.Option(help="Held by this person.")] = None,
    customer: Annotated[str | None, typer.Option(help="About this customer.")] = None,
    case: Annotated[str | None, typer.Option(help="Of this case.")] = None,
    kind: Annotated[str | None, typer.Option(help="deliver, interact or reminder.")] = None,
    status: Annotated[str | None, typer.Option(help="offered, accepted, waiting, open, acknowledged, …")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List tasks with their clocks: met, running, at risk, breached."""
    from rich.console import Console

    from handoff_local.cli.task_table import clock_counts, clock_reader, task_table
    from handoff_local.client import connect

    client = connect()
    filters = {"dealer_id": dealer, "role": role, "assignee_id": assignee, "customer_id": customer}
    filters |= {"case_id": case, "kind": kind, "status": status}
    found = list(client.items("/v1/tasks", most=limit, **filters))
    if as_json:
        typer.echo(as_text({"items": found}))
        return
    clocks = clock_reader(client, found, dealer)
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(task_table(found, clocks))
    console.print(f"\n{len(found)} tasks; clocks: {clock_counts(found, clocks) or 'none'}", highlight=False)


@app.command()
def doctor() -> None:
    """Say what is missing and the command that mends it; exit 1 when something is broken."""
    from handoff_local.checks.doctor import examine

    findings = list(examine())
    for finding in findings:
        typer.echo(finding.line())
    broken = sum(finding.level == "broken" for finding in findings)
    missing = sum(finding.level == "missing" for finding in findings)
    typer.echo(f"\n{broken} broken, {missing} missing")
    raise typer.Exit(1 if broken else 0)


@app.command()
def verify(
    dealer: Annotated[str | None, typer.Option(help="Of this dealer only.")] = None,
    since: Annotated[str | None, typer.Option(help="Only what anything happened to since then (RFC 3339).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object a line; the last one counts.")] = False,
) -> None:
    """Rebuild decisions, tasks and due times from the events and say where the database differs.

    Reads the database of HANDOFF_DATABASE_URL, or the embedded one, in one snapshot, and writes nothing. Exit code 0:
    no drift, 1: drift, 2: it could not be verified.
    """
    from handoff_local.verify.command import print_verification

    raise typer.Exit(print_verification(dealer, since, as_json=as_json))


def main() -> None:
    """Entry of the command."""
    from shared.process.settings import InvalidSettings

    try:
        app()
    except (CommandFailed, InvalidSettings) as failed:
        typer.echo(f"handoff: {failed}", err=True)
        sys.exit(1)
