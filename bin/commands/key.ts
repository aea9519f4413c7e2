import { Command } from 'commander';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { localAws } from '../local-aws.ts';
import { printJson, printTable } from '../print.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';
import { timeOption } from '../time-option.ts';

type Options = TargetOptions & { readonly json?: boolean };

export function keyCommand(): Command {
  return new Command('key')
    .description('keys that gateways sign readings with')
    .addCommand(registerCommand())
    .addCommand(revokeCommand())
    .addCommand(listCommand());
}

function registerCommand(): Command {
  return addTargetOptions(
    new Command('register').argument('<gateway>').argument('<file>', 'public key in PEM, on P-256'),
  )
    .description('let a gateway sign with a key, beside those that it has')
    .option('--not-before <time>', 'nothing that was observed earlier is from this key', timeOption, 0)
    .option('--json', 'print what was registered as JSON')
    .action(async (device: string, file: string, { notBefore, json, ...options }: Options & { notBefore: number }) => {
      const [{ IoTClient }, { expectGateway, readPublicKey, registerKey }] = await Promise.all([
        import('@aws-sdk/client-iot'),
        import('../device/attestation-keys.ts'),
      ]);
      const publicKey = readPublicKey(file);
      await expectGateway(new IoTClient(settingsOf(options)), device);
      const keyId = await registerKey(await tables(options), device, { publicKey, notBeforeMs: notBefore });
      if (json) return printJson({ gateway: device, keyId });
      process.stdout.write(`${device} may sign with key ${keyId}\n`);
    });
}

function revokeCommand(): Command {
  return addTargetOptions(new Command('revoke').argument('<gateway>').argument('<key-id>'))
    .description('quarantine what a key has signed, from now on and whenever it was signed')
    .option('--json', 'print what was revoked as JSON')
    .action(async (device: string, keyId: string, { json, ...options }: Options) => {
      const { revokeKey } = await import('../device/attestation-keys.ts');
      await revokeKey(await tables(options), { device, keyId });
      if (json) return printJson({ gateway: device, keyId });
      process.stdout.write(`key ${keyId} of ${device} is revoked\n`);
    });
}

function listCommand(): Command {
  return addTargetOptions(new Command('list').argument('<gateway>'))
    .description('the keys of a gateway')
    .option('--json', 'print them as JSON')
    .action(async (device: string, { json, ...options }: Options) => {
      const { listKeys } = await import('../device/attestation-keys.ts');
      const listed = await listKeys(await tables(options), device);
      if (json) return printJson(listed);
      printTable(
        ['key', 'status', 'not before', 'registered', 'revoked'],
        listed.map(({ keyId, status, notBefore, registeredAt, revokedAt }) => [
          keyId,
          status,
          notBefore,
          registeredAt,
          revokedAt,
        ]),
      );
    });
}

/** The SDK is loaded only here: few other commands need it. */
async function tables(options: TargetOptions): Promise<DynamoDBClient> {
  const { DynamoDBClient: Client } = await import('@aws-sdk/client-dynamodb');
  return new Client(settingsOf(options));
}

function settingsOf(options: TargetOptions) {
  const { awsEndpoint } = targetOf(options);
  return awsEndpoint ? localAws(awsEndpoint) : {};
}
