import { readAttribute } from '../../core/codec/attribute-values.ts';
import { AHEAD_MAX_MS } from '../../core/codec/validate-reading.ts';
import type { AttributeValue, Observation } from '../../core/observation.ts';
import type { CityConfig } from '../../core/schema/city-config.ts';
import { isName, isSource } from '../../core/schema/names.ts';
import { authoritySource } from '../../core/twin/authority.ts';
import { stampOf } from '../../core/twin/stamp.ts';
import { isRecord } from '../rules/is-record.ts';

/** What an operator has decided of one attribute, as JSON on `cmd/{zone}/gateway/{thing}/decision`. */
interface Decision {
  /** By which it is answered; a repeated one changes nothing. */
  readonly id: string;
  readonly assetId: string;
  readonly assetType: string;
  readonly attribute: string;
  readonly value: AttributeValue;
  /** Who decided: the `sub` of the operator's token. */
  readonly operator: string;
  readonly decidedAtMs: number;
  readonly validUntilMs: number;
  /** Source → the stamp that the operator had seen of it, decimal. */
  readonly seen: Readonly<Record<string, string>>;
}

export type DecisionVerdict =
  | { readonly state: 'taken'; readonly id: string; readonly observation: Observation }
  | { readonly state: 'expired'; readonly id: string }
  | { readonly state: 'refused'; readonly id: string }
  /** Not even an id to answer by. */
  | { readonly state: 'unreadable' };

export interface DecisionContext {
  readonly zone: string;
  readonly assetTypes: CityConfig['assetTypes'];
}

/** What is to become of a command: a decision that comes too late is not to be carried out. */
export function readDecision(
  payload: Uint8Array,
  { zone, assetTypes }: DecisionContext,
  nowMs: number,
): DecisionVerdict {
  const said = parsed(payload);
  const id = said?.['id'];
  if (!said || typeof id !== 'string' || !isName(id)) return { state: 'unreadable' };
  if (!isDecision(said, assetTypes)) return { state: 'refused', id };
  if (nowMs >= said.validUntilMs) return { state: 'expired', id };
  if (said.decidedAtMs > nowMs + AHEAD_MAX_MS) return { state: 'refused', id };
  const { assetId, assetType, attribute, value, operator, decidedAtMs, validUntilMs } = said;
  const seen = new Map(Object.entries(said.seen).map(([source, stamp]) => [source, BigInt(stamp)]));
  const observation: Observation = {
    readingId: `${id}/0`,
    count: 1,
    kind: 'decision',
    clientId: operator,
    flags: [],
    assetId,
    assetType,
    zone,
    source: authoritySource(operator),
    stamp: stampOf(decidedAtMs, 0),
    seen: new Map([[attribute, seen]]),
    observedAtMs: decidedAtMs,
    receivedAtMs: nowMs,
    attestation: 'none',
    attributes: new Map([[attribute, value]]),
    schema: 0n,
    validUntilMs,
  };
  return { state: 'taken', id, observation };
}

function parsed(payload: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(payload));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isDecision(
  said: Readonly<Record<string, unknown>>,
  assetTypes: CityConfig['assetTypes'],
): said is Readonly<Record<string, unknown>> & Decision {
  const { assetId, assetType, attribute, value, operator, decidedAtMs, validUntilMs, seen } = said;
  const names = [assetId, assetType, attribute, operator];
  if (!names.every((name) => typeof name === 'string' && isName(name))) return false;
  const isTimed = [decidedAtMs, validUntilMs].every((each) => Number.isSafeInteger(each) && Number(each) >= 0);
  return isTimed && isSeen(seen) && isOfType(String(assetType), String(attribute), value, assetTypes);
}

function isSeen(seen: unknown): boolean {
  if (!isRecord(seen)) return false;
  return Object.entries(seen).every(
    ([source, stamp]) => isSource(source) && typeof stamp === 'string' && /^\d{1,20}$/.test(stamp),
  );
}

function isOfType(assetType: string, attribute: string, value: unknown, assetTypes: CityConfig['assetTypes']): boolean {
  const type = Object.hasOwn(assetTypes, assetType) ? assetTypes[assetType] : undefined;
  const declared = type && Object.hasOwn(type.attributes, attribute) ? type.attributes[attribute] : undefined;
  // As the API has it: only what needs an authority is decided by one.
  if (declared?.policy !== 'manual-review') return false;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return false;
  return typeof readAttribute({ name: attribute, value }, declared) !== 'object';
}
