/** The edge tier, end to end: the component in a process of its own, its sensors, a line that is cut, and the city's twins. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { type ClientHttp2Session, connect } from 'node:http2';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type City, type TwinBody, visit } from './city.ts';
import { type CutLine, cutLineTo, freePort } from './cut-line.ts';
import { describeLocal, openTarget, type Target, temporaryDirectory } from './target.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const GIVEN = path.join(REPOSITORY, 'test/edge-greengrass/config/edge_gateway_v3.yaml');
const READY_MAX_MS = 60_000;
const TWIN_MAX_MS = 60_000;
const TEST_MAX_MS = 240_000;

let target: Target;
let city: City;
let directory: string;
const gateways = new Set<ChildProcess>();
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  target = await openTarget();
  city = await visit(target, `acceptance-${randomUUID().slice(0, 8)}`);
  directory = await temporaryDirectory();
}, 120_000);
afterEach(async () => {
  await Promise.all([...gateways].map((each) => end(each, 'SIGKILL')));
  for (const close of closers.splice(0)) await close();
});
afterAll(async () => {
  await city?.close();
  await target?.close();
  if (directory) await rm(directory, { recursive: true, force: true });
});

/** `npm run edge` with these options; resolves with its process once it is ready. */
async function startEdge(...options: readonly string[]): Promise<ChildProcess> {
  const gateway = spawn(process.execPath, ['edge-greengrass/main.ts', ...options], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  gateways.add(gateway);
  const overdue = setTimeout(() => gateway.kill('SIGKILL'), READY_MAX_MS);
  const seen: string[] = [];
  const lines = createInterface({ input: gateway.stdout });
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      seen.push(line);
      if (line.startsWith('ready')) resolve();
    });
    lines.on('close', () => reject(new Error(`the gateway ended before it was ready:\n${seen.join('\n')}`)));
  });
  clearTimeout(overdue);
  return gateway;
}

async function end(gateway: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  gateways.delete(gateway);
  if (gateway.exitCode !== null || gateway.signalCode !== null) return;
  const exited = once(gateway, 'exit');
  gateway.kill(signal);
  await exited;
}

/** Waits longer than for a device: the gateway must have begun, too. */
async function until(query: string, isWanted: (twin: TwinBody) => boolean): Promise<TwinBody> {
  const endMs = performance.now() + TWIN_MAX_MS;
  for (;;) {
    const { status, body } = await city.get<TwinBody>(query);
    if (status === 200 && isWanted(body)) return body;
    if (performance.now() > endMs) throw new Error(`${query}: still ${status} ${JSON.stringify(body)}`);
    await delay(100);
  }
}

function has(...attributes: readonly string[]): (twin: TwinBody) => boolean {
  return (twin) => attributes.every((name) => twin.attributes[name] !== undefined);
}

function mode(expected: string): (twin: TwinBody) => boolean {
  return ({ attributes }) => attributes['operatingMode']?.value === expected;
}

describeLocal('a gateway with the given configuration as it stands', () => {
  it(
    'shows its junction and itself in the city, and ends within 5 s',
    async () => {
      const data = path.join(directory, 'given');
      const gateway = await startEdge('--config', GIVEN, '--sim', '--url', target.mqttUrl, '--data', data);
      const junction = await until(
        '/v1/twins/int-01-traffic',
        has('loopCount', 'vehicleCount', 'trafficFlow', 'temperature', 'windSpeed', 'emergencyVehicleApproaching'),
      );
      expect(junction).toMatchObject({ assetType: 'TrafficJunction', zone: 'downtown_alpha', registered: true });
      expect(junction.attributes['loopCount']?.sources).toEqual(['int-01-traffic/loop-004']);
      const itself = await until('/v1/twins/int-01-traffic-gateway', mode('normal'));
      expect(itself).toMatchObject({ assetType: 'EdgeGateway', registered: true });
      expect(itself.attributes['sensorsDead']?.value).toBe(0);

      const startedMs = performance.now();
      await end(gateway, 'SIGTERM');
      expect(performance.now() - startedMs).toBeLessThan(5000);
    },
    TEST_MAX_MS,
  );
});

describeLocal('a gateway behind a line that is cut', () => {
  it(
    'brings every reading that it acknowledged, though it is killed meanwhile; and knows a brownout',
    async () => {
      const thing = `gw-${randomUUID().slice(0, 8)}`;
      const line = await lineToTarget();
      const voltage = path.join(directory, 'voltage');
      await writeFile(voltage, '12400');
      const port = await freePort();
      const config = path.join(directory, 'cut.yaml');
      await writeFile(config, await variant(thing, voltage, port));
      const options = ['--config', config, '--thing', thing, '--url', line.url, '--data', path.join(directory, 'cut')];
      let gateway = await startEdge(...options);
      const sensor = new Sensor(port);
      closers.push(() => sensor.close());

      await sensor.countTo(20);
      await until(`/v1/twins/${thing}-gateway`, mode('normal'));
      line.cut();
      await sensor.countTo(40);
      await end(gateway, 'SIGKILL');
      await sensor.countTo(41);
      gateway = await startEdge(...options);
      await sensor.countTo(60);
      line.mend();
      await sensor.countTo(80);
      // What came while nobody was there was not acknowledged.
      expect(sensor.acknowledged).toHaveLength(79);
      const arrived = async (): Promise<unknown[]> => {
        const logged = (await city.observations()).filter(({ assetId }) => assetId === thing);
        const counts = new Set(logged.map(({ attributes }) => JSON.stringify(attributes)));
        return sensor.acknowledged.filter(
          (count) => ![...counts].some((each) => new RegExp(`\\b${count}\\b`).test(each)),
        );
      };
      await expect.poll(arrived, { timeout: 60_000, interval: 500 }).toEqual([]);

      await writeFile(voltage, '10400');
      await until(`/v1/twins/${thing}-gateway`, mode('critical_queue_only'));
      expect(await sensor.post('occupancy/vehicle/count', { vehicleCount: 7 })).toBe(503);
      expect(await sensor.post('traffic/loop/count', { loopCount: 1000 })).toBe(200);
      await writeFile(voltage, '12400');
      await until(`/v1/twins/${thing}-gateway`, mode('normal'));
      expect(await sensor.post('occupancy/vehicle/count', { vehicleCount: 7 })).toBe(200);
      await until(`/v1/twins/${thing}`, has('vehicleCount'));
    },
    TEST_MAX_MS,
  );
});

async function lineToTarget(): Promise<CutLine> {
  const line = await cutLineTo(new URL(target.mqttUrl));
  closers.push(() => line.close());
  return line;
}

/** The given configuration for another junction, with a supply to look at, and a door for sensors that wait for an answer. */
async function variant(assetId: string, voltage: string, port: number): Promise<string> {
  const given = await readFile(GIVEN, 'utf8');
  const supply = `voltage_path: "${voltage}"\n      poll_interval_ms: 50\n      recovery_seconds: 0.3\n      critical_topics:`;
  const doors = `  listeners:\n    http2:\n      port: ${port}\n`;
  const text = given.replace('int-01-traffic', assetId).replace('critical_topics:', supply);
  return `${text.trimEnd()}\n${doors}`;
}

/** Counts vehicles, and remembers which counts the gateway has answered for. */
class Sensor {
  readonly acknowledged: number[] = [];
  readonly #port: number;
  #session: ClientHttp2Session | undefined;
  #count = 0;

  constructor(port: number) {
    this.#port = port;
  }

  async countTo(last: number): Promise<void> {
    while (this.#count < last) {
      this.#count += 1;
      const status = await this.post('traffic/loop/count', { loopCount: this.#count });
      if (status === 200) this.acknowledged.push(this.#count);
      await delay(5);
    }
  }

  /** The status of the answer; 0 where there is none. */
  async post(stream: string, attributes: object): Promise<number> {
    try {
      this.#session = this.#session?.destroyed === false ? this.#session : this.#connect();
      const request = this.#session.request({
        ':method': 'POST',
        ':path': `/readings?sensor=counter&stream=${stream}`,
      });
      request.end(JSON.stringify({ observedAt: Date.now(), attributes }));
      const [headers] = (await once(request, 'response')) as [{ readonly ':status'?: number }];
      request.resume();
      return headers[':status'] ?? 0;
    } catch {
      return 0;
    }
  }

  async close(): Promise<void> {
    this.#session?.destroy();
  }

  #connect(): ClientHttp2Session {
    const session = connect(`http://127.0.0.1:${this.#port}`);
    session.on('error', () => {});
    return session;
  }
}
