import { isName, isThingName, NAME_RULE, THING_NAME_RULE } from '../../core/schema/names.ts';
import type { AssetType, CityConfig } from '../../core/schema/city-config.ts';
import { THING_ATTRIBUTES, THING_KINDS, type ThingAttribute, type ThingKind } from '../../lib/thing-kinds.ts';
import { expectKey } from '../city-config.ts';
import { CommandError } from '../command-error.ts';

/** What is said on the command line of a thing. */
export interface ThingOptions {
  readonly kind: string;
  readonly zone?: string;
  readonly type?: string;
  readonly asset?: string;
  readonly sensors?: string;
  readonly network?: string;
}

export interface Thing {
  readonly name: string;
  readonly kind: ThingKind;
  /** What the policies read: nothing else says what the thing may publish. */
  readonly attributes: Readonly<Partial<Record<ThingAttribute, string>>>;
}

const OPTION_OF: Readonly<Record<ThingAttribute, keyof ThingOptions>> = {
  zone: 'zone',
  assetType: 'type',
  asset: 'asset',
  kind: 'sensors',
  network: 'network',
};

/** Throws one line that names what is missing, what does not belong to the kind, or what no such thing may be called. */
export function readThing(name: string, options: ThingOptions, city: Pick<CityConfig, 'zones' | 'assetTypes'>): Thing {
  const kind = THING_KINDS.find((known) => known === options.kind);
  if (!kind) throw new CommandError(`--kind: got "${options.kind}", expected ${THING_KINDS.join(', ')}`);
  if (!isThingName(name)) throw new CommandError(`NAME: got "${name}", expected ${THING_NAME_RULE}`);

  const allowed: readonly ThingAttribute[] = THING_ATTRIBUTES[kind];
  const attributes: Partial<Record<ThingAttribute, string>> = {};
  for (const [attribute, option] of Object.entries(OPTION_OF) as [ThingAttribute, keyof ThingOptions][]) {
    const value = options[option];
    if (value === undefined) continue;
    if (!allowed.includes(attribute)) throw new CommandError(`--${option}: a ${kind} has none`);
    if (!isName(value)) throw new CommandError(`--${option}: got "${value}", expected ${NAME_RULE}`);
    attributes[attribute] = value;
  }
  const missing = allowed.filter((attribute) => attributes[attribute] === undefined);
  const isComplete = kind === 'bridge' ? missing.length < allowed.length : missing.length === 0;
  if (!isComplete) {
    const options = missing.map((attribute) => `--${OPTION_OF[attribute]}`).join(kind === 'bridge' ? ' or ' : ' and ');
    throw new CommandError(`a ${kind} needs ${options}`);
  }
  expectKey('--zone', attributes.zone, city.zones);
  expectKey('--type', attributes.assetType, city.assetTypes);
  return { name, kind, attributes };
}

/** A topic that the thing may publish on and something to say there, to try it; undefined for gateways, which send frames. */
export function examplePublish(
  { name, kind, attributes }: Thing,
  assetTypes: CityConfig['assetTypes'],
): { readonly topic: string; readonly payload: string } | undefined {
  if (kind === 'device') {
    const { zone, assetType = '', asset } = attributes;
    const payload = JSON.stringify({ attributes: exampleAttributes(assetTypes[assetType]) });
    return { topic: `dt/${zone}/${assetType}/${asset}/${name}`, payload };
  }
  if (kind === 'gateway') return undefined;
  return attributes.kind === undefined
    ? { topic: `lorawan/${attributes.network}/0000000000000000/up`, payload: '{}' }
    : { topic: `sensors/${attributes.kind}/somewhere`, payload: '{}' };
}

/** The first attribute of the type, with a value that it takes. */
function exampleAttributes(assetType: AssetType | undefined): Readonly<Record<string, unknown>> {
  const [entry] = Object.entries(assetType?.attributes ?? {});
  if (!entry) return {};
  const [name, { kind, range, values }] = entry;
  const value = { number: range?.[0] ?? 0, boolean: true, string: values?.[0] ?? 'unknown' }[kind];
  return { [name]: value };
}
