import { existsSync } from 'node:fs';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { outputOf, readOutputs } from './outputs.ts';
import { presignMqtt } from './presign-mqtt.ts';
import { requestToken, type TargetChoice } from './target.ts';

const { CITYWEAVE_OUTPUTS = 'outputs.json', CITYWEAVE_CLIENT_SECRET, CITYWEAVE_IOT_ENDPOINT } = process.env;

/** A deployed stage, by the outputs of its stacks and ordinary AWS credentials. */
export const aws: TargetChoice = {
  name: 'aws',
  absence: whatIsMissing(),

  async open() {
    const outputs = readOutputs(CITYWEAVE_OUTPUTS);
    const credentials = {
      tokenUrl: outputOf(outputs, 'Cityweave-Api', 'TokenUrl'),
      clientId: outputOf(outputs, 'Cityweave-Api', 'UserPoolClientId'),
      clientSecret: CITYWEAVE_CLIENT_SECRET ?? '',
    };
    // Any client knows how to find credentials and region; this one is asked for nothing else.
    const client = new KinesisClient({});
    const [identity, region] = await Promise.all([client.config.credentials(), client.config.region()]);
    client.destroy();
    return {
      mqttUrl: presignMqtt({ host: CITYWEAVE_IOT_ENDPOINT ?? '', region, identity, atMs: Date.now() }),
      awsEndpoint: undefined,
      apiUrl: outputOf(outputs, 'Cityweave-Api', 'ApiUrl').replace(/\/$/, ''),
      token: await requestToken(credentials, ['read', 'operate']),
      tokenFor: (scopes) => requestToken(credentials, scopes),
      close: async () => {},
    };
  },
};

function whatIsMissing(): string | undefined {
  if (!existsSync(CITYWEAVE_OUTPUTS)) return `CITYWEAVE_OUTPUTS names no file: ${CITYWEAVE_OUTPUTS}`;
  if (!CITYWEAVE_CLIENT_SECRET) return 'CITYWEAVE_CLIENT_SECRET is not set';
  return CITYWEAVE_IOT_ENDPOINT ? undefined : 'CITYWEAVE_IOT_ENDPOINT is not set';
}
