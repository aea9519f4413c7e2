import { describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import type { SlotRequest } from '../../../core/uploads/slot.ts';
import { grantSlot } from '../../../lambdas/upload-slots/grant-slot.ts';
import { presigningClient, presignSlot } from '../../../lambdas/upload-slots/presign.ts';
import { messageOf } from '../../core/codec/factories.ts';

const city = validateCityConfig(config);
const TOPIC = 'cmd/centre/gateway/gw-7/uploads/request';
const REQUEST = { requestId: 'r-1', bytes: 4, sha256: 'ab'.repeat(32), contentType: 'image/jpeg' };
const NOW_MS = Date.UTC(2026, 10, 21, 8);

async function ask(payload: unknown, topic = TOPIC) {
  const published: { topic: string; reply: Record<string, unknown> }[] = [];
  await grantSlot(messageOf(payload, { topic }), {
    city,
    presign: async (request: SlotRequest) => ({
      url: `https://s3/${request.sha256}`,
      headers: {},
      expiresAtMs: NOW_MS,
    }),
    publisher: {
      publish: async ({ topic: to, payload: bytes }) => {
        published.push({ topic: to, reply: JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown> });
      },
    },
  });
  return published;
}

describe('who asks for a slot', () => {
  it('is answered on its own topic', async () => {
    expect(await ask(REQUEST)).toEqual([
      {
        topic: 'cmd/centre/gateway/gw-7/uploads/reply',
        reply: {
          requestId: 'r-1',
          ok: true,
          reference: `uploads/centre/gw-7/${'ab'.repeat(32)}-4`,
          url: `https://s3/${'ab'.repeat(32)}`,
          headers: {},
          expiresAt: '2026-11-21T08:00:00.000Z',
        },
      },
    ]);
  });

  it('is told why not, with its id where there is one', async () => {
    const [refused] = await ask({ ...REQUEST, bytes: 0 });
    expect(refused?.reply).toMatchObject({ requestId: 'r-1', ok: false, reason: 'schema-violation' });
    const [unnamed] = await ask(Buffer.from('{'));
    expect(unnamed?.reply).toMatchObject({ ok: false, reason: 'malformed' });
    expect(unnamed?.reply).not.toHaveProperty('requestId');
  });

  it('on another topic is nobody to answer', async () => {
    await expect(ask(REQUEST, 'cmd/centre/gateway/gw-7/ack')).rejects.toThrow(/expected cmd/);
  });
});

describe('a slot', () => {
  it('is a URL that signs length, type and SHA-256 for a quarter of an hour, and no checksum of the SDK’s own', async () => {
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' };
    const s3 = presigningClient({ region: 'us-east-1', credentials });
    const request = { ok: true, zone: 'centre', gateway: 'gw-7', ...REQUEST } as const;
    const { url, headers, expiresAtMs } = await presignSlot(s3, 'city-uploads', request, NOW_MS + 250);
    const { host, pathname, searchParams } = new URL(url);
    expect([host, pathname]).toEqual([
      'city-uploads.s3.us-east-1.amazonaws.com',
      `/uploads/centre/gw-7/${'ab'.repeat(32)}-4`,
    ]);
    expect(searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host;x-amz-checksum-sha256');
    expect([...searchParams.keys()].filter((name) => name.toLowerCase().includes('checksum'))).toEqual([]);
    expect([searchParams.get('X-Amz-Expires'), searchParams.get('X-Amz-Date')]).toEqual(['900', '20261121T080000Z']);
    expect(expiresAtMs).toBe(NOW_MS + 900_000);
    expect(headers).toEqual({
      'content-length': '4',
      'content-type': 'image/jpeg',
      'x-amz-checksum-sha256': Buffer.from('ab'.repeat(32), 'hex').toString('base64'),
    });
  });
});
