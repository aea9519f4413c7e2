import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../../core/codec/decode.ts';
import { type ClaimVerdict, validateMessage } from '../../../core/codec/normalize.ts';
import type { DraftReading } from '../../../core/codec/decoder.ts';
import type { StoredUpload } from '../../../core/ports.ts';
import type { AssetType, CityConfig } from '../../../core/schema/city-config.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import { parseReference, referenceOf } from '../../../core/uploads/claim.ts';
import { readSlotRequest, replyTopic, requesterOf, requestIdOf } from '../../../core/uploads/slot.ts';
import { judgeClaims } from '../../../lambdas/shared/uploads/judge-claims.ts';
import { messageOf } from '../codec/factories.ts';
import { smallCity } from '../schema/small-city.ts';

/** Of nothing, as FIPS 180-4 has it. */
const SHA = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const MAX = 67_108_864;

const scene: AssetType = {
  description: 'A crossing, seen.',
  model: 'cityweave',
  attributes: {
    image: {
      description: 'A frame.',
      kind: 'string',
      policy: 'latest',
      maxAgeMs: 1000,
      reporting: 'log',
      claim: { contentTypes: ['image/jpeg', 'image/png'] },
    },
  },
};
const city: CityConfig = { ...smallCity, assetTypes: { ...smallCity.assetTypes, Scene: scene } };

describe('a reference', () => {
  it('holds all that there is to verify', () => {
    const claim = { zone: 'north', gateway: 'gw-7', sha256: SHA, bytes: 12 };
    expect(referenceOf(claim)).toBe(`uploads/north/gw-7/${SHA}-12`);
    expect(parseReference(`uploads/north/gw-7/${SHA}-12`)).toEqual(claim);
  });

  it('of the longest names fits a text of a reading', () => {
    const name = 'n'.repeat(64);
    expect(referenceOf({ zone: name, gateway: name, sha256: SHA, bytes: MAX }).length).toBeLessThanOrEqual(256);
  });

  it.each([
    `uploads/north/gw-7/${SHA}-0`,
    `uploads/north/gw-7/${SHA}-${MAX + 1}`,
    `uploads/north/gw-7/${SHA}-012`,
    `uploads/north/gw-7/${SHA.toUpperCase()}-12`,
    `uploads/north/gw-7/${SHA}0-12`,
    `uploads/north/../${SHA}-12/`,
    `uploads/north/gw 7/${SHA}-12`,
    `other/north/gw-7/${SHA}-12`,
    `uploads/north/${SHA}-12`,
    '',
  ])('is not %j', (text) => {
    expect(parseReference(text)).toBeUndefined();
  });

  it('is of 64 MiB at most', () => {
    expect(parseReference(`uploads/north/gw-7/${SHA}-${MAX}`)).toMatchObject({ bytes: MAX });
  });
});

describe('a request for a slot', () => {
  const requester = { zone: 'north', gateway: 'gw-7' };
  const request = { requestId: 'r-1', bytes: 12, sha256: SHA, contentType: 'image/png' };
  const read = (changes: object) =>
    readSlotRequest(Buffer.from(JSON.stringify({ ...request, ...changes })), requester, city);

  it('names its gateway by its topic, on which the answer comes', () => {
    expect(requesterOf('cmd/north/gateway/gw-7/uploads/request')).toEqual(requester);
    for (const topic of ['cmd/north/gateway/gw-7/uploads/reply', 'cmd/north/gateway/a b/uploads/request', 'cmd/x']) {
      expect(requesterOf(topic)).toBeUndefined();
    }
    expect(replyTopic(requester)).toBe('cmd/north/gateway/gw-7/uploads/reply');
  });

  it('is taken with what it says, up to 64 MiB', () => {
    expect(read({ bytes: MAX })).toEqual({ ok: true, ...requester, ...request, bytes: MAX });
  });

  it.each([
    [{ bytes: MAX + 1 }, 'too-large'],
    [{ bytes: 0 }, 'schema-violation'],
    [{ bytes: 1.5 }, 'schema-violation'],
    [{ bytes: '12' }, 'schema-violation'],
    [{ sha256: 'abc' }, 'schema-violation'],
    [{ contentType: 'text/html' }, 'schema-violation'],
    [{ requestId: '' }, 'schema-violation'],
    [{ requestId: 'r'.repeat(65) }, 'schema-violation'],
    [{ key: 'uploads/x' }, 'schema-violation'],
  ])('with %j is refused', (changes, reason) => {
    expect(read(changes)).toMatchObject({ ok: false, reason });
  });

  it('that is no JSON is malformed, and one of an unknown zone refused', () => {
    expect(readSlotRequest(Buffer.from('{'), requester, city)).toMatchObject({ reason: 'malformed' });
    const bytes = Buffer.from(JSON.stringify(request));
    expect(readSlotRequest(bytes, { ...requester, zone: 'moon' }, city)).toMatchObject({ reason: 'schema-violation' });
    expect(requestIdOf(Buffer.from('{"requestId": "r-1", "bytes": 0}'))).toBe('r-1');
  });
});

describe('a reading that refers to an upload', () => {
  const KEY = `uploads/north/gate/${SHA}-12`;
  const stored: StoredUpload = { bytes: 12, sha256: SHA, contentType: 'image/jpeg' };

  async function fateOf(image: unknown, uploads: Readonly<Record<string, StoredUpload>>) {
    const message = messageOf({ attributes: { image } }, { topic: 'dt/north/Scene/crossing/gate' });
    const decoded = decodeMessage(message, city);
    const asked: string[] = [];
    const find = async (key: string): Promise<StoredUpload | undefined> => {
      asked.push(key);
      return uploads[key];
    };
    const claims = await judgeClaims([decoded], city, { find });
    return { ...fateWith(decoded, claims), asked };
  }

  function fateWith(
    decoded: ReturnType<typeof decodeMessage>,
    claims?: ReadonlyMap<DraftReading, ClaimVerdict>,
  ): { reason: string } {
    const context = { city, stage: city.stages.dev, assets: new Map(), ...(claims && { claims }) };
    const { observations, kept } = validateMessage(decoded, context);
    return { reason: kept[0]?.reason ?? (observations.length === 1 ? 'accepted' : 'lost') };
  }

  it('is accepted where it is there as it says', async () => {
    expect(await fateOf(KEY, { [KEY]: stored })).toEqual({ reason: 'accepted', asked: [KEY] });
  });

  it.each([
    ['is not there yet', KEY, {}, 'processing-failed'],
    ['has another size', KEY, { [KEY]: { ...stored, bytes: 13 } }, 'malformed'],
    ['has another SHA-256', KEY, { [KEY]: { ...stored, sha256: '0'.repeat(64) } }, 'malformed'],
    ['has no SHA-256', KEY, { [KEY]: { bytes: 12, contentType: 'image/jpeg' } }, 'malformed'],
    ['has another type', KEY, { [KEY]: { ...stored, contentType: 'text/html' } }, 'schema-violation'],
  ] as const)('whose object %s is kept', async (_, image, uploads, reason) => {
    expect(await fateOf(image, uploads)).toMatchObject({ reason });
  });

  it.each([
    [`uploads/north/other/${SHA}-12`, 'not-authorized'],
    [`uploads/south/gate/${SHA}-12`, 'not-authorized'],
    ['https://example.com/frame.jpg', 'schema-violation'],
    [17, 'schema-violation'],
  ])('of %j is refused without a look', async (image, reason) => {
    expect(await fateOf(image, {})).toEqual({ reason, asked: [] });
  });

  it('is accepted by nobody who has not looked', () => {
    const message = messageOf({ attributes: { image: KEY } }, { topic: 'dt/north/Scene/crossing/gate' });
    expect(fateWith(decodeMessage(message, city))).toEqual({ reason: 'processing-failed' });
  });
});

describe('the configuration', () => {
  it.each([
    [{ kind: 'number', unit: 'C62' }, /image\.claim/],
    [{ values: ['a'] }, /image\.claim/],
    [{ claim: { contentTypes: ['no type'] } }, /image\.claim\.contentTypes\[0\]/],
    [{ claim: { contentTypes: [] } }, /image\.claim\.contentTypes/],
  ])('lets nothing but texts refer to uploads: %j', (changes, line) => {
    const image = { ...scene.attributes['image'], ...changes };
    const wrong = { ...city, assetTypes: { ...city.assetTypes, Scene: { ...scene, attributes: { image } } } };
    expect(() => validateCityConfig(wrong)).toThrow(line);
  });
});
