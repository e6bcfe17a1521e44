"""Membership in a consumer group without reading records."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka.errors import GroupAuthorizationFailedError, KafkaConnectionError
from aiokafka.structs import TopicPartition
from structlog.testing import capture_logs

from services.errors import CopydeskError, TransientError
from services.outcomes import Stage
from services.runtime.kafka.membership import NO_PARTITION, GroupMembership
from services.runtime.service.metrics import Metrics
from services.runtime.service.retries import Retrier, RetryPolicy
from services.runtime.service.settings import KafkaSettings


class Member:
    """A consumer that does nothing, or that fails or hangs if a test tells it to."""

    def __init__(self, *, start: Exception | None = None, polls: list[Exception] | None = None, hangs: bool = False):
        self.polled: list[TopicPartition] = []
        self._start = start
        self._polls = polls or []
        self._hangs = hangs

    async def start(self) -> None:
        """Fail if the test has set an error."""
        if self._start is not None:
            raise self._start

    async def getmany(self, *partitions: TopicPartition, timeout_ms: int) -> dict[TopicPartition, Any]:
        """Raise the next error; without one, wait for ever."""
        self.polled += partitions
        if not self._polls:
            await asyncio.Event().wait()
        raise self._polls.pop(0)

    async def stop(self) -> None:
        """Return, or wait for ever."""
        if self._hangs:
            await asyncio.Event().wait()


def build_membership(member: Member, *, attempts: int | None = None) -> GroupMembership:
    """Return the membership of a member; with `attempts`, failed polls are repeated."""
    policy = RetryPolicy(attempts=attempts, initial_wait=0.001, jitter=0.0)
    retrier = None if attempts is None else Retrier(Stage.SINK, Metrics("test"), policy)
    settings = KafkaSettings(bootstrap_servers="localhost:1", request_timeout=0.1)
    return GroupMembership(member, "topic", settings, retrier=retrier)


async def test_a_group_that_cannot_be_joined_is_an_error() -> None:
    """An error of the start is raised as one of ours, which names the topic."""
    with pytest.raises(TransientError, match="join the group on topic"):
        await build_membership(Member(start=KafkaConnectionError("gone"))).join()


async def test_a_member_polls_for_no_record() -> None:
    """The member polls for a partition that does not exist, so that it receives no record."""
    member = Member()
    staying = asyncio.create_task(build_membership(member).stay())
    await asyncio.sleep(0.01)
    staying.cancel()
    assert member.polled == [TopicPartition("topic", NO_PARTITION)]


async def test_an_error_of_the_member_is_raised() -> None:
    """A permission that is missing ends the stay with an error."""
    with pytest.raises(CopydeskError, match="GroupAuthorizationFailedError"):
        await build_membership(Member(polls=[GroupAuthorizationFailedError("group")]), attempts=3).stay()


@pytest.mark.parametrize(("attempts", "polls"), [(None, 1), (3, 3)])
async def test_a_transient_error_is_raised_after_the_retries(attempts: int | None, polls: int) -> None:
    """A poll that fails for a transient reason is repeated if there is a retrier, and else an error at once."""
    member = Member(polls=[KafkaConnectionError("gone")] * 9)
    with pytest.raises(TransientError):
        await build_membership(member, attempts=attempts).stay()
    assert len(member.polled) == polls


async def test_leaving_has_a_deadline() -> None:
    """A consumer that cannot be stopped in time is logged, and the caller goes on."""
    with capture_logs() as logs:
        await build_membership(Member(hangs=True)).leave()
    assert [line["event"] for line in logs] == ["group_leave_failed"]
