"""Several notices to one person within ten minutes go as one, save the first and every breach."""

from datetime import timedelta

import pytest

from harness.names import INFOTAINMENT_TO_PRODUCT_SPECIALIST
from harness.people import TEAM_WITH_MANAGERS
from harness.smtp_server import plain_text
from harness.stepped_services import SteppedServices

pytestmark = pytest.mark.database

SA1 = "sa-1@lisboa.example"


async def messages(services: SteppedServices, *minutes: int) -> None:
    """A message of another customer at each of these minutes, all of them SA-1's."""
    await services.open_dealer()
    begun = services.clock()
    for number, minute in enumerate(minutes):
        await services.add_customer(f"C-{number}", name=f"Customer {number}", channels=[])
        await services.post_infotainment_message(
            customer_id=f"C-{number}",
            at=begun + timedelta(minutes=minute),
            occurrences=["customer_contact_completed"],
            observed_by={"role": "service_advisor", "staff_id": "SA-1"},
        )
    await services.settle()
    async with services.database.transaction() as connection:
        await connection.exec_driver_sql(
            "delete from timer_due where subject_id in (select timer_id from sla_timer where rule <> 'T-03')"
        )
    services.mail.accepted.clear()


async def test_the_first_goes_at_once_and_the_rest_together(services: SteppedServices) -> None:
    await messages(services, 0, 2, 4)
    for _ in range(12):
        await services.advance(minutes=5)
    assert services.mail.to(SA1)[:2] == ["Due soon: the first answer to a customer", "2 matters need your attention"]
    text = next(plain_text(mail) for mail in services.mail.accepted if "matters" in str(mail["Subject"]))
    assert "customer: Customer 1" in text
    assert "customer: Customer 2" in text
    assert sorted(status for _, status in await services.statuses("WARNING")) == ["delivered", "delivered", "withdrawn"]


async def test_a_breach_is_never_bundled(services: SteppedServices) -> None:
    await messages(services, 0, 2, 4)
    await services.advance(hours=1, minutes=5)
    assert services.mail.to(SA1).count("Overdue: the first answer to a customer") == 3


async def test_what_comes_later_opens_a_new_window(services: SteppedServices) -> None:
    await messages(services, 0, 12)
    for _ in range(12):
        await services.advance(minutes=5)
    assert services.mail.to(SA1).count("Due soon: the first answer to a customer") == 2


async def test_what_is_dealt_with_meanwhile_is_left_out(services: SteppedServices) -> None:
    await messages(services, 0, 2)
    await services.advance(minutes=45)
    await services.advance(minutes=2)
    await services.answer_customer(customer_id="C-1")
    await services.advance(minutes=9)
    assert services.mail.to(SA1) == ["Due soon: the first answer to a customer"]


async def test_whoever_was_told_in_a_bundle_and_takes_it_up_silences_the_chain(services: SteppedServices) -> None:
    director = {"GD-1": {"roles": ["general_director", "product_specialist"]}}
    await services.open_dealer({**TEAM_WITH_MANAGERS, **director}, group_mailbox="team@lisboa.example")
    for number in range(3):
        await services.add_customer(f"C-{number}", channels=[])
        await services.post_infotainment_message(
            customer_id=f"C-{number}", observed_by={"role": "service_advisor", "staff_id": "SA-1"}
        )
    await services.settle()
    await services.advance(hours=1, seconds=1)
    await services.advance(hours=1)
    await services.advance(minutes=11)
    told = [
        notification_type
        for notification_type in await services.notifications("ESCALATED")
        if notification_type["staff_id"] == "GD-1"
    ]
    bundled = next(notification_type["case_id"] for notification_type in told if notification_type["code"] == "bundled")
    (task,) = [task for task in await services.tasks(INFOTAINMENT_TO_PRODUCT_SPECIALIST) if task["case_id"] == bundled]
    await services.act(task["task_id"], "accept", "GD-1")
    await services.settle()
    await services.advance(minutes=50)
    mailbox = {
        notification_type["case_id"]
        for notification_type in await services.notifications("ESCALATED")
        if notification_type["staff_id"] is None
    }
    assert mailbox == {notification_type["case_id"] for notification_type in told} - {bundled}
