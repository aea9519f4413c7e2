import config from '../../../cityweave.config.ts';
import type { HistoryStore, ObservationLog, RejectStore, TwinStore } from '../../../core/ports.ts';
import { validateCityConfig } from '../../../core/schema/validate-config.ts';
import { createApi } from '../../../lambdas/api/app.ts';
import { dynamodbOpenReviews } from '../../../lambdas/shared/dynamodb-open-reviews.ts';
import { dynamodbRejectStore } from '../../../lambdas/shared/dynamodb-reject-store.ts';
import { dynamodbReviewReader } from '../../../lambdas/shared/dynamodb-review-reader.ts';
import { dynamodbTwinStore } from '../../../lambdas/shared/dynamodb-twin-store.ts';
import { evidenceStore } from '../../../lambdas/shared/evidence-store.ts';
import { startHistory } from '../shared/history.ts';
import { REJECTS_TABLE, REVIEWS_TABLE, startTables, TWINS_TABLE } from '../shared/tables.ts';
import { NOTHING_MEASURED } from '../shared/no-evidence.ts';

export const REQUEST_BYTES_MAX = 1000;

/** Redriving has a test of its own. */
const NOWHERE: ObservationLog = { append: () => Promise.reject(new Error('this API has no streams')) };

interface Answer {
  readonly status: number;
  readonly contentType: string | null;
  readonly text: string;
  /** Fails where the answer is not JSON. */
  readonly json: <Body>() => Body;
}

export interface OpenApi {
  readonly twins: TwinStore;
  readonly rejects: RejectStore;
  readonly history: HistoryStore;
  /** What the API has reported as its own failures. */
  readonly failures: unknown[];
  get(pathAndQuery: string): Promise<Answer>;
  send(pathAndQuery: string, request: RequestInit): Promise<Answer>;
  close(): Promise<void>;
}

/** The API with the shipped city, over tables and a history of its own. */
export async function openApi(): Promise<OpenApi> {
  const tables = await startTables();
  await tables.create({ TableName: 'twins', ...TWINS_TABLE });
  await tables.create({ TableName: 'rejects', ...REJECTS_TABLE });
  await tables.create({ TableName: 'reviews', ...REVIEWS_TABLE });
  const opened = await startHistory();
  const twins = dynamodbTwinStore(tables.client, 'twins');
  const nowMs = Date.now;
  const rejects = dynamodbRejectStore(tables.client, { tableName: 'rejects', retentionDays: 30, nowMs });
  const history = opened.store;
  const failures: unknown[] = [];
  const city = validateCityConfig(config);
  const api = createApi({
    city,
    twins,
    evidence: evidenceStore({
      city,
      calibrations: NOTHING_MEASURED,
      reviews: dynamodbReviewReader(tables.client, 'reviews'),
    }),
    reviews: dynamodbOpenReviews(tables.client, { tableName: 'reviews', settlementDays: 30, nowMs }),
    rejects,
    streams: { ingest: NOWHERE, observations: NOWHERE },
    history,
    requestBytesMax: REQUEST_BYTES_MAX,
    nowMs,
    onFailure: (error) => failures.push(error),
  });
  const send = async (pathAndQuery: string, request: RequestInit): Promise<Answer> => {
    const answer = await api.request(pathAndQuery, request);
    const text = await answer.text();
    return {
      status: answer.status,
      contentType: answer.headers.get('content-type'),
      text,
      json: <Body>() => JSON.parse(text) as Body,
    };
  };
  return {
    twins,
    rejects,
    history,
    failures,
    send,
    get: (pathAndQuery) => send(pathAndQuery, {}),
    async close() {
      await opened.close();
      await tables.close();
    },
  };
}
