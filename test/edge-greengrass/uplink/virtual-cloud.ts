import { normalize } from '../../../core/codec/normalize.ts';
import type { AttributeValue } from '../../../core/observation.ts';
import { decodeFrame } from '../../../core/sync/decode-frame.ts';
import { encodeAck, encodeRequest } from '../../../core/sync/encode-command.ts';
import type { Lane, Leaf } from '../../../core/sync/frame.ts';
import { createReceiver, type Receiver, type ReceiverOutput } from '../../../core/sync/receiver.ts';
import { RECEIVER_DEFAULTS } from '../../../core/sync/receiver-options.ts';
import { refusalOf } from '../../../core/sync/refusal.ts';
import { emptyTwinFor, merge } from '../../../core/twin/join.ts';
import type { Twin } from '../../../core/twin/twin.ts';
import { messageOf } from '../../core/codec/factories.ts';
import type { CityConfig } from '../../../core/schema/city-config.ts';
import { smallCity } from '../../core/schema/small-city.ts';
import type { Publication } from './virtual-line.ts';

interface VirtualCloudOptions {
  readonly city: CityConfig;
  /** Of a sensor. */
  readonly laneOf: (sensor: string) => Lane;
  readonly verifyIntervalMs: number;
}

/** Sensors have the name of their lane, and something behind it. */
const DEFAULTS: VirtualCloudOptions = {
  city: smallCity,
  laneOf: (sensor) => (sensor.startsWith('critical') ? 'critical' : 'bulk'),
  verifyIntervalMs: RECEIVER_DEFAULTS.verifyIntervalMs,
};

/** What reads a gateway's frames in the cloud: the normalizer, the merge, and a receiver a lane. */
export function createVirtualCloud(
  thing: string,
  nowMs: () => number,
  send: (name: 'resync' | 'ack', payload: Uint8Array) => void,
  { city, laneOf, verifyIntervalMs }: VirtualCloudOptions = DEFAULTS,
) {
  const twins = new Map<string, Twin>();
  /** `asset/attribute/sensor@stamp` → all values that were said under that dot. */
  const heard = new Map<string, Set<AttributeValue>>();
  const outputs: ReceiverOutput[] = [];
  /** When both ends were last seen to hold the same. */
  const verifiedAtMs = new Map<Lane, number>();
  /** When each dot first arrived. */
  const arrivedAtMs = new Map<string, number>();
  /** Which lane each came by. */
  const rules = new Set<string>();

  const receiverOf = (lane: Lane): Receiver =>
    createReceiver({ ...RECEIVER_DEFAULTS, verifyIntervalMs, gateway: thing, lane });
  const receivers: Readonly<Record<Lane, Receiver>> = { critical: receiverOf('critical'), bulk: receiverOf('bulk') };

  const contexts = (lane: Lane): readonly Leaf[] =>
    [...twins.values()].flatMap(({ assetId, registers }) =>
      [...registers].flatMap(([attribute, register]) =>
        [...register].flatMap(([source, { stamp }]): readonly Leaf[] => {
          const sensor = source.slice(thing.length + 1);
          return laneOf(sensor) === lane ? [{ assetId, attribute, sensor, stamp }] : [];
        }),
      ),
    );

  const answer = (lane: Lane, all: readonly ReceiverOutput[]): void => {
    outputs.push(...all);
    for (const output of all) {
      if (output.kind === 'verified') verifiedAtMs.set(lane, nowMs());
      if (output.kind === 'ack') send('ack', encodeAck(output.ack));
      else if (output.kind === 'request') send('resync', encodeRequest(output.request));
      else if (output.kind === 'compare') {
        answer(lane, receivers[lane].compare(output.heartbeat, contexts(lane), nowMs()));
      }
    }
  };

  return {
    twins,
    heard,
    outputs,
    verifiedAtMs,
    arrivedAtMs,
    rules,
    hear({ rule, topic, payload }: Publication): void {
      const message = messageOf(payload, { topic, clientId: thing, receivedAtMs: nowMs() });
      const context = { city, stage: city.stages.dev, assets: new Map() };
      const { observations, kept } = normalize(message, context);
      const decoded = decodeFrame(payload);
      if (!decoded.ok) throw new Error(`a frame that cannot be read: ${decoded.detail}`);
      const { frame } = decoded;
      rules.add(`${rule} ${frame.lane}`);
      for (const each of observations) {
        const sensor = each.source.slice(thing.length + 1);
        arrivedAtMs.set(`${sensor}@${each.stamp}`, arrivedAtMs.get(`${sensor}@${each.stamp}`) ?? nowMs());
        for (const [name, value] of each.attributes) {
          const dot = `${each.assetId}/${name}/${sensor}@${each.stamp}`;
          heard.set(dot, (heard.get(dot) ?? new Set()).add(value));
        }
        twins.set(each.assetId, merge(twins.get(each.assetId) ?? emptyTwinFor(each), [each]).twin);
      }
      const refusal = refusalOf(frame, kept);
      if (refusal) send('ack', encodeAck(refusal));
      answer(frame.lane, receivers[frame.lane].take(frame, nowMs()));
    },
    tick(): void {
      for (const lane of ['critical', 'bulk'] as const) answer(lane, receivers[lane].tick(nowMs()));
    },
  };
}
