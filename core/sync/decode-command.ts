import { fromBinary } from '@bufbuild/protobuf';
import {
  AckSchema,
  type ResyncRequest as WireRequest,
  ResyncRequestSchema,
  SyncConfigSchema,
} from '../codec/generated/sync_pb.ts';
import { refuse, type Refusal } from '../reason.ts';
import type { Ack, Ask, ResyncRequest, SyncConfig } from './command.ts';
import { FrameError, LANES, leafOf, whole } from './decode-frame.ts';
import { BUCKETS } from './digest.ts';
import { SYNC_FORMAT } from './encode-frame.ts';
import type { Lane } from './frame.ts';

export type DecodedCommand<T> = { readonly ok: true; readonly command: T } | Refusal;

/** `unknown-schema` for another format, `malformed` for what is no request; so are the two below. */
export function decodeRequest(bytes: Uint8Array): DecodedCommand<ResyncRequest> {
  return decoded(bytes, (payload): [number, ResyncRequest] => {
    const wire = fromBinary(ResyncRequestSchema, payload);
    return [wire.format, { lane: laneOf(wire), epoch: whole('epoch', wire.epoch), ask: askOf(wire) }];
  });
}

export function decodeAck(bytes: Uint8Array): DecodedCommand<Ack> {
  return decoded(bytes, (payload): [number, Ack] => {
    const wire = fromBinary(AckSchema, payload);
    const refused = wire.refused.map(({ assetId, sensor, stamp, reason }) => ({ assetId, sensor, stamp, reason }));
    const sequence = whole('sequence', wire.sequence);
    return [wire.format, { lane: laneOf(wire), epoch: whole('epoch', wire.epoch), sequence, refused }];
  });
}

/** A rate or an interval of 0 is `malformed` too. */
export function decodeConfig(bytes: Uint8Array): DecodedCommand<SyncConfig> {
  return decoded(bytes, (payload): [number, SyncConfig] => {
    const { format, deltaFramesPerSecondMax, heartbeatIntervalMs } = fromBinary(SyncConfigSchema, payload);
    if (deltaFramesPerSecondMax === 0 || heartbeatIntervalMs === 0) throw new FrameError('got 0, expected 1 or more');
    return [
      format,
      {
        ...(deltaFramesPerSecondMax !== undefined && { deltaFramesPerSecondMax }),
        ...(heartbeatIntervalMs !== undefined && { heartbeatIntervalMs }),
      },
    ];
  });
}

function decoded<T>(bytes: Uint8Array, read: (bytes: Uint8Array) => [format: number, command: T]): DecodedCommand<T> {
  try {
    const [format, command] = read(bytes);
    if (format === SYNC_FORMAT) return { ok: true, command };
    return refuse('unknown-schema', `a command of format ${format}, expected ${SYNC_FORMAT}`);
  } catch (error) {
    return refuse('malformed', `not a sync command: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
}

function laneOf({ lane }: Pick<WireRequest, 'lane'>): Lane {
  const known = LANES[lane];
  if (!known) throw new FrameError(`lane: got ${lane}, expected 1 or 2`);
  return known;
}

function askOf({ ask }: WireRequest): Ask {
  switch (ask.case) {
    case undefined:
      throw new FrameError('a request that asks for nothing');
    case 'listings': {
      const { buckets } = ask.value;
      if (buckets.some((bucket) => bucket >= BUCKETS)) throw new FrameError(`a bucket beyond ${BUCKETS - 1}`);
      return { kind: 'listings', buckets };
    }
    case 'differences':
      return { kind: 'differences', wanted: ask.value.wanted.map(leafOf), heard: ask.value.heard.map(leafOf) };
    case 'frames':
      return { kind: 'frames', first: whole('first', ask.value.first), last: whole('last', ask.value.last) };
    default:
      return { kind: ask.case };
  }
}
