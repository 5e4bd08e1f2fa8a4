"""An explained routing in words."""

from handoff_local.cli.explanation import explain

ANSWER = {
    "occurrences": ["early_ownership_problem_reported"],
    "inferred": True,
    "case_id": None,
    "decisions": [
        {
            "occurrence": "early_ownership_problem_reported",
            "entry": "SA-07-01-a",
            "outcome": "not_met",
            "because": "the customer came to after-sales",
            "source": "001:1701",
            "conditions": [
                {
                    "id": "C-NOT-DIRECT-AFTERSALES",
                    "text": "the customer did not contact after-sales directly",
                    "met": False,
                    "facts": [{"path": "contact.first_receiver", "value": "after_sales", "layer": "event"}],
                },
                {"id": "C-VIP", "met": None, "facts": [{"path": "customer.vip", "value": None, "layer": None}]},
            ],
        }
    ],
    "suggestions": [{"entry": "FB-03", "to_role": "product_specialist", "because": "unknown: customer.existing"}],
}


def test_each_decision_shows_its_conditions_and_where_the_values_came_from() -> None:
    assert list(explain(ANSWER)) == [
        "occurrences  early_ownership_problem_reported  (inferred)",
        "case         a new one",
        "",
        "not_met    SA-07-01-a  (early_ownership_problem_reported)  [001:1701]",
        "  the customer came to after-sales",
        "  ✗ the customer did not contact after-sales directly",
        "      contact.first_receiver = after_sales, from the event",
        "  ? C-VIP",
        "      customer.vip = unknown",
        "",
        "suggestions",
        "  FB-03 to product_specialist: unknown: customer.existing",
    ]


def test_nothing_to_do_is_said_too() -> None:
    assert list(explain({"occurrences": [], "case_id": "c-1"})) == ["occurrences  none", "case         c-1"]
