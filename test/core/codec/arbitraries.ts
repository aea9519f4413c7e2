import * as fc from 'fast-check';
import type { AttributeValue, Context, Observation, Position } from '../../../core/observation.ts';

const UINT64_MAX = 2n ** 64n - 1n;

/** Any Unicode character, control characters and those beyond the basic plane among them. */
export const character = fc
  .oneof(
    fc.integer({ min: 0, max: 0xd7ff }),
    fc.integer({ min: 0xe000, max: 0x10ffff }),
    fc.integer({ min: 0, max: 0x7f }),
  )
  .map((codePoint) => String.fromCodePoint(codePoint));

export const name = fc.stringMatching(/^[A-Za-z0-9:_.-]{1,64}$/).filter((text) => text !== '__proto__');
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const milliseconds = fc.integer({ min: 0, max: 18_446_744_073_709 });
const uint64 = fc.bigInt({ min: 0n, max: UINT64_MAX });

export const attributes: fc.Arbitrary<ReadonlyMap<string, AttributeValue>> = fc
  .array(fc.tuple(name, fc.oneof(finite, fc.boolean(), fc.string({ unit: character }))), { maxLength: 6 })
  .map((entries) => new Map<string, AttributeValue>(entries));

export const position: fc.Arbitrary<Position> = fc.oneof(
  fc.record({ longitude: finite, latitude: finite }),
  fc.record({ longitude: finite, latitude: finite, altitude: finite }),
);

const context: fc.Arbitrary<Context> = fc
  .array(fc.tuple(name, uint64), { maxLength: 3 })
  .map((entries) => new Map(entries));

export const observation: fc.Arbitrary<Observation> = fc
  .record({
    readingId: fc.tuple(name, fc.nat()).map(([messageId, index]) => `${messageId}/${index}`),
    count: fc.integer({ min: 1, max: 1000 }),
    kind: fc.constantFrom('reading', 'decision', 'distrust', 'retire'),
    clientId: fc.string({ unit: character }),
    flags: fc.subarray(['observed-at-missing', 'coarse-clock', 'unregistered'] as const),
    assetId: name,
    assetType: name,
    zone: name,
    source: name,
    stamp: uint64,
    seen: fc.array(fc.tuple(name, context), { maxLength: 3 }).map((entries) => new Map(entries)),
    observedAtMs: milliseconds,
    receivedAtMs: milliseconds,
    position: fc.option(position, { nil: undefined }),
    attestation: fc.constantFrom('none', 'live', 'historical'),
    attributes,
    schema: uint64,
    redrives: fc.option(fc.integer({ min: 1, max: 2 ** 32 - 1 }), { nil: undefined }),
    validUntilMs: fc.option(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), { nil: undefined }),
  } as const)
  .map(({ position: place, redrives, validUntilMs, ...rest }) => ({
    ...rest,
    ...(place && { position: place }),
    ...(redrives && { redrives }),
    ...(validUntilMs && { validUntilMs }),
  }));
