import { normalize } from '../../core/codec/normalize.ts';
import type { Message } from '../../core/codec/message.ts';
import type { Observation } from '../../core/observation.ts';
import { emptyTwinFor, merge } from '../../core/twin/join.ts';
import type { Twin } from '../../core/twin/twin.ts';
import config from '../../cityweave.config.ts';
import { ASSETS, assetIdOf, readingJson, SOURCE, topicOf } from './workload.ts';

/** When the first reading of the workload was measured; the next ones follow a millisecond apart. */
const FIRST_AT_MS = Date.UTC(2026, 10, 21, 8);
const RECEIVED_AFTER_MS = 40;
/** Stamps count in millionths of a millisecond. */
const HOUR_OF_STAMPS = 3_600_000_000_000n;

/** The `number`-th message of the workload, as the topic rule forwards it. */
export function messageOf(number: number): Message {
  const assetIndex = number % ASSETS;
  const observedAtMs = FIRST_AT_MS + number;
  return {
    messageId: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    topic: topicOf(assetIdOf(assetIndex), SOURCE),
    bytes: Buffer.from(readingJson(assetIndex, number, observedAtMs)),
    clientId: `bench-${assetIndex % 20}`,
    principal: '',
    receivedAtMs: observedAtMs + RECEIVED_AFTER_MS,
  };
}

/** The record of the ingest stream that carries it: what the topic rule SELECTs. */
export function ingestJson(number: number): Buffer {
  const { bytes, ...message } = messageOf(number);
  return Buffer.from(JSON.stringify({ payload: Buffer.from(bytes).toString('base64'), ...message }));
}

/** The first `count` observations of the workload. */
export function observationsOf(count: number): Observation[] {
  const context = { city: config, stage: config.stages.dev, assets: new Map() };
  return Array.from({ length: count }, (_, number) => {
    const { observations, kept } = normalize(messageOf(number), context);
    const [observation] = observations;
    if (!observation) throw new Error(`reading ${number} of the workload is refused: ${kept[0]?.detail}`);
    return observation;
  });
}

/** An asset's twin before these observations of it: it holds what the first of them says, an hour earlier. */
export function twinBefore([first]: readonly Observation[]): Twin {
  if (!first) throw new Error('a twin is of an asset that some observation names');
  const earlier = { ...first, stamp: first.stamp - HOUR_OF_STAMPS };
  return merge(emptyTwinFor(earlier), [earlier]).twin;
}
