import { randomUUID } from 'node:crypto';
import type { ResourceProvider } from '../cloudformation/resource-provider.ts';
import { createHttpApi, type HttpApi } from '../api-gateway/http-api.ts';
import { type Cognito, openCognito } from '../cognito/cognito.ts';
import { createWellKnown } from '../cognito/well-known.ts';
import { createCloudWatch } from '../cloudwatch/service.ts';
import { createDynamoDb } from '../dynamodb/service.ts';
import { createFirehose } from '../firehose/service.ts';
import { type Gateway, startGateway } from '../gateway/server.ts';
import { createIotCore, type IotCore } from '../iot/iot-core.ts';
import { createKinesis } from '../kinesis/service.ts';
import { kinesisProviders } from '../kinesis/resources.ts';
import { createLambda, type Lambda } from '../lambda/lambda.ts';
import { createTimestream } from '../timestream/service.ts';
import type { Ports } from '../options.ts';
import { createS3, type S3 } from '../s3/service.ts';
import { createScheduler, type Scheduler } from '../scheduler/scheduler.ts';
import { all } from './all.ts';
import type { DataDirectory } from './data-directory.ts';
import type { Shutdown } from './shutdown.ts';

export interface Services {
  readonly iot: IotCore;
  readonly lambda: Lambda;
  readonly s3: S3;
  readonly scheduler: Scheduler;
  readonly gateway: Gateway;
  readonly cognito: Cognito;
  readonly httpApi: HttpApi;
  /** For every resource type that the local cloud runs. */
  readonly providers: readonly ResourceProvider[];
}

export interface ServicesOptions {
  readonly data: DataDirectory;
  readonly ports: Ports;
  readonly shutdown: Shutdown;
  readonly log: (line: string) => void;
}

/**
 * Starts every service, empty but for what an earlier run left. Each is added to `shutdown` after those that it calls,
 * and so ends before them.
 */
export async function startServices({ data, ports, shutdown, log }: ServicesOptions): Promise<Services> {
  const closing = async <Service extends { close(): Promise<void> }>(what: string, starting: Promise<Service>) => {
    const service = await starting;
    shutdown.add(what, () => service.close());
    return service;
  };
  const [kinesis, timestream, dynamoDb, s3] = await all([
    closing('Kinesis', createKinesis({ directory: data.file('kinesis') })),
    closing('Timestream', createTimestream({ directory: data.file('timestream') })),
    closing('DynamoDB', createDynamoDb({ directory: data.file('dynamodb'), log })),
    closing('S3', createS3({ directory: data.file('s3'), log })),
  ]);

  // A function's variables are read when it starts, which is after the gateway has got its port.
  const environment: Record<string, string> = { AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint };
  const cloudWatch = createCloudWatch();
  const lambda = createLambda({
    dataDirectory: data.path,
    environment,
    streams: kinesis,
    putObject: (bucket, key, body) => s3.putObject(bucket, key, body),
    log,
    onLog: (_, line) => cloudWatch.readLine(line),
  });
  const cognito = await openCognito({ dataDirectory: data.path });
  const httpApi = createHttpApi({ invoke: (functionArn, event) => lambda.invoke(functionArn, event), cognito, log });
  const iot = await createIotCore({
    directory: data.file('iot'),
    invoke: (functionArn, event) => lambda.invoke(functionArn, event),
    putRecord: (stream, partitionKey, data) => kinesis.putRecord(stream, partitionKey, data),
    invokeAsync: (functionArn, event) => lambda.invokeAsync(functionArn, event),
    mayInvoke: (...asked) => lambda.mayInvoke(...asked),
    putObject: (bucket, key, body) => s3.putObject(bucket, key, body),
    nowMs: Date.now,
    newTraceId: randomUUID,
    log,
  });
  const scheduler = createScheduler({
    file: data.file('schedules.json'),
    invokeAsync: (functionArn, event) => lambda.invokeAsync(functionArn, event),
    log,
  });
  const firehose = createFirehose({
    directory: data.file('firehose'),
    streams: kinesis,
    putObject: (...object) => s3.putObject(...object),
    log,
  });
  const gateway = await startGateway({
    services: [
      kinesis,
      s3.service,
      firehose.service,
      cloudWatch.service,
      dynamoDb.service,
      lambda.service,
      ...iot.services,
      ...timestream.services,
      createWellKnown(cognito.publicKeys),
    ],
    port: ports.aws,
    log,
  });
  environment.AWS_ENDPOINT_URL = gateway.url;

  shutdown.add('Cognito', () => cognito.close());
  shutdown.add('Firehose', () => firehose.close());
  shutdown.add('the AWS APIs', () => gateway.close());
  shutdown.add('Lambda', () => lambda.close());
  shutdown.add('the schedules', () => scheduler.close());
  shutdown.add('the HTTP API', () => httpApi.close());
  shutdown.add('MQTT', () => iot.close());
  return {
    iot,
    lambda,
    s3,
    scheduler,
    gateway,
    cognito,
    httpApi,
    providers: [
      ...kinesisProviders(kinesis),
      ...timestream.providers,
      ...dynamoDb.providers,
      ...s3.providersFor((...asked) => lambda.mayInvoke(...asked)),
      ...firehose.providers,
      ...scheduler.providers,
      ...lambda.providers,
      ...iot.providers,
      ...cognito.providers,
      ...httpApi.providers,
    ],
  };
}
