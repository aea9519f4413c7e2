/** What the API answers, as people read it in a terminal. */

import { unitSymbol } from '../core/schema/units.ts';
import type { TwinJson } from '../core/twin/twin-json.ts';
import type { ResolvedFlag } from '../core/twin/weigh.ts';
import { printable } from './print.ts';
import { ageOf } from './watch/lines.ts';

const SIGNIFICANT_DIGITS = 6;
const SPANS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

const FLAG_WORDS: Readonly<Record<ResolvedFlag, string>> = {
  calibrate: 'a source needs calibration',
  'coarse-clock': 'clock of whole seconds',
  decided: 'decided by an authority',
  disagreeing: 'sources disagree',
  'fail-safe': 'fail-safe value',
  'kind-mismatch': 'not of the declared kind',
  'observed-at-missing': 'sent without a time',
  undeclared: 'not declared',
  unregistered: 'asset not registered',
};

/** A scalar, a set of them, or a position; with the unit's symbol where a code is given. */
export function readableValue(value: unknown, unit = ''): string {
  if (Array.isArray(value)) return value.length > 0 ? value.map((each) => readableValue(each)).join(', ') : 'none';
  if (typeof value === 'object' && value !== null) return readablePosition(value);
  const text = typeof value === 'number' ? String(rounded(value)) : printable(String(value));
  return `${text} ${unitSymbol(unit)}`.trimEnd();
}

/** `good`, or `uncertain: sources disagree`. A flag that a newer API adds stands as it is. */
export function readableQuality(quality: string, flags: readonly string[]): string {
  const words = flags.map((flag) => (Object.hasOwn(FLAG_WORDS, flag) ? FLAG_WORDS[flag as ResolvedFlag] : flag));
  return words.length > 0 ? `${quality}: ${words.join(', ')}` : quality;
}

/** UTC; of today the time alone. */
export function readableTime(ms: number, nowMs: number): string {
  const [day = '', time = ''] = new Date(ms).toISOString().split('T');
  return new Date(nowMs).toISOString().startsWith(day) ? time.slice(0, 8) : `${day} ${time.slice(0, 5)}`;
}

/** Exact, in the largest unit that gives a whole number: `15 min`, `90 s`, `1500 ms`. */
export function readableSpan(ms: number): string {
  const [unit, unitMs] = SPANS.find(([, each]) => ms >= each && ms % each === 0) ?? ['ms', 1];
  return `${ms / unitMs} ${unit}`;
}

type ClockState = TwinJson['clocks'][string]['state'];

const CLOCK_WORDS: Readonly<Record<ClockState, (off: string) => string>> = {
  ahead: (off) => `ahead by ${off} at least`,
  'behind-or-late': (off) => `behind by ${off}, or its readings are held up that long on the way`,
  'jumped-back': (off) => `has jumped back, what it sends now is stamped ${off} ago and does not count`,
};

/** One line a source whose clock is off. */
export function clockLines(clocks: TwinJson['clocks']): readonly string[] {
  return Object.entries(clocks).map(
    ([source, { state, offsetMs }]) =>
      `clock of ${printable(source)}: ${CLOCK_WORDS[state](ageOf(Math.abs(offsetMs)))}`,
  );
}

/** Beyond what a sensor can tell digits only hide the value. */
function rounded(value: number): number {
  if (Number.isInteger(value)) return value;
  return Math.abs(value) >= 10 ** (SIGNIFICANT_DIGITS - 1)
    ? Math.round(value)
    : Number(value.toPrecision(SIGNIFICANT_DIGITS));
}

function readablePosition(position: object): string {
  const { latitude, longitude } = { latitude: '?', longitude: '?', ...position };
  return `${latitude}, ${longitude}`;
}
