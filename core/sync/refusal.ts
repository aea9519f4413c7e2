import type { KeptReading } from '../ports.ts';
import type { Ack } from './command.ts';
import type { SyncFrame } from './frame.ts';

/**
 * What tells a gateway which readings of its frame are kept outside the log, so that they leave its sent state; nothing
 * where none are. It acknowledges no frame: that is the receiver's to do, and sequence 0 comes before every frame.
 *
 * @param kept of this one frame
 */
export function refusalOf(frame: SyncFrame, kept: readonly KeptReading[]): Ack | undefined {
  if (frame.kind === 'heartbeat') return undefined;
  const { readings, lane, epoch } = frame;
  // What is replayed came before, and stands.
  const refusedNow = kept.filter(({ reason }) => reason !== 'replayed');
  const refused = refusedNow.flatMap(({ readingId, count, reason }) => {
    // A frame that was refused as a whole counts as one reading.
    const place = Number(readingId.slice(readingId.lastIndexOf('/') + 1));
    const meant = count === readings.length ? readings.slice(place, place + 1) : readings;
    return meant.map(({ assetId, sensor, stamp }) => ({ assetId, sensor, stamp, reason }));
  });
  return refused.length > 0 ? { lane, epoch, sequence: 0, refused } : undefined;
}
