import { setTimeout as delay } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  ShardIteratorType,
} from '@aws-sdk/client-kinesis';
import { connectAsync, type MqttClient } from 'mqtt';
import { type LoggedObservation, observationsIn } from './log.ts';
import type { Target } from './target.ts';

/** One user of a target: publishes, asks and reads the streams. */
export interface City {
  publish(topic: string, payload: string | object): Promise<void>;
  /** `token` null sends none. */
  get<Body>(path: string, token?: string | null): Promise<{ status: number; body: Body }>;
  post<Body>(path: string, body: string, token?: string | null): Promise<{ status: number; body: Body }>;
  /** Asks until the answer is as wanted; fails with the last answer after `WAIT_MAX_MS`. */
  getUntil<Body>(path: string, isWanted: (body: Body) => boolean): Promise<Body>;
  /** Every record of a stream, oldest first, shard after shard. */
  records(streamName: string): Promise<Uint8Array[]>;
  observations(): Promise<LoggedObservation[]>;
  rejects(): Promise<Reject[]>;
  readonly dynamodb: DynamoDBClient;
  readonly mqtt: MqttClient;
  close(): Promise<void>;
}

/** `GET /v1/twins/{assetId}`. */
export interface TwinBody {
  readonly assetId: string;
  readonly assetType: string;
  readonly zone: string;
  readonly version: number;
  readonly registered: boolean;
  readonly attributes: Readonly<
    Record<
      string,
      {
        readonly value: number | string | boolean;
        readonly unit?: string;
        readonly observedAt: string;
        readonly quality: string;
        readonly flags: readonly string[];
        readonly sources: readonly string[];
      }
    >
  >;
  readonly position?: { readonly longitude: number; readonly latitude: number };
  readonly context: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

interface RejectsBody {
  readonly rejects: readonly Reject[];
  readonly cursor: string | null;
}

export interface Reject {
  readonly id: string;
  readonly readingId: string;
  /** Of the readings in its message. */
  readonly count: number;
  readonly reason: string;
  readonly detail: string;
  readonly topic: string;
  readonly clientId: string;
  readonly receivedAt: string;
  readonly payload: string;
}

type Visited = Pick<Target, 'mqttUrl' | 'awsEndpoint' | 'apiUrl' | 'token'> & Partial<Target>;

const WAIT_MAX_MS = 20_000;
const POLL_MS = 50;

export async function visit(target: Visited, clientId: string): Promise<City> {
  const aws = target.awsEndpoint
    ? { endpoint: target.awsEndpoint, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }
    : {};
  const kinesis = new KinesisClient(aws);
  const dynamodb = new DynamoDBClient(aws);
  const mqtt = await connectAsync(target.mqttUrl, { clientId });

  const ask = async <Body>(path: string, token: string | null, request: RequestInit) => {
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(`${target.apiUrl}${path}`, { ...request, headers });
    const text = await answer.text();
    return { status: answer.status, body: JSON.parse(text) as Body };
  };
  const get = <Body>(path: string, token: string | null = target.token) => ask<Body>(path, token, {});

  const records: City['records'] = async (streamName) => {
    const { Shards: shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName: streamName }));
    const all: Uint8Array[] = [];
    for (const { ShardId } of shards) {
      let { ShardIterator: iterator } = await kinesis.send(
        new GetShardIteratorCommand({
          StreamName: streamName,
          ShardId,
          ShardIteratorType: ShardIteratorType.TRIM_HORIZON,
        }),
      );
      for (let isEmpty = false; iterator && !isEmpty; ) {
        const page = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator }));
        for (const { Data: data } of page.Records ?? []) if (data) all.push(data);
        isEmpty = (page.Records ?? []).length === 0;
        iterator = page.NextShardIterator;
      }
    }
    return all;
  };

  return {
    dynamodb,
    mqtt,
    get,
    post: (path, body, token = target.token) => ask(path, token, { method: 'POST', body }),
    records,

    async publish(topic, payload) {
      await mqtt.publishAsync(topic, typeof payload === 'string' ? payload : JSON.stringify(payload), { qos: 1 });
    },

    async getUntil<Body>(path: string, isWanted: (body: Body) => boolean) {
      const endMs = Date.now() + WAIT_MAX_MS;
      for (;;) {
        const { status, body } = await get<Body>(path);
        if (status === 200 && isWanted(body)) return body;
        if (Date.now() > endMs) throw new Error(`${path}: still ${status} ${JSON.stringify(body)}`);
        await delay(POLL_MS);
      }
    },

    async observations() {
      return (await records('cityweave-observations')).flatMap(observationsIn);
    },

    async rejects() {
      const all: Reject[] = [];
      let cursor = '';
      do {
        const { body } = await get<RejectsBody>(`/v1/rejects?limit=200${cursor && `&cursor=${cursor}`}`);
        all.push(...body.rejects);
        cursor = body.cursor ?? '';
      } while (cursor);
      return all;
    },

    async close() {
      await mqtt.endAsync();
      kinesis.destroy();
      dynamodb.destroy();
    },
  };
}
