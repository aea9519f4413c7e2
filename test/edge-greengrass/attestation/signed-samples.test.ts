/** From what a sensor says of its fix to what the gateway signs of it. */
import { create, toBinary } from '@bufbuild/protobuf';
import { generateKeyPairSync } from 'node:crypto';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import config from '../../../cityweave.config.ts';
import { SIGNING_AGE_MAX_MS } from '../../../core/attestation/window.ts';
import { ReportRequestSchema } from '../../../core/codec/generated/edge_pb.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import type { FrameReading } from '../../../core/sync/frame.ts';
import { readReport } from '../../../edge-greengrass/adapters/listeners/read-report.ts';
import { readSamples } from '../../../edge-greengrass/adapters/read-samples.ts';
import { createAttester } from '../../../edge-greengrass/attestation/attester.ts';
import { createCounts } from '../../../edge-greengrass/gateway/counts.ts';
import { createIntake, type SpoolableReading } from '../../../edge-greengrass/gateway/intake.ts';
import { createJournal } from '../../../edge-greengrass/gateway/journal.ts';
import { createRefusals } from '../../../edge-greengrass/gateway/refusals.ts';
import type { Sample } from '../../../edge-greengrass/ports.ts';
import { createLocalTwins } from '../../../edge-greengrass/twins/local-twins.ts';
import { adapterContext, gatewayConfig, WEATHER_STREAM } from '../adapters/gateway.ts';
import { IDENTITY, NOW_MS, sampleOf, STREAMS, WEATHER } from '../gateway/samples.ts';
import { keyFileSigner, withFolder } from './key-files.ts';

const FIX = { fixedAtMs: NOW_MS - 120, hdop: 0.85, satellites: 9 };
const PLACE = { longitude: -1.8931, latitude: 52.4773 };

describe('a sample', () => {
  const context = adapterContext(gatewayConfig([]));

  it('of our JSON has the fix of its position', () => {
    const payload = { position: { lat: 52.4773, lon: -1.8931, fixedAt: NOW_MS - 120, hdop: 0.85, satellites: 9 } };
    const origin = { sensor: 'gps', streams: [WEATHER_STREAM] };
    const { samples } = readSamples(Buffer.from(JSON.stringify(payload)), origin, context, NOW_MS);
    expect(samples).toMatchObject([{ position: PLACE, fix: FIX }]);
  });

  it('of a report has it too, or is refused for it', () => {
    const reportOf = (satellites: number) => {
      const request = create(ReportRequestSchema, {
        readings: [
          {
            sensor: 'gps',
            stream: WEATHER_STREAM,
            position: { ...PLACE, fixedAtMs: BigInt(NOW_MS - 120), hdop: 0.85, satellites },
          },
        ],
      });
      return [...readReport(toBinary(ReportRequestSchema, request), context)];
    };
    expect(reportOf(9)[0]?.samples).toMatchObject([{ position: PLACE, fix: FIX }]);
    expect(reportOf(256)).toMatchObject([{ samples: [], refusals: [{ reason: 'schema-violation' }] }]);
  });
});

/** What goes to the disk of a sample. */
async function taken(more: Partial<Sample>): Promise<FrameReading> {
  const { signer } = await keyFileSigner(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }));
  const attester = createAttester('int-01-traffic', signer);
  const city = validateCityConfig(config);
  const written: FrameReading[] = [];
  return withFolder(async (folder) => {
    const intake = createIntake({
      context: () => ({ thing: 'int-01-traffic', city, identity: IDENTITY, streams: STREAMS }),
      isOpen: () => true,
      isWatched: () => false,
      decide: () => {},
      attest: (reading, fix) => attester.attest(reading, fix),
      twins: createLocalTwins(city),
      journal: createJournal<SpoolableReading>({
        write: async (_, { reading, signed }) => void written.push((await signed) ?? reading),
      }),
      refusals: createRefusals(path.join(folder, 'refused.ndjson')),
      counts: createCounts(),
      nowMs: () => NOW_MS,
    });
    expect(await intake.accept(sampleOf(WEATHER, 'wx-01', { temperature: 1 }, more))).toBe('taken');
    const [reading] = written;
    if (!reading) throw new Error('nothing was written');
    return reading;
  });
}

describe('the intake signs', () => {
  it('a reading with a position, and says how good the fix was', async () => {
    const { attestation, stamp } = await taken({ position: PLACE, fix: FIX, counter: 4711 });
    expect(attestation).toMatchObject({ counter: 1n, gnssAtMs: NOW_MS - 120, hdop: 0.85, satellites: 9 });
    expect(stamp).toBe(BigInt(NOW_MS) * 1_000_000n + 1n);
  });

  it('none without', async () => {
    expect(await taken({ counter: 4711 })).not.toHaveProperty('attestation');
  });

  it.each([
    [SIGNING_AGE_MAX_MS, true],
    [-SIGNING_AGE_MAX_MS, true],
    [SIGNING_AGE_MAX_MS + 1, false],
    [-SIGNING_AGE_MAX_MS - 1, false],
  ])('what it has seen itself: %d ms old, %s', async (ageMs, isSigned) => {
    const reading = await taken({ position: PLACE, observedAtMs: NOW_MS - ageMs });
    expect(Object.hasOwn(reading, 'attestation')).toBe(isSigned);
  });
});
