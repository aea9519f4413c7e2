import type { Message } from '../../core/codec/message.ts';
import { frameBytes } from '../../core/codec/sync-frames.ts';
import { parseTopic } from '../../core/codec/topic.ts';
import { decodeFrame } from '../../core/sync/decode-frame.ts';
import type { SyncFrame } from '../../core/sync/frame.ts';

export interface FrameMessage {
  readonly zone: string;
  readonly frame: SyncFrame;
}

/** The frame that a gateway sent of itself; nothing where the message is none that the decoder of frames would read. */
export function frameOf({ topic: name, bytes }: Pick<Message, 'topic' | 'bytes'>): FrameMessage | undefined {
  const topic = parseTopic(name);
  if (topic.kind !== 'frames') return undefined;
  const unwrapped = frameBytes(bytes, topic);
  if ('ok' in unwrapped) return undefined;
  const decoded = decodeFrame(unwrapped);
  return decoded.ok && decoded.frame.gateway === topic.gatewayId
    ? { zone: topic.zone, frame: decoded.frame }
    : undefined;
}

/** Where a gateway hears of the readings that were refused, and of what has come. */
export function ackTopic(zone: string, gateway: string): string {
  return `cmd/${zone}/gateway/${gateway}/ack`;
}
