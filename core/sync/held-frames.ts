import type { ReadingsFrame } from './frame.ts';
import { type Kept, lowestOf } from './trace.ts';

/** Frames that were sent and are not acknowledged, in order. */
export interface HeldFrames {
  /** @param kept where the readings of the frame are kept */
  add(frame: ReadingsFrame, kept: Iterable<Kept | undefined>): void;
  /** It and all before it came. */
  acknowledge(sequence: number): void;
  /** Counts anew from 1 under another epoch, and repeats all; returns how many there are. */
  renumber(epoch: number): number;
  /** Repeats those of these sequences, both inclusive, as far as they are held. */
  repeat(first: number, last: number): void;
  /** The next frame that is to be repeated. */
  nextRepeated(): ReadingsFrame | undefined;
  repeating(): number;
  first(): number | undefined;
  /** The lowest positions, by journal, also of what is no longer held and not acknowledged. */
  kept(): Iterable<Kept>;
}

interface Entry {
  readonly frame: ReadingsFrame;
  readonly kept: ReadonlyMap<string, bigint>;
}

export function createHeldFrames(framesHeldMax: number): HeldFrames {
  let entries: Entry[] = [];
  let repeats: ReadingsFrame[] = [];

  return {
    add(frame, kept) {
      const oldest = entries.length === framesHeldMax ? entries.shift() : undefined;
      // Of a frame that goes, the one behind it answers for where its readings are kept.
      const [heir] = entries;
      if (oldest && heir) entries[0] = { frame: heir.frame, kept: lowestOf([...places(oldest), ...places(heir)]) };
      const inherited = oldest && !heir ? places(oldest) : [];
      entries.push({ frame, kept: lowestOf([...inherited, ...kept]) });
    },
    acknowledge(sequence) {
      entries = entries.filter(({ frame }) => frame.sequence > sequence);
      repeats = repeats.filter((frame) => frame.sequence > sequence);
    },
    renumber(epoch) {
      entries = entries.map(({ frame, kept }, index) => ({ frame: { ...frame, epoch, sequence: index + 1 }, kept }));
      repeats = entries.map(({ frame }) => frame);
      return entries.length;
    },
    repeat(first, last) {
      const waiting = new Set(repeats);
      const wanted = entries.map(({ frame }) => frame).filter(({ sequence }) => sequence >= first && sequence <= last);
      repeats.push(...wanted.filter((frame) => !waiting.has(frame)));
    },
    nextRepeated: () => repeats.shift(),
    repeating: () => repeats.length,
    first: () => entries[0]?.frame.sequence,
    *kept() {
      for (const entry of entries) yield* places(entry);
    },
  };
}

function places({ kept }: Entry): readonly Kept[] {
  return [...kept].map(([journal, position]) => ({ journal, position }));
}
