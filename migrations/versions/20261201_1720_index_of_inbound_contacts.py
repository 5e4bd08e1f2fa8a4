"""The message of a contact is found by an index: whether a conversation is open was asked by reading all messages."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Messages that are no contact are left out."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_index(
        "ix_inbound_message_contact",
        "inbound_message",
        ["contact_id"],
        postgresql_where=sa.text("contact_id is not null"),
    )


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_inbound_message_contact", table_name="inbound_message")
