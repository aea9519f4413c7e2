import type { Lane } from './frame.ts';

export interface ReceiverOptions {
  readonly gateway: string;
  readonly lane: Lane;
  /** How long a gap may be a matter of order. */
  readonly reorderGraceMs: number;
  readonly answerTimeoutMs: number;
  readonly verifyIntervalMs: number;
  readonly ackIntervalMs: number;
  /** Of the sender's assets; where more differ, a snapshot is asked for instead of listings. */
  readonly divergenceThreshold: number;
  /** What was observed so lately, or repaired so lately, may not be in the twins yet: it is no difference. */
  readonly mergeGraceMs: number;
  /** A gateway that was not heard for so long is asked nothing. */
  readonly silenceMaxMs: number;
  /** Of a request. */
  readonly bytesMax: number;
}

export const RECEIVER_DEFAULTS = {
  reorderGraceMs: 2000,
  answerTimeoutMs: 10_000,
  verifyIntervalMs: 60 * 60 * 1000,
  ackIntervalMs: 60_000,
  divergenceThreshold: 0.3,
  mergeGraceMs: 60_000,
  silenceMaxMs: 5 * 60_000,
  /** What Greengrass nucleus lite hands on, as of frames. */
  bytesMax: 4 * 1024,
} as const;
