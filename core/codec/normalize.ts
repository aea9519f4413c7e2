import type { Observation } from '../observation.ts';
import type { KeptReading } from '../ports.ts';
import { refuse, type Refusal } from '../reason.ts';
import type { CityConfig, RegisteredAsset, Stage } from '../schema/city-config.ts';
import { claimsIn } from '../uploads/judge-claim.ts';
import { type DecodedMessage, decodeMessage } from './decode.ts';
import type { DecoderPorts, DraftReading } from './decoder.ts';
import type { Message } from './message.ts';
import { type ReadingPlace, validateReading, type Verdict } from './validate-reading.ts';

export interface NormalizeContext {
  readonly city: CityConfig;
  readonly stage: Stage;
  /** The registry's rows of at least those assets that the message speaks of. */
  readonly assets: ReadonlyMap<string, RegisteredAsset>;
  /** What was found of the signed ones among the drafts; absent, nobody has looked. */
  readonly verdicts?: ReadonlyMap<DraftReading, Verdict>;
  /** What was found of those that refer to uploads; absent, nobody has looked, and they are refused. */
  readonly claims?: ReadonlyMap<DraftReading, ClaimVerdict>;
}

/** Whether all that a draft refers to lies where it says. */
export type ClaimVerdict = 'founded' | Refusal;

/** Every reading of a message, in exactly one of the two. */
export interface NormalizedMessage {
  readonly observations: readonly Observation[];
  readonly kept: readonly KeptReading[];
}

/** Decodes and validates one message, where the registry is at hand. */
export function normalize(message: Message, context: NormalizeContext, ports?: DecoderPorts): NormalizedMessage {
  return validateMessage(decodeMessage(message, context.city, ports), context);
}

/** The assets that decoded messages speak of, each once: what to ask the registry for before they are validated. */
export function assetIdsOf(messages: Iterable<DecodedMessage>): readonly string[] {
  const assetIds = new Set<string>();
  for (const { readings } of messages) {
    for (const reading of readings) if (reading.ok) assetIds.add(reading.assetId);
  }
  return [...assetIds];
}

/** Validates and stamps what `decodeMessage` made of a message. */
export function validateMessage(
  { message, readings }: DecodedMessage,
  { city, stage, assets, verdicts, claims }: NormalizeContext,
): NormalizedMessage {
  const observations: Observation[] = [];
  const kept: KeptReading[] = [];
  for (const [index, reading] of readings.entries()) {
    const place: ReadingPlace = { message, index, count: readings.length };
    const valid = reading.ok
      ? validateReading(reading, place, assets.get(reading.assetId), city, stage, verdicts?.get(reading))
      : reading;
    const unfounded = reading.ok && valid.ok ? breachOfClaims(reading, city, claims) : undefined;
    if (unfounded) kept.push(keep(place, unfounded));
    else if (valid.ok) observations.push(valid.observation);
    else kept.push(keep(place, valid));
  }
  return { observations, kept };
}

function breachOfClaims(
  draft: DraftReading,
  city: CityConfig,
  claims: NormalizeContext['claims'],
): Refusal | undefined {
  const verdict = claims?.get(draft);
  if (typeof verdict === 'object') return verdict;
  if (verdict === 'founded' || claimsIn(draft, city).length === 0) return undefined;
  return refuse('processing-failed', 'nobody has looked for what it refers to');
}

/**
 * A kept reading keeps the bytes of its whole message, also out of a batch: a redrive decodes the message again and
 * takes the same place of it, which no slice of a compressed or binary message would allow. All that were kept of one
 * message share one array.
 */
function keep({ message, index, count }: ReadingPlace, { reason, detail }: Refusal): KeptReading {
  return {
    readingId: `${message.messageId}/${index}`,
    count,
    reason,
    detail,
    topic: message.topic,
    clientId: message.clientId,
    principal: message.principal,
    receivedAtMs: message.receivedAtMs,
    bytes: message.bytes,
  };
}
