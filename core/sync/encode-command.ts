import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { AckSchema, ResyncRequestSchema, SyncConfigSchema } from '../codec/generated/sync_pb.ts';
import type { Ack, Ask, ResyncRequest, SyncConfig } from './command.ts';
import { SYNC_FORMAT, WIRE_LANES } from './encode-frame.ts';
import type { Leaf } from './frame.ts';

/** For `cmd/{zone}/gateway/{gateway}/resync`. */
export function encodeRequest({ lane, epoch, ask }: ResyncRequest): Uint8Array {
  const fields = { format: SYNC_FORMAT, lane: WIRE_LANES[lane], epoch: BigInt(epoch), ask: wireAsk(ask) };
  return toBinary(ResyncRequestSchema, create(ResyncRequestSchema, fields));
}

/** For `cmd/{zone}/gateway/{gateway}/ack`. */
export function encodeAck({ lane, epoch, sequence, refused }: Ack): Uint8Array {
  const fields = {
    format: SYNC_FORMAT,
    lane: WIRE_LANES[lane],
    epoch: BigInt(epoch),
    sequence: BigInt(sequence),
    refused: refused.map(({ assetId, sensor, stamp, reason }) => ({ assetId, sensor, stamp, reason })),
  };
  return toBinary(AckSchema, create(AckSchema, fields));
}

/** For `cmd/{zone}/gateway/{gateway}/config`. */
export function encodeConfig(config: SyncConfig): Uint8Array {
  return toBinary(SyncConfigSchema, create(SyncConfigSchema, { format: SYNC_FORMAT, ...config }));
}

type WireAsk = NonNullable<MessageInitShape<typeof ResyncRequestSchema>['ask']>;

function wireAsk(ask: Ask): WireAsk {
  switch (ask.kind) {
    case 'listings':
      return { case: 'listings', value: { buckets: [...ask.buckets] } };
    case 'differences':
      return { case: 'differences', value: { wanted: ask.wanted.map(wireLeaf), heard: ask.heard.map(wireLeaf) } };
    case 'frames':
      return { case: 'frames', value: { first: BigInt(ask.first), last: BigInt(ask.last) } };
    default:
      return { case: ask.kind, value: true };
  }
}

function wireLeaf({ assetId, attribute, sensor, stamp }: Leaf) {
  return { assetId, attribute, sensor, stamp };
}
