"""One measured figure with the bound it is held against."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """`value` in `unit`; `bound` is the most it may be, None where it only informs."""

    name: str
    value: float
    unit: str = ""
    bound: float | None = None

    @property
    def is_within(self) -> bool:
        """Whether the bound holds."""
        return self.bound is None or self.value <= self.bound

    def __str__(self) -> str:
        held = "" if self.bound is None else f"   (at most {self.bound:g}{'' if self.is_within else '  ← BEYOND'})"
        return f"{self.name:<64} {self.value:>10.2f} {self.unit}{held}"
