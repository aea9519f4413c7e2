/** Whatever takes bytes from outside, in the way in which it meets them. */

import type { KinesisStreamRecord } from 'aws-lambda';
import config from '../../cityweave.config.ts';
import { checkProof } from '../../core/attestation/proof.ts';
import { decodeMessage, NO_PORTS } from '../../core/codec/decode.ts';
import type { DecoderPorts } from '../../core/codec/decoder.ts';
import { parseJson } from '../../core/codec/json.ts';
import { normalize } from '../../core/codec/normalize.ts';
import { decodeObservationRecord, encodeObservationRecord } from '../../core/codec/observation-record.ts';
import { decodeDeltaMessage } from '../../core/delta/decode.ts';
import { createView } from '../../core/delta/view.ts';
import { decodeAtAnyDepth } from '../../core/fec/decode-at-any-depth.ts';
import { decodeFrame as unwrap } from '../../core/fec/decode-frame.ts';
import { createGatherer } from '../../core/fec/gather.ts';
import { DEPTHS } from '../../core/fec/link.ts';
import { QUARANTINE_REASONS, REJECT_REASONS, type Refusal } from '../../core/reason.ts';
import { validateCityConfig } from '../../core/schema/validate-config.ts';
import { decodeAck, decodeConfig, decodeRequest } from '../../core/sync/decode-command.ts';
import { decodeFrame } from '../../core/sync/decode-frame.ts';
import { encodeFrame } from '../../core/sync/encode-frame.ts';
import { emptyTwin, merge } from '../../core/twin/join.ts';
import { resolve } from '../../core/twin/resolve.ts';
import { readSlotRequest } from '../../core/uploads/slot.ts';
import { parseGatewayConfig } from '../../edge-greengrass/config/read-config.ts';
import { messageOf as ingestMessage } from '../../lambdas/shared/ingest-record.ts';
import { compileSchema } from '../../lambdas/shared/schemas/compile-schema.ts';
import { RELEASED_SCHEMAS } from '../../lambdas/shared/schemas/released.ts';
import { messageOf } from '../core/codec/factories.ts';
import { findJsonFault } from '../../bin/decode/json-fault.ts';
import { EIGHT_MS } from '../core/sync/frames.ts';
import type { Target } from './campaign.ts';
import {
  COMMANDS,
  DATAGRAMS,
  DELTAS,
  FEC_FRAMES,
  FRAMES,
  GATEWAY_YAMLS,
  INGEST_RECORDS,
  MESSAGES,
  type MessageSeeds,
  RECORDS,
  SLOT_REQUESTS,
} from './seeds.ts';

const city = validateCityConfig({
  ...config,
  standards: {
    broker: { description: 'Entities.', format: 'ngsi-ld', topic: 'ngsi/+', zone: 'centre' },
    masts: {
      description: 'Packs.',
      format: 'senml',
      topic: 'senml/+',
      zone: 'edgbaston',
      assetType: 'WeatherObserved',
    },
  },
});
const context = { city, stage: city.stages.dev, assets: new Map() };
const compiled = new Map(RELEASED_SCHEMAS.map((entry) => [BigInt(`0x${entry.fingerprint}`), compileSchema(entry)]));
const ports: DecoderPorts = {
  ...NO_PORTS,
  schemas: { find: (fingerprint) => compiled.get(fingerprint) },
  // Uplinks alone are fuzzed here: what runs in QuickJS is stopped by its deadline.
  codecs: { run: () => ({ ok: true, data: { occupied: true } }) },
};

const REASONS: ReadonlySet<string> = new Set([...REJECT_REASONS, ...QUARANTINE_REASONS]);

/** A refusal with a known reason and something said; or what is wrong with it. */
function judgeRefusal({ reason, detail }: Pick<Refusal, 'reason' | 'detail'>): string | undefined {
  if (reason === 'processing-failed') return `our fault: ${detail}`;
  return REASONS.has(reason) && detail !== '' ? undefined : `refused as "${reason}": "${detail}"`;
}

function judge(decoded: { readonly ok: true } | Refusal): string | undefined {
  return decoded.ok ? undefined : judgeRefusal(decoded);
}

/** As the normalizer does; and what it lets through must survive the log, the merge and the resolver. */
function judgeMessage(bytes: Uint8Array, topic: string): string | undefined {
  const { observations, kept } = normalize(messageOf(bytes, { topic }), context, ports);
  for (const each of kept) {
    const complaint = judgeRefusal(each);
    if (complaint !== undefined) return complaint;
  }
  if (observations.length === 0) return kept.length > 0 || isHeartbeat(bytes) ? undefined : 'nothing became of it';
  const logged = decodeObservationRecord(encodeObservationRecord(observations));
  if (!logged.ok || logged.observations.length !== observations.length) return 'the log does not give it back';
  for (const observation of logged.observations) {
    const { assetId, assetType, zone } = observation;
    const { twin } = merge(emptyTwin(assetId, assetType, zone, false), [observation]);
    resolve(twin, city.assetTypes[assetType], observation.receivedAtMs);
  }
  return undefined;
}

/** The one message that holds no reading; in an FEC frame too. */
function isHeartbeat(bytes: Uint8Array): boolean {
  const unwrapped = decodeAtAnyDepth(bytes);
  const decoded = decodeFrame(unwrapped.ok ? unwrapped.payload : bytes);
  return decoded.ok && decoded.frame.kind === 'heartbeat';
}

function messageTarget({ name, topic, seeds }: MessageSeeds): Target {
  return { name, seeds, judge: (bytes) => judgeMessage(bytes, topic) };
}

/** What a frame says must be the same again once it is written and read. */
function judgeFrame(bytes: Uint8Array): string | undefined {
  const decoded = decodeFrame(bytes);
  if (!decoded.ok) return judgeRefusal(decoded);
  const again = decodeFrame(encodeFrame(decoded.frame));
  return again.ok && again.frame.kind === decoded.frame.kind ? undefined : 'it does not come back from its own bytes';
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** As a browser does, a day later. */
function judgeDeltas(bytes: Uint8Array): string | undefined {
  const decoded = decodeDeltaMessage(bytes);
  if (!decoded.ok) return judgeRefusal(decoded);
  const view = createView({}, city);
  for (const delta of decoded.deltas) view.apply(delta);
  for (const departure of decoded.departures) view.depart(departure);
  view.expire(EIGHT_MS + DAY_MS);
  return undefined;
}

function judgeRecord(bytes: Uint8Array): string | undefined {
  const decoded = decodeObservationRecord(bytes);
  if (!decoded.ok) return judgeRefusal(decoded);
  const again = decodeObservationRecord(encodeObservationRecord(decoded.observations));
  return again.ok ? undefined : `it does not come back from its own bytes: ${again.detail}`;
}

/** Each of the frame's datagrams once, the damaged one among them. */
function judgeDatagram(bytes: Uint8Array): string | undefined {
  const gatherer = createGatherer();
  for (const datagram of [...DATAGRAMS.slice(0, 12), bytes, ...DATAGRAMS.slice(12)]) {
    const complaint = judge(gatherer.add(datagram));
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

/** Signed readings of a frame, by a key that is registered: all but the signature's own check is ours. */
function judgeAttestation(bytes: Uint8Array): string | undefined {
  const { readings } = decodeMessage(messageOf(bytes, { topic: 'dt/centre/gateway/gw-7/frames' }), city);
  const key = { publicKey: new Uint8Array(), status: 'active', notBeforeMs: 0 } as const;
  for (const reading of readings) {
    const complaint = reading.ok
      ? reading.proof && judge(checkProof(reading.proof, key, () => true))
      : judgeRefusal(reading);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

function judgeSlotRequest(bytes: Uint8Array): string | undefined {
  return judge(readSlotRequest(bytes, { zone: 'centre', gateway: 'gw-7' }, city));
}

/** A configuration is read when it changes, and no reading waits for it. */
const GATEWAY_YAML_CPU_MS_MAX = 500;

/** Of what is wrong it tells at least one thing. */
function judgeGatewayYaml(bytes: Uint8Array): string | undefined {
  const read = parseGatewayConfig(Buffer.from(bytes).toString(), city.assetTypes);
  return read.ok || read.findings.some(({ severity }) => severity === 'error')
    ? undefined
    : 'refused without a finding';
}

/** A stream's record, of whoever may write there. */
function judgeIngestRecord(bytes: Uint8Array): string | undefined {
  const data = Buffer.from(bytes).toString('base64');
  const kinesis = { data, approximateArrivalTimestamp: 1_795_248_000 } as KinesisStreamRecord['kinesis'];
  const message = ingestMessage({ eventID: 'shardId-000000000000:1', kinesis } as KinesisStreamRecord);
  const { observations, kept } = normalize(message, context, ports);
  return observations.length + kept.length > 0 ? undefined : 'nothing became of it';
}

/** The parser and the command that says where JSON breaks agree on whether it does. */
function judgeJson(bytes: Uint8Array): string | undefined {
  const parsed = parseJson(bytes);
  const offset = findJsonFault(bytes);
  if (!parsed.ok) return judgeRefusal(parsed);
  return offset === undefined ? undefined : `it parses, and is said to break at byte ${offset}`;
}

export const TARGETS: readonly Target[] = [
  ...MESSAGES.map(messageTarget),
  { name: 'frame', seeds: FRAMES, judge: judgeFrame },
  {
    name: 'fec',
    seeds: FEC_FRAMES,
    judge: (bytes) => DEPTHS.map((depth) => judge(unwrap(bytes, { depth }))).find((each) => each !== undefined),
  },
  { name: 'fec-datagram', seeds: DATAGRAMS, judge: judgeDatagram },
  {
    name: 'command',
    seeds: COMMANDS,
    judge: (bytes) => judge(decodeRequest(bytes)) ?? judge(decodeAck(bytes)) ?? judge(decodeConfig(bytes)),
  },
  { name: 'attestation', seeds: FRAMES.slice(1, 2), judge: judgeAttestation },
  { name: 'slot-request', seeds: SLOT_REQUESTS, judge: judgeSlotRequest },
  { name: 'gateway-yaml', seeds: GATEWAY_YAMLS, cpuMsMax: GATEWAY_YAML_CPU_MS_MAX, judge: judgeGatewayYaml },
  { name: 'delta', seeds: DELTAS, judge: judgeDeltas },
  { name: 'observation-record', seeds: RECORDS, judge: judgeRecord },
  { name: 'ingest-record', seeds: INGEST_RECORDS, judge: judgeIngestRecord },
  { name: 'json', seeds: MESSAGES.slice(0, 4).flatMap(({ seeds }) => seeds), judge: judgeJson },
];
