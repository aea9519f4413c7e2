import type { Chance } from '../chance.ts';
import type { World } from '../world.ts';
import { LATE_MAX_MS, STOPS, STRANGER, UNREGISTERED } from './config.ts';
import { type Expectation, expectedByTime, type Publication } from './publication.ts';

interface DeviceProps {
  readonly name: string;
  readonly assetId: string;
  readonly assetType: string;
  readonly zone: string;
  readonly isCritical?: boolean;
  /** What a good reading of it is held for, apart from its time. */
  readonly standing?: Expectation;
}

const GARAGE = { assetId: 'garage', assetType: 'CarPark', zone: 'north', isCritical: true } as const;
const YARD = { assetId: 'yard', assetType: 'CarPark', zone: 'south' } as const;
const BUS = { assetId: 'bus', assetType: 'Bus', zone: 'north', isCritical: true } as const;
const KIOSK = { assetId: UNREGISTERED, assetType: 'CarPark' } as const;

/** The plain devices of the city, one of them twice: two that go by one name. */
export function devicesOf(unregistered: Expectation): readonly DeviceProps[] {
  return [
    { ...GARAGE, name: 'gate' },
    { ...GARAGE, name: 'camera' },
    { ...GARAGE, name: STRANGER, standing: 'logged or not-authorized' },
    { ...YARD, name: 'fence' },
    { ...YARD, name: 'fence' },
    { ...YARD, name: 'mast' },
    { ...BUS, name: 'gps' },
    { ...BUS, name: 'door' },
    { ...KIOSK, name: 'till', zone: 'north', standing: unregistered },
    { ...KIOSK, name: 'lamp', zone: 'south', standing: unregistered },
    // Known, but not as what its topic says.
    { ...YARD, zone: 'north', name: 'mast', standing: 'not-authorized' },
  ];
}

/** A device: a clock that is off, and one message after the other of what it claims to see. */
export function createDevice(world: World, props: DeviceProps): (isLast: boolean) => Publication {
  const { chance, faults, scheduler } = world;
  const { name, assetId, assetType, zone, isCritical = false } = props;
  let skewMs = chance.integer(-faults.deviceSkewMs, faults.deviceSkewMs);
  const style = chance.pick(['milliseconds', 'seconds', 'counter', 'none'] as const);
  return (isLast) => {
    skewMs = isLast ? 0 : jumped(skewMs, world);
    const readings = Array.from({ length: isLast ? 1 : chance.integer(1, 3) }, () =>
      readingOf(chance, props, style, scheduler.nowMs() + skewMs, isLast),
    );
    const isBroken = !isLast && chance.happens(0.03);
    const text = JSON.stringify(readings.length === 1 ? readings[0]?.json : readings.map(({ json }) => json));
    return {
      topic: `dt/${zone}/${assetType}/${assetId}/${name}`,
      clientId: name,
      bytes: Buffer.from(isBroken ? text.slice(0, -1) : text),
      isCritical,
      expected: (receivedAtMs) => (isBroken ? ['malformed'] : readings.map(({ expected }) => expected(receivedAtMs))),
    };
  };
}

/** Now and then a clock is set: right, or far off, into the future that is refused or the past that is. */
function jumped(skewMs: number, { chance }: World): number {
  if (!chance.happens(0.05)) return skewMs;
  return chance.pick([0, 0, 240_000, 400_000, -600_000, -2 * LATE_MAX_MS]);
}

function readingOf(
  chance: Chance,
  { assetType, standing = 'logged' }: DeviceProps,
  style: 'milliseconds' | 'seconds' | 'counter' | 'none',
  clockMs: number,
  isLast: boolean,
) {
  const observedAtMs = style === 'seconds' || style === 'counter' ? Math.floor(clockMs / 1000) * 1000 : clockMs;
  const total = chance.integer(10, 12);
  const attributes: Record<string, number | string> = { taken: chance.integer(0, 10), total };
  if (assetType === 'CarPark' && chance.happens(0.5)) attributes['temperature'] = chance.integer(-5, 5) / 2;
  if (assetType === 'CarPark' && chance.happens(0.3)) attributes['status'] = chance.pick(['ok', 'broken']);
  if (assetType === 'CarPark' && chance.happens(0.5)) attributes['barrier'] = chance.pick(['up', 'down']);
  const fault = isLast ? undefined : drawFault(chance, attributes);
  const json = {
    // Without milliseconds ISO 8601 tells of a clock that ticks in seconds.
    ...(style === 'seconds' && { observedAt: new Date(observedAtMs).toISOString().replace('.000Z', 'Z') }),
    ...((style === 'milliseconds' || style === 'counter') && { observedAt: observedAtMs }),
    // Few, so that two devices of one name meet in one dot.
    ...(style === 'counter' && { counter: chance.integer(0, 2) }),
    attributes,
    ...(assetType === 'Bus' && chance.happens(0.6) && { position: positionJson(chance) }),
  };
  const expected = (receivedAtMs: number): Expectation => {
    const byTime = style === 'none' ? 'logged' : expectedByTime(observedAtMs, receivedAtMs, LATE_MAX_MS);
    return fault ?? (byTime === 'logged' ? standing : byTime);
  };
  return { json, expected };
}

/** Spoils a reading, now and then, and says what it must be refused for. */
function drawFault(chance: Chance, attributes: Record<string, number | string>): Expectation | undefined {
  if (!chance.happens(0.08)) return undefined;
  switch (chance.pick(['range', 'constraint', 'attribute', 'kind'])) {
    case 'range':
      attributes['taken'] = 6000;
      return 'out-of-range';
    case 'constraint':
      attributes['taken'] = 13;
      return 'out-of-range';
    case 'attribute':
      attributes['colour'] = 'red';
      return 'schema-violation';
    default:
      attributes['total'] = 'many';
      return 'schema-violation';
  }
}

function positionJson(chance: Chance) {
  const { longitude, latitude, altitude } = chance.pick(STOPS);
  return { lon: longitude, lat: latitude, ...(altitude !== undefined && { alt: altitude }) };
}
