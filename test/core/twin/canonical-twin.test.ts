import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeTwin } from '../../../core/twin/canonical-twin.ts';
import type { Twin } from '../../../core/twin/twin.ts';
import { ASSET_ID, twins } from './arbitraries.ts';

const twin: Twin = {
  assetId: ASSET_ID,
  assetType: 'TrafficFlowObserved',
  zone: 'north',
  registered: true,
  registers: new Map([
    ['position', new Map([['loop-1', { stamp: 7n, sibling: sibling({ longitude: 13.4, latitude: 52.5 }) }]])],
    [
      'intensity',
      new Map([
        ['loop-1', { stamp: 2n ** 64n - 1n, sibling: sibling(1e21) }],
        ['cam-1', { stamp: 0n }],
      ]),
    ],
  ]),
  floors: new Map([['cam-0', 42n]]),
};

describe('encodeTwin', () => {
  it('writes the format, then RFC 8785 JSON with every key in order', () => {
    const bytes = encodeTwin(twin);
    expect(bytes[0]).toBe(1);
    expect(Buffer.from(bytes.subarray(1)).toString()).toBe(
      '{"floors":{"cam-0":"42"},"registers":{' +
        '"intensity":{"cam-1":{"stamp":"0"},' +
        '"loop-1":{"sibling":{"flags":[],"receivedAtMs":1000,"value":1e+21},"stamp":"18446744073709551615"}},' +
        '"position":{"loop-1":{"sibling":{"flags":[],"receivedAtMs":1000,' +
        '"value":{"latitude":52.5,"longitude":13.4}},"stamp":"7"}}}}',
    );
  });

  it('does not change with the registry', () => {
    const moved = { ...twin, zone: 'south', registered: false, assetType: 'Other' };
    expect(encodeTwin(moved)).toEqual(encodeTwin(twin));
  });

  it('differs where a register or a floor differs, and only there', () => {
    fc.assert(
      fc.property(twins, twins, (a, b) => {
        const isSame = Buffer.from(encodeTwin(a)).equals(encodeTwin(b));
        const state = ({ registers, floors }: Twin) => ({ registers, floors });
        if (isSame) {
          expect(state(a)).toEqual(state(b));
        } else {
          expect(state(a)).not.toEqual(state(b));
        }
      }),
    );
  });
});

function sibling(value: number | { longitude: number; latitude: number }) {
  return { value, receivedAtMs: 1000, flags: [] };
}
