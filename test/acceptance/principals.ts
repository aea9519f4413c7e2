import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateKeysAndCertificateCommand,
  CreateThingCommand,
  IoTClient,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { openDevelopmentCa } from '../../local/iot/development-ca.ts';

/** By what a client proves who it is. */
export interface Credentials {
  readonly url: string;
  readonly options: IClientOptions;
}

export interface Principals {
  readonly iot: IoTClient;
  /** A thing with these attributes and an active certificate with the policy of its kind. */
  thing(name: string, kind: string, attributes: Readonly<Record<string, string>>): Promise<Credentials>;
  /** An active certificate with a policy, of no thing. */
  certificate(policyName: string | undefined): Promise<Credentials>;
  revoke(credentials: Credentials): Promise<void>;
  /** As `thing`, by an authority that is not the target's. */
  ofOtherAuthority(directory: string): Promise<Credentials>;
  /** Signed by the target's authority, which has told its registry nothing. */
  unregistered(): Promise<Credentials>;
  withoutCertificate(): Credentials;
  withToken(token: string, authorizer?: string): Credentials;
  fromPem(certificatePem: string, privateKeyPem: string): Credentials;
}

interface Addresses {
  readonly mqtts: string;
  readonly ws: string;
  readonly aws: string;
}

/** Makes principals of every kind for the local cloud that runs on a data directory, by the AWS APIs where there are any. */
export function principalsOf(dataDirectory: string): Principals {
  const addresses: Addresses = JSON.parse(readFileSync(path.join(dataDirectory, 'addresses.json'), 'utf8'));
  const ca = readFileSync(path.join(dataDirectory, 'iot', 'ca.cert.pem'));
  const iot = new IoTClient({
    endpoint: addresses.aws,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });

  const fromPem = (cert: string, key: string): Credentials => ({ url: addresses.mqtts, options: { ca, cert, key } });

  async function certificate(policyName: string | undefined, thingName?: string): Promise<Credentials> {
    const created = await iot.send(new CreateKeysAndCertificateCommand({ setAsActive: true }));
    const { certificateArn: arn = '', certificatePem = '', keyPair } = created;
    if (policyName) await iot.send(new AttachPolicyCommand({ policyName, target: arn }));
    if (thingName) await iot.send(new AttachThingPrincipalCommand({ thingName, principal: arn }));
    return fromPem(certificatePem, keyPair?.PrivateKey ?? '');
  }

  return {
    iot,
    fromPem,
    async thing(thingName, kind, attributes) {
      const thingTypeName = `cityweave-${kind}`;
      await iot.send(new CreateThingCommand({ thingName, thingTypeName, attributePayload: { attributes } }));
      return certificate(thingTypeName, thingName);
    },
    certificate: (policyName) => certificate(policyName),
    async revoke({ options }) {
      const { fingerprint256 } = new X509Certificate(String(options.cert));
      const certificateId = fingerprint256.replaceAll(':', '').toLowerCase();
      await iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'REVOKED' }));
    },
    async ofOtherAuthority(directory) {
      const { certificatePem, privateKeyPem } = await (await openDevelopmentCa(directory)).issueClientCertificate();
      return fromPem(certificatePem, privateKeyPem);
    },
    async unregistered() {
      const authority = await openDevelopmentCa(path.join(dataDirectory, 'iot'));
      const { certificatePem, privateKeyPem } = await authority.issueClientCertificate();
      return fromPem(certificatePem, privateKeyPem);
    },
    withoutCertificate: () => ({ url: addresses.mqtts, options: { ca } }),
    withToken: (token, authorizer = 'cityweave-token') => ({
      url: `${addresses.ws}?x-amz-customauthorizer-name=${authorizer}&token=${token}`,
      options: {},
    }),
  };
}

/** Rejects where the client is not let in. */
export async function connectAs({ url, options }: Credentials, clientId: string): Promise<MqttClient> {
  const client = await connectAsync(url, { ...options, clientId, reconnectPeriod: 0, connectTimeout: 10_000 }, false);
  // Without a listener the event would end the process.
  client.on('error', () => {});
  return client;
}

export type Verdict = 'allowed' | 'refused';

/** Refused is what AWS IoT Core does with what a policy does not allow: it ends the connection. */
export async function tryAs(
  credentials: Credentials,
  clientId: string,
  act: (client: MqttClient) => Promise<unknown>,
): Promise<Verdict> {
  const client = await connectAs(credentials, clientId).catch(() => undefined);
  if (client === undefined) return 'refused';
  const closed = new Promise<Verdict>((resolve) => client.once('close', () => resolve('refused')));
  const done = act(client).then(
    (): Verdict => 'allowed',
    (): Verdict => 'refused',
  );
  const verdict = await Promise.race([closed, done]);
  await client.endAsync(true);
  return verdict;
}
