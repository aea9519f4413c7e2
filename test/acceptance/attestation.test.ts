/** Signed readings from end to end: a gateway is provisioned with its key, speaks on both lanes, and loses the key. */
import { execFile } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  frameOf,
  type SignedReading,
  type SigningGateway,
  signingGateway,
} from '../lambdas/shared/attestation/signing-gateway.ts';
import { type City, type TwinBody, visit } from './city.ts';
import { type RunningCli, startCli, temporaryDirectory } from './target.ts';

const WAIT_MAX_MS = 60_000;
const TEST_TIMEOUT_MS = 120_000;
const HOUR_MS = 3_600_000;
const gateway = signingGateway('gw-attested');

let directory: string;
let cloud: RunningCli;
let city: City;

beforeAll(async () => {
  directory = await temporaryDirectory();
  cloud = await startCli(directory);
  city = await visit(cloud, 'attestation-viewer');
  const file = await publicKeyFile(gateway);
  const made = await cli(
    'device',
    gateway.name,
    '--kind',
    'gateway',
    '--zone',
    'eastside',
    '--attestation-key',
    file,
    '--out',
    directory,
  );
  expect(made).toMatchObject({ name: gateway.name, keyId: gateway.keyId });
}, 120_000);
afterAll(async () => {
  await city?.close();
  await cloud?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function publicKeyFile({ keyId, key }: SigningGateway): Promise<string> {
  const publicKey = createPublicKey({ key: Buffer.from(key.publicKey), format: 'der', type: 'spki' });
  const file = path.join(directory, `${keyId}.pem`);
  await writeFile(file, publicKey.export({ type: 'spki', format: 'pem' }));
  return file;
}

/** What a command prints as JSON. */
async function cli(...args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    'bin/cityweave.ts',
    ...args,
    '--data',
    directory,
    '--json',
  ]);
  return JSON.parse(stdout);
}

async function send(rule: 'cityweave_ingest' | 'cityweave_critical', ...readings: readonly SignedReading[]) {
  const topic = `$aws/rules/${rule}/dt/eastside/gateway/${gateway.name}/frames`;
  await city.mqtt.publishAsync(topic, Buffer.from(frameOf(gateway.name, ...readings)), { qos: 1 });
}

/** A bus of its own for each test, so that no other position is near. */
function bus(assetId: string, observedAtMs = Date.now()): SignedReading {
  return gateway.sign({ assetId, observedAtMs });
}

/** What the log has of an asset, by stamp. */
async function attestationsOf(assetId: string): Promise<Readonly<Record<string, string>>> {
  const observations = (await city.observations()).filter((each) => each.assetId === assetId);
  return Object.fromEntries(observations.map(({ stamp, attestation }) => [stamp, attestation]));
}

async function reasonsFor(detail: string): Promise<readonly string[]> {
  const rejects = await city.rejects();
  return rejects.filter((each) => each.detail.includes(detail)).map(({ reason }) => reason);
}

describe('a signed reading', { timeout: TEST_TIMEOUT_MS }, () => {
  it('ends as live or historical in the log, and one that is forged in quarantine', async () => {
    const [old, good] = [bus('bus-a', Date.now() - HOUR_MS), bus('bus-a')];
    const forged = { ...bus('bus-a'), attributes: new Map([['speed', 99]]) };
    await send('cityweave_ingest', old, good, forged);
    await vi.waitFor(
      async () => {
        expect(await attestationsOf('bus-a')).toEqual({
          [String(old.stamp)]: 'ATTESTATION_HISTORICAL',
          [String(good.stamp)]: 'ATTESTATION_LIVE',
        });
        expect(await reasonsFor('over this reading')).toEqual(['attestation-invalid']);
      },
      { timeout: WAIT_MAX_MS, interval: 200 },
    );
  });

  it('goes down both lanes and is live on both; forged, it reaches no twin by either', async () => {
    const good = bus('bus-b');
    const forged = { ...bus('bus-b', Date.now() + 1000), attributes: new Map([['speed', 77]]) };
    await send('cityweave_critical', good, forged);
    await vi.waitFor(
      async () => expect(await attestationsOf('bus-b')).toEqual({ [String(good.stamp)]: 'ATTESTATION_LIVE' }),
      { timeout: WAIT_MAX_MS, interval: 200 },
    );
    const twin = await city.getUntil<TwinBody>('/v1/twins/bus-b', ({ attributes }) => 'speed' in attributes);
    expect(twin.attributes['speed']).toMatchObject({ value: 30, sources: [`${gateway.name}/gps`] });
  });

  it('is quarantined from the moment that its key is revoked, and the next key is as good', async () => {
    const next = signingGateway(gateway.name);
    expect(await cli('key', 'register', next.name, await publicKeyFile(next))).toMatchObject({ keyId: next.keyId });
    await cli('key', 'revoke', gateway.name, gateway.keyId);
    const [revoked, good] = [bus('bus-c'), next.sign({ assetId: 'bus-c', observedAtMs: Date.now() })];
    await send('cityweave_ingest', revoked, good);
    await vi.waitFor(
      async () => {
        expect(await attestationsOf('bus-c')).toEqual({ [String(good.stamp)]: 'ATTESTATION_LIVE' });
        expect(await reasonsFor('is revoked')).toEqual(['attestation-invalid']);
      },
      { timeout: WAIT_MAX_MS, interval: 200 },
    );
  });

  it('is nobody’s who is no gateway', async () => {
    await expect(cli('key', 'register', 'gw-nobody', await publicKeyFile(gateway))).rejects.toThrow(
      'there is no thing gw-nobody: make it with npx cityweave device gw-nobody --kind gateway',
    );
  });
});
