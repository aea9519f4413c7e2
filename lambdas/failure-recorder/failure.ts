import type { KeptReading } from '../../core/ports.ts';
import { decodeRejectBatch } from '../shared/reject-batch.ts';
import { fitsPack } from '../shared/reject-pack.ts';
import { isInvocationRecord, readInvocationRecord } from './invocation-record.ts';
import { FAILURE_PREFIXES } from './environment.ts';
import { isRuleFailure, readRuleFailure } from './rule-failure.ts';

/** An object of the failure bucket. */
export interface FailureObject {
  readonly key: string;
  readonly bytes: Uint8Array;
  /** When it was written: stands in for what the failure does not say. */
  readonly writtenAtMs: number;
}

export type Failure =
  | { readonly kind: 'readings'; readonly readings: readonly KeptReading[] }
  /** Only the fast lane missed the message. */
  | { readonly kind: 'skipped' }
  | { readonly kind: 'unreadable'; readonly detail: string };

/** What an object of the failure bucket says has failed. `observationsStream` names the stream of the canonical log. */
export function readFailure(object: FailureObject, observationsStream: string): Failure {
  const failure = understand(object, observationsStream);
  const isTooLarge = failure.kind === 'readings' && !failure.readings.every(fitsPack);
  return isTooLarge ? unreadable('it holds a message larger than an item of the rejects table') : failure;
}

function understand(object: FailureObject, observationsStream: string): Failure {
  if (object.key.startsWith(FAILURE_PREFIXES.recalled)) {
    const readings = decodeRejectBatch(object.bytes);
    return readings ? { kind: 'readings', readings } : unreadable('expected a batch of capped rejects');
  }
  const fields = parse(object.bytes);
  if (isRuleFailure(fields)) return readRuleFailure(fields, object);
  if (isInvocationRecord(fields)) return readInvocationRecord(fields, observationsStream);
  return unreadable('expected the message of an error action, or a Kinesis invocation record with its payload');
}

function unreadable(detail: string): Failure {
  return { kind: 'unreadable', detail };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
