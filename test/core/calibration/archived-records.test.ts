import { expect, it } from 'vitest';
import { decodeRecordLine, encodeRecordLine, recordsKey } from '../../../core/calibration/archived-records.ts';
import { foldHours, hour } from './readings.ts';

it('names a window’s file by the hour at which it ended, and by its buckets', () => {
  expect(recordsKey(hour(7), { from: 0, to: 64 })).toBe('calibrations/1970/01/01/08/0-64.ndjson.gz');
  expect(recordsKey(hour(23), { from: 16, to: 32 })).toBe('calibrations/1970/01/02/00/16-32.ndjson.gz');
});

it('writes a record as a line that reads as the same record', () => {
  const record = foldHours(['a', 'gateway/b', '__proto__'], [0, 1, 2], (_, number, minute) => number + minute / 7);
  const line = encodeRecordLine(record);
  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toMatchObject({ version: '1/1970-01-01T03:00:00.000Z', assetId: 'station' });
  expect(decodeRecordLine(line)).toEqual(record);
});
