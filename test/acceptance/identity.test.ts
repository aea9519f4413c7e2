/** Who may connect, publish, subscribe and receive where: the template's policies, enforced by the running local cloud. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import { connectAsync, type MqttClient } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whenClosed } from '../local/iot/mqtt-events.ts';
import { connectAs, type Credentials, type Principals, principalsOf, tryAs, type Verdict } from './principals.ts';
import { type RunningCli, startCli, temporaryDirectory } from './target.ts';

let directory: string;
let cloud: RunningCli;
let principals: Principals;
const who: Record<string, { readonly clientId: string; readonly credentials: Credentials }> = {};

beforeAll(async () => {
  directory = await temporaryDirectory();
  cloud = await startCli(directory);
  principals = principalsOf(directory);
  const add = async (name: string, clientId: string, credentials: Credentials | Promise<Credentials>) => {
    who[name] = { clientId, credentials: await credentials };
  };
  const place = { zone: 'centre', assetType: 'OffStreetParking', asset: 'p-1' };
  await add('device', 'd-1', principals.thing('d-1', 'device', place));
  await add('device without attributes', 'd-0', principals.thing('d-0', 'device', {}));
  // The registry takes such a value; the policies must not make a wildcard of it.
  await add('device of zone #', 'd-h', principals.thing('d-h', 'device', { ...place, zone: '#' }));
  await add('gateway', 'g-1', principals.thing('g-1', 'gateway', { zone: 'centre' }));
  await add('bridge', 'b-1', principals.thing('b-1', 'bridge', { kind: 'parking' }));
  await add('LoRaWAN bridge', 'b-2', principals.thing('b-2', 'bridge', { network: 'ttn' }));
  await add('claim', 'claim-1', principals.certificate('cityweave-claim'));
  await add('token', 'viewer-1', principals.withToken(cloud.token));
  await add('device by another name', 'd-2', who.device?.credentials ?? principals.withoutCertificate());
  await add('claim as a device', 'd-1', who.claim?.credentials ?? principals.withoutCertificate());
  await add('token as a device', 'd-1', principals.withToken(cloud.token));
  await add('forged token', 'viewer-1', principals.withToken(`${cloud.token.slice(0, -4)}AAAA`));
  await add('no token', 'viewer-1', principals.withToken(''));
  await add('token for no authorizer', 'viewer-1', principals.withToken(cloud.token, 'other'));
  await add('certificate without a thing', 'd-1', principals.certificate('cityweave-device'));
  await add('certificate without a policy', 'd-1', principals.certificate(undefined));
  await add('no certificate', 'd-1', principals.withoutCertificate());
  await add('unregistered certificate', 'd-1', principals.unregistered());
  const other = await mkdtemp(path.join(tmpdir(), 'cityweave-other-ca-'));
  await add('certificate of another CA', 'd-1', principals.ofOtherAuthority(other));
  await rm(other, { recursive: true });
  const revoked = await principals.thing('d-r', 'device', place);
  await principals.revoke(revoked);
  await add('revoked certificate', 'd-r', revoked);
}, 120_000);
afterAll(async () => {
  principals.iot.destroy();
  await cloud.stop();
  await rm(directory, { recursive: true, force: true });
});

type Act = 'connect' | 'publish' | 'retain' | 'subscribe' | 'will';

const ACTS: Readonly<Record<Act, (client: MqttClient, name: string) => Promise<unknown>>> = {
  // What is refused at CONNECT, as a will is, never gets here.
  connect: async () => undefined,
  publish: (client, topic) => client.publishAsync(topic, '{}', { qos: 1 }),
  retain: (client, topic) => client.publishAsync(topic, '{}', { qos: 1, retain: true }),
  subscribe: (client, filter) => client.subscribeAsync(filter, { qos: 1 }),
  will: async () => undefined,
};

const OWN = 'dt/centre/OffStreetParking/p-1/d-1';
const FRAMES = 'dt/centre/gateway/g-1/frames';

const MATRIX: readonly (readonly [principal: string, act: Act, name: string, verdict: Verdict])[] = [
  ['device', 'publish', OWN, 'allowed'],
  ['device', 'publish', 'dt/centre/OffStreetParking/p-1/d-2', 'refused'],
  ['device', 'publish', 'dt/centre/OffStreetParking/p-2/d-1', 'refused'],
  ['device', 'publish', 'dt/centre/ParkingSpot/p-1/d-1', 'refused'],
  ['device', 'publish', 'dt/eastside/OffStreetParking/p-1/d-1', 'refused'],
  ['device', 'publish', `${OWN}/more`, 'refused'],
  ['device', 'publish', `$aws/rules/cityweave_dt/${OWN}`, 'refused'],
  ['device', 'publish', `$aws/rules/cityweave_ingest/${FRAMES}`, 'refused'],
  ['device', 'publish', 'sensors/parking/lotA', 'refused'],
  ['device', 'publish', 'twin/centre/none/delta', 'refused'],
  ['device', 'publish', 'cmd/centre/gateway/g-1/config', 'refused'],
  ['device', 'retain', OWN, 'refused'],
  ['device', 'subscribe', OWN, 'refused'],
  ['device', 'subscribe', '#', 'refused'],
  ['device', 'subscribe', 'twin/#', 'refused'],
  ['device', 'will', OWN, 'allowed'],
  ['device', 'will', 'dt/centre/OffStreetParking/p-1/d-2', 'refused'],
  ['device by another name', 'connect', '', 'refused'],
  ['device without attributes', 'connect', '', 'allowed'],
  ['device without attributes', 'publish', 'dt////d-0', 'refused'],
  ['device of zone #', 'connect', '', 'allowed'],
  ['device of zone #', 'publish', 'dt/#/OffStreetParking/p-1/d-h', 'refused'],
  ['device of zone #', 'publish', 'dt/centre/OffStreetParking/p-1/d-h', 'refused'],

  ['gateway', 'publish', `$aws/rules/cityweave_ingest/${FRAMES}`, 'allowed'],
  ['gateway', 'publish', `$aws/rules/cityweave_critical/${FRAMES}`, 'allowed'],
  ['gateway', 'publish', `$aws/rules/cityweave_ingest/${FRAMES}/fec`, 'allowed'],
  ['gateway', 'publish', `$aws/rules/cityweave_critical/${FRAMES}/fec`, 'allowed'],
  ['gateway', 'publish', '$aws/rules/cityweave_ingest/dt/centre/gateway/g-2/frames/fec', 'refused'],
  ['gateway', 'publish', `$aws/rules/cityweave_ingest/${FRAMES}/fec/more`, 'refused'],
  ['gateway', 'publish', '$aws/rules/cityweave_ingest/dt/centre/gateway/g-2/frames', 'refused'],
  ['gateway', 'publish', '$aws/rules/cityweave_ingest/dt/eastside/gateway/g-1/frames', 'refused'],
  ['gateway', 'publish', `$aws/rules/cityweave_dt/${FRAMES}`, 'refused'],
  ['gateway', 'publish', FRAMES, 'refused'],
  ['gateway', 'publish', 'dt/centre/OffStreetParking/p-1/g-1', 'refused'],
  ['gateway', 'subscribe', 'cmd/centre/gateway/g-1/resync', 'allowed'],
  ['gateway', 'subscribe', 'cmd/centre/gateway/g-1/+', 'allowed'],
  ['gateway', 'subscribe', 'cmd/centre/gateway/+/resync', 'refused'],
  ['gateway', 'subscribe', 'cmd/centre/gateway/g-2/resync', 'refused'],
  ['gateway', 'subscribe', 'cmd/#', 'refused'],
  ['gateway', 'publish', 'cmd/centre/gateway/g-1/ack', 'refused'],
  ['gateway', 'publish', 'cmd/centre/gateway/g-1/uploads/request', 'allowed'],
  ['gateway', 'publish', 'cmd/centre/gateway/g-1/uploads/reply', 'refused'],
  ['gateway', 'publish', 'cmd/centre/gateway/g-2/uploads/request', 'refused'],
  ['gateway', 'subscribe', 'cmd/centre/gateway/g-1/uploads/reply', 'allowed'],
  ['gateway', 'subscribe', 'cmd/centre/gateway/g-2/uploads/reply', 'refused'],

  ['bridge', 'publish', 'sensors/parking/lotA', 'allowed'],
  ['bridge', 'publish', 'sensors/noise/lotA', 'refused'],
  ['bridge', 'publish', 'lorawan/ttn/0011223344556677/up', 'refused'],
  ['bridge', 'subscribe', 'sensors/parking/#', 'refused'],
  ['LoRaWAN bridge', 'publish', 'lorawan/ttn/0011223344556677/up', 'allowed'],
  ['LoRaWAN bridge', 'publish', 'lorawan/other/0011223344556677/up', 'refused'],
  ['LoRaWAN bridge', 'publish', 'sensors/parking/lotA', 'refused'],

  ['claim', 'subscribe', '$aws/certificates/create/json/accepted', 'allowed'],
  ['claim', 'subscribe', '$aws/provisioning-templates/cityweave-device/provision/json/rejected', 'allowed'],
  ['claim', 'subscribe', '$aws/provisioning-templates/other/provision/json/accepted', 'refused'],
  ['claim', 'subscribe', 'twin/#', 'refused'],
  ['claim', 'publish', OWN, 'refused'],
  ['claim', 'publish', '$aws/provisioning-templates/other/provision/json', 'refused'],
  ['claim as a device', 'connect', '', 'refused'],

  ['token', 'subscribe', 'twin/#', 'allowed'],
  ['token', 'subscribe', 'twin/centre/+/delta', 'allowed'],
  ['token', 'subscribe', '#', 'refused'],
  ['token', 'subscribe', 'dt/#', 'refused'],
  ['token', 'subscribe', 'cmd/#', 'refused'],
  ['token', 'publish', 'twin/centre/none/delta', 'refused'],
  ['token', 'publish', OWN, 'refused'],
  ['token as a device', 'connect', '', 'refused'],
  ['forged token', 'connect', '', 'refused'],
  ['no token', 'connect', '', 'refused'],
  ['token for no authorizer', 'connect', '', 'refused'],

  ['certificate without a thing', 'connect', '', 'refused'],
  ['certificate without a policy', 'connect', '', 'refused'],
  ['no certificate', 'publish', OWN, 'refused'],
  ['unregistered certificate', 'publish', OWN, 'refused'],
  ['certificate of another CA', 'publish', OWN, 'refused'],
  ['revoked certificate', 'publish', 'dt/centre/OffStreetParking/p-1/d-r', 'refused'],
];

describe('who may say what', () => {
  it.each(MATRIX)('%s: %s %s is %s', async (principal, act, name, verdict) => {
    const { clientId, credentials } = who[principal] ?? expect.fail(`no principal "${principal}"`);
    const will =
      act === 'will' ? { will: { topic: name, payload: Buffer.from('gone'), qos: 1 as const, retain: false } } : {};
    const withWill = { ...credentials, options: { ...credentials.options, ...will } };
    expect(await tryAs(withWill, clientId, (client) => ACTS[act](client, name))).toBe(verdict);
  });

  it('every kind of principal is in the matrix, allowed or refused', () => {
    expect(new Set(MATRIX.map(([principal]) => principal))).toEqual(new Set(Object.keys(who)));
  });
});

describe('what is received', () => {
  it('is what the cloud says to this gateway, and nobody else hears it', async () => {
    const neighbour = await principals.thing('g-9', 'gateway', { zone: 'centre' });
    const [one, nine] = [await connectAs(gateway(), 'g-1'), await connectAs(neighbour, 'g-9')];
    const heard: string[] = [];
    for (const client of [one, nine]) client.on('message', (topic) => heard.push(topic));
    await one.subscribeAsync('cmd/centre/gateway/g-1/+', { qos: 1 });
    await nine.subscribeAsync('cmd/centre/gateway/g-9/+', { qos: 1 });
    const dataPlane = new IoTDataPlaneClient(localAws());
    for (const name of ['g-1', 'g-9']) {
      const topic = `cmd/centre/gateway/${name}/resync`;
      await dataPlane.send(new PublishCommand({ topic, qos: 1, payload: Buffer.from('x') }));
    }
    await expect
      .poll(() => heard.toSorted())
      .toEqual(['cmd/centre/gateway/g-1/resync', 'cmd/centre/gateway/g-9/resync']);
    await Promise.all([one.endAsync(), nine.endAsync()]);
  });
});

it('a certificate that is revoked loses its open connection, too', async () => {
  const credentials = await principals.thing('d-7', 'device', { zone: 'centre', assetType: 'ParkingSpot', asset: 's' });
  const client = await connectAs(credentials, 'd-7');
  await client.publishAsync('dt/centre/ParkingSpot/s/d-7', '{}', { qos: 1 });
  const closed = whenClosed(client);
  await principals.revoke(credentials);
  await closed;
  await expect(connectAs(credentials, 'd-7')).rejects.toThrow();
});

describe('a device with a claim', () => {
  const expected = { thingName: 'new-1', zone: 'centre', assetType: 'ParkingSpot', assetId: 'spot-new' };

  beforeAll(async () => {
    const dynamodb = new DynamoDBClient(localAws());
    const texts = Object.entries({ serialNumber: 'sn-1', ...expected }).map(([name, S]) => [name, { S }] as const);
    await dynamodb.send(new PutItemCommand({ TableName: 'cityweave-provisioning', Item: Object.fromEntries(texts) }));
    dynamodb.destroy();
  });

  it('gets a certificate of its own, and with it may do what the city expects of it', async () => {
    const own = await createCertificate('claim-sn-1');
    expect(await tryAs(own.credentials, 'new-1', async () => undefined)).toBe('refused');

    const request = { certificateOwnershipToken: own.token, parameters: { SerialNumber: 'sn-1', Zone: 'eastside' } };
    const answer = await ask('claim-sn-1', PROVISION, request);
    expect(answer).toEqual({ topic: `${PROVISION}/accepted`, body: { thingName: 'new-1', deviceConfiguration: {} } });
    const publish = (topic: string) => (client: MqttClient) => client.publishAsync(topic, '{}', { qos: 1 });
    expect(await tryAs(own.credentials, 'new-1', publish('dt/centre/ParkingSpot/spot-new/new-1'))).toBe('allowed');
    expect(await tryAs(own.credentials, 'new-1', publish('dt/eastside/ParkingSpot/spot-new/new-1'))).toBe('refused');

    // The token is used up, and so is the serial number.
    expect(await ask('claim-sn-1', PROVISION, request)).toMatchObject({ topic: `${PROVISION}/rejected` });
    const second = await createCertificate('claim-sn-1');
    expect(await ask('claim-sn-1', PROVISION, { ...request, certificateOwnershipToken: second.token })).toMatchObject({
      topic: `${PROVISION}/rejected`,
      body: { errorCode: 'AccessDenied' },
    });
  });

  it.each([
    ['that nobody expects', { SerialNumber: 'sn-unknown' }],
    ['without a serial number', {}],
    ['with a parameter that the template has not', { SerialNumber: 'sn-1', Admin: 'yes' }],
  ])('%s gets none', async (_what, parameters) => {
    const own = await createCertificate('claim-x');
    const request = { certificateOwnershipToken: own.token, parameters };
    expect(await ask('claim-x', PROVISION, request)).toMatchObject({ topic: `${PROVISION}/rejected` });
    expect(await tryAs(own.credentials, 'new-1', async () => undefined)).toBe('refused');
  });

  const CREATE = '$aws/certificates/create/json';
  const PROVISION = '$aws/provisioning-templates/cityweave-device/provision/json';

  async function createCertificate(clientId: string): Promise<{ token: string; credentials: Credentials }> {
    const { body } = await ask(clientId, CREATE, {});
    const { certificatePem = '', privateKey = '', certificateOwnershipToken: token = '' } = body;
    return { token, credentials: principals.fromPem(certificatePem, privateKey) };
  }

  /** Another claim listens, too, and must hear nothing. */
  async function ask(
    clientId: string,
    topic: string,
    request: object,
  ): Promise<{ topic: string; body: Record<string, string> }> {
    const claim = who.claim?.credentials ?? expect.fail('no claim');
    const [client, other] = [await connectAs(claim, clientId), await connectAs(claim, 'claim-other')];
    const overheard: string[] = [];
    other.on('message', (heard) => overheard.push(heard));
    for (const each of [client, other])
      await each.subscribeAsync([`${topic}/accepted`, `${topic}/rejected`], { qos: 1 });
    const answered = new Promise<{ topic: string; body: Record<string, string> }>((resolve) => {
      client.once('message', (heard, payload) => resolve({ topic: heard, body: JSON.parse(payload.toString()) }));
    });
    await client.publishAsync(topic, JSON.stringify(request), { qos: 1 });
    const answer = await answered;
    await Promise.all([client.endAsync(), other.endAsync()]);
    expect(overheard).toEqual([]);
    return answer;
  }
});

describe('npx cityweave device', () => {
  const device = ['tap-1', '--zone', 'centre', '--type', 'ParkingSpot', '--asset', 'spot-9'];
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [
      'bin/cityweave.ts',
      'device',
      ...args,
      '--data',
      directory,
      '--out',
      files(),
    ]);
  const files = () => path.join(directory, 'made');

  it('writes what a client needs, the key for its owner only', async () => {
    const { stdout } = await run(...device, '--json');
    const made = JSON.parse(stdout);
    expect(made.command).toContain('-t dt/centre/ParkingSpot/spot-9/tap-1 -m \'{"attributes":{');
    expect((await stat(made.privateKeyFile)).mode & 0o777).toBe(0o600);
    const [ca, cert, key] = [made.caFile, made.certificateFile, made.privateKeyFile].map((file) => readFileSync(file));
    assert(ca && cert && key);
    const client = await connectAsync(`mqtts://${made.host}:${made.port}`, { ca, cert, key, clientId: 'tap-1' });
    await client.publishAsync('dt/centre/ParkingSpot/spot-9/tap-1', '{"attributes":{"status":"free"}}', { qos: 1 });
    await client.endAsync();
  });

  it.each<[string, string[], string]>([
    ['files that are there', device, 'tap-1.cert.pem is there already'],
    ['a thing that is another', ['d-1', ...device.slice(1)], 'a thing d-1 exists and is another'],
    ['a bad name', ['a/b', ...device.slice(1)], 'NAME: got "a/b"'],
  ])('refuses %s in one line', async (_what, args, message) => {
    const failed: unknown = await run(...args).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(message) });
    expect((failed as { stderr: string }).stderr.trim()).not.toContain('\n');
  });
});

function gateway(): Credentials {
  return who.gateway?.credentials ?? expect.fail('no gateway');
}

function localAws() {
  return {
    endpoint: cloud.awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
}
