import type { Position } from '../observation.ts';
import type { ClockNote } from './behind-clock.ts';
import { doubtfulClocks } from './clock.ts';
import type { ResolvedValue } from './policies/policy.ts';
import type { ResolvedAttribute, ResolvedPosition, ResolvedTwin } from './resolve.ts';
import { sortedObject } from './sorted.ts';
import { formatStamp } from './stamp.ts';
import type { Register, Twin } from './twin.ts';
import type { Quality, ResolvedFlag } from './weigh.ts';

/** ECMA-262 §21.4.1.1: no Date lies further from 1970 than this. */
export const DATE_MAX_MS = 8.64e15;

/** What a twin resolves to, as the HTTP API and live views show it; times are ISO 8601 in UTC. */
export interface ResolvedJson {
  readonly assetId: string;
  readonly assetType: string;
  readonly zone: string;
  readonly registered: boolean;
  readonly attributes: Readonly<Record<string, AttributeJson>>;
  readonly position?: Position & { readonly observedAt: string; readonly source: string };
  readonly resolvedAt: string;
  /** `null`: until the next reading. */
  readonly validUntil: string | null;
}

/** A twin as the HTTP API shows it. */
export interface TwinJson extends ResolvedJson {
  /** Register (an attribute, or `position`) → source → the highest stamp seen of it, decimal. */
  readonly context: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Source → how its clock is off; that it has jumped back is told of a single twin only, not in lists. */
  readonly clocks: Readonly<Record<string, ClockJson>>;
}

interface ClockJson {
  /**
   * `behind-or-late`: the clock is behind, or its readings are held up on the way; a reading cannot tell which.
   * `jumped-back`: what it sends is stamped before what it had said, and does not count until the clock is right or has
   * caught up, unless these are old readings, sent late or again.
   */
  readonly state: 'ahead' | 'behind-or-late' | 'jumped-back';
  /** Observed − received; on top of it comes the time on the way. */
  readonly offsetMs: number;
}

export interface AttributeJson {
  readonly value: ResolvedValue;
  readonly unit?: string;
  readonly observedAt: string;
  readonly sources: readonly string[];
  readonly quality: Quality;
  readonly flags: readonly ResolvedFlag[];
}

/** `resolved` must be what `resolve` made of `twin`. */
export function twinJson(twin: Twin, resolved: ResolvedTwin): TwinJson {
  return { ...resolvedJson(resolved), context: sortedObject(twin.registers, contextJson), clocks: clocksJson(twin) };
}

const NO_NOTES: ReadonlyMap<string, ClockNote> = new Map();

/**
 * A clock that ticks in seconds or sends no time is not off: the flags of its readings say so. One that has jumped back
 * shows in no register before it has caught up, because its readings are superseded and leave the twin as it is; `notes`,
 * by source, tell as long as nothing later of the source stands.
 */
export function clocksJson(twin: Twin, notes: ReadonlyMap<string, ClockNote> = NO_NOTES): TwinJson['clocks'] {
  const clocks = new Map<string, ClockJson>();
  for (const { source, fault, offsetMs } of doubtfulClocks(twin)) {
    if (offsetMs !== null && (fault === 'ahead' || fault === 'behind-or-late')) {
      clocks.set(source, { state: fault, offsetMs });
    }
  }
  for (const [source, { receivedAtMs, offsetMs }] of notes) {
    if (receivedAtMs > lastHeardMs(twin, source)) clocks.set(source, { state: 'jumped-back', offsetMs });
  }
  return sortedObject(clocks, (clock) => clock);
}

function lastHeardMs({ registers }: Twin, source: string): number {
  const received = [...registers.values()].map((register) => register.get(source)?.sibling?.receivedAtMs ?? 0);
  return Math.max(0, ...received);
}

export function resolvedJson(resolved: ResolvedTwin): ResolvedJson {
  const { assetId, assetType, zone, registered, position, validUntilMs } = resolved;
  return {
    assetId,
    assetType,
    zone,
    registered,
    attributes: sortedObject(resolved.attributes, attributeJson),
    ...(position && { position: positionJson(position) }),
    resolvedAt: isoOf(resolved.resolvedAtMs),
    validUntil: validUntilMs === null || validUntilMs > DATE_MAX_MS ? null : isoOf(validUntilMs),
  };
}

function attributeJson({ value, unit, observedAtMs, sources, quality, flags }: ResolvedAttribute): AttributeJson {
  return { value, ...(unit !== undefined && { unit }), observedAt: isoOf(observedAtMs), sources, quality, flags };
}

function positionJson({ value, observedAtMs, source }: ResolvedPosition): TwinJson['position'] & object {
  return { ...value, observedAt: isoOf(observedAtMs), source };
}

function contextJson(register: Register): Readonly<Record<string, string>> {
  return sortedObject(register, ({ stamp }) => formatStamp(stamp));
}

function isoOf(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
