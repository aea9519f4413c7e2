import { DeleteItemCommand, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { packObservations } from '../../../core/codec/pack.ts';
import { decodeDeltaMessage } from '../../../core/delta/decode.ts';
import type { TwinDelta } from '../../../core/delta/delta.ts';
import type { Observation } from '../../../core/observation.ts';
import type { DeltaPublication, EvidenceStore, LogRecord, ReviewQueue, ReviewStore } from '../../../core/ports.ts';
import type { CityConfig } from '../../../core/schema/city-config.ts';
import { createApi } from '../../../lambdas/api/app.ts';
import { resolveRecords } from '../../../lambdas/conflict-resolver/resolver.ts';
import { openReviews } from '../../../lambdas/review-opener/open-reviews.ts';
import { dynamodbOpenReviews } from '../../../lambdas/shared/dynamodb-open-reviews.ts';
import { dynamodbRejectStore } from '../../../lambdas/shared/dynamodb-reject-store.ts';
import { dynamodbReviewQueue } from '../../../lambdas/shared/dynamodb-review-queue.ts';
import { dynamodbReviewStore } from '../../../lambdas/shared/dynamodb-review-store.ts';
import { dynamodbTwinStore } from '../../../lambdas/shared/dynamodb-twin-store.ts';
import { evidenceStore } from '../../../lambdas/shared/evidence-store.ts';
import { CITY, NOW_MS } from '../../core/reviews/signals.ts';
import { smallCity } from '../../core/schema/small-city.ts';
import { kinesisRecord } from '../kinesis-records.ts';
import { REVIEWS_TABLE, startTables, TWINS_TABLE } from './tables.ts';
import { NOTHING_MEASURED } from './no-evidence.ts';

const city: CityConfig = { ...smallCity, assetTypes: CITY.assetTypes, mappings: {}, assets: {}, criticalTopics: [] };

interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

const TABLE_KEYS = { twins: ['assetId'], reviews: ['assetId', 'attribute'] } as const;

async function empty(dynamodb: DynamoDBClient, table: string, keys: readonly string[]): Promise<void> {
  const { Items: items = [] } = await dynamodb.send(new ScanCommand({ TableName: table }));
  for (const item of items) {
    const key = Object.fromEntries(keys.map((name) => [name, item[name] ?? { NULL: true }]));
    await dynamodb.send(new DeleteItemCommand({ TableName: table, Key: key }));
  }
}

/** What is replaced for one call, to fail where a test wants it. */
interface Instead {
  readonly evidence?: EvidenceStore;
  readonly reviews?: ReviewStore;
  readonly queue?: ReviewQueue;
}

export type ReviewedCity = Awaited<ReturnType<typeof startReviewedCity>>;

/** The resolver, the opener and the API over tables of their own, with a clock that the test sets. */
export async function startReviewedCity() {
  const tables = await startTables();
  await tables.create({ TableName: 'twins', ...TWINS_TABLE });
  await tables.create({ TableName: 'reviews', ...REVIEWS_TABLE });
  const clock = { nowMs: NOW_MS };
  const nowMs = () => clock.nowMs;
  const published: DeltaPublication[] = [];
  const log: LogRecord[] = [];
  let refusesTopics: RegExp | undefined;
  const twins = dynamodbTwinStore(tables.client, 'twins');
  const reviews = dynamodbReviewStore(tables.client, 'reviews');
  const queue = dynamodbReviewQueue(tables.client, 'reviews');
  const open = dynamodbOpenReviews(tables.client, { tableName: 'reviews', settlementDays: 30, nowMs });
  const evidence = evidenceStore({ city, calibrations: NOTHING_MEASURED, reviews });
  const deltas = {
    publish: async (publication: DeltaPublication) => {
      if (refusesTopics?.test(publication.topic)) throw new Error('the broker is down');
      published.push(publication);
    },
  };
  let takesRecords = true;
  const append = async (records: readonly LogRecord[]) => {
    if (!takesRecords) return new Set(records.keys());
    log.push(...records);
    return new Set<number>();
  };
  const failures: unknown[] = [];
  const api = createApi({
    city,
    twins,
    evidence,
    reviews: open,
    rejects: dynamodbRejectStore(tables.client, { tableName: 'rejects', retentionDays: 1, nowMs }),
    streams: { ingest: { append: () => Promise.reject(new Error('not here')) }, observations: { append } },
    history: undefined,
    requestBytesMax: 10_000,
    nowMs,
    onFailure: (error) => failures.push(error),
  });
  const resolve = (records: readonly LogRecord[], instead: Instead = {}) =>
    resolveRecords(
      records.map(({ data }, index) => kinesisRecord(index, data)),
      { city, twins, evidence, reviews, deltas, nowMs, ...instead },
    );

  return {
    clock,
    published,
    log,
    failures,
    twins,
    reviews,
    queue,
    open,
    /** Topics that the broker does not take; none where undefined. */
    refuse: (topics: RegExp | undefined) => {
      refusesTopics = topics;
    },
    /** Whether the log takes what the API writes. */
    takeRecords: (takes: boolean) => {
      takesRecords = takes;
    },
    /** What is said, as one batch of the log. */
    tell: (observations: readonly Observation[], instead?: Instead) =>
      resolve(packObservations(observations, city.buckets), instead),
    /** What the API has written into the log, as one batch. */
    drain: () => resolve(log.splice(0)),
    openReviews: (instead: Instead = {}) => openReviews({ city, twins, evidence, queue, deltas, nowMs, ...instead }),
    async ask<Body = unknown>(path: string, request: RequestInit = {}, sub?: string): Promise<Answer<Body>> {
      const claims = sub === undefined ? {} : { sub };
      const env = { event: { requestContext: { authorizer: { jwt: { claims } } } } };
      const answer = await api.request(`/v1${path}`, request, env);
      return { status: answer.status, body: (await answer.json()) as Body };
    },
    /** As it was at the start, for the next test. */
    async reset() {
      clock.nowMs = NOW_MS;
      refusesTopics = undefined;
      takesRecords = true;
      for (const list of [published, log, failures]) list.splice(0);
      await Promise.all(Object.entries(TABLE_KEYS).map(([table, keys]) => empty(tables.client, table, keys)));
    },
    /** The review of the junction's lamp. */
    async review() {
      const [review] = await reviews.read([{ assetId: 'junction', attribute: 'lamp' }]);
      return review;
    },
    /** Takes what has been published of the junction since. */
    deltas: (): TwinDelta[] =>
      published.splice(0).flatMap(({ topic, payload }) => {
        if (!topic.startsWith('twin/')) return [];
        const message = decodeDeltaMessage(payload);
        if (!message.ok) throw new Error(message.detail);
        return message.deltas;
      }),
    async close() {
      await tables.close();
    },
  };
}
