import { ResourceNotFoundException, type _Record, ValidationException } from '@aws-sdk/client-timestream-write';
import { beforeAll, expect, it } from 'vitest';
import { createTable, describeContract, nowNs, reading, rejectionsOf, rowsOf, writeRecords } from './target.ts';

const MINUTE_NS = 60_000_000_000n;
const HOUR_NS = 60n * MINUTE_NS;

describeContract('WriteRecords', (target) => {
  let table: string;
  beforeAll(async () => {
    table = await createTable(target);
  });

  const from = (name = table): string => `FROM "${target.databaseName}"."${name}"`;

  it('keeps a nanosecond exactly', async () => {
    const time = nowNs() + 123_457n;
    await writeRecords(target, table, [reading(time, { temperature: 1 }, 'exact')]);
    const rows = await rowsOf(target, `SELECT to_nanoseconds(time), time ${from()} WHERE assetId = 'exact'`, 1);
    expect(rows[0]?.[0]).toBe(time.toString());
    expect(rows[0]?.[1]?.slice(-9)).toBe((time % 1_000_000_000n).toString().padStart(9, '0'));
  });

  it('merges common attributes into every record and counts what it took', async () => {
    const name = await createTable(target);
    const common: _Record = {
      Dimensions: [{ Name: 'zone', Value: 'north' }],
      MeasureName: 'reading',
      MeasureValueType: 'MULTI',
      MeasureValues: [{ Name: 'capacity', Type: 'DOUBLE', Value: '577' }],
      TimeUnit: 'NANOSECONDS',
    };
    const time = nowNs();
    const records = [1n, 2n].map((index): _Record => {
      return {
        Dimensions: [{ Name: 'assetId', Value: `asset-${index}` }],
        MeasureValues: [{ Name: 'occupied', Type: 'DOUBLE', Value: `${index}.5` }],
        Time: (time + index).toString(),
      };
    });
    const { RecordsIngested } = await writeRecords(target, name, records, common);
    expect(RecordsIngested).toMatchObject({ Total: 2, MemoryStore: 2, MagneticStore: 0 });
    const rows = await rowsOf(target, `SELECT assetId, zone, capacity, occupied ${from(name)} ORDER BY assetId`, 2);
    expect(rows).toEqual([
      ['asset-1', 'north', '577.0', '1.5'],
      ['asset-2', 'north', '577.0', '2.5'],
    ]);
  });

  it('keeps values of every type', async () => {
    const name = await createTable(target);
    const time = nowNs();
    await writeRecords(target, name, [
      {
        ...reading(time, {}),
        MeasureValues: [
          { Name: 'aDouble', Type: 'DOUBLE', Value: '0.1' },
          { Name: 'aBigint', Type: 'BIGINT', Value: '9223372036854775807' },
          { Name: 'aText', Type: 'VARCHAR', Value: "Ünïcode 'quoted'" },
          { Name: 'aTruth', Type: 'BOOLEAN', Value: 'true' },
          { Name: 'aTime', Type: 'TIMESTAMP', Value: '1795248000000000001' },
        ],
      },
    ]);
    const rows = await rowsOf(target, `SELECT aDouble, aBigint, aText, aTruth, aTime ${from(name)}`, 1);
    expect(rows[0]).toEqual([
      '0.1',
      '9223372036854775807',
      "Ünïcode 'quoted'",
      'true',
      '2026-11-21 08:00:00.000000001',
    ]);
  });

  it('puts single measures into the column of their type', async () => {
    const name = await createTable(target);
    const single = (MeasureName: string, MeasureValueType: 'DOUBLE' | 'VARCHAR', MeasureValue: string): _Record => {
      return {
        Dimensions: [{ Name: 'assetId', Value: 'a' }],
        MeasureName,
        MeasureValueType,
        MeasureValue,
        Time: String(Date.now()),
      };
    };
    await writeRecords(target, name, [single('speed', 'DOUBLE', '3.5'), single('status', 'VARCHAR', 'occupied')]);
    const rows = await rowsOf(
      target,
      `SELECT measure_name, measure_value::double, measure_value::varchar ${from(name)} ORDER BY measure_name`,
      2,
    );
    expect(rows).toEqual([
      ['speed', '3.5', null],
      ['status', null, 'occupied'],
    ]);
  });

  it('takes an identical record again, and rejects another value without a higher version', async () => {
    const time = nowNs();
    const first = reading(time, { temperature: 20 }, 'repeated');
    await writeRecords(target, table, [first]);
    await writeRecords(target, table, [first]);
    const [rejection] = await rejectionsOf(
      writeRecords(target, table, [reading(time, { temperature: 21 }, 'repeated')]),
    );
    expect(rejection).toMatchObject({ RecordIndex: 0, ExistingVersion: 1 });
    expect(rejection?.Reason).toContain('A record already exists with the same time');
    const rows = await rowsOf(target, `SELECT temperature ${from()} WHERE assetId = 'repeated'`, 1);
    expect(rows).toEqual([['20.0']]);
  });

  it('overwrites with a higher version and tells the version that a lower one met', async () => {
    const time = nowNs();
    const version = (Version: number, temperature: number): _Record => {
      return { ...reading(time, { temperature }, 'versioned'), Version };
    };
    await writeRecords(target, table, [version(200, 20)]);
    await writeRecords(target, table, [version(201, 21)]);
    const [rejection] = await rejectionsOf(writeRecords(target, table, [version(2, 22)]));
    expect(rejection).toMatchObject({ RecordIndex: 0, ExistingVersion: 201 });
    expect(rejection?.Reason).toContain('The record version 2 is lower than the existing version 201');
    const rows = await rowsOf(target, `SELECT temperature ${from()} WHERE assetId = 'versioned'`, 1);
    expect(rows).toEqual([['21.0']]);
  });

  it('stores the valid records of a request that has others', async () => {
    const time = nowNs();
    const future = time + HOUR_NS;
    const records = [
      reading(time, { temperature: 1 }, 'mixed'),
      reading(future, { temperature: 2 }, 'mixed'),
      reading(time + 1n, { temperature: 3 }, 'mixed'),
    ];
    const rejections = await rejectionsOf(writeRecords(target, table, records));
    expect(rejections.map(({ RecordIndex }) => RecordIndex)).toEqual([1]);
    expect(rejections[0]?.Reason).toMatch(/^The record timestamp is outside the time range \[.*Z, .*Z\) of the /);
    const rows = await rowsOf(target, `SELECT temperature ${from()} WHERE assetId = 'mixed' ORDER BY time`, 2);
    expect(rows).toEqual([['1.0'], ['3.0']]);
  });

  it('takes late records where magnetic-store writes are enabled, and rejects them elsewhere', async () => {
    const late = reading(nowNs() - 48n * HOUR_NS, { temperature: 1 }, 'late');
    const { RecordsIngested } = await writeRecords(target, table, [late]);
    expect(RecordsIngested).toMatchObject({ Total: 1, MemoryStore: 0, MagneticStore: 1 });
    const memoryOnly = await createTable(target, {
      MagneticStoreWriteProperties: { EnableMagneticStoreWrites: false },
    });
    const [rejection] = await rejectionsOf(writeRecords(target, memoryOnly, [late]));
    expect(rejection?.Reason).toContain('of the memory store');
    const tooLate = reading(nowNs() - 366n * 24n * HOUR_NS, { temperature: 1 }, 'late');
    const [expired] = await rejectionsOf(writeRecords(target, table, [tooLate]));
    expect(expired?.Reason).toContain('of the data ingestion window');
  });

  it('rejects a measure whose type changes', async () => {
    const name = await createTable(target);
    await writeRecords(target, name, [reading(nowNs(), { level: 1 })]);
    const changed = { ...reading(nowNs() + 1n, {}), MeasureValues: [{ Name: 'level', Type: 'VARCHAR', Value: 'x' }] };
    const rejections = await rejectionsOf(writeRecords(target, name, [changed as _Record]));
    expect(rejections.map(({ RecordIndex }) => RecordIndex)).toEqual([0]);
  });

  it('takes 100 records at once and refuses 101', async () => {
    const time = nowNs();
    const records = Array.from({ length: 101 }, (_, index) =>
      reading(time + BigInt(index), { temperature: index }, 'hundred'),
    );
    const { RecordsIngested } = await writeRecords(target, table, records.slice(0, 100));
    expect(RecordsIngested?.Total).toBe(100);
    await expect(writeRecords(target, table, records)).rejects.toThrow(ValidationException);
  });

  it('takes 128 dimensions and refuses 129', async () => {
    const name = await createTable(target);
    const withDimensions = (count: number): _Record => {
      const Dimensions = Array.from({ length: count }, (_, index) => ({ Name: `d${index}`, Value: 'v' }));
      return { ...reading(nowNs(), { temperature: 1 }), Dimensions };
    };
    await writeRecords(target, name, [withDimensions(128)]);
    await expect(writeRecords(target, name, [withDimensions(129)])).rejects.toThrow(ValidationException);
  });

  it.each<[string, Partial<_Record>]>([
    ['no dimensions', { Dimensions: [] }],
    ['an empty dimension value', { Dimensions: [{ Name: 'assetId', Value: '' }] }],
    ['no measures', { MeasureValues: [] }],
    ['a time that is no number', { Time: 'now' }],
    ['a time before 1970', { Time: '-1' }],
    [
      'a dimension twice',
      {
        Dimensions: [
          { Name: 'a', Value: '1' },
          { Name: 'a', Value: '2' },
        ],
      },
    ],
    ['a double that is no number', { MeasureValues: [{ Name: 'm', Type: 'DOUBLE', Value: 'warm' }] }],
    ['version 0', { Version: 0 }],
  ])('refuses a request with %s', async (_, part) => {
    const record = { ...reading(nowNs(), { temperature: 1 }), ...part };
    await expect(writeRecords(target, table, [record])).rejects.toThrow(ValidationException);
  });

  it('refuses a dimension that the common attributes have too', async () => {
    const common = { Dimensions: [{ Name: 'zone', Value: 'north' }] };
    await expect(writeRecords(target, table, [reading(nowNs(), { temperature: 1 })], common)).rejects.toThrow(
      ValidationException,
    );
  });

  it('does not know a table that nobody made', async () => {
    await expect(writeRecords(target, 'nowhere', [reading(nowNs(), { temperature: 1 })])).rejects.toThrow(
      ResourceNotFoundException,
    );
  });
});
