import type { ClockNotes } from '../../core/ports.ts';
import type { ClockNote } from '../../core/twin/behind-clock.ts';
import type { Twin } from '../../core/twin/twin.ts';

/** As many as one call reads: of more sources, nobody reads which clock has jumped. */
export const CLOCK_SOURCES_MAX = 100;

/** What is noted of the clocks of a twin's sources, the first by name; nothing where notes are not kept. */
export async function clockNotesOf(
  { assetId, registers }: Twin,
  clocks: Pick<ClockNotes, 'read'> | undefined,
): Promise<ReadonlyMap<string, ClockNote>> {
  const sources = new Set([...registers.values()].flatMap((register) => [...register.keys()]));
  if (!clocks || sources.size === 0) return new Map();
  return clocks.read(assetId, [...sources].sort().slice(0, CLOCK_SOURCES_MAX));
}
