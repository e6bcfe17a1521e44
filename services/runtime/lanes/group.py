"""The lanes of one process: a member of the stage's consumer group, with one lane for each assigned partition."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

import structlog
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.structs import TopicPartition

from services.runtime.kafka.clients import build_group_consumer, within
from services.runtime.kafka.membership import GroupMembership
from services.runtime.lanes.lane import Lane, LaneDependencies
from services.runtime.lanes.partition_state import PartitionState
from services.runtime.lanes.restore import RestoreProgress
from services.runtime.lanes.snapshot_writer import SnapshotWriter
from services.runtime.lanes.stage_plan import LaneSettings, StagePlan
from services.runtime.service.health import Health
from services.runtime.service.lifecycle import Stopping, run_until, stop_immediately
from services.runtime.service.metrics import Metrics
from services.runtime.service.outcome_reporter import OutcomeReporter
from services.runtime.service.retries import Retrier
from services.runtime.service.settings import KafkaSettings

CONSUMER, LANES = "consumer", "lanes"
"""Names of the parts that must be ready before the service is ready."""

logger = structlog.get_logger()


class LaneGroup(ConsumerRebalanceListener):  # type: ignore[misc]
    """The member of a consumer group that runs a stage plan, with one lane for each assigned partition."""

    def __init__(
        self,
        plan: StagePlan,
        kafka: KafkaSettings,
        settings: LaneSettings,
        metrics: Metrics,
        health: Health,
        snapshot_writer: SnapshotWriter,
        *,
        on_change: Callable[[], None],
        halt: Callable[[str], None] = stop_immediately,
    ) -> None:
        """Build the member without connecting.

        Args:
            plan: Stage to run.
            kafka: Settings of the connection.
            settings: Settings of the lanes.
            metrics: Metrics of the process.
            health: Health of the process.
            snapshot_writer: Writer of the snapshots.
            on_change: Function that is called when partitions were assigned and when a lane was opened.
            halt: Function that ends the process immediately, without a commit.
        """
        self._plan = plan
        self._kafka = kafka
        self._halt = halt
        self._consumer = build_group_consumer(kafka, settings.group, client_id=f"copydesk-{plan.stage}")
        retrier = Retrier(plan.stage, metrics)
        self._membership = GroupMembership(self._consumer, plan.topic, kafka, retrier=retrier)
        self._deps = LaneDependencies(
            plan=plan,
            kafka=kafka,
            settings=settings,
            consumer=self._consumer,
            metrics=metrics,
            health=health,
            retrier=retrier,
            reporter=OutcomeReporter(plan.stage, metrics),
            restore_progress=RestoreProgress(plan.stage, metrics, health),
            snapshot_writer=snapshot_writer,
            on_change=on_change,
        )
        self._running: dict[TopicPartition, tuple[Lane, asyncio.Task[None]]] = {}
        self._revoked: dict[TopicPartition, PartitionState] = {}
        """States of revoked partitions, until it is known whether the partitions are assigned to this process again."""
        health.set_ready(CONSUMER, False)
        health.set_ready(LANES, False)

    async def run(self, stopping: Stopping) -> None:
        """Join the group and process records until asked to stop; then end the transactions and leave the group.

        Raises TransientError if the group cannot be joined.
        """
        self._consumer.subscribe([self._plan.topic], listener=self)
        staying = None
        try:
            if not await run_until(stopping, self._membership.join()):
                return
            staying = self._halt_on_failure(
                asyncio.create_task(self._membership.stay(), name="membership"),
                "the member of the consumer group failed",
            )
            await stopping.wait()
        finally:
            if staying is not None:
                staying.cancel()
            await self._close_lanes()
            await self._membership.leave()
            await self._deps.snapshot_writer.close(self._revoked)
            self._discard_revoked()

    async def read_positions(self) -> Mapping[TopicPartition, int]:
        """Return the offset of the next unprocessed record of each assigned partition."""
        positions = {}
        for partition, (lane, _) in list(self._running.items()):
            if lane.first_uncommitted is not None:
                positions[partition] = lane.first_uncommitted
            else:
                positions[partition] = await within(
                    self._kafka.request_timeout, "read the position", self._consumer.position(partition)
                )
        return positions

    def update_readiness(self, waiting: Mapping[TopicPartition, int]) -> None:
        """Update the readiness, given the number of waiting records of each partition.

        Every lane that has state or waiting records must be open. A lane that has neither need not be open.
        """
        lanes = {partition: lane for partition, (lane, _) in self._running.items()}
        needed = [lane for partition, lane in lanes.items() if lane.has_state or waiting.get(partition)]
        self._deps.health.set_ready(LANES, all(lane.is_open for lane in needed))
        self._deps.metrics.lanes.labels(self._plan.stage).set(sum(lane.is_open for lane in lanes.values()))

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """End each lane after its transaction. aiokafka calls this before it joins the group again."""
        self._deps.health.set_ready(CONSUMER, False)
        self._deps.metrics.rebalances.labels(self._plan.stage).inc()
        logger.info("partitions_revoked", stage=self._plan.stage, partitions=_numbers(revoked))
        await self._close_lanes()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Start a lane for each partition. aiokafka calls this at the end of a rebalance.

        The lanes open later, in their own tasks: opening them here would delay the whole group.
        """
        for partition in assigned:
            lane = Lane(partition, self._deps, self._revoked.pop(partition, None))
            task = asyncio.create_task(lane.run(), name=f"lane-{partition.partition}")
            self._running[partition] = (
                lane,
                self._halt_on_failure(task, f"the lane of partition {partition.partition} failed"),
            )
        self._discard_revoked()
        self._deps.health.set_ready(LANES, False)
        self._deps.health.set_ready(CONSUMER, True)
        logger.info("partitions_assigned", stage=self._plan.stage, partitions=_numbers(assigned))
        self._deps.on_change()

    async def _close_lanes(self) -> None:
        """Close the lanes. Their states stay in memory, in case the partitions are assigned again."""
        running, self._running = self._running, {}
        states = await asyncio.gather(*(lane.close(task) for lane, task in running.values()))
        for partition, state in zip(running, states, strict=True):
            if state is not None:
                self._revoked[partition] = state

    def _discard_revoked(self) -> None:
        revoked, self._revoked = self._revoked, {}
        for state in revoked.values():
            state.processor.close()

    def _halt_on_failure(self, task: asyncio.Task[None], message: str) -> asyncio.Task[None]:
        """End the process immediately if the task fails: its open transaction must not be committed."""

        def check(done: asyncio.Task[None]) -> None:
            if done.cancelled() or (error := done.exception()) is None:
                return
            logger.error("lane_failed", stage=self._plan.stage, why=message, exc_info=error)
            self._halt(f"{message}: {type(error).__name__}: {error}")

        task.add_done_callback(check)
        return task


def _numbers(partitions: Iterable[TopicPartition]) -> list[int]:
    return sorted(partition.partition for partition in partitions)
