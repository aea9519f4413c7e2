import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOW_NS, openTimestream, record, write } from '../open.ts';

const MINUTE_NS = 60_000_000_000n;

interface Reading {
  readonly assetId: string;
  readonly source: string;
  /** Before now. */
  readonly ageNs: bigint;
  readonly level: number;
}

const readings: fc.Arbitrary<Reading[]> = fc.uniqueArray(
  fc.record({
    assetId: fc.constantFrom('east', 'west'),
    source: fc.constantFrom('s1', 's2', 's3'),
    ageNs: fc.bigInt({ min: 1n, max: 300n * MINUTE_NS }),
    level: fc.integer({ min: -1000, max: 1000 }),
  }),
  { selector: ({ assetId, source, ageNs }) => `${assetId} ${source} ${ageNs}`, minLength: 1, maxLength: 60 },
);

/** One asset's bins, computed the obvious way: source by source and bin by bin. */
function modelOf(all: readonly Reading[], assetId: string, widthNs: bigint): string[][] {
  const bins = new Map<string, { start: bigint; source: string; readings: Reading[] }>();
  for (const reading of all.filter((candidate) => candidate.assetId === assetId)) {
    const time = NOW_NS - reading.ageNs;
    const start = time - (time % widthNs);
    const key = `${start} ${reading.source}`;
    const bin = bins.get(key) ?? { start, source: reading.source, readings: [] };
    bin.readings.push(reading);
    bins.set(key, bin);
  }
  return [...bins.values()]
    .sort((a, b) => Number(a.start - b.start) || a.source.localeCompare(b.source))
    .map(({ start, source, readings }) => {
      const levels = readings.map(({ level }) => level);
      const newest = readings.reduce((a, b) => (b.ageNs < a.ageNs ? b : a));
      return [
        start.toString(),
        source,
        String(levels.length),
        `${Math.min(...levels)}.0`,
        `${Math.max(...levels)}.0`,
        `${newest.level}.0`,
        (NOW_NS - newest.ageNs).toString(),
      ];
    });
}

describe('binned history', () => {
  it('is what a model computes from the same readings', { timeout: 120_000 }, async () => {
    await using timestream = await openTimestream();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(readings, fc.integer({ min: 1, max: 120 }), async (all, widthMinutes) => {
        run += 1;
        const zone = `run-${run}`;
        const { status } = await write(
          timestream,
          ...all.map(({ assetId, source, ageNs, level }) =>
            record({
              time: NOW_NS - ageNs,
              dimensions: { assetId, source, zone },
              measures: { level: String(level) },
            }),
          ),
        );
        expect(status).toBe(200);
        const rows = await timestream.select(
          `SELECT to_nanoseconds(bin(time, ${widthMinutes * 60}s)), source, count("level"), min("level"), max("level"),
             max_by("level", time), to_nanoseconds(max(time))
           FROM "city"."observations"
           WHERE measure_name = 'reading' AND assetId = 'east' AND zone = '${zone}' AND "level" IS NOT NULL
             AND time >= from_nanoseconds(${NOW_NS - 300n * MINUTE_NS}) AND time < now()
           GROUP BY to_nanoseconds(bin(time, ${widthMinutes * 60}s)), source ORDER BY 1, 2`,
        );
        expect(rows).toEqual(modelOf(all, 'east', BigInt(widthMinutes) * MINUTE_NS));
      }),
      { numRuns: 40 },
    );
  });
});
