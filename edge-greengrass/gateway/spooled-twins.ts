import type { Observation } from '../../core/observation.ts';
import type { FrameReading } from '../../core/sync/frame.ts';
import { observedAtMsOf } from '../../core/twin/stamp.ts';
import { PRIORITIES, type Priority, type Spool, type SpooledRecord, type SpoolPosition } from '../ports.ts';
import { decodeReading } from '../spool/reading-record.ts';
import type { LocalTwins } from '../twins/local-twins.ts';
import type { Snapshot } from '../twins/snapshot.ts';

const READ_BYTES_MAX = 256 * 1024;

/** Who reads, for whom. */
export interface Reader {
  readonly thing: string;
  readonly zone: string;
  readonly log: (line: string) => void;
}

export interface Recovered {
  /** Readings of the spool that no snapshot held. */
  readonly readings: number;
  /** Up to where the spool is in the twins. */
  readonly upTo: Snapshot['upTo'];
}

/**
 * The twins as they were when the component ended, however it did: what was kept of them, and what the spool has taken
 * since.
 */
export async function recoverTwins(
  twins: LocalTwins,
  snapshots: readonly Snapshot[],
  spool: Pick<Spool, 'read'>,
  reader: Reader,
): Promise<Recovered> {
  for (const snapshot of snapshots) twins.join(snapshot.twins);
  const upTo: Partial<Record<Priority, SpoolPosition>> = {};
  let readings = 0;
  for (const priority of PRIORITIES) {
    // Twins that were joined hold what any of them held.
    let reached = snapshots.map((each) => each.upTo[priority] ?? NOWHERE).reduce(greater, NOWHERE);
    try {
      for await (const { position, bytes, appendedAtMs } of recordsAfter(reached, priority, spool)) {
        const decoded = decodeReading(bytes);
        if (decoded.ok && twins.merge(observationOf(decoded.reading, reader, appendedAtMs))) readings += 1;
        reached = position;
      }
    } catch (error) {
      // Without its disk a junction goes on: its sensors tell anew what it does not remember.
      reader.log(`the ${priority} spool cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (reached > NOWHERE) upTo[priority] = reached;
  }
  return { readings, upTo };
}

const NOWHERE: SpoolPosition = -1n;

function greater(one: SpoolPosition, other: SpoolPosition): SpoolPosition {
  return one > other ? one : other;
}

async function* recordsAfter(
  position: SpoolPosition,
  priority: Priority,
  spool: Pick<Spool, 'read'>,
): AsyncGenerator<SpooledRecord> {
  let last: SpooledRecord | undefined;
  let next = position + 1n;
  do {
    const records = await spool.read(priority, next, READ_BYTES_MAX);
    yield* records;
    last = records.at(-1);
    next = (last?.position ?? next) + 1n;
  } while (last);
}

function observationOf(reading: FrameReading, { thing, zone }: Reader, receivedAtMs: number): Observation {
  const { assetId, assetType, sensor, stamp, attributes, position } = reading;
  return {
    readingId: `${thing}/0`,
    count: 1,
    kind: 'reading',
    clientId: thing,
    flags: [],
    assetId,
    assetType,
    zone,
    source: `${thing}/${sensor}`,
    stamp,
    seen: new Map(),
    observedAtMs: observedAtMsOf(stamp),
    receivedAtMs,
    ...(position && { position }),
    attestation: 'none',
    attributes,
    schema: 0n,
  };
}
