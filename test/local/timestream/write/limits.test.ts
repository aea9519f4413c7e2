import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { names, type OpenTimestream, openTimestream, record, write } from '../open.ts';

function filled(keys: readonly string[], value: string): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [key, value]));
}

describe('limits of one record', () => {
  let timestream: OpenTimestream;
  beforeAll(async () => {
    timestream = await openTimestream();
  });
  afterAll(() => timestream[Symbol.asyncDispose]());

  const text = (length: number): string => 'x'.repeat(length);

  it.each<[string, object, object, string]>([
    [
      'names and values of dimensions, 2048 bytes',
      record({ dimensions: { a: text(2047) } }),
      record({ dimensions: { a: text(2048) } }),
      'RejectedRecordsException',
    ],
    [
      'a dimension name, 60 bytes',
      record({ dimensions: { [text(60)]: 'v' } }),
      record({ dimensions: { [text(61)]: 'v' } }),
      'ValidationException',
    ],
    [
      'a measure name, 256 bytes',
      record({ measures: { [text(256)]: '1' } }),
      record({ measures: { [text(257)]: '1' } }),
      'ValidationException',
    ],
    [
      'measures, 256',
      record({ measures: filled(names(256, 'm'), '1'), dimensions: { assetId: 'many' } }),
      record({ measures: filled(names(257, 'm'), '1'), dimensions: { assetId: 'many' } }),
      'ValidationException',
    ],
    [
      'a value, 2048 bytes',
      record({ measures: { long: text(2048) }, type: 'VARCHAR', dimensions: { assetId: 'long' } }),
      record({ measures: { long: text(2049) }, type: 'VARCHAR', dimensions: { assetId: 'long' } }),
      'ValidationException',
    ],
    [
      'all values, 2048 bytes',
      record({ measures: { one: text(1024), two: text(1024) }, type: 'VARCHAR', dimensions: { assetId: 'two' } }),
      record({ measures: { one: text(1024), two: text(1025) }, type: 'VARCHAR', dimensions: { assetId: 'two' } }),
      'RejectedRecordsException',
    ],
  ])('%s', async (_, atLimit, beyond, error) => {
    expect((await write(timestream, atLimit)).error).toBeUndefined();
    expect((await write(timestream, beyond)).error).toBe(error);
  });

  it.each([
    ['9223372036854775807', undefined],
    ['9223372036854775808', 'ValidationException'],
    ['1.5', 'ValidationException'],
  ])('version %s', async (version, error) => {
    const text = JSON.stringify({
      DatabaseName: 'city',
      TableName: 'observations',
      Records: [{ ...record({ dimensions: { assetId: 'versioned' } }), Version: 0 }],
    }).replace('"Version":0', `"Version":${version}`);
    expect((await timestream.call('WriteRecords', text)).error).toBe(error);
  });

  it('tells a version of 64 bits exactly', async () => {
    const versioned = (version: string, level: string): string =>
      JSON.stringify({
        DatabaseName: 'city',
        TableName: 'observations',
        Records: [{ ...record({ dimensions: { assetId: 'exact' }, measures: { level } }), Version: 0 }],
      }).replace('"Version":0', `"Version":${version}`);
    await timestream.call('WriteRecords', versioned('9007199254740993', '1'));
    const { body } = await timestream.call('WriteRecords', versioned('9007199254740992', '2'));
    expect(JSON.stringify(body)).toContain('is lower than the existing version 9007199254740993');
  });
});

describe('limits of a table', () => {
  it('holds 128 dimensions, whatever records they come with', async () => {
    await using timestream = await openTimestream();
    await write(timestream, record({ dimensions: filled(names(127, 'd'), 'v') }));
    expect((await write(timestream, record({ dimensions: { last: 'v' } }))).status).toBe(200);
    expect(await write(timestream, record({ dimensions: { beyond: 'v' } }))).toMatchObject({
      status: 419,
      error: 'RejectedRecordsException',
    });
    expect((await write(timestream, record({ dimensions: { last: 'v', d0: 'v' } }))).status).toBe(200);
  });

  it('holds 1024 measures', async () => {
    await using timestream = await openTimestream();
    const all = names(1025, 'm');
    for (const start of [0, 256, 512, 768]) {
      const measures = filled(all.slice(start, start + 256), '1');
      expect((await write(timestream, record({ measures, dimensions: { part: `${start}` } }))).status).toBe(200);
    }
    const beyond = await write(timestream, record({ measures: { m1024: '1' } }));
    expect(beyond.error).toBe('RejectedRecordsException');
  });

  it('holds 8192 measure names', async () => {
    await using timestream = await openTimestream();
    const all = names(8192, 'reading-');
    for (let start = 0; start < all.length; start += 100) {
      const records = all.slice(start, start + 100).map((measureName) => record({ measureName }));
      expect((await write(timestream, ...records)).status).toBe(200);
    }
    const beyond = await write(timestream, record({ measureName: 'beyond' }));
    expect(beyond.error).toBe('RejectedRecordsException');
    expect((await write(timestream, record({ measureName: 'reading-0' }))).status).toBe(200);
  });

  it('lets no name be a dimension and a measure', async () => {
    await using timestream = await openTimestream();
    await write(timestream, record({ dimensions: { assetId: 'a' }, measures: { level: '1' } }));
    const asDimension = await write(timestream, record({ dimensions: { level: 'a' }, measures: { other: '1' } }));
    const asMeasure = await write(timestream, record({ dimensions: { zone: 'z' }, measures: { assetId: '1' } }));
    expect([asDimension.error, asMeasure.error]).toEqual(['RejectedRecordsException', 'RejectedRecordsException']);
  });

  it('learns nothing from a record that it rejects', async () => {
    await using timestream = await openTimestream();
    await write(timestream, record({ measures: { level: '1' } }));
    await write(timestream, record({ measures: { level: 'high', fresh: 'x' }, type: 'VARCHAR', time: 1n }));
    await expect(timestream.select('SELECT fresh FROM city.observations')).rejects.toThrow('does not exist');
  });
});
