/** What was acknowledged to a publisher survives a power cut of the whole local cloud in mid-load, and counts once. */
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { afterAll, expect, it } from 'vitest';
import { type City, type TwinBody, visit } from './city.ts';
import { describeLocal, type RunningCli, startCli, temporaryDirectory } from './target.ts';

const ASSETS = 20;
const CUTS = 2;
const LOAD_MS = 2_000;
const IN_FLIGHT_MAX = 50;
const SETTLE_MAX_MS = 60_000;

const directory = await temporaryDirectory();
const running: RunningCli[] = [];
afterAll(async () => {
  for (const cli of running) await cli.kill();
  await rm(directory, { recursive: true, force: true });
});

/** Publishes as fast as it is acknowledged until the connection breaks. Returns the counters that were acknowledged. */
async function publishUntilCut(mqttUrl: string, firstCounter: number): Promise<Set<number>> {
  const acknowledged = new Set<number>();
  const client = await connectAsync(mqttUrl, { clientId: 'load', reconnectPeriod: 0 });
  const cut = new AbortController();
  client.on('close', () => cut.abort());
  client.on('error', () => {});
  const inFlight = new Set<Promise<void>>();
  for (let counter = firstCounter; !cut.signal.aborted; counter++) {
    const reading = { counter, attributes: { occupiedSpotNumber: counter % 5000 } };
    const sent = client
      .publishAsync(`dt/centre/OffStreetParking/crash-${counter % ASSETS}/camera`, JSON.stringify(reading), { qos: 1 })
      .then(
        () => void acknowledged.add(counter),
        () => {},
      )
      .finally(() => inFlight.delete(sent));
    inFlight.add(sent);
    if (inFlight.size >= IN_FLIGHT_MAX) await Promise.race([...inFlight, delay(100)]);
  }
  client.end(true);
  return acknowledged;
}

/** Counter → the ids of the readings that carry it in the log. */
async function logged(city: City): Promise<Map<number, Set<string>>> {
  const ids = new Map<number, Set<string>>();
  for (const { assetId, stamp, readingId } of await city.observations()) {
    if (!assetId.startsWith('crash-')) continue;
    const counter = Number(BigInt(stamp) % 1_000_000n);
    ids.set(counter, (ids.get(counter) ?? new Set()).add(readingId));
  }
  return ids;
}

describeLocal('a power cut in mid-load', () => {
  it('loses nothing that was acknowledged, and nothing counts twice', { timeout: 240_000 }, async () => {
    const acknowledged = new Set<number>();
    for (let cut = 0; cut < CUTS; cut++) {
      const cli = await startCli(directory);
      running.push(cli);
      const load = publishUntilCut(cli.mqttUrl, cut * 100_000);
      await delay(LOAD_MS);
      await cli.kill();
      for (const counter of await load) acknowledged.add(counter);
    }
    expect(acknowledged.size).toBeGreaterThan(200);

    const cli = await startCli(directory);
    running.push(cli);
    const city = await visit(cli, 'witness');
    const endMs = Date.now() + SETTLE_MAX_MS;
    let ids = await logged(city);
    while ([...acknowledged].some((counter) => !ids.has(counter)) && Date.now() < endMs) {
      await delay(250);
      ids = await logged(city);
    }
    expect([...acknowledged].filter((counter) => !ids.has(counter))).toEqual([]);
    expect([...ids.values()].filter((ofOne) => ofOne.size !== 1)).toEqual([]);

    // Every twin stands at the newest reading of the log about it.
    for (let asset = 0; asset < ASSETS; asset++) {
      const newest = (await city.observations())
        .filter(({ assetId }) => assetId === `crash-${asset}`)
        .reduce((highest, { stamp }) => (BigInt(stamp) > highest ? BigInt(stamp) : highest), 0n);
      await city.getUntil<TwinBody>(
        `/v1/twins/crash-${asset}`,
        ({ context }) => context['occupiedSpotNumber']?.['camera'] === String(newest),
      );
    }
    await city.close();
  });
});
