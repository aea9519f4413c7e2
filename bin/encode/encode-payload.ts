import { type DescMessage, fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { DeltaMessageSchema } from '../../core/codec/generated/delta_pb.ts';
import { ObservationRecordSchema } from '../../core/codec/generated/observation_pb.ts';
import { AckSchema, ResyncRequestSchema, SyncConfigSchema } from '../../core/codec/generated/sync_pb.ts';
import { encodeFrame, SYNC_FORMAT } from '../../core/sync/encode-frame.ts';
import { CommandError } from '../command-error.ts';
import { encodeEnveloped } from './enveloped.ts';
import { readFrameJson } from './frame-json.ts';
import { asObject, oneOf } from './json-shape.ts';

/** Those whose JSON is protobuf's own (protobuf.dev, "ProtoJSON Format"). */
const MESSAGES = {
  ack: AckSchema,
  'resync-request': ResyncRequestSchema,
  'sync-config': SyncConfigSchema,
  'delta-message': DeltaMessageSchema,
  'observation-record': ObservationRecordSchema,
} as const satisfies Readonly<Record<string, DescMessage>>;

type MessageName = keyof typeof MESSAGES;

const ENCODED = ['sync-frame', 'enveloped-reading', ...(Object.keys(MESSAGES) as MessageName[])] as const;

export interface EncodeAs {
  readonly as?: string;
  readonly schema?: string;
}

/**
 * The payload that JSON describes: what `decode --json` has found, or the `content` of it alone. Throws one line that
 * names the place of a slip.
 */
export function encodePayload(json: unknown, { as, schema }: EncodeAs): Uint8Array {
  const found = foundIn(json);
  const isEnveloped = schema !== undefined && as === undefined && found.format === undefined;
  const format = oneOf('--as', as ?? (isEnveloped ? 'enveloped-reading' : found.format), ENCODED);
  if (format === 'sync-frame') return encodeFrame(readFrameJson(found.content));
  if (format === 'enveloped-reading') return encodeEnveloped(found.content, schema);
  return encodeMessage(format, found.content);
}

/** What is in the frame, of what `decode` says of an FEC frame. */
function foundIn(json: unknown): { readonly format?: unknown; readonly content: unknown } {
  const object = asObject('what is to be encoded', json);
  if ('payload' in object && 'bytes' in object) return foundIn(object['payload']);
  return 'content' in object && 'format' in object
    ? { format: object['format'], content: object['content'] }
    : { content: json };
}

function encodeMessage(name: MessageName, content: unknown): Uint8Array {
  const schema: DescMessage = MESSAGES[name];
  const hasFormat = schema.fields.some((field) => field.name === 'format');
  const json = { ...(hasFormat && { format: SYNC_FORMAT }), ...asObject(name, content) };
  try {
    return toBinary(schema, fromJson(schema, json as JsonValue));
  } catch (cause) {
    throw new CommandError(`${name}: ${cause instanceof Error ? cause.message : 'no such message'}`, { cause });
  }
}
