import { Command } from 'commander';
import type { Endpoint } from '../device/endpoint.ts';
import type { IssuedIdentity } from '../device/issue-certificate.ts';
import { examplePublish, readThing, type Thing, type ThingOptions } from '../device/thing.ts';
import { CommandError } from '../command-error.ts';
import { printJson } from '../print.ts';
import { readCityConfig } from '../city-config.ts';
import { localAws } from '../local-aws.ts';
import { addTargetOptions, type Target, type TargetOptions, targetOf } from '../target.ts';

interface DeviceOptions extends TargetOptions, ThingOptions {
  readonly out: string;
  readonly attestationKey?: string;
  readonly json?: boolean;
}

export function deviceCommand(): Command {
  return addTargetOptions(new Command('device').argument('<name>', 'name of the thing, which is also its client id'))
    .description('register a device, gateway or bridge and issue its certificate')
    .option('--kind <kind>', 'device, gateway or bridge', 'device')
    .option('--zone <zone>', 'the zone that it speaks in (device, gateway)')
    .option('--type <type>', 'the type of its asset (device)')
    .option('--asset <id>', 'the asset that it speaks for (device)')
    .option('--sensors <kind>', 'the kind of legacy sensors that it carries (bridge)')
    .option('--network <name>', 'the LoRaWAN network that it carries (bridge)')
    .option('--attestation-key <file>', 'public key in PEM that it signs readings with (gateway)')
    .option('--out <dir>', 'where the files go', '.')
    .option('--json', 'print what was made as JSON')
    .action(async (name: string, { out, json, attestationKey, ...options }: DeviceOptions) => {
      const city = await readCityConfig();
      const thing = readThing(name, options, city);
      const target = targetOf(options);
      // Loaded only here: few other commands need the AWS SDK.
      const [{ IoTClient }, { issueCertificate }, { findEndpoint }] = await Promise.all([
        import('@aws-sdk/client-iot'),
        import('../device/issue-certificate.ts'),
        import('../device/endpoint.ts'),
      ]);
      const iot = new IoTClient(target.awsEndpoint ? localAws(target.awsEndpoint) : {});
      const registerKey = attestationKey === undefined ? undefined : await readKey(thing, attestationKey, target);
      const identity = await issueCertificate(iot, thing, out);
      const attestation = await registerKey?.();
      const endpoint = await findEndpoint(iot, target, out);
      const command = tryCommand(thing, identity, endpoint, examplePublish(thing, city.assetTypes));
      if (json) return printJson({ ...thing, ...identity, ...attestation, ...endpoint, command });
      process.stdout.write(
        `${name}: certificate ${identity.certificateFile}, private key ${identity.privateKeyFile}\n${command}\n`,
      );
    });
}

/** Reads the key that a gateway signs readings with, before anything is made; the answer registers it. */
async function readKey(
  { name, kind }: Thing,
  file: string,
  { awsEndpoint }: Target,
): Promise<() => Promise<{ readonly keyId: string }>> {
  if (kind !== 'gateway') throw new CommandError('--attestation-key: only gateways sign readings');
  const [{ DynamoDBClient }, { readPublicKey, registerKey }] = await Promise.all([
    import('@aws-sdk/client-dynamodb'),
    import('../device/attestation-keys.ts'),
  ]);
  const publicKey = readPublicKey(file);
  const dynamodb = new DynamoDBClient(awsEndpoint ? localAws(awsEndpoint) : {});
  return async () => ({ keyId: await registerKey(dynamodb, name, { publicKey, notBeforeMs: 0 }) });
}

/** What a shell takes to try the identity: a publish, or for a gateway, whose frames nobody types, a subscription. */
function tryCommand(
  { name, attributes }: Thing,
  { certificateFile, privateKeyFile }: IssuedIdentity,
  { host, port, caFile }: Endpoint,
  publish: ReturnType<typeof examplePublish>,
): string {
  const trust = caFile ? `--cafile ${quoted(caFile)}` : '--tls-use-os-certs';
  const identity = `--cert ${quoted(certificateFile)} --key ${quoted(privateKeyFile)} -i ${name}`;
  const connect = `-h ${host} -p ${port} ${trust} ${identity} -q 1`;
  return publish
    ? `mosquitto_pub ${connect} -t ${quoted(publish.topic)} -m ${quoted(publish.payload)}`
    : `mosquitto_sub ${connect} -t ${quoted(`cmd/${attributes.zone}/gateway/${name}/+`)}`;
}

/** For a POSIX shell; a quote in it ends, is escaped, and begins again. */
function quoted(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
