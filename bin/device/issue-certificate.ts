import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateKeysAndCertificateCommand,
  CreateThingCommand,
  type IoTClient,
  ResourceAlreadyExistsException,
} from '@aws-sdk/client-iot';
import { thingKindName } from '../../lib/thing-kinds.ts';
import { CommandError } from '../command-error.ts';
import type { Thing } from './thing.ts';

export interface IssuedIdentity {
  readonly certificateId: string;
  readonly certificateFile: string;
  readonly privateKeyFile: string;
}

/**
 * Registers the thing and gives it a certificate with the policy of its kind. The private key exists nowhere but in the
 * file, which only its owner can read. A thing of that name may exist already if it is the same: then it gets a further
 * certificate. Throws one line where it is another, or where one of the files is there.
 */
export async function issueCertificate(iot: IoTClient, thing: Thing, directory: string): Promise<IssuedIdentity> {
  const certificateFile = join(directory, `${thing.name}.cert.pem`);
  const privateKeyFile = join(directory, `${thing.name}.private.key`);
  for (const file of [certificateFile, privateKeyFile]) {
    if (existsSync(file)) throw new CommandError(`${file} is there already; move it away, or choose another --out`);
  }
  await createThing(iot, thing);
  const { certificateArn, certificateId, certificatePem, keyPair } = await iot.send(
    new CreateKeysAndCertificateCommand({ setAsActive: true }),
  );
  if (!certificateArn || !certificateId || !certificatePem || !keyPair?.PrivateKey) {
    throw new Error('CreateKeysAndCertificate answered without a certificate or its key');
  }
  // At once: the key is not given twice.
  mkdirSync(directory, { recursive: true });
  writeFileSync(privateKeyFile, keyPair.PrivateKey, { mode: 0o600, flag: 'wx' });
  writeFileSync(certificateFile, certificatePem, { flag: 'wx' });
  await iot.send(new AttachPolicyCommand({ policyName: thingKindName(thing.kind), target: certificateArn }));
  await iot.send(new AttachThingPrincipalCommand({ thingName: thing.name, principal: certificateArn }));
  return { certificateId, certificateFile, privateKeyFile };
}

async function createThing(iot: IoTClient, { name, kind, attributes }: Thing): Promise<void> {
  try {
    await iot.send(
      new CreateThingCommand({
        thingName: name,
        thingTypeName: thingKindName(kind),
        attributePayload: { attributes },
      }),
    );
  } catch (cause) {
    if (!(cause instanceof ResourceAlreadyExistsException)) throw cause;
    throw new CommandError(`a thing ${name} exists and is another; choose another name, or delete that thing first`, {
      cause,
    });
  }
}
