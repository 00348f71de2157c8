"""What is made at its first use is made once, also when another thread comes for it meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

from engine.basics.readings import once


def test_a_thread_that_comes_while_it_is_made_gets_the_same() -> None:
    made, coming, others = list[object](), threading.Event(), list[Future[object]]()

    def come() -> object:
        coming.set()
        return thing()

    with ThreadPoolExecutor(1) as pool:

        @once
        def thing() -> object:
            if not others:
                others.append(pool.submit(come))
            coming.wait()
            made.append(object())
            return made[-1]

        first = thing()
        assert others[0].result() is first
    assert len(made) == 1
