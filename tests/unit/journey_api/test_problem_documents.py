"""What an error says of its faults."""

from journey_api.http.problems import Problem, problem_document
from shared.faults import unknown_id

KNOWN = ("infotainment", "charging")


def test_of_very_many_faults_the_first_hundred_are_said() -> None:
    faults = [unknown_id(f"/{number}", "Unknown", "infotanment", KNOWN) for number in range(1000)]
    errors = problem_document(Problem(422, "Unknown", errors=faults), "/")["errors"]
    assert [one["pointer"] for one in errors] == [f"/{number}" for number in range(100)]
    assert errors[0]["allowed"][0] == "infotainment"
