import { describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { examplePublish, readThing, type ThingOptions } from '../../../bin/device/thing.ts';

const device = { kind: 'device', zone: 'centre', type: 'OffStreetParking', asset: 'market-hall' };

describe('what is said of a thing', () => {
  it.each<[ThingOptions, object]>([
    [device, { zone: 'centre', assetType: 'OffStreetParking', asset: 'market-hall' }],
    [{ kind: 'gateway', zone: 'centre' }, { zone: 'centre' }],
    [{ kind: 'bridge', sensors: 'parking' }, { kind: 'parking' }],
    [{ kind: 'bridge', network: 'ttn' }, { network: 'ttn' }],
  ])('%j becomes its attributes', (options, attributes) => {
    expect(readThing('a-1', options, config)).toEqual({ name: 'a-1', kind: options.kind, attributes });
  });

  it.each<[string, ThingOptions, string]>([
    ['a.b', device, 'NAME: got "a.b"'],
    ['a/b', device, 'NAME: got "a/b"'],
    ['+', device, 'NAME: got "+"'],
    ['', device, 'NAME: got ""'],
    ['x'.repeat(65), device, 'NAME: got'],
    ['a', { ...device, zone: 'nowhere' }, '--zone: got "nowhere", expected one of centre'],
    ['a', { ...device, type: 'Teapot' }, '--type: got "Teapot"'],
    ['a', { ...device, asset: '#' }, '--asset: got "#"'],
    ['a', { kind: 'device', zone: 'centre' }, 'a device needs --type and --asset'],
    ['a', { kind: 'gateway' }, 'a gateway needs --zone'],
    ['a', { kind: 'gateway', zone: 'centre', asset: 'x' }, '--asset: a gateway has none'],
    ['a', { kind: 'bridge' }, 'a bridge needs --sensors or --network'],
    ['a', { kind: 'robot' }, '--kind: got "robot", expected device, gateway, bridge'],
  ])('%s with %j is refused in one line', (name, options, message) => {
    expect(() => readThing(name, options, config)).toThrow(message);
  });

  it('a name may have 64 characters', () => {
    expect(readThing('x'.repeat(64), device, config).name).toHaveLength(64);
  });
});

it.each<[ThingOptions, string | undefined]>([
  [device, 'dt/centre/OffStreetParking/market-hall/a-1'],
  [{ kind: 'bridge', sensors: 'parking' }, 'sensors/parking/somewhere'],
  [{ kind: 'bridge', network: 'ttn' }, 'lorawan/ttn/0000000000000000/up'],
  [{ kind: 'gateway', zone: 'centre' }, undefined],
])('%j is tried on %s', (options, topic) => {
  expect(examplePublish(readThing('a-1', options, config), config.assetTypes)?.topic).toBe(topic);
});
