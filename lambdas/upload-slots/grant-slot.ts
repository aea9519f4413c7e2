import type { Message } from '../../core/codec/message.ts';
import type { DeltaPublisher } from '../../core/ports.ts';
import type { Refusal } from '../../core/reason.ts';
import type { CityConfig } from '../../core/schema/city-config.ts';
import { referenceOf } from '../../core/uploads/claim.ts';
import {
  readSlotRequest,
  replyTopic,
  requesterOf,
  requestIdOf,
  type Slot,
  type SlotRequest,
} from '../../core/uploads/slot.ts';

export interface GrantContext {
  readonly city: CityConfig;
  readonly presign: (request: SlotRequest) => Promise<Slot>;
  readonly publisher: DeltaPublisher;
}

/**
 * Answers a gateway that asks for a place to upload to: with a URL that takes these bytes and no others, or with why not.
 * Throws where the answer cannot be given; on a topic that no gateway has, the rule is wrong, and nobody could be answered.
 */
export async function grantSlot(
  { topic, bytes }: Message,
  { city, presign, publisher }: GrantContext,
): Promise<SlotRequest | Refusal> {
  const requester = requesterOf(topic);
  if (!requester) throw new TypeError(`got ${topic}, expected cmd/{zone}/gateway/{gateway}/uploads/request`);
  const request = readSlotRequest(bytes, requester, city);
  const requestId = requestIdOf(bytes);
  const answer = request.ok ? await answerOf(request, presign) : request;
  const payload = Buffer.from(JSON.stringify({ ...(requestId !== undefined && { requestId }), ...answer }));
  await publisher.publish({ topic: replyTopic(requester), payload });
  return request;
}

async function answerOf(request: SlotRequest, presign: GrantContext['presign']): Promise<object> {
  const { url, headers, expiresAtMs } = await presign(request);
  return { ok: true, reference: referenceOf(request), url, headers, expiresAt: new Date(expiresAtMs).toISOString() };
}
