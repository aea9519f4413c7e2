import { create, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ReportRequestSchema, Verdict } from '../../../../core/codec/generated/edge_pb.ts';
import { admitReport, REFUSALS_TOLD_MAX } from '../../../../edge-greengrass/adapters/listeners/admit-report.ts';
import { createDoor } from '../../../../edge-greengrass/adapters/listeners/door.ts';
import {
  READINGS_AT_A_TIME,
  readReport,
  reportIdIn,
} from '../../../../edge-greengrass/adapters/listeners/read-report.ts';
import { adapterContext, createTestIntake, gatewayConfig, WEATHER_STREAM } from '../gateway.ts';

const context = adapterContext(gatewayConfig([]));

function reportOf(count: number, sensor: (index: number) => string = () => 'n'): Uint8Array {
  const readings = Array.from({ length: count }, (_, index) => ({
    sensor: sensor(index),
    stream: WEATHER_STREAM,
    observedAtMs: 1_795_248_000_000n,
    counter: BigInt(index),
    values: { temperature: { kind: { case: 'number', value: index } as const } },
  }));
  return toBinary(ReportRequestSchema, create(ReportRequestSchema, { id: 5n, readings }));
}

function sizesOf(bytes: Uint8Array): readonly (readonly [samples: number, refusals: number])[] {
  return [...readReport(bytes, context)].map(({ samples, refusals }) => [samples.length, refusals.length]);
}

test('a report is read in parts', () => {
  expect(sizesOf(reportOf(0))).toEqual([[0, 0]]);
  expect(sizesOf(reportOf(READINGS_AT_A_TIME - 1))).toEqual([[READINGS_AT_A_TIME - 1, 0]]);
  expect(sizesOf(reportOf(READINGS_AT_A_TIME + 1))).toEqual([
    [READINGS_AT_A_TIME, 0],
    [1, 0],
  ]);
});

test('others have their turn meanwhile', async () => {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  const reply = await admitReport(
    reportOf(10_000, (index) => `n-${index % 16}`),
    createDoor('grpc', createTestIntake(), context),
    context,
  );
  clearInterval(timer);
  expect(reply).toMatchObject({ id: 5n, verdict: Verdict.TAKEN, taken: 10_000 });
  expect(turns).toBeGreaterThan(5);
});

test('cut off at any byte it gives what was whole, and says that the rest is not', () => {
  const bytes = reportOf(3);
  const ends = new Set([2, ...[1, 2, 3].map((count) => reportOf(count).length)]);
  for (let length = 2; length <= bytes.length; length += 1) {
    const cut = bytes.subarray(0, length);
    const [part] = readReport(cut, context);
    const whole = [...ends].filter((end) => end <= length && end > 2).length;
    expect(part?.samples).toHaveLength(whole);
    expect(part?.refusals.map(({ reason }) => reason)).toEqual(ends.has(length) ? [] : ['malformed']);
    expect(reportIdIn(cut)).toBe(5n);
  }
});

test('of many wrong ones so many are told', async () => {
  const door = createDoor('grpc', createTestIntake(), context);
  const reply = await admitReport(
    reportOf(2 * REFUSALS_TOLD_MAX, () => 'no name'),
    door,
    context,
  );
  expect(reply).toMatchObject({ verdict: Verdict.REFUSED, taken: 0 });
  expect(reply.refusals).toHaveLength(REFUSALS_TOLD_MAX);
});
