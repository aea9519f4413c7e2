/** Why a reading is kept outside the log. The names are the contract with operators and dashboards. */

export const REJECT_REASONS = [
  'malformed',
  'unknown-schema',
  'schema-violation',
  'out-of-range',
  'time-in-future',
  'time-in-past',
  'too-large',
  'fec-uncorrectable',
  'delivery-failed',
  'processing-failed',
] as const;

export const QUARANTINE_REASONS = [
  'not-authorized',
  'attestation-missing',
  'attestation-invalid',
  'replayed',
  'stale-position',
  'outside-tolerance',
  'implausible-speed',
] as const;

export type Reason = (typeof REJECT_REASONS)[number] | (typeof QUARANTINE_REASONS)[number];

/** Bad input from outside: returned, never thrown. `detail` says what was got and what was expected. */
export interface Refusal {
  readonly ok: false;
  readonly reason: Reason;
  readonly detail: string;
}

export function refuse(reason: Reason, detail: string): Refusal {
  return { ok: false, reason, detail };
}
