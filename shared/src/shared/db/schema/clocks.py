"""SLA timers with their policies, their append-only events, and everything that becomes due at an instant."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Identity,
    Index,
    Integer,
    Interval,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from shared.db.schema.columns import DocumentText, document, instant, metadata, optional, required

sla_timer = Table(
    "sla_timer",
    metadata,
    required("timer_id", primary=True),
    required("dealer_id"),
    optional("customer_id"),
    optional("case_id"),
    optional("task_id"),
    required("rule"),
    required("target"),
    required("subject"),
    required("subject_id"),
    Column("cycle", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    required("state"),
    instant("started_at"),
    Column("consumed", Interval, nullable=False),
    instant("running_since", null=True),
    instant("due_at"),
    instant("original_due_at"),
    instant("breached_at", null=True),
    instant("stopped_at", null=True),
    optional("owner_role"),
    optional("owner_staff_id"),
    required("policy_id"),
    Column("on_attach", Boolean, nullable=False, server_default=text("false")),
    document("progress", "'{}'"),
    UniqueConstraint("dealer_id", "subject", "subject_id", "rule", "cycle"),
    Index("ix_sla_timer_case", "dealer_id", "case_id"),
    Index("ix_sla_timer_task", "dealer_id", "task_id"),
    Index("ix_sla_timer_due", "dealer_id", "due_at"),
    Index("ix_sla_timer_visit", "dealer_id", "customer_id", postgresql_where=text("subject = 'appointment'")),
    Index("ix_sla_timer_live", "dealer_id", "due_at", postgresql_where=text("state in ('running','paused')")),
)
"""`policy_id`: the row of `sla_policy` in force when it started; only corrections and migrations give it another.

`progress`: what else changes with its transitions. Rows leave room on their page for the changes of a timer's life, and
no index has what time alone changes: a threshold that fires writes the row and nothing else of the table.
"""

sla_policy = Table(
    "sla_policy",
    metadata,
    required("dealer_id", primary=True),
    required("policy_id", primary=True),
    Column("document", DocumentText, nullable=False),
)
"""The policies of timers, each once: duration, calendar, thresholds, chain. A row is never changed nor deleted.

`policy_id` is made from the document alone (`shared.sla.store.policy_documents`). A policy that no timer refers to any
more stays: it is small, and a dealer has few. `sla_timer` has no foreign key, as no table here has one: its check would
lock the policy's row for each timer that begins, and those of a dealer begin with the same few. Whoever writes a timer
writes its policy in the same transaction.
"""

sla_timer_event = Table(
    "sla_timer_event",
    metadata,
    Column("seq", BigInteger, Identity(), nullable=False),
    required("timer_id"),
    required("dealer_id"),
    Column("cycle", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    instant("at"),
    required("action"),
    optional("threshold"),
    optional("from_state"),
    optional("to_state"),
    optional("cause"),
    document("trace", "'{}'"),
    PrimaryKeyConstraint("timer_id", "seq"),
    Index(
        "uq_sla_timer_event_threshold",
        "timer_id",
        "cycle",
        "revision",
        "threshold",
        unique=True,
        postgresql_where=text("threshold IS NOT NULL"),
    ),
)

timer_due = Table(
    "timer_due",
    metadata,
    Column("id", BigInteger, Identity(), nullable=False),
    required("dealer_id"),
    required("kind"),
    required("subject_id"),
    optional("customer_id"),
    Column("cycle", Integer, nullable=False, server_default=text("0")),
    Column("revision", Integer, nullable=False, server_default=text("0")),
    Column("threshold", Text, nullable=False, server_default=text("''")),
    instant("fire_at"),
    PrimaryKeyConstraint("subject_id", "cycle", "threshold", "kind", "dealer_id"),
    Index("ix_timer_due_fire", "fire_at", postgresql_where=text("kind = 'timer'")),
    Index("ix_timer_due_fire_other", "fire_at", postgresql_where=text("kind <> 'timer'")),
    Index(
        "ix_timer_due_case",
        "dealer_id",
        "id",
        postgresql_where=text("kind = 'trigger' and threshold in ('T-07','T-16','T-17','T-25','T-26','T-32','T-41')"),
    ),
)
"""What is still to fire: deleted when it fires or is called off.

`kind` says what `subject_id` is: `timer` an SLA timer (with its cycle, revision and threshold), `wait` a task,
`queue` a role (`threshold`: the task that asks for it at once), `idle_case` a case, `promise` a moved promise,
`calendar` a dealer, `trigger` what a time rule is about (`threshold`: the rule, `cycle`: which of its dates).
"""
