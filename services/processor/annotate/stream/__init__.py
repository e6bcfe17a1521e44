"""Consumption of the raw topic with faust; the only package that imports faust or its base library, mode.

faust (the maintained fork, faust-streaming 0.15) does four things here: it is a member of the consumer group, it
fetches records into one queue, it tracks which records are acknowledged, and it commits up to the first that is not.
Everything else is ours. There is one app with one agent, and no table.

Files: `faust_app` has the app and the subclasses below; `batch_reader` reads micro-batches from the agent's queue;
`runner` connects the agent and the rebalance callbacks, and stops the app; `delivery` builds and sends the outputs;
`offsets` and `stuck` watch faust from outside. `delivery`, `offsets` and `stuck` import no faust, so that the agent,
which uses them, does not depend on faust.

What is overridden, and why:

- The producer is idempotent: faust makes it so only in its exactly-once mode, and else its retries can duplicate.
- A fetch waits at the broker for 50 ms, and not for faust's 1.5 s: while a fetch waits, a partition whose records are
  used up gets no new ones.
- A record is put into the queue in the calling task while there is room: faust starts four tasks per record.
- A full queue pauses no partition: faust pauses them at four fifths and then sleeps for a second while articles wait.
- Fetching pauses while several full batches wait, counted in bytes, so that huge records cannot fill the memory.
- The offset to commit is the one after the last acknowledged record: faust stumbles over the gaps of transactions.
- The schema decodes nothing: a record that faust cannot decode is acknowledged, which loses it.
- faust's warning about slow streams is off: it reads counters that our reader bypasses.
- The app creates no folders: faust keeps only tables there.

What faust does that we avoid; do not bring it back:

- An exception that leaves an agent acknowledges the record, and a restart does not read it again. So no exception
  leaves `Agent.run`; a surprise ends the process, and the next start reads again from the commit.
- `take` and `take_events` acknowledge a whole batch when one exception occurs, and drop later events. So
  `batch_reader` reads the queue itself.
- `concurrency` above 1 and `noack` commit past a record in flight; `noack` also blocks the stop. There is one agent
  with concurrency 1, and a batch is acknowledged in order.
- `await topic.send()` returns when the record is in a queue, and a failed delivery is only logged. `delivery` sends
  with the aiokafka client inside faust's producer and awaits the broker's answer.
- A clean restart loses records permanently as soon as the app has a table. State belongs to match, which does not use
  faust.
- `processing_guarantee="exactly_once"` does not hold: outputs to topics that the app does not read leave the
  transaction.
- faust's Prometheus sensor deletes counters at each rebalance, and its lag does not change while the consumer hangs.
  We have our own metrics and lag poll.

What faust was seen to do, and how we notice:

- When the broker went away during a rebalance, it skipped fetched records, which arrived late and out of order.
  `offsets` checks that each partition's offsets are continuous, compares a jump with the log, and stops the process.
- It can forget to resume a partition. The check for stuck partitions stops the process.
- It can ignore SIGTERM when a rebalance happens during the stop. The shutdown deadline ends the process.

Change none of these without a run of tests/chaos: the order deliver, acknowledge, commit; `weak=False` on the
callbacks; `stream_wait_empty`, whose default makes a rebalance wait for the batch in flight; the request timeout, which
faust requires to be no shorter than the session timeout. The private names of faust that are used here are pinned by a
test (test_faust_app.py) and by the version bounds in pyproject.toml.
"""
