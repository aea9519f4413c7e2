import type { FrameReading, SyncFrame } from '../../../core/sync/frame.ts';

export const EIGHT_MS = 1_795_248_000_000;

/** The frame of docs/formats.md, its bytes written by hand from the schema. */
export const EXAMPLE_HEX =
  '0801120467772d3718012080bb9ee79f342805308098fae89f34380142074361725061726b4a046c6f6f704a05667573656452070a0574616b' +
  '656e520f0a0b74656d706572617475726510015a320a066761726167651a0d08011a02107a1a05080110ae031a1908021a0f1078320b080111' +
  '678634148b00ea1838a5ad93ad0369678634148b00ea18';

/** The same with a whole stamp in each reading. */
export const WHOLE_STAMPS_HEX =
  '0801120467772d3718012080bb9ee79f342805308098fae89f34380142074361725061726b4a046c6f6f704a05667573656452070a0574616b' +
  '656e520f0a0b74656d706572617475726510015a3e0a066761726167651a16080111678634148b00ea181a02107a1a05080110ae031a1c0802' +
  '110c5dd9498b00ea181a0f1078320b080111678634148b00ea18';

const LOOP_STAMP = 1_795_247_998_800_004_711n;

export const EXAMPLE: SyncFrame = {
  gateway: 'gw-7',
  lane: 'bulk',
  epoch: EIGHT_MS - 3_600_000,
  sequence: 5,
  sentAtMs: EIGHT_MS,
  kind: 'delta',
  readings: [
    frameReadingOf({
      attributes: new Map([
        ['taken', 61],
        ['temperature', 21.5],
      ]),
    }),
    frameReadingOf({
      sensor: 'fused',
      stamp: 1_795_247_999_700_000_012n,
      attributes: new Map([['taken', 60]]),
      seen: new Map([['taken', new Map([['loop', LOOP_STAMP]])]]),
    }),
  ],
};

export function frameReadingOf(changes: Partial<FrameReading> = {}): FrameReading {
  return {
    assetId: 'garage',
    assetType: 'CarPark',
    sensor: 'loop',
    stamp: LOOP_STAMP,
    attributes: new Map([['taken', 61]]),
    seen: new Map(),
    ...changes,
  };
}
