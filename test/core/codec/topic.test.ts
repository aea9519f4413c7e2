import { describe, expect, it } from 'vitest';
import { matchesFilter, parseTopic } from '../../../core/codec/topic.ts';

describe('parseTopic', () => {
  it('reads what a device publishes on', () => {
    expect(parseTopic('dt/centre/ParkingSpot/lotA-17/sensor:9')).toEqual({
      kind: 'device',
      zone: 'centre',
      assetType: 'ParkingSpot',
      assetId: 'lotA-17',
      thingName: 'sensor:9',
    });
  });

  it('reads a topic however many others came between', () => {
    const topics = Array.from({ length: 4097 }, (_, index) => `dt/centre/ParkingSpot/lotA-${index}/sensor:9`);
    for (const topic of [...topics, ...topics]) {
      const [, zone, assetType, assetId, thingName] = topic.split('/');
      expect(parseTopic(topic)).toEqual({ kind: 'device', zone, assetType, assetId, thingName });
    }
  });

  it('reads what a gateway publishes on', () => {
    const frames = { kind: 'frames', zone: 'centre', gatewayId: 'gw-1' };
    expect(parseTopic('dt/centre/gateway/gw-1/frames')).toEqual({ ...frames, isFec: false });
    expect(parseTopic('dt/centre/gateway/gw-1/frames/fec')).toEqual({ ...frames, isFec: true });
  });

  it('reads what a bridge publishes on', () => {
    expect(parseTopic('sensors/parking/lotA')).toEqual({ kind: 'sensors', path: 'parking/lotA' });
  });

  it.each([
    '',
    'dt',
    'dt/',
    'dt/a/b/c',
    'dt/a/b/c/d/e',
    'dt//b/c/d',
    'dt/a/b/c/',
    '/dt/a/b/c/d',
    'dt/a b/b/c/d',
    'dt/a/b/c/d#',
    'dt/a/b/c/+',
    'dt/a/b/ä/d',
    `dt/a/b/${'c'.repeat(65)}/d`,
    'dt/a/b/__proto__/d',
    'dt/centre/gateway/gw-1/frame',
    'dt/centre/gateway/gw-1/frames/fec/',
    'dt/centre/gateway/gw-1/frame/fec',
    'dt/centre/gateway/gw 1/frames/fec',
    'dt/centre/ParkingSpot/gw-1/frames/fec',
    'DT/a/b/c/d',
    'sensors',
    'sensors/',
    'lorawan/ttn/0011223344556677/down',
    'lorawan/ttn/0011223344556677/up/',
    'lorawan/ttn/001122334455667/up',
    'lorawan/t*n/0011223344556677/up',
  ])('takes %j for nothing that it knows', (topic) => {
    expect(parseTopic(topic)).toEqual({ kind: 'other' });
  });

  it('takes a name of 64 characters', () => {
    expect(parseTopic(`dt/a/b/${'c'.repeat(64)}/d`)).toMatchObject({ kind: 'device' });
  });
});

/** MQTT 3.1.1, sections 4.7.1.2 and 4.7.1.3: the standard's own examples, and what they imply. */
describe('matchesFilter', () => {
  it.each([
    ['sport/tennis/player1/#', 'sport/tennis/player1', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/ranking', true],
    ['sport/tennis/player1/#', 'sport/tennis/player1/score/wimbledon', true],
    ['sport/#', 'sport', true],
    ['#', 'a/b/c', true],
    ['sport/tennis/+', 'sport/tennis/player1', true],
    ['sport/tennis/+', 'sport/tennis/player1/ranking', false],
    ['sport/+', 'sport', false],
    ['sport/+', 'sport/', true],
    ['+/+', '/finance', true],
    ['/+', '/finance', true],
    ['+', '/finance', false],
    ['parking/+', 'parking/lotA', true],
    ['parking/+', 'noise/lotA', false],
    ['parking/lotA', 'parking/lota', false],
  ])('%s matches %s: %s', (filter, topic, matches) => {
    expect(matchesFilter(filter, topic)).toBe(matches);
  });
});
