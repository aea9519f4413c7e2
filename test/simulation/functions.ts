import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { Context, KinesisStreamBatchResponse, KinesisStreamEvent } from 'aws-lambda';
import type { KeptReading } from '../../core/ports.ts';
import type { CityConfig } from '../../core/schema/city-config.ts';
import { createApi } from '../../lambdas/api/app.ts';
import { resolveRecords } from '../../lambdas/conflict-resolver/resolver.ts';
import { takeShortcut } from '../../lambdas/fast-lane/fast-lane.ts';
import { normalizeRecords } from '../../lambdas/normalizer/normalizer.ts';
import { openReviews } from '../../lambdas/review-opener/open-reviews.ts';
import { dynamodbAssetRegistry } from '../../lambdas/shared/dynamodb-asset-registry.ts';
import { dynamodbCalibrationStore } from '../../lambdas/shared/dynamodb-calibration-store.ts';
import { dynamodbOpenReviews } from '../../lambdas/shared/dynamodb-open-reviews.ts';
import { dynamodbRejectStore } from '../../lambdas/shared/dynamodb-reject-store.ts';
import { dynamodbReviewQueue } from '../../lambdas/shared/dynamodb-review-queue.ts';
import { dynamodbReviewStore } from '../../lambdas/shared/dynamodb-review-store.ts';
import { dynamodbTwinStore } from '../../lambdas/shared/dynamodb-twin-store.ts';
import { evidenceStore } from '../../lambdas/shared/evidence-store.ts';
import { type IngestRecord, messageOfRule } from '../../lambdas/shared/ingest-record.ts';
import { kinesisObservationLog } from '../../lambdas/shared/kinesis-observation-log.ts';
import { patiently } from '../../lambdas/shared/patience.ts';
import type { Broker } from './cloud/broker.ts';
import { createFunction, type Instance, type InvocationContext } from './cloud/function.ts';
import { clientOf } from './cloud/request.ts';
import type { Streams } from './cloud/streams.ts';
import type { Tables } from './cloud/tables.ts';
import type { World } from './world.ts';

export interface Cloud {
  readonly tables: Tables;
  readonly streams: Streams;
  readonly broker: Broker;
  /** The configuration that a function has which starts now. */
  city: CityConfig;
}

export interface ApiRequest {
  readonly path: string;
  /** Posted as JSON; absent, the request is a GET. */
  readonly body?: object;
  /** `Idempotency-Key`. */
  readonly key?: string;
  /** The token's subject. */
  readonly operator: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

const CONSUMER_TIMEOUT_MS = 60_000;
const SHORT_TIMEOUT_MS = 15_000;
const REQUEST_BYTES_MAX = 100_000;

/** What API Gateway's authorizer hands over. */
/** The functions of the city, each the real one over simulated services. */
export function deployFunctions(world: World, cloud: Cloud) {
  const dynamodbOf = (instance: Instance) =>
    clientOf<DynamoDBClient>(world, instance, (command) => cloud.tables.execute(command));
  const logOf = (instance: Instance, streamName: string) =>
    kinesisObservationLog(
      clientOf<KinesisClient>(world, instance, (command) => cloud.streams.execute(command)),
      streamName,
    );
  const rejectsOf = ({ nowMs }: Instance, dynamodb: DynamoDBClient) =>
    dynamodbRejectStore(dynamodb, { tableName: 'rejects', retentionDays: 30, nowMs });
  const registryOf = ({ nowMs }: Instance, dynamodb: DynamoDBClient) =>
    dynamodbAssetRegistry(dynamodb, { tableName: 'assets', nowMs });

  const evidenceOf = ({ nowMs }: Instance, dynamodb: DynamoDBClient) => {
    const reviews = dynamodbReviewStore(dynamodb, 'reviews');
    const calibrations = dynamodbCalibrationStore(dynamodb, { tableName: 'calibrations', nowMs });
    return { reviews, evidence: evidenceStore({ city: cloud.city, calibrations, reviews }) };
  };

  const startNormalizer = (instance: Instance) => {
    const dynamodb = dynamodbOf(instance);
    const { city } = cloud;
    const context = {
      city,
      stage: city.stages.dev,
      registry: registryOf(instance, dynamodb),
      log: logOf(instance, 'observations'),
      rejects: rejectsOf(instance, dynamodb),
    };
    return consumer(async ({ Records: records }) => (await normalizeRecords(records, context)).response);
  };

  const startResolver = (instance: Instance) => {
    const { city } = cloud;
    const dynamodb = dynamodbOf(instance);
    const context = {
      ...evidenceOf(instance, dynamodb),
      city,
      twins: dynamodbTwinStore(dynamodb, 'twins'),
      deltas: cloud.broker.publisherFor(instance),
      nowMs: instance.nowMs,
    };
    return consumer(async ({ Records: records }) => {
      const { response, refused, undecodable } = await resolveRecords(records, context);
      for (const { detail } of [...refused, ...undecodable])
        world.violated('no twin refuses what was validated', detail);
      return response;
    });
  };

  const startFastLane = (instance: Instance) => {
    const dynamodb = dynamodbOf(instance);
    const { city } = cloud;
    const context = {
      ...evidenceOf(instance, dynamodb),
      city,
      stage: city.stages.dev,
      registry: registryOf(instance, dynamodb),
      twins: dynamodbTwinStore(dynamodb, 'twins'),
      deltas: cloud.broker.publisherFor(instance),
      nowMs: instance.nowMs,
    };
    return (record: IngestRecord) => takeShortcut(messageOfRule(record), context);
  };

  const startApi = (instance: Instance) => {
    const dynamodb = dynamodbOf(instance);
    const api = createApi({
      evidence: evidenceOf(instance, dynamodb).evidence,
      reviews: dynamodbOpenReviews(dynamodb, { tableName: 'reviews', settlementDays: 30, nowMs: instance.nowMs }),
      city: cloud.city,
      twins: dynamodbTwinStore(dynamodb, 'twins'),
      rejects: rejectsOf(instance, dynamodb),
      streams: { ingest: logOf(instance, 'ingest'), observations: logOf(instance, 'observations') },
      history: undefined,
      requestBytesMax: REQUEST_BYTES_MAX,
      nowMs: instance.nowMs,
      onFailure: (error) => world.trace(() => `${instance.name}: ${String(error)}`),
    });
    return async ({ path, body, key, operator }: ApiRequest): Promise<ApiAnswer> => {
      const headers = key === undefined ? {} : { 'idempotency-key': key };
      const posted = body && { method: 'POST', body: JSON.stringify(body), headers };
      const token = { event: { requestContext: { authorizer: { jwt: { claims: { sub: operator } } } } } };
      const response = await api.request(path, posted, token);
      return { status: response.status, body: await response.json() };
    };
  };

  const startRecorder = (instance: Instance) => {
    const rejects = rejectsOf(instance, dynamodbOf(instance));
    return (readings: readonly KeptReading[]) => rejects.keep(readings);
  };

  const startOpener = (instance: Instance) => {
    const dynamodb = dynamodbOf(instance);
    const context = {
      city: cloud.city,
      queue: dynamodbReviewQueue(dynamodb, 'reviews'),
      twins: dynamodbTwinStore(dynamodb, 'twins'),
      evidence: evidenceOf(instance, dynamodb).evidence,
      deltas: cloud.broker.publisherFor(instance),
      nowMs: instance.nowMs,
    };
    return () => openReviews(context);
  };

  return {
    normalizer: createFunction(world, { name: 'normalizer', timeoutMs: CONSUMER_TIMEOUT_MS, start: startNormalizer }),
    resolver: createFunction(world, { name: 'resolver', timeoutMs: CONSUMER_TIMEOUT_MS, start: startResolver }),
    fastLane: createFunction(world, { name: 'fast-lane', timeoutMs: SHORT_TIMEOUT_MS, start: startFastLane }),
    api: createFunction(world, { name: 'api', timeoutMs: SHORT_TIMEOUT_MS, start: startApi }),
    recorder: createFunction(world, { name: 'recorder', timeoutMs: SHORT_TIMEOUT_MS, start: startRecorder }),
    opener: createFunction(world, { name: 'opener', timeoutMs: CONSUMER_TIMEOUT_MS, start: startOpener }),
  };
}

export type Functions = ReturnType<typeof deployFunctions>;

/** As the handlers of stream consumers are: it waits for failing dependencies. */
function consumer(handle: (event: KinesisStreamEvent) => Promise<KinesisStreamBatchResponse>) {
  const handler = patiently(handle);
  return (event: KinesisStreamEvent, context: InvocationContext) => handler(event, context as Context);
}
