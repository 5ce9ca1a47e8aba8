"""Write the orders of a shop, some of them broken."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import mltrace as mt


@mt.component(tags=["shop"])
def draw_orders(seed: int, num_orders: int) -> mt.Artifact:
    generator = random.Random(seed)  # noqa: S311
    rows = [
        (
            f"customer-{generator.randrange(8)}",
            "" if generator.random() < 0.1 else generator.randrange(10, 90),
        )
        for _ in range(num_orders)
    ]
    return mt.Artifact("drawn", rows)


@mt.component(tags=["shop"])
def write_orders(drawn: mt.Artifact, target: Path) -> Path:
    lines = [f"{customer},{amount}" for customer, amount in drawn.value]
    target.write_text("\n".join(["customer,amount", *lines]) + "\n")
    return target


if __name__ == "__main__":
    write_orders(draw_orders(seed=7, num_orders=40), Path(sys.argv[1]))
