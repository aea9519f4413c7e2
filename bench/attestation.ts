import { generateKeyPairSync, sign } from 'node:crypto';
import config from '../cityweave.config.ts';
import { createChain, type PlacedReading } from '../core/attestation/chain.ts';
import { checkProof } from '../core/attestation/proof.ts';
import { decodeMessage } from '../core/codec/decode.ts';
import { validateMessage } from '../core/codec/normalize.ts';
import { encodeFrame } from '../core/sync/encode-frame.ts';
import type { FrameReading } from '../core/sync/frame.ts';
import { type AttestationContext, judgeAttestations } from '../lambdas/shared/attestation/judge-attestations.ts';
import { p256Verifier } from '../lambdas/shared/attestation/p256-verifier.ts';
import { cpuRate } from './fec/cpu-rate.ts';
import { type Benchmark, rounded, spreadCells } from './support/report.ts';
import { spreadOf } from './support/statistics.ts';

const GATEWAY = 'gw-1';
const OBSERVED_AT_MS = 1_795_248_000_000;
const READINGS = 1000;
/** Of what decoding and validating an unsigned reading takes, to find that it is not signed. */
const UNSIGNED_SHARE_MAX = 0.01;

/** What a signature costs the gateway and the cloud, on the wire too, and what it costs readings that have none. */
export const attestation: Benchmark = async ({ runs }, progress) => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const chain = createChain({ device: GATEWAY, keyId: 'f'.repeat(32), nextBootId: () => 1n });
  const signature = (message: Uint8Array) => sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const state = (index: number) => chain.next(busReading(index));
  const { reading, claim, statement } = state(0);
  const signed = { ...reading, attestation: { ...claim, signature: signature(statement) } };
  const key = {
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    status: 'active',
    notBeforeMs: 0,
  } as const;
  const verify = p256Verifier();

  const unsigned = messageOf(Array.from({ length: READINGS }, (_, index) => busReading(index)));
  const drafts = decodeMessage(unsigned, config);
  const context = { city: config, stage: config.stages.dev, assets: new Map() };
  const ways = [
    { name: 'gateway: state a reading', unitsPerCall: 1, work: () => state(1) },
    { name: 'gateway: sign a statement, key in a file', unitsPerCall: 1, work: () => signature(statement) },
    {
      name: 'cloud: check a proof',
      unitsPerCall: 1,
      work: () => checkProof({ device: GATEWAY, reading: signed }, key, verify),
    },
    {
      name: 'cloud: decode and validate an unsigned reading',
      unitsPerCall: READINGS,
      work: () => validateMessage(decodeMessage(unsigned, config), context),
    },
    {
      name: 'cloud: find that it is not signed',
      unitsPerCall: READINGS,
      work: () => judgeAttestations([drafts], context.assets, NEVER_ASKED),
    },
  ];
  const rates = ways.map((): number[] => []);
  for (let run = 0; run < runs; run += 1) {
    progress(`attestation: run ${run + 1} of ${runs}`);
    for (const [index, way] of ways.entries()) rates[index]?.push(cpuRate({ unit: 'readings', ...way }));
  }
  const medians = rates.map((each) => spreadOf(each).median);
  const share = (medians[3] ?? 0) / (medians[4] ?? Number.NaN);
  const bytes = frameBytes(signed) - frameBytes(reading);
  return [
    {
      title: `Attestation, readings a second of CPU time, ${runs} runs`,
      rows: ways.map(({ name }, index) => ({ what: name, ...spreadCells(spreadOf(rates[index] ?? [])) })),
      ...(share > UNSIGNED_SHARE_MAX && {
        unmet: `to find that a reading is not signed takes ${rounded(100 * share, 1)} % of what it takes anyway`,
      }),
    },
    { title: 'Attestation on the wire', rows: [{ 'bytes a reading': bytes }] },
  ];
};

/** Judging what is not signed asks for nothing. */
const NEVER_ASKED: AttestationContext = {
  keys: { find: () => Promise.reject(new Error('asked for a key')) },
  window: {
    around: () => Promise.reject(new Error('asked for counters')),
    nearest: () => Promise.reject(new Error('asked for counters')),
    put: () => Promise.reject(new Error('wrote counters')),
  },
  sightings: {
    find: () => Promise.reject(new Error('asked for a sighting')),
    put: () => Promise.reject(new Error('wrote a sighting')),
  },
  verify: () => false,
  lifeMs: 0,
};

function busReading(index: number): PlacedReading {
  return {
    assetId: 'bus-50',
    assetType: 'Vehicle',
    sensor: 'gps',
    stamp: BigInt(OBSERVED_AT_MS + index) * 1_000_000n,
    attributes: new Map([
      ['speed', 31.5],
      ['heading', 271],
    ]),
    position: { longitude: -1.8931, latitude: 52.4773, altitude: 140.2 },
    seen: new Map(),
  };
}

function messageOf(readings: readonly FrameReading[]) {
  return {
    messageId: 'm',
    topic: `dt/eastside/gateway/${GATEWAY}/frames`,
    bytes: frameOf(readings),
    clientId: GATEWAY,
    principal: '',
    receivedAtMs: OBSERVED_AT_MS,
  };
}

function frameBytes(reading: FrameReading): number {
  return frameOf([reading]).length;
}

function frameOf(readings: readonly FrameReading[]): Uint8Array {
  const header = { gateway: GATEWAY, lane: 'bulk', epoch: 1, sequence: 1, sentAtMs: OBSERVED_AT_MS } as const;
  return encodeFrame({ ...header, kind: 'delta', readings });
}
