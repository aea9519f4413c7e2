import { validateReading } from '../../core/codec/validate-reading.ts';
import type { Message } from '../../core/codec/message.ts';
import type { Observation } from '../../core/observation.ts';
import { refuse, type Refusal } from '../../core/reason.ts';
import type { CityConfig, Stage } from '../../core/schema/city-config.ts';
import { isName, NAME_RULE } from '../../core/schema/names.ts';
import { show } from '../../core/schema/show.ts';
import type { GatewayConfig, StreamConfig } from '../config/gateway-config.ts';
import type { Sample } from '../ports.ts';

/** Whose samples these are, and by what they are checked. */
export interface SampleContext {
  /** The gateway's name: with a sensor's it is the source. */
  readonly thing: string;
  readonly city: CityConfig;
  readonly identity: GatewayConfig['identity'];
}

/**
 * A sample as the observation that the cloud will make of it, or why it would make none: the same checks, so that what is
 * refused there is refused here, where the sensor is. `malformed` is a sample without a value, or with a time or a counter
 * that is no whole number; for all else see `validateReading`.
 */
export function readSample(
  sample: Sample,
  { attributes: names }: StreamConfig,
  { thing, city, identity }: SampleContext,
  receivedAtMs: number,
): { readonly ok: true; readonly observation: Observation } | Refusal {
  const { sensor, observedAtMs, counter, values, position } = sample;
  const { assetId, assetType } = sample.asset ?? identity;
  const { zone } = identity;
  const malformed = malformationOf(sample);
  if (malformed !== undefined) return refuse('malformed', malformed);
  for (const name of [sensor, assetId]) {
    if (!isName(name)) return refuse('schema-violation', `got ${show(name)}, expected ${NAME_RULE}`);
  }
  const attributes = [...values].map(([field, value]) => ({
    name: Object.hasOwn(names, field) ? (names[field] ?? field) : field,
    value,
  }));
  const draft = {
    ok: true,
    kind: 'reading',
    assetId,
    assetType,
    zone,
    source: `${thing}/${sensor}`,
    observedAtMs,
    ...(counter !== undefined && { counter: BigInt(counter) }),
    attributes,
    ...(position && { position }),
    flags: [],
    attestation: 'none',
    schema: 0n,
  } as const;
  const message: Message = { ...FROM_HERE, messageId: thing, clientId: thing, receivedAtMs };
  // Who may speak for the asset is for the cloud's registry to say; that the asset is the gateway's its configuration says.
  return validateReading(draft, { message, index: 0, count: 1 }, { assetType, zone }, city, STAGE_OF(city));
}

const FROM_HERE = { topic: '', bytes: new Uint8Array(), principal: '' } as const;

/** A sample is as old as it is: what a sensor had kept through an outage is no less true. */
const STAGE_OF = ({ stages: { prod } }: CityConfig): Stage => ({
  ...prod,
  lateMaxMs: null,
  unregisteredAssets: 'accept',
});

function malformationOf({ observedAtMs, counter, values, position }: Sample): string | undefined {
  if (!Number.isSafeInteger(observedAtMs)) return `observed at ${observedAtMs}, expected whole milliseconds since 1970`;
  if (counter !== undefined && !(Number.isSafeInteger(counter) && counter >= 0)) {
    return `counter: got ${counter}, expected a whole number from 0 on`;
  }
  return values.size === 0 && !position ? 'a sample without a value and without a position' : undefined;
}
