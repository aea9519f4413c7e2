import type { AttributeValue, Context, Observation } from '../observation.ts';
import { distrustRegister } from '../twin/distrust.ts';
import { hybridStamp } from '../twin/hybrid-clock.ts';
import { observedAtMsOf } from '../twin/stamp.ts';
import type { Twin } from '../twin/twin.ts';

/** What an authority says of an attribute. */
export interface Decision {
  readonly attribute: string;
  readonly value: AttributeValue;
  readonly validUntilMs: number;
  readonly distrusts: readonly { readonly source: string; readonly untilMs: number }[];
}

/** Who says it and when. */
export interface Speaker {
  /** The source of all that is said. */
  readonly authority: string;
  readonly nowMs: number;
}

interface Utterance extends Speaker {
  readonly messageId: string;
}

/**
 * A decision as observations for the log: the decision itself, and where it distrusts sources a second one. It has seen
 * what the twin holds, so it supersedes the readings in dispute and the decisions before it, and stands beside what another
 * authority decides at the same time.
 */
export function settlementOf(
  twin: Twin,
  { attribute, value, validUntilMs, distrusts }: Decision,
  utterance: Utterance,
): readonly Observation[] {
  const registers = distrusts.map(({ source }) => distrustRegister(attribute, source));
  const seen = seenIn(twin, [attribute, ...registers]);
  const stamp = hybridStamp(utterance.nowMs, stampsIn(seen));
  const count = distrusts.length > 0 ? 2 : 1;
  const decision: Observation = {
    ...observationOf(twin, utterance, { stamp, index: 0, count }),
    kind: 'decision',
    seen: new Map([...seen].filter(([name]) => name === attribute)),
    attributes: new Map([[attribute, value]]),
    validUntilMs,
  };
  if (distrusts.length === 0) return [decision];
  const distrust: Observation = {
    ...observationOf(twin, utterance, { stamp: stamp + 1n, index: 1, count }),
    kind: 'distrust',
    seen: new Map([...seen].filter(([name]) => name !== attribute)),
    attributes: new Map(distrusts.map(({ source, untilMs }) => [distrustRegister(attribute, source), untilMs])),
  };
  return [decision, distrust];
}

/**
 * The retirement of a source, as of the last that the twin knows of it. `undefined` where it knows nothing. To retire it
 * once more, whoever asks for it, is the same reading, unless the source has reported since.
 */
export function retirementOf(twin: Twin, source: string, speaker: Speaker): Observation | undefined {
  let stamp = twin.floors.get(source);
  for (const register of twin.registers.values()) {
    const seen = register.get(source)?.stamp;
    if (seen !== undefined && (stamp === undefined || seen > stamp)) stamp = seen;
  }
  if (stamp === undefined) return undefined;
  const utterance = { ...speaker, messageId: `retire/${twin.assetId}/${source}/${stamp}` };
  return { ...observationOf(twin, utterance, { stamp, index: 0, count: 1 }), kind: 'retire', source };
}

/** Register → what stands in it of each source; registers of which nothing is known are absent. */
function seenIn({ registers }: Twin, names: readonly string[]): ReadonlyMap<string, Context> {
  const seen = new Map<string, Context>();
  for (const name of names) {
    const register = registers.get(name);
    if (register) seen.set(name, new Map([...register].map(([source, { stamp }]) => [source, stamp])));
  }
  return seen;
}

function* stampsIn(seen: ReadonlyMap<string, Context>): Iterable<bigint> {
  for (const context of seen.values()) yield* context.values();
}

function observationOf(
  { assetId, assetType, zone, registered }: Twin,
  { authority, messageId, nowMs }: Utterance,
  { stamp, index, count }: { readonly stamp: bigint; readonly index: number; readonly count: number },
): Omit<Observation, 'kind'> {
  return {
    readingId: `${messageId}/${index}`,
    count,
    clientId: authority,
    flags: registered ? [] : ['unregistered'],
    assetId,
    assetType,
    zone,
    source: authority,
    stamp,
    seen: new Map(),
    observedAtMs: observedAtMsOf(stamp),
    receivedAtMs: nowMs,
    attestation: 'none',
    attributes: new Map(),
    schema: 0n,
  };
}
