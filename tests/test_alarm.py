"""It rings once, at the nearest of its times."""

import asyncio

from bridge.alarm import Alarm


async def test_it_rings_at_the_nearest_time_and_may_be_set_again() -> None:
    rung: list[float] = []
    loop = asyncio.get_running_loop()
    alarm = Alarm(lambda: rung.append(loop.time()))
    began = loop.time()
    for when in (5.0, 0.02, 0.05):
        alarm.set(when, 0.0)
    await asyncio.sleep(0.1)
    assert len(rung) == 1 and 0.015 < rung[0] - began < 0.05
    alarm.set(0.01, 0.0)
    await asyncio.sleep(0.05)
    assert len(rung) == 2
