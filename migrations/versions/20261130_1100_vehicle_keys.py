"""A vehicle is known by its VIN however it is written; the spelling that came first is kept."""

import sqlalchemy as sa
from alembic import op

from shared.vehicle_ids import vehicle_key

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand; of several spellings of one VIN only the first is found by its key."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("vehicle", sa.Column("vin_key", sa.Text(), nullable=True))
    connection = op.get_bind()
    seen: set[tuple[str, str]] = set()
    for dealer_id, vin in connection.execute(
        sa.text("select dealer_id, vin from vehicle order by created_at, vin")
    ).all():
        key = dealer_id, vehicle_key(vin)
        if key not in seen:
            values = {"dealer_id": dealer_id, "vin": vin, "key": key[1]}
            connection.execute(
                sa.text("update vehicle set vin_key = :key where dealer_id = :dealer_id and vin = :vin"), values
            )
        seen.add(key)
    op.create_index("ix_vehicle_key", "vehicle", ["dealer_id", "vin_key"], unique=True)


def downgrade() -> None:
    """The way back."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_vehicle_key", "vehicle")
    op.drop_column("vehicle", "vin_key")
