import { decodeMessage, NO_PORTS } from '../../core/codec/decode.ts';
import type { Message } from '../../core/codec/message.ts';
import { assetIdsOf, validateMessage } from '../../core/codec/normalize.ts';
import type { Observation } from '../../core/observation.ts';
import type { AssetRegistry, EvidenceStore, ReviewStore, TwinStore } from '../../core/ports.ts';
import type { CityConfig, Stage } from '../../core/schema/city-config.ts';
import { type AttestationContext, judgeAttestations } from '../shared/attestation/judge-attestations.ts';
import { mergeTwins, type Report } from '../shared/merge-twins.ts';
import { announceDeparture, type PublishContext, publishDeltas } from '../shared/publish-deltas.ts';
import type { SchemaRegistry } from '../shared/schemas/schema-registry.ts';
import { watchReviews } from '../shared/watch-reviews.ts';

export interface FastLaneContext extends PublishContext {
  readonly city: CityConfig;
  readonly stage: Stage;
  /** Absent, binary readings are left to the bulk lane. */
  readonly schemas?: SchemaRegistry;
  readonly registry: AssetRegistry;
  /** Absent, signatures are not looked at. */
  readonly attestations?: AttestationContext;
  readonly twins: TwinStore;
  readonly evidence: EvidenceStore;
  readonly reviews: ReviewStore;
}

export interface ShortcutTaken {
  readonly twinsWritten: number;
  readonly racesLost: number;
  readonly deltaMessages: number;
}

/**
 * Takes one message from its bytes to its twins and their subscribers. The same message goes down the bulk lane, whose
 * merge finds the dots already there: so this one writes no log, keeps no reading that is refused, and counts none.
 * Throws, after all that could be done is done, where part of it failed; the bulk lane does that part, too.
 */
export async function takeShortcut(message: Message, context: FastLaneContext): Promise<ShortcutTaken> {
  // Decode.
  const { city, stage, schemas, registry, attestations, twins, deltas, nowMs } = context;
  await schemas?.prepare([message]);
  const decoded = decodeMessage(message, city, schemas ? { ...NO_PORTS, schemas } : NO_PORTS);

  // Decide.
  const assets = await registry.find(assetIdsOf([decoded]));
  const verdicts = attestations && (await judgeAttestations([decoded], assets, attestations));
  const { observations } = validateMessage(decoded, { city, stage, assets, ...(verdicts && { verdicts }) });

  // Write and publish.
  const errors: unknown[] = [];
  const announce = announceDeparture(deltas, (_, error) => errors.push(error));
  const { settled, refused, failed, twinsWritten, racesLost } = await mergeTwins(reportsOf(observations), {
    twins,
    announce,
    nowMs,
  });
  const watched = await watchReviews(settled, context);
  const published = await publishDeltas(watched.known, context, watched.resolvedAtMs);

  errors.push(...[...failed, ...watched.errors, ...published.failed].map(({ error }) => error));
  errors.push(...refused.map(({ assetId, detail }) => new Error(`twin ${assetId}: ${detail}`)));
  if (errors.length > 0) {
    throw new AggregateError(errors, `${errors.length} parts of ${message.messageId} are left to the bulk lane`);
  }
  return { twinsWritten, racesLost, deltaMessages: published.messages };
}

function reportsOf(observations: readonly Observation[]): ReadonlyMap<string, Report> {
  const reports = new Map<string, [Observation, ...Observation[]]>();
  for (const observation of observations) {
    const report = reports.get(observation.assetId);
    if (report) report.push(observation);
    else reports.set(observation.assetId, [observation]);
  }
  return reports;
}
