import type { Position } from '../observation.ts';
import type { ResolvedValue } from './policies/policy.ts';
import type { ResolvedAttribute, ResolvedPosition, ResolvedTwin } from './resolve.ts';
import { sortedObject } from './sorted.ts';
import { formatStamp } from './stamp.ts';
import type { Register, Twin } from './twin.ts';
import type { Quality, ResolvedFlag } from './weigh.ts';

/** ECMA-262 §21.4.1.1: no Date lies further from 1970 than this. */
const DATE_MAX_MS = 8.64e15;

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
  return { ...resolvedJson(resolved), context: sortedObject(twin.registers, contextJson) };
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
