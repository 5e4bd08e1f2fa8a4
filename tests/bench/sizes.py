"""How much the bench measures: the usual run, a full one, and a short one that only shows that it works."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Rounds, real seconds, events a second, and numbers of events."""

    intake_rounds: int = 12
    intake_seconds: float = 1.5
    ticks: int = 15
    timers: int = 1_000_000
    """Open timers in the larger database."""
    held_seconds: float = 60.0
    """How old the snapshot is before the ticks under it are measured."""
    vehicles: int = 5_000
    """Vehicles that are put, once with dates and once without."""
    additions: int = 200_000
    """Additions of business time."""
    stage_events: int = 1_000
    stage_seconds: float = 20.0
    """Events in bulk, and for how long they come singly, where stages are measured."""
    rest_seconds: float = 60.0
    """For how long none come: as long as the rarest jobs of the services are apart."""
    open_cases: int = 700
    """Open cases of the customer who has many."""
    growth_dealers: tuple[int, int] = (1, 300)
    growth_tasks: tuple[int, int] = (1_000, 50_000)
    growth_journey: tuple[int, int] = (10_000, 200_000)
    """Dealers, open tasks and events of the past: of the small installation, and of the one that has more of these."""
    snapshot_seconds: float = 60.0
    """For how long a snapshot is held while events come."""
    rounds: int = 3
    turns: int = 6
    """Rounds, of them those in which Handoff and its peers, or small and grown installations, take turns."""
    handoff_events: int = 1_500
    peer_events: int = 600
    """Events of such a round."""
    rate: int = 100
    latency_rounds: int = 4
    latency_seconds: float = 5.0
    backlog: int = 2_000
    """Events that wait for the worker."""
    outage_rate: int = 500
    outage_seconds: float = 8.0
    outage_backlog: int = 150_000
    """Events that wait for the broker."""
    followers: tuple[int, ...] = (1_000, 5_000)
    """Clients of a feed."""
    feed_events: int = 20
    customers: int = 100_000
    """Customers of the dealer who is searched, each with a vehicle."""
    searches: int = 100
    """Searches of each sort."""
    boards: int = 20
    """Times a board is asked for."""
    smooth_seconds: float = 6.0


USUAL = Sizes()
FULL = Sizes(
    intake_rounds=16,
    intake_seconds=4.0,
    ticks=30,
    held_seconds=600.0,
    vehicles=50_000,
    additions=1_000_000,
    growth_dealers=(1, 3_000),
    growth_tasks=(10_000, 1_000_000),
    growth_journey=(1_000_000, 10_000_000),
    snapshot_seconds=3_600.0,
    rounds=5,
    turns=10,
    handoff_events=10_000,
    peer_events=2_000,
    latency_rounds=4,
    latency_seconds=20.0,
    backlog=20_000,
    outage_seconds=30.0,
)
SHORT = Sizes(
    intake_rounds=1,
    intake_seconds=0.5,
    ticks=2,
    timers=20_000,
    held_seconds=1.0,
    stage_events=100,
    stage_seconds=2.0,
    rest_seconds=2.0,
    open_cases=30,
    growth_dealers=(1, 3),
    growth_tasks=(100, 300),
    growth_journey=(100, 1_000),
    snapshot_seconds=6.0,
    vehicles=100,
    additions=5_000,
    rounds=1,
    turns=1,
    handoff_events=100,
    peer_events=60,
    latency_rounds=1,
    latency_seconds=1.0,
    backlog=200,
    outage_rate=50,
    outage_seconds=1.0,
    outage_backlog=500,
    followers=(50,),
    feed_events=2,
    customers=500,
    searches=3,
    boards=2,
    smooth_seconds=1.0,
)
