import assert from 'node:assert/strict';
import type { KeptReading } from '../../../core/ports.ts';
import { readFailure } from '../../../lambdas/failure-recorder/failure.ts';
import type { IngestRecord } from '../../../lambdas/shared/ingest-record.ts';
import type { Accounts } from '../accounts.ts';
import type { Streams } from '../cloud/streams.ts';
import type { World } from '../world.ts';
import type { Publication } from './publication.ts';

interface RuleTargets {
  readonly accounts: Accounts;
  readonly streams: Streams;
  /** Asynchronous: nobody waits for an answer. */
  readonly fastLane: (record: IngestRecord) => void;
  readonly recordFailure: (readings: readonly KeptReading[]) => void;
}

/** The topic rules: each message gets a trace id and its time of receipt, goes to `ingest` and, if critical, to the fast lane. */
export function createRule(world: World, { accounts, streams, fastLane, recordFailure }: RuleTargets) {
  const { scheduler, chance, faults, trace } = world;
  let received = 0;
  return ({ topic, clientId, bytes, isCritical, expected }: Publication): void => {
    const messageId = `trace-${(received += 1)}`;
    const receivedAtMs = scheduler.nowMs();
    const payload = Buffer.from(bytes).toString('base64');
    const record: IngestRecord = { payload, topic, receivedAtMs, clientId, principal: `cert-${clientId}`, messageId };
    trace(() => `rule: ${messageId} by ${clientId} on ${topic}: ${Buffer.from(bytes).toString()}`);
    accounts.receive(messageId, expected(receivedAtMs));

    if (chance.happens(faults.deliveryFailed)) {
      trace(() => `rule: ${messageId} could not be delivered`);
      recordFailure(readingsOf(record, receivedAtMs));
    } else {
      // The rules engine tries again until the stream has it; then it may have it twice.
      streams.put('ingest', topic, Buffer.from(JSON.stringify(record)));
      if (chance.happens(faults.answerLost)) streams.put('ingest', topic, Buffer.from(JSON.stringify(record)));
    }
    if (!isCritical || chance.happens(faults.shortcutLost)) return;
    const invoke = (): void => scheduler.after(chance.integer(1, 100 + faults.latencyMs), () => fastLane(record));
    invoke();
    if (chance.happens(faults.shortcutRepeated)) invoke();
  };
}

/** What the failure recorder makes of what the rule's error action writes. */
function readingsOf({ payload, topic, clientId = '', messageId = '' }: IngestRecord, receivedAtMs: number) {
  const notice = {
    ruleName: 'cityweave_dt',
    topic,
    cloudwatchTraceId: messageId,
    base64OriginalPayload: payload,
    clientId,
    failures: [{ failedAction: 'KinesisAction', errorMessage: 'simulated' }],
  };
  const key = `rules/${receivedAtMs}/${messageId}/cert-${clientId}.json`;
  const bytes = Buffer.from(JSON.stringify(notice));
  const failure = readFailure({ key, bytes, writtenAtMs: receivedAtMs }, 'observations');
  assert(failure.kind === 'readings', `${messageId}: the failure of its delivery is ${failure.kind}`);
  return failure.readings;
}
