import { RECEIVER_DEFAULTS } from '../../core/sync/receiver-options.ts';

export const SYNC_RECEIVER_VARIABLES = ['LANES_TABLE', 'TWINS_TABLE'] as const;

export const SYNC_RECEIVER_METRICS = {
  frames: 'Frames',
  /** What was published to gateways. */
  acks: 'Acks',
  requests: 'ResyncRequests',
  commandsFailed: 'CommandsFailed',
  /** Both sides held the same, or did again. */
  verified: 'LanesVerified',
  /** Never came, and will not. */
  framesLost: 'FramesLost',
  /** Lanes that differ though what differs was sent again; once each. */
  mismatches: 'SyncMismatches',
  /** Somebody else wrote a lane first, and it was read again. */
  racesLost: 'RacesLost',
} as const;

/** A gap that shows itself in a batch has lasted its grace when the batch is full. */
export const WINDOW_MS = RECEIVER_DEFAULTS.reorderGraceMs;

/** Of the lanes that time alone moves on, by the attribute `waitingId`. */
export const WAITING_INDEX = 'waiting';
