"""The words of the page around the figures."""

HEAD = """# Performance

Measured by `make bench`, each section on the day it names; {machine}, PostgreSQL 18 with fsync on. `make bench full=1`
takes more rounds and larger backlogs. Read the ratios: server, load, databases and broker share the machine, and all
parts of a ratio were measured in turn within one run; sections of other days had other loads beside them. Nothing here
is asserted by a test. A run is void where a thing measured against itself leaves {control.least} to {control.most}:
what it found stands, and no goal is met or missed by it.
{notes}"""

INTAKE = """## Intake

{sizes.intake_rounds} rounds of {sizes.intake_seconds:g} s, every second in reverse, {connections} keep-alive
connections (8 for batches), requests written beforehand, a closed loop on raw sockets. The yardstick is a FastAPI
endpoint with a pydantic model that stores nothing. Ours checks the key, validates the whole contract, and answers after
the commit of event, intake, profile and outbox row.

| against the yardstick | median | range | wanted | met |
|---|---|---|---|---|
{table}

Medians: bare {bare:.0f} POSTs/s, ours {single:.0f} POSTs/s (p99 {p99:.0f} ms), {batches:.0f} events/s in POSTs of 100;
a raw insert reaches {raw:.0f} rows/s.
"""

CONTEST = """## Beside what one would build from parts

The same events, each of a customer never seen, over the same HTTP: validated, kept, routed by the same pure routing
(`shared.playbook.routing.router`), its task made with two clocks and what is due of each, a notification made. Every
contestant has a PostgreSQL of its own and runs throughout; they take turns, each warmed by a turn that does not count.
CPU is that of all its processes: services and workers, PostgreSQL's backends, Redis, the broker's JVM (warmed by 20,000
records before); the load's own is not in it.

| | Handoff | {celery} | {queue} |
|---|---|---|---|
| accepted means | committed, fsync | in Redis, whose append-only file is flushed every second | committed, fsync |
| a crash of the machine loses | nothing accepted | up to a second of what was accepted | nothing accepted |
| checks before it accepts | API key, whole contract, repeats | envelope, by pydantic | envelope, by pydantic |
| between the steps | records, in the order of each customer | three tasks, acknowledged late | three jobs |
| at work | one process a service | two worker processes | one worker, 20 jobs at a time |
| routes by | playbook, case, profile, the dealer's staff | playbook | playbook |
| stores of a routing | decisions with conditions and reasons | what fired | what fired |
| stores of a task | task, history, sources; merged with an open one of its class | task | task |
| clocks | by the dealer's calendar; warned, fired, escalated | rows nobody reads | rows nobody reads |
| offers to a person by shift, skill and load | yes | no | no |
| feeds, cases, profiles, vehicles | yes | no | no |
| dealers walled off in the database | yes | no | no |
| notification | by the person's channels and shift, its outcome kept | a row | a row |

Per core is events end to end for each processor second. {sizes.turns} rounds, every second in reverse;
{sizes.handoff_events} events a turn for Handoff and {sizes.peer_events} for the others, posted over {connections}
connections as fast as they are accepted, until the last notification is a row; nothing is sent by anybody. Processes
that had no part in a turn kept {foreign:.2f} cores busy in the middle of the turns and {most:.2f} at most, the
contestants at rest among them; with more than {quiet}, repeat the run on a quiet machine before you judge.

| | accepted/s | end to end/s | CPU ms an event | per core | against {yardstick} | range | wanted | met |
|---|---|---|---|---|---|---|---|---|
{throughput}

From when an event is due to be posted, {sizes.rate} a second by schedule, until it is notified of:
{sizes.latency_rounds} rounds of {sizes.latency_seconds:g} s. That is when the notification's row is written; for
Handoff a second time when a mail server on loopback has the whole mail, which nobody else sends.

| | p50 ms | p99 ms | p99 against {yardstick} | range | wanted | met |
|---|---|---|---|---|---|---|
{latency}
"""

STAGES = """## What an event costs at each stage

{sizes.rest_seconds:g} s at rest, where a second takes the place of an event; then {sizes.rounds} times
{sizes.stage_events} events of as many customers posted at once, and two a second for {sizes.stage_seconds:g} s, each
until it is notified of. Processor milliseconds are those of each process and all PostgreSQL's backends, while others
kept {foreign:.2f} cores busy at most; in bulk those of the round in the middle. WAL is without full-page images.
Statements, those that begin and end transactions among them, are counted in rounds of their own, in which the database
logs them.

| CPU ms an event | API | worker | notifier | PostgreSQL |
|---|---|---|---|---|
{cpu}

| an event | statements of the API | of the worker | of the notifier | commits | rows written | WAL kB |
|---|---|---|---|---|---|---|
{asked}

| | figure | wanted | met |
|---|---|---|---|
{goals}

| of an event in bulk | median | range | wanted | met |
|---|---|---|---|---|
{ratios}
"""

ONE_CUSTOMER = """## One customer

{sizes.rounds} rounds on one machine: {sizes.stage_events} events posted at once, all of one new
customer about one vehicle, then as many of as many customers; how many are routed a second, from the first POST on,
each in the light of those before it. Then {rate:g} a second for {sizes.stage_seconds:g} s of a customer with one open
case and of one with {sizes.open_cases}, each about the vehicle whose case was longest without an event. Processor time
is that of all services and the database, until everything is judged; others kept {foreign:.2f} cores busy at most.

| events | routed/s | CPU ms an event | beside | ratio | range | wanted | met |
|---|---|---|---|---|---|---|---|
{table}
"""

GROWTH = """## What an event costs as an installation grows

Four installations, a small one and three that have more of one thing: dealers with their people,
open tasks with their events, cases and clocks, or events of the past. They run throughout and take turns,
{sizes.stage_events} events of as many new customers posted at once, of the dealers in turn, each until it is notified
of; {sizes.turns} rounds, every second in reverse, in which the small one has a second turn. CPU is processor
milliseconds an event, the median of the rounds, while others kept {foreign:.2f} cores busy at most; the ratio is of
each turn to that of the small one in the same round.

| what is grown | from | to | API | worker | notifier | PostgreSQL | CPU ms | ratio | range | wanted | met |
|---|---|---|---|---|---|---|---|---|---|---|---|
{table}
"""

FLOOR = """## What an event costs at the least

Each part by itself and nothing else done: a POST taken by the bare endpoint, the playbook asked once by a call, and the
{floor.rows:.1f} rows that an event has left copied by COPY in its binary form, a table at a time, into empty tables
with the same indexes. Not in it: changes of rows, whatever is read, the key and the contract checked. Where there is
Kafka, the records of the events are sent over it as the relay sends them, 2,000 at once, and read by two readers who
take as much as there is and look at none of it: the processor time of the broker and of those clients. Below are the
goals of the table above in the same unit.

| CPU ms an event | |
|---|---|
| the POST | {floor.taking:.2f} |
| the routing | {floor.deciding:.2f} |
| the rows | {floor.keeping:.2f} |
| all three | {floor.whole:.2f} |
{rest}
"""

PIPELINE = """## From event to task

Posted by schedule at {sizes.rate} events/s for {sizes.latency_seconds:g} s, timed from when a POST is due until the
task's record arrives on the live feed, two services and the feed's tailer between. Then the worker is stopped,
{sizes.backlog} events are accepted, and it is started again: how many it routes a second, each with a case, a task, its
offer, its clocks and its explanation, while the notifier tells of them by mail; and how many for each processor second
of all. An event may have its notification above sooner than its task here: there nobody sends mail and nobody follows
a feed.

| | p50 ms | p99 ms | drained/s | per core |
|---|---|---|---|---|
{table}

The pure routing decides {routed:.0f} events/s.
"""

SNAPSHOT = """## Events while a snapshot is held

{held.events:,} events of as many new customers of {held.dealers:,} dealers in turn, posted one by one by schedule,
{rate} a second for {held.seconds:,.0f} s, while a transaction holds a snapshot of the beginning, so that no dead row is
removed; no task is completed. PostgreSQL has a quarter of the machine's memory for its buffers and a checkpoint every
quarter of an hour. Timed from when a POST is due until the task's record arrives on the live feed of one dealer in ten,
in the first and the last {part:,.0f} s, each in five slices: medians and the range of the ratios of last to first,
slice by slice. The rate kept is of the tasks that arrived in the last slices to what was posted in them. Others kept
{held.foreign:.2f} cores busy; the control is the pure routing after all of it to before.

| | first | last | ratio | range | wanted | met |
|---|---|---|---|---|---|---|
{table}

The tables with the most dead rows when the last event had its task, the snapshot still held:

| table | live rows | dead rows | MB with indexes |
|---|---|---|---|
{dead}
"""

OUTAGE = """## The broker down

Single POSTs by schedule at {sizes.outage_rate} events/s, {sizes.outage_seconds:g} s before the broker is stopped and
twice as long without it: half of that at once, half when POSTs of 100 have filled up what waits to
{sizes.outage_backlog}. Then it is started again
while the POSTs go on, all services at work. {outage.waited} events had waited; the broker had them all
{outage.seconds:.1f} s after it answered again, and the worker had routed {outage.routed:.0%} of them by then.

| | | wanted | met |
|---|---|---|---|
{table}
"""

NO_OUTAGE = """## The broker down

Not measured: there is no broker on this machine.
"""

TIME = """## Clocks

The load average was {loads[0]:.1f} before and {loads[1]:.1f} after; where that is more than there are cores, ranges
are wide and the medians are what to read. A tick that fires 500 due, clocks with their history and
their records or triggers of time rules, median of {sizes.ticks} in turn. Few are 10,000 open timers beside
those that fire and twice as many scheduled triggers, many {sizes.timers:,} and twice as many. The snapshot is that of a
transaction that began {sizes.held_seconds:.0f} s before the first of these ticks; meanwhile both large databases fired
up to 500 of either a second. The ratio is of each tick to that of the same turn: many to few, the snapshot held to not
held.

| due | among | ms | ratio | range | wanted | met |
|---|---|---|---|---|---|---|
{ticks}

Processor time of these ticks for each that was due, mean of all of them: of the process that fires and of all of
PostgreSQL.

| due | among | processor ms each | wanted | met |
|---|---|---|---|---|
{fired}

## Import of vehicles

{sizes.vehicles:,} vehicles of a customer put one by one over {connections} connections, with and without the dates of
which five time rules have something to come, a fifth of either in turn: {plain:.0f} s without, {dated:.0f} s with
dates, by the medians of the five turns, at the load above. Processor time is that of the API and its database. A ratio
is of each turn to that before it, and the median of the ratios need not be the ratio of the medians.

| with dates against without | median | range | wanted | met |
|---|---|---|---|---|
{imports}

## Business time

Additions a second of one core's processor time, over a week with a break at noon, short Saturdays, ten holidays a year
and summer time, from {sizes.additions:,} instants of a year; the best of three rounds.

| what is added | additions/s | wanted | met |
|---|---|---|---|
{additions}
"""

FEEDS = """## Live feeds

So many clients follow the tasks of one dealer on one process of the API, while events are posted four a second. Memory
is what the process grew by as they came, for each of them; processor time is the process's for each change one client
is told, the intake of the events counted in. From the first client that has a change, and from the POST of the event,
to every client, the 99th of a hundred; the load is on the same machine. The bare server, its turn after each of
Handoff's in the same run, is a process of uvloop that writes what is posted to all connections: it is posted each of
the frames that Handoff's clients were told, as many a second as they were.

| clients | server | changes | kB each | CPU µs each | after the first, p99 ms | after the POST, p99 ms | wanted | met |
|---|---|---|---|---|---|---|---|---|
{table}
"""

BOARD = """## The console's board

One person has {tasks} offers, as many as a board shows, on one process of the API; requests come one after another. The
frames are those Chromium draws on that board while {rate} of its tasks a second change, the browser, the services and
the database sharing the machine; without a browser there are none.

| | figure | wanted | met |
|---|---|---|---|
{table}

| processor time against the whole board | ratio | range | wanted | met |
|---|---|---|---|---|
{ratios}
"""

SEARCH = """## Search

Among {sizes.customers:,} customers of one dealer, each with a vehicle: milliseconds over HTTP until the answer is
whole, one request after the other, the sorts in turn, {sizes.searches} times. A search answers a page of 50.

| | ms | against a look-up by id | range of the middle half | wanted | met |
|---|---|---|---|---|---|
{table}
"""
