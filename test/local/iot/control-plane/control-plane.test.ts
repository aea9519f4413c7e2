/** Operations of the AWS IoT API reference, by AWS's own SDK. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateKeysAndCertificateCommand,
  CreateThingCommand,
  DescribeEndpointCommand,
  DescribeThingCommand,
  IoTClient,
  ListThingPrincipalsCommand,
  ListThingsCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../../../local/gateway/server.ts';
import { createControlPlane } from '../../../../local/iot/control-plane/control-plane.ts';
import { openDevelopmentCa } from '../../../../local/iot/development-ca.ts';
import { openRegistry, type Registry } from '../../../../local/iot/registry.ts';

let directory: string;
let registry: Registry;
let gateway: Gateway;
let iot: IoTClient;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cityweave-control-plane-'));
  registry = openRegistry(path.join(directory, 'registry.json'));
  registry.policies.set('p', []);
  registry.thingTypes.add('lamp');
  const services = [createControlPlane({ registry, ca: await openDevelopmentCa(directory) })];
  gateway = await startGateway({ services, port: 0, log: () => {} });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  iot = new IoTClient({ endpoint: gateway.url, region: 'us-east-1', credentials });
});
afterAll(async () => {
  iot.destroy();
  await gateway.close();
  await rm(directory, { recursive: true });
});

const create = (thingName: string, attributes: Record<string, string> = {}, thingTypeName?: string) =>
  iot.send(new CreateThingCommand({ thingName, thingTypeName, attributePayload: { attributes } }));

describe('CreateThing', () => {
  it('makes a thing, again where it is the same, and refuses another of its name', async () => {
    const made = await create('lamp-1', { b: '2', a: '1' }, 'lamp');
    expect(made).toMatchObject({ thingArn: 'arn:aws:iot:us-east-1:000000000000:thing/lamp-1' });
    await create('lamp-1', { a: '1', b: '2' }, 'lamp');
    await expect(create('lamp-1', { a: '1' }, 'lamp')).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
    });
    await expect(create('lamp-1', { a: '1', b: '2' })).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
    });
    expect(await iot.send(new DescribeThingCommand({ thingName: 'lamp-1' }))).toMatchObject({
      thingTypeName: 'lamp',
      attributes: { a: '1', b: '2' },
    });
  });

  const attributes = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`a${index}`, '']));

  it('takes names of 128 characters, and 3 attributes, or 50 with a type', async () => {
    await create('n'.repeat(128));
    await create('three', attributes(3));
    await create('fifty', attributes(50), 'lamp');
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['a dot in the name', () => create('a.b'), 'InvalidRequestException'],
    ['a name of 129 characters', () => create('n'.repeat(129)), 'InvalidRequestException'],
    ['a fourth attribute', () => create('four', attributes(4)), 'InvalidRequestException'],
    ['a 51st attribute', () => create('many', attributes(51), 'lamp'), 'InvalidRequestException'],
    ['+ in a value', () => create('plus', { zone: '+' }), 'InvalidRequestException'],
    ['an unknown type', () => create('typed', {}, 'teapot'), 'ResourceNotFoundException'],
  ])('refuses %s', async (_what, send, name) => {
    await expect(send()).rejects.toMatchObject({ name });
  });
});

describe('certificates', () => {
  it('are attached to what exists, kept over a restart, and their keys are not kept', async () => {
    const {
      certificateArn = '',
      certificateId = '',
      keyPair,
    } = await iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }));
    await create('lamp-2');
    await iot.send(new AttachPolicyCommand({ policyName: 'p', target: certificateArn }));
    await iot.send(new AttachPolicyCommand({ policyName: 'p', target: certificateArn }));
    await iot.send(new AttachThingPrincipalCommand({ thingName: 'lamp-2', principal: certificateArn }));
    expect((await iot.send(new ListThingPrincipalsCommand({ thingName: 'lamp-2' }))).principals).toEqual([
      certificateArn,
    ]);
    const reopened = openRegistry(path.join(directory, 'registry.json'));
    expect(reopened.findCertificate(certificateId)).toMatchObject({
      status: 'ACTIVE',
      policies: ['p'],
      things: ['lamp-2'],
    });
    expect(reopened.findThing('lamp-2')).toBeDefined();
    expect(keyPair?.PrivateKey).toContain('PRIVATE KEY');
    expect(JSON.stringify(reopened.findCertificate(certificateId))).not.toContain('PRIVATE KEY');
    expect((await stat(path.join(directory, 'registry.json'))).isFile()).toBe(true);
  });

  it('are inactive unless asked otherwise', async () => {
    const { certificateId = '' } = await iot.send(new CreateKeysAndCertificateCommand({}));
    expect(registry.identify(certificateId)).toBeUndefined();
    await iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'ACTIVE' }));
    expect(registry.identify(certificateId)).toMatchObject({ principal: certificateId });
  });

  const unknown = `arn:aws:iot:us-east-1:000000000000:cert/${'0'.repeat(64)}`;
  it.each([
    ['policy', () => iot.send(new AttachPolicyCommand({ policyName: 'other', target: unknown })), 'Policy other'],
    ['certificate', () => iot.send(new AttachPolicyCommand({ policyName: 'p', target: unknown })), unknown],
    ['thing', () => iot.send(new AttachThingPrincipalCommand({ thingName: 'none', principal: unknown })), 'Thing none'],
    ['thing to list', () => iot.send(new ListThingPrincipalsCommand({ thingName: 'none' })), 'Thing none'],
    ['thing to describe', () => iot.send(new DescribeThingCommand({ thingName: 'none' })), 'Thing none'],
  ])('an unknown %s is not found', async (_what, send, message) => {
    await expect(send()).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: expect.stringContaining(message),
    });
  });

  it('have no status that the local cloud does not know', async () => {
    const { certificateId } = await iot.send(new CreateKeysAndCertificateCommand({}));
    const update = new UpdateCertificateCommand({ certificateId, newStatus: 'PENDING_TRANSFER' });
    await expect(iot.send(update)).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });
});

it('DescribeEndpoint names the loopback, and an operation that is not done is refused by name', async () => {
  const endpoint = await iot.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }));
  expect(endpoint.endpointAddress).toBe('127.0.0.1');
  await expect(iot.send(new ListThingsCommand({}))).rejects.toThrow('GET /things is not answered');
});
