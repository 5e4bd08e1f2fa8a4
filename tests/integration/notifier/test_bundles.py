"""Several notices to one person within ten minutes go as one, save the first and every breach."""

from datetime import timedelta

import pytest
from postoffice import PEOPLE, PostOffice

pytestmark = pytest.mark.database

SA1 = "sa-1@lisboa.example"


async def messages(office: PostOffice, *minutes: int) -> None:
    """A message of another customer at each of these minutes, all of them SA-1's."""
    await office.open()
    begun = office.clock()
    for number, minute in enumerate(minutes):
        await office.meet(f"C-{number}", name=f"Customer {number}", channels=[])
        await office.message(
            customer_id=f"C-{number}",
            at=begun + timedelta(minutes=minute),
            occurrences=["customer_contact_completed"],
            observed_by={"role": "service_advisor", "staff_id": "SA-1"},
        )
    await office.settle()
    async with office.database.transaction() as connection:
        await connection.exec_driver_sql(
            "delete from timer_due where subject_id in (select timer_id from sla_timer where rule <> 'T-03')"
        )
    office.mail.accepted.clear()


async def test_the_first_goes_at_once_and_the_rest_together(office: PostOffice) -> None:
    await messages(office, 0, 2, 4)
    for _ in range(12):
        await office.advance(minutes=5)
    assert office.mail.to(SA1)[:2] == ["Due soon: the first answer to a customer", "2 matters need your attention"]
    text = next(mail.get_content() for mail in office.mail.accepted if "matters" in str(mail["Subject"]))
    assert "customer: Customer 1" in text
    assert "customer: Customer 2" in text
    assert sorted(status for _, status in await office.statuses("WARNING")) == ["delivered", "delivered", "withdrawn"]


async def test_a_breach_is_never_bundled(office: PostOffice) -> None:
    await messages(office, 0, 2, 4)
    await office.advance(hours=1, minutes=5)
    assert office.mail.to(SA1).count("Overdue: the first answer to a customer") == 3


async def test_what_comes_later_opens_a_new_window(office: PostOffice) -> None:
    await messages(office, 0, 12)
    for _ in range(12):
        await office.advance(minutes=5)
    assert office.mail.to(SA1).count("Due soon: the first answer to a customer") == 2


async def test_what_is_dealt_with_meanwhile_is_left_out(office: PostOffice) -> None:
    await messages(office, 0, 2)
    await office.advance(minutes=45)
    await office.advance(minutes=2)
    await office.answer(customer_id="C-1")
    await office.advance(minutes=9)
    assert office.mail.to(SA1) == ["Due soon: the first answer to a customer"]


async def test_whoever_was_told_in_a_bundle_and_takes_it_up_silences_the_chain(office: PostOffice) -> None:
    director = {"GD-1": {"roles": ["general_director", "product_specialist"]}}
    await office.open({**PEOPLE, **director}, group_mailbox="team@lisboa.example")
    for number in range(3):
        await office.meet(f"C-{number}", channels=[])
        await office.message(customer_id=f"C-{number}", observed_by={"role": "service_advisor", "staff_id": "SA-1"})
    await office.settle()
    await office.advance(hours=1, seconds=1)
    await office.advance(hours=1)
    await office.advance(minutes=11)
    told = [notice for notice in await office.notices("ESCALATED") if notice["staff_id"] == "GD-1"]
    bundled = next(notice["case_id"] for notice in told if notice["code"] == "bundled")
    (task,) = [task for task in await office.tasks("SA-07-01-c") if task["case_id"] == bundled]
    await office.act(task["task_id"], "accept", "GD-1")
    await office.settle()
    await office.advance(minutes=50)
    mailbox = {notice["case_id"] for notice in await office.notices("ESCALATED") if notice["staff_id"] is None}
    assert mailbox == {notice["case_id"] for notice in told} - {bundled}
