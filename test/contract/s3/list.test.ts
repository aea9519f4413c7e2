import {
  CreateBucketCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { codeOf, serveS3 } from './serve-s3.ts';

const Bucket = 'contract-list';
const { client, s3 } = await serveS3();

const KEYS = ['a', 'a/', 'a/1', 'a/2/x', 'a/2/y', 'a/b', 'a0', 'b/1', 'ä', '🚦', '\u{ffff}'];

beforeAll(async () => {
  await client.send(new CreateBucketCommand({ Bucket }));
  for (const Key of KEYS) await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
});

interface Listed {
  readonly keys: string[];
  readonly prefixes: string[];
}

/** All pages, each of at most that many entries. */
async function list(input: Omit<ListObjectsV2CommandInput, 'Bucket'> = {}): Promise<Listed> {
  const listed: Listed = { keys: [], prefixes: [] };
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket, ...input, ...(ContinuationToken && { ContinuationToken }) }),
    );
    listed.keys.push(...(page.Contents ?? []).map(({ Key = '' }) => Key));
    listed.prefixes.push(...(page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix));
    const count = (page.Contents?.length ?? 0) + (page.CommonPrefixes?.length ?? 0);
    expect(page.KeyCount).toBe(count);
    expect(count).toBeLessThanOrEqual(input.MaxKeys ?? 1000);
    ContinuationToken = page.NextContinuationToken;
    expect(page.IsTruncated).toBe(ContinuationToken !== undefined);
  } while (ContinuationToken !== undefined);
  return listed;
}

it('lists in the order of UTF-8 bytes, which is not that of UTF-16', async () => {
  expect((await list()).keys).toEqual(['a', 'a/', 'a/1', 'a/2/x', 'a/2/y', 'a/b', 'a0', 'b/1', 'ä', '\u{ffff}', '🚦']);
});

it('groups by the delimiter behind the prefix', async () => {
  expect(await list({ Delimiter: '/' })).toEqual({ keys: ['a', 'a0', 'ä', '\u{ffff}', '🚦'], prefixes: ['a/', 'b/'] });
  expect(await list({ Delimiter: '/', Prefix: 'a/' })).toEqual({ keys: ['a/', 'a/1', 'a/b'], prefixes: ['a/2/'] });
  expect(await list({ Prefix: 'a/2' })).toEqual({ keys: ['a/2/x', 'a/2/y'], prefixes: [] });
});

it('begins behind a key', async () => {
  expect((await list({ StartAfter: 'a0' })).keys).toEqual(['b/1', 'ä', '\u{ffff}', '🚦']);
});

it('gives nothing for max-keys 0, and refuses a token of its own making', async () => {
  expect(await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }))).toMatchObject({
    KeyCount: 0,
    IsTruncated: false,
  });
  expect(await codeOf(list({ MaxKeys: 1, StartAfter: 'a', ContinuationToken: '?' }))).toBe('InvalidArgument');
});

it('pages like it lists, whatever the keys, the prefix and the size of a page', async () => {
  const character = fc.constantFrom('a', 'b', '/', 'ä', '🚦');
  const text = fc.string({ unit: character, maxLength: 5 });
  const names = fc.uniqueArray(
    text.filter((key) => key !== ''),
    { maxLength: 12 },
  );
  let round = 0;
  await fc.assert(
    fc.asyncProperty(
      names,
      text,
      fc.constantFrom('', '/', 'a'),
      fc.integer({ min: 1, max: 5 }),
      async (keys, prefix, delimiter, MaxKeys) => {
        // A prefix of its own for each round keeps one's keys from the other's.
        const base = `property-${(round += 1)}/`;
        for (const key of keys) await s3.putObject(Bucket, base + key, Buffer.alloc(0));
        const Prefix = base + prefix;
        const found = await list({ Prefix, MaxKeys, ...(delimiter && { Delimiter: delimiter }) });
        expect(found).toEqual(
          model(
            keys.map((key) => base + key),
            Prefix,
            delimiter,
          ),
        );
      },
    ),
    { numRuns: 40 },
  );
});

/** The API's own words, on a sorted array. */
function model(keys: readonly string[], prefix: string, delimiter: string): Listed {
  const wanted = keys
    .filter((key) => key.startsWith(prefix))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const groupOf = (key: string): string | undefined => {
    const [first, ...rest] = key.slice(prefix.length).split(delimiter || '\u0000');
    return delimiter !== '' && rest.length > 0 ? prefix + first + delimiter : undefined;
  };
  return {
    keys: wanted.filter((key) => groupOf(key) === undefined),
    prefixes: [...new Set(wanted.map(groupOf))].filter((each) => each !== undefined),
  };
}
