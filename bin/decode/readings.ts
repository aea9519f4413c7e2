import { readAttributes } from '../../core/codec/attribute-values.ts';
import type { DecodedReading, DraftReading } from '../../core/codec/decoder.ts';
import type { Observation, Position } from '../../core/observation.ts';
import type { AssetType, CityConfig } from '../../core/schema/city-config.ts';
import type { Facts, Field, Item } from './finding.ts';

/** What stands in for the parts of a topic when none is given: no name of a city. */
export const UNSAID = 'unsaid';

/**
 * A reading as it was decoded, its values in the units in which they were sent. Where its type is known its attributes are
 * checked against it; time and authority are not: they are questions of when and from whom it comes.
 */
export function itemOf(reading: DecodedReading, place: number, count: number, city: CityConfig): Item {
  const title = count > 1 ? `reading ${place + 1} of ${count}` : 'reading';
  if (!reading.ok) return { title, facts: {}, fields: [], fault: { reason: reading.reason, detail: reading.detail } };
  const type = typeNamed(reading.assetType, city);
  const checked = type && readAttributes(reading, type);
  const fault = checked && 'ok' in checked ? { reason: checked.reason, detail: checked.detail } : undefined;
  const unitOf = unitsFor(reading, type, city);
  return {
    title,
    facts: factsOf(reading),
    fields: [
      ...reading.attributes.map(({ name, value, unit }) => ({ name, value, ...unitField(unit ?? unitOf(name)) })),
      ...(reading.position ? [positionField(reading.position)] : []),
    ],
    ...(fault && { fault }),
  };
}

function factsOf(draft: DraftReading): Facts {
  const { assetId, assetType, zone, source, observedAtMs, counter, seen, flags, attestation } = draft;
  const said = { asset: assetId, type: assetType, zone, source };
  return {
    ...Object.fromEntries(Object.entries(said).filter(([, name]) => name !== UNSAID)),
    observedAt: observedAtMs === undefined ? 'not said: the time of receipt' : isoOf(observedAtMs),
    ...(counter !== undefined && { counter: String(counter) }),
    ...(flags.length > 0 && { flags: flags.join(', ') }),
    ...(attestation !== 'none' && { attestation }),
    ...(seen && { seen: [...seen].map(([register, context]) => `${register} of ${context.size}`).join(', ') }),
  };
}

/** An observation of the log. */
export function observationItem(observation: Observation, city: CityConfig): Item {
  const { readingId, count, kind, clientId, assetId, assetType, zone, source, stamp, attestation, flags } = observation;
  const type = typeNamed(assetType, city);
  return {
    title: readingId,
    facts: {
      kind,
      asset: assetId,
      type: assetType,
      zone,
      source,
      client: clientId,
      stamp: String(stamp),
      observedAt: isoOf(observation.observedAtMs),
      receivedAt: isoOf(observation.receivedAtMs),
      count,
      attestation,
      ...(flags.length > 0 && { flags: flags.join(', ') }),
    },
    fields: [
      ...[...observation.attributes].map(([name, value]) => ({
        name,
        value,
        ...unitField(type?.attributes[name]?.unit),
      })),
      ...(observation.position ? [positionField(observation.position)] : []),
    ],
  };
}

/** An instant, or the number where no calendar has it: what is decoded here need not make sense. */
export function isoOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.valueOf()) ? `${ms} ms` : date.toISOString();
}

export function positionField({ latitude, longitude, altitude }: Position): Field {
  return { name: 'position', value: { latitude, longitude, ...(altitude !== undefined && { altitude }) } };
}

export function unitField(unit: string | undefined): { readonly unit?: string } {
  return unit === undefined || unit === '' ? {} : { unit };
}

function typeNamed(name: string, { assetTypes }: CityConfig): AssetType | undefined {
  return Object.hasOwn(assetTypes, name) ? assetTypes[name] : undefined;
}

/** Without a topic nobody says which type it is: then a unit is told where all types that have the attributes agree. */
function unitsFor(
  { attributes }: DraftReading,
  type: AssetType | undefined,
  { assetTypes }: CityConfig,
): (name: string) => string | undefined {
  const fitting = type
    ? [type]
    : Object.values(assetTypes).filter((each) => attributes.every(({ name }) => Object.hasOwn(each.attributes, name)));
  return (name) => {
    const units = new Set(fitting.map((each) => each.attributes[name]?.unit));
    return units.size === 1 ? [...units][0] : undefined;
  };
}
