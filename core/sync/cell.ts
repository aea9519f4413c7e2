import { POSITION } from '../schema/names.ts';
import type { AssetType } from '../schema/city-config.ts';
import { sameValue } from '../twin/sibling.ts';
import { observedAtMsOf } from '../twin/stamp.ts';
import type { RegisterValue } from '../twin/twin.ts';
import { roundPosition } from './place.ts';
import type { FrameAttestation } from './frame.ts';
import { quantize } from './scaled.ts';
import type { Trace } from './trace.ts';

/** What a sensor said of one attribute, as it is sent. */
export interface Said {
  readonly stamp: bigint;
  readonly value: RegisterValue;
  /** Sensor → stamp. */
  readonly seen?: ReadonlyMap<string, bigint>;
  readonly trace?: Trace | undefined;
  /** The reading that it is part of, where that can only be sent as a whole. */
  readonly whole?: Whole;
}

/** What a sensor said, and of what. */
export interface Saying {
  readonly cell: Cell;
  readonly said: Said;
}

/** Sayings under one dot that go into one frame together. */
export interface Whole {
  readonly sayings: readonly Saying[];
  readonly attestation?: FrameAttestation;
}

/** One attribute of one asset by one sensor, on the sender's side. */
export interface Cell {
  readonly assetId: string;
  assetType: string;
  readonly attribute: string;
  readonly sensor: string;
  /** The receiver has it or will have it; without `said` the sender only knows that it was sent before its restart. */
  sent?: { readonly stamp: bigint; readonly atMs: number; readonly said?: Said } | undefined;
  /** Later than what was sent: waits for a frame, or is suppressed. */
  latest?: Said | undefined;
}

/** When an attribute is to be sent. */
export interface Rule {
  readonly reporting: 'state' | 'log';
  readonly tolerance: number;
  readonly maxAgeMs: number;
}

/** A position does not age. */
const POSITION_RULE: Rule = { reporting: 'state', tolerance: 0, maxAgeMs: Number.POSITIVE_INFINITY };
/** Whatever the type does not know is for the receiver to refuse. */
const UNKNOWN_RULE: Rule = { reporting: 'log', tolerance: 0, maxAgeMs: Number.POSITIVE_INFINITY };

export function ruleOf(assetTypes: Readonly<Record<string, AssetType>>, assetType: string, attribute: string): Rule {
  if (attribute === POSITION) return POSITION_RULE;
  const type = Object.hasOwn(assetTypes, assetType) ? assetTypes[assetType] : undefined;
  const declared = type && Object.hasOwn(type.attributes, attribute) ? type.attributes[attribute] : undefined;
  return declared ? { tolerance: 0, ...declared } : UNKNOWN_RULE;
}

/** The value as frames carry it. */
export function sendable(value: RegisterValue, { tolerance }: Rule): RegisterValue {
  if (typeof value === 'number') return quantize(value, tolerance);
  return typeof value === 'object' ? roundPosition(value) : value;
}

/**
 * Whether the receiver must hear it: it moved by the tolerance or more, supersedes others, or what was sent grows old.
 *
 * @param measured the value before it was rounded
 */
export function isNews(
  { sent }: Cell,
  { value, seen }: Said,
  measured: RegisterValue,
  rule: Rule,
  nowMs: number,
): boolean {
  if (!sent?.said || seen) return true;
  const before = sent.said.value;
  if (typeof measured === 'number' && typeof before === 'number') {
    const moved = Math.abs(measured - before);
    if (moved > 0 && moved >= rule.tolerance) return true;
  } else if (!sameValue(value, before)) {
    return true;
  }
  return isDue(sent, rule, nowMs);
}

/** Of `maxAgeMs`: sent again so long after it was sent, or so long after it was observed if that is earlier. */
const SENT_AGE_MAX = 1 / 2;
const OBSERVED_AGE_MAX = 3 / 4;

/** Whether a later reading is to be sent even if it says the same, before what was sent loses its vote. */
export function isDue({ stamp, atMs }: NonNullable<Cell['sent']>, { maxAgeMs }: Rule, nowMs: number): boolean {
  return nowMs - atMs >= SENT_AGE_MAX * maxAgeMs || nowMs - observedAtMsOf(stamp) >= OBSERVED_AGE_MAX * maxAgeMs;
}
