"""The closed vocabularies of the wire contract: steps, phases, roles, channels, topics, occurrences, signals."""

from collections.abc import Mapping
from typing import Final

MESSAGE: Final = "MESSAGE"
"""How a notification that carries a person's words is called."""

TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "appointment_proposal": ("what", "when"),
    "call_back": ("when",),
    "estimate_ready": ("amount", "what"),
    "progress_update": ("next_step", "progress"),
}
"""The shipped templates with the parameters each of them needs, all of them texts."""

ASKS_FOR_A_WORD: Final = frozenset({"appointment_proposal", "call_back", "estimate_ready", "REMIND"})
"""The templates and notices that may be answered by a word such as "cancel"."""


STEPS: Final = {
    1: "become_aware",
    2: "consider_a_brand_vehicle",
    3: "evaluate_options",
    4: "explore_vehicle",
    5: "express_interest",
    6: "approach_vehicle",
    7: "test_drive",
    8: "shape_order",
    9: "place_order",
    10: "wait_for_vehicle",
    11: "receive_vehicle",
    12: "get_to_know_vehicle",
    13: "easy_access_ongoing_support",
    14: "daily_use",
    15: "rewarded_and_connected",
    16: "care_for_vehicle",
    17: "repair_vehicle",
    18: "experience_unexpected_event",
    19: "renew_services_subscriptions",
    20: "evaluate_benefits_of_change",
}
"""Number (1-20) to id of the customer steps (000:128-300)."""

STEP_PHASE: Final = {
    1: "consider",
    2: "consider",
    3: "consider",
    4: "explore",
    5: "explore",
    6: "explore",
    7: "explore",
    8: "select",
    9: "commit",
    10: "commit",
    11: "take_the_keys",
    12: "take_the_keys",
    13: "enjoy",
    14: "enjoy",
    15: "enjoy",
    16: "maintain",
    17: "maintain",
    18: "resolve",
    19: "renew",
    20: "renew",
}
"""The phase each step belongs to."""

ROLES: Final = (
    "sales_manager",
    "salesperson",
    "service_advisor",
    "client_experience_manager",
    "client_experience_specialist",
    "product_specialist",
    "used_vehicle_sales_manager",
    "workshop_manager",
    "parts_manager",
    "warranty_manager",
    "service_manager",
    "general_director",
    "back_office",
    "business_development_centre",
)
"""The fourteen roles of a dealership."""

ROLES_WITH_PAGE: Final = (
    "sales_manager",
    "salesperson",
    "service_advisor",
)
"""Roles whose own pages are printed in the playbook; the others only receive."""

CUSTOMER_FACING_ROLES: Final = (
    "salesperson",
    "service_advisor",
    "client_experience_specialist",
    "product_specialist",
    "business_development_centre",
)
"""Roles that may own a case from the start when they are its observer."""

TOPICS: Final = (
    "infotainment",
    "charging",
    "noise_vibration",
    "warranty",
    "goodwill",
    "recall",
    "parts_delay",
    "delivery_delay",
    "order_status",
    "documents",
    "finance",
    "contract",
    "price",
    "trade_in",
    "accessories",
    "service_request",
    "maintenance",
    "repair",
    "breakdown",
    "accident",
    "payment",
    "special_operations",
    "courtesy_car",
    "repurchase",
    "subscription",
    "event_invitation",
    "product_demo",
    "test_drive",
)
"""What an event can be about."""

SAFETY_TOPICS: Final = frozenset({"recall"})
"""Topics whose messages are about safety."""

OCCURRENCES: Final = (
    "allocation_order_changed",
    "check_in_completed",
    "collection_presentation_standard_set",
    "configuration_started",
    "cost_estimate_ready",
    "crm_programme_planning_due",
    "customer_arrived_at_store",
    "customer_collecting_vehicle",
    "customer_contact_completed",
    "customer_transferred_to_sales",
    "daily_workshop_schedule_published",
    "data_quality_review_due",
    "deal_submitted_for_verification",
    "delivery_date_slipped",
    "delivery_documents_due",
    "demo_feedback_received",
    "demo_format_defined",
    "early_ownership_problem_reported",
    "final_offer_accepted",
    "invoice_presented",
    "lead_process_reviewed",
    "lead_target_gap_detected",
    "local_activity_targeting_due",
    "local_event_held",
    "local_event_planned",
    "market_insight_collected",
    "marketing_campaign_planned",
    "marketing_results_published",
    "mobility_option_agreed",
    "needs_conversation_held",
    "needs_diagnosis_due",
    "offer_follow_up_due",
    "offer_presented",
    "order_status_contact_due",
    "ownership_feedback_received",
    "parts_availability_check_due",
    "payment_due_at_reception",
    "post_delivery_contact_due",
    "proactive_contact_due",
    "product_demo_completed",
    "product_demo_requested",
    "purchase_feedback_received",
    "recall_campaign_applies",
    "remote_enquiry_received",
    "repair_completed",
    "repair_order_opened",
    "repair_status_changed",
    "repurchase_campaign_planning_due",
    "repurchase_candidate_identified",
    "repurchase_contact_due",
    "repurchase_interest_expressed",
    "sales_coordination_due",
    "sales_forecast_due",
    "sales_performance_review_due",
    "sales_procedure_check_due",
    "sales_procedure_issued",
    "serious_vehicle_problem_reported",
    "service_appointment_requested",
    "service_appointment_upcoming",
    "service_crm_activity_planning_due",
    "service_customer_arrived",
    "service_customer_waiting",
    "service_due_soon",
    "service_feedback_received",
    "service_need_classified",
    "service_request_received",
    "showroom_display_reviewed",
    "stock_vehicle_interest_expressed",
    "store_appointment_upcoming",
    "trade_in_inspection_requested",
    "trade_in_offered",
    "upsell_opportunity_identified",
    "vehicle_delivered",
    "vehicle_delivery_day",
    "vehicle_delivery_scheduled",
    "vehicle_inspection_done",
    "vehicle_preparation_check_due",
    "vehicle_preparation_requested",
    "vehicle_returned",
    "vip_event_attended",
    "warranty_or_goodwill_claim_opened",
)
"""What can be seen to happen: the trigger of at least one activity each."""

SIGNALS: Final = (
    "phone_ringing",
    "phone_answered",
    "additional_work_found",
    "customer_authorisation_recorded",
    "parts_eta_slipped",
    "solution_proposed",
    "problem_resolved",
    "invoice_ready",
    "service_completed",
    "follow_up_scheduled",
    "introduction_done",
    "service_offer_answered",
    "reason_recorded",
    "campaign_sent",
    "season_started",
    "estimate_given",
)
"""Signals of an event that clocks read and routing ignores."""

EVENT_CHANNELS: Final = (
    "telephone",
    "message",
    "email",
    "store",
    "post",
    "website",
    "social_media",
    "event",
)
"""Where an event or a contact took place."""

CONTACT_KINDS: Final = (
    "acknowledgement",
    "answer",
    "update",
    "proposal",
    "estimate",
    "authorisation",
    "feedback_request",
    "courtesy",
)
"""What a contact gave the customer."""

CONTACT_OUTCOMES: Final = (
    "spoke",
    "no_answer",
    "voicemail",
    "refused",
)
"""What came of trying to speak."""

FEEDBACK_SUBJECTS: Final = (
    "vehicle",
    "service",
    "sales",
    "staff",
    "product",
    "delivery",
)
"""What feedback can be about besides a topic."""

CASE_OUTCOMES: Final = ("satisfied", "unsatisfied", "unreachable", "other")
"""How a case ended for the customer."""

WORKED_STATUSES: Final = ("offered", "accepted", "waiting")
"""The statuses of a deliver or reminder that is not over."""

OPEN_STATUSES: Final = (*WORKED_STATUSES, "open", "acknowledged")
"""The statuses of a task that is not over; an interact is open or acknowledged."""

TERMINAL_STATUSES: Final = ("completed", "cancelled")
"""The statuses of a task that is over."""

TASK_STATUSES: Final = ("offered", "accepted", "waiting", "completed", "open", "acknowledged", "cancelled")

JOURNEY_TOPIC: Final = "handoff.journey.v1"
TASKS_TOPIC: Final = "handoff.tasks.v1"
SLA_TOPIC: Final = "handoff.sla.v1"
NOTIFICATIONS_TOPIC: Final = "handoff.notifications.v1"
BUS_TOPICS: Final = (JOURNEY_TOPIC, TASKS_TOPIC, SLA_TOPIC, NOTIFICATIONS_TOPIC)
"""Topics of the transport; each has a `<topic>.dead` beside it."""
