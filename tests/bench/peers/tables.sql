-- What the peers store: the data of Handoff's rows of the same names, with the fewest indexes that make repeats
-- harmless and what is due findable. No dealer's rows are walled off from another's.
create table event (
    event_id text primary key, dealer_id text not null, source text not null, id text not null,
    customer_id text, occurred_at timestamptz not null, received_at timestamptz not null default clock_timestamp(),
    data jsonb not null, unique (dealer_id, source, id));
create table routing (
    event_id text primary key, dealer_id text not null, customer_id text, state text not null,
    occurrences jsonb not null, fired jsonb not null, playbook_version text not null,
    routed_at timestamptz not null default clock_timestamp());
create table task (
    task_id text primary key, dealer_id text not null, customer_id text, event_id text not null, entry text not null,
    kind text not null, mode text not null, matter text not null, priority text not null, from_role text not null,
    to_role text not null, status text not null, why jsonb not null, packet jsonb not null, due_at timestamptz not null,
    created_at timestamptz not null default clock_timestamp(), version integer not null default 1);
create table timer (
    timer_id text primary key, dealer_id text not null, task_id text not null, rule text not null, state text not null,
    started_at timestamptz not null, due_at timestamptz not null, owner_role text not null, policy jsonb not null);
create table timer_due (
    timer_id text not null, threshold text not null, fire_at timestamptz not null, primary key (timer_id, threshold));
create index on timer_due (fire_at);
create table notification (
    notification_id text primary key, dealer_id text not null, event_id text not null, task_id text not null,
    message text not null, status text not null, sent_at timestamptz not null default clock_timestamp());
