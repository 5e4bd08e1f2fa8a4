"""What is wanted of figures, and rows of tables that say whether they meet it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """Bounds of a figure, both included; none of either is no goal."""

    least: float | None = None
    most: float | None = None

    def met(self, figure: float) -> bool:
        """Whether a figure is within the bounds."""
        return (self.least is None or figure >= self.least) and (self.most is None or figure <= self.most)

    def cells(self, figure: float) -> str:
        """The last two cells of a row: what is wanted, and whether the figure is that."""
        if self.least is not None and self.most is not None:
            wanted = f"{self.least:g} to {self.most:g}"
        elif self.least is not None:
            wanted = f">= {self.least:g}"
        elif self.most is not None:
            wanted = f"<= {self.most:g}"
        else:
            return " | "
        return f"{wanted} | {'yes' if self.met(figure) else '**no**'}"


NO_GOAL = Goal()
CONTROL = Goal(0.93, 1.07)
"""Where a thing measured against itself must come out."""


def ratio_row(what: str, ratio: tuple[float, float, float], goal: Goal = NO_GOAL) -> str:
    """A row of a ratio's median and range; `what` may hold several cells."""
    middle, least, most = ratio
    return f"| {what} | {middle:.2f} | {least:.2f} to {most:.2f} | {goal.cells(middle)} |"


def figure_row(what: str, text: str, figure: float, goal: Goal = NO_GOAL) -> str:
    """A row of one figure as `text` tells it."""
    return f"| {what} | {text} | {goal.cells(figure)} |"
