import type { World } from '../world.ts';
import { CABINET, LATE_MAX_MS } from './config.ts';
import type { FrameReading } from './frames.ts';
import { type Expectation, expectedByTime, type Publication } from './publication.ts';

const ATTRIBUTES = ['taken', 'total', 'temperature'] as const;
const SECOND_NS = 1_000_000_000n;

/**
 * A gateway with two sensors and a judgement of its own, which supersedes what it has seen of them: mostly what it sent
 * last, now and then something older, nothing, or what is still to come.
 */
export function createGateway(world: World): (isLast: boolean) => Publication {
  const { chance, faults, scheduler } = world;
  const skewMs = chance.integer(-faults.deviceSkewMs, faults.deviceSkewMs);
  /** Source → its dots so far, the newest first. */
  const dots = new Map<string, bigint[]>();
  let counter = 0;

  const reading = (source: string, clockMs: number, seen: FrameReading['seen']): FrameReading => {
    // The counter of a device that reboots starts over.
    counter = chance.happens(0.05) ? 0 : counter + 1;
    dots.set(source, [BigInt(clockMs) * 1_000_000n + BigInt(counter), ...(dots.get(source) ?? [])]);
    return {
      assetId: 'garage',
      assetType: 'CarPark',
      zone: 'north',
      source,
      observedAtMs: clockMs,
      counter,
      attributes: { taken: chance.integer(0, 10), total: chance.integer(10, 12), temperature: chance.integer(-9, 9) },
      seen,
    };
  };

  const seenStamp = (source: string): bigint | undefined => {
    const [latest, ...older] = dots.get(source) ?? [];
    if (latest === undefined || chance.happens(0.1)) return undefined;
    if (chance.happens(0.1)) return latest + 20n * SECOND_NS;
    return chance.happens(0.2) ? (older[0] ?? latest) : latest;
  };

  const seenNow = (): FrameReading['seen'] => {
    const context: Record<string, string> = {};
    for (const source of [CABINET.radar, CABINET.loop]) {
      const stamp = seenStamp(source);
      if (stamp !== undefined) context[source] = String(stamp);
    }
    return Object.fromEntries(ATTRIBUTES.filter(() => chance.happens(0.7)).map((name) => [name, context]));
  };

  return (isLast) => {
    const clockMs = scheduler.nowMs() + (isLast ? 0 : skewMs);
    const readings = [CABINET.radar, CABINET.loop]
      .filter(() => chance.happens(0.7))
      .map((source) => reading(source, clockMs, {}));
    const isForged = !isLast && chance.happens(0.05);
    const forged = { taken: { gate: String(BigInt(clockMs + 2 * LATE_MAX_MS) * 1_000_000n) } };
    if (readings.length === 0 || isForged || chance.happens(0.6)) {
      readings.push(reading(CABINET.fusion, clockMs, isForged ? forged : seenNow()));
    }
    return {
      topic: 'dt/north/gateway/cabinet/frames',
      clientId: 'cabinet',
      bytes: Buffer.from(JSON.stringify(readings)),
      isCritical: true,
      expected: (receivedAtMs) => readings.map((each) => expectationOf(each, receivedAtMs)),
    };
  };
}

function expectationOf({ observedAtMs, seen }: FrameReading, receivedAtMs: number): Expectation {
  const stamps = Object.values(seen).flatMap((context) => Object.values(context).map(BigInt));
  const isForged = stamps.some((stamp) => Number(stamp / 1_000_000n) - receivedAtMs > LATE_MAX_MS);
  return isForged ? 'time-in-future' : expectedByTime(observedAtMs, receivedAtMs, LATE_MAX_MS);
}
