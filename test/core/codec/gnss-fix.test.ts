import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../../core/codec/decode.ts';
import { smallCity } from '../schema/small-city.ts';
import { EIGHT_O_CLOCK_MS, messageOf } from './factories.ts';

const PLACE = { lat: 1.29, lon: 103.85 };

function read(fix: object) {
  return decodeMessage(messageOf({ position: { ...PLACE, ...fix } }), smallCity).readings[0];
}

describe('what a receiver says of a position', () => {
  it.each([
    [{}, {}],
    [{ fixedAt: '2026-11-21T08:00:00.000Z' }, { fix: { fixedAtMs: EIGHT_O_CLOCK_MS } }],
    [
      { fixedAt: EIGHT_O_CLOCK_MS, hdop: 0, satellites: 255 },
      { fix: { fixedAtMs: EIGHT_O_CLOCK_MS, hdop: 0, satellites: 255 } },
    ],
    [{ hdop: 100, satellites: 0 }, { fix: { hdop: 100, satellites: 0 } }],
  ])('is read: %j', (said, expected) => {
    const { position, fix } = { position: undefined, fix: undefined, ...read(said) };
    expect({ position, ...(fix && { fix }) }).toEqual({ position: { longitude: 103.85, latitude: 1.29 }, ...expected });
  });

  it.each([
    [{ fixedAt: 'soon' }],
    [{ hdop: -0.1 }],
    [{ hdop: 100.1 }],
    [{ hdop: '1' }],
    [{ satellites: 256 }],
    [{ satellites: -1 }],
    [{ satellites: 4.5 }],
    [{ vdop: 1 }],
  ])('is refused: %j', (said) => {
    expect(read(said)).toMatchObject({ ok: false, reason: 'schema-violation' });
  });
});
