import threading
from types import SimpleNamespace

import numpy as np

from dcviz.engine import backlog
from dcviz.engine.backlog import Backlog, bytes_of


def filled(items: list[tuple[str, int]]) -> tuple[Backlog, list[bool]]:
    made = Backlog()
    return made, [made.put(name, size=size, patience=0) for name, size in items]


def test_two_wait_whatever_their_size_and_many_small_ones() -> None:
    _, large = filled([(name, backlog.ROOM) for name in "abc"])
    assert large == [True, True, False]
    _, small = filled([(str(i), 1000) for i in range(backlog.MOST + 1)])
    assert small == [True] * backlog.MOST + [False]


def test_items_come_in_order_and_make_room() -> None:
    made, _ = filled([("a", backlog.ROOM), ("b", 1)])
    assert not made.put("c", size=1, patience=0)
    assert made.get() == "a"
    assert made.put("c", size=1, patience=0)
    assert [made.get(), made.get()] == ["b", "c"]


def test_who_waits_for_room_is_woken() -> None:
    made, _ = filled([("a", backlog.ROOM), ("b", backlog.ROOM)])
    added: list[bool] = []
    waiting = threading.Thread(target=lambda: added.append(made.put("c", size=1, patience=60)))
    waiting.start()
    made.get()
    waiting.join(30)
    assert added == [True]


def test_a_snapshot_weighs_its_latents_and_its_checkpoint() -> None:
    z, weights = np.zeros((10, 2), np.float32), np.zeros(25, np.float32)
    assert bytes_of(SimpleNamespace(latents=z, checkpoint=None)) == 80
    kept = SimpleNamespace(tensors={"w": weights})
    assert bytes_of(SimpleNamespace(latents=z, checkpoint=kept)) == 180
