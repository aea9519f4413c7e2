import { gunzipSync } from 'node:zlib';
import type { Accumulator } from '../../core/archive/accumulator.ts';
import { type LogWindow, visitObservations } from '../../core/archive/archived-log.ts';
import { CHECKPOINTS_PREFIX } from '../../core/archive/checkpoint.ts';
import { decodeTwinLine } from '../../core/archive/twin-line.ts';
import type { JoinedObject } from './runs.ts';

/** Decompressed; Firehose gathers 64 MB at most, and 128 MB wherever it is told otherwise. */
export const OBJECT_BYTES_MAX = 256 * 1024 * 1024;

/**
 * Joins what an object of the archive holds: a part of a checkpoint whole, of the log what was received within the window.
 * Throws where it is no gzip, or a part of a checkpoint that cannot be read.
 */
export function joinObject(into: Accumulator, key: string, bytes: Uint8Array, received: LogWindow): JoinedObject {
  const content = gunzipSync(bytes, { maxOutputLength: OBJECT_BYTES_MAX });
  if (key.startsWith(CHECKPOINTS_PREFIX)) {
    for (const line of content.toString('utf8').split('\n')) into.addTwin(decodeTwinLine(line));
    return { key, observations: 0 };
  }
  const { fromMs, toMs } = received;
  const visited = visitObservations(content, (observation) => {
    const { receivedAtMs } = observation;
    if (receivedAtMs >= fromMs && receivedAtMs < toMs) into.add(observation);
  });
  return { key, ...visited };
}
