import { isObject } from '../../core/codec/json-payload.ts';
import { parseJson } from '../../core/codec/json.ts';
import { type ObservedAt, parseEpochMs, parseIso } from '../../core/codec/observed-at.ts';
import { refuse, type Refusal } from '../../core/reason.ts';
import { show } from '../../core/schema/show.ts';
import type { CameraConfig } from '../config/gateway-config.ts';
import type { Adapter, Intake, Sample } from '../ports.ts';
import { createGate, type Gate } from './isolation.ts';
import type { AdapterConfig, AdapterContext } from './ports.ts';

/** Of a message with counts; one holds a few numbers. */
export const COUNTS_BYTES_MAX = 16 * 1024;
/** How often it is looked whether the streams are open. */
const WATCH_MS = 500;

/**
 * What an inference process counts in a camera's pictures, which are not read here: a JSON object of stream → number on the
 * camera's topic of the local bus, such as `{"observedAt": 1795248000000, "occupancy/vehicle/count": 12}`. Whether anything
 * of it is wanted is told on `{topic}/control`, as `{"run": false}` in a brownout: inference is what draws the power.
 */
export function createCameraAdapter(camera: CameraConfig, context: AdapterContext): Adapter {
  const { bus, clock } = context;
  let gate: Gate | undefined;
  let watch: NodeJS.Timeout | undefined;
  let isRunning = true;
  let isStopped = false;

  function isWanted(intake: Intake): boolean {
    return camera.streams.some((stream) => intake.isOpen(stream));
  }

  function adjust(intake: Intake): void {
    if (isWanted(intake) === isRunning) return;
    isRunning = !isRunning;
    // Nobody may listen; then there is nothing to save either.
    bus.publish(`${camera.topic}/control`, Buffer.from(JSON.stringify({ run: isRunning }))).catch(() => {});
  }

  return {
    name: `camera ${camera.id}`,
    async start(intake) {
      const own = createGate(camera, intake, context);
      gate = own;
      await bus.subscribe(camera.topic, (payload) => {
        if (isStopped) return;
        own.heard();
        for (const read of readCounts(payload, camera, context.config, clock.nowMs())) {
          if ('ok' in read) own.refuse(read);
          else if (intake.isOpen(read.stream)) own.offer(read);
        }
      });
      watch = setInterval(() => adjust(intake), WATCH_MS);
    },
    stop() {
      isStopped = true;
      clearInterval(watch);
      return Promise.resolve();
    },
    state() {
      if (isStopped) return 'stopped';
      if (!gate) return 'connecting';
      return isRunning ? 'running' : 'suspended';
    },
    sensors: () => (gate ? [gate.health()] : []),
  };
}

/** A sample for each stream of the camera of which there is a count, or what is wrong with it. */
function readCounts(
  payload: Uint8Array,
  { id, streams }: CameraConfig,
  { streams: known }: Pick<AdapterConfig, 'streams'>,
  receivedAtMs: number,
): readonly (Sample | Refusal)[] {
  if (payload.length > COUNTS_BYTES_MAX) {
    return [refuse('too-large', `got ${payload.length} bytes, expected at most ${COUNTS_BYTES_MAX}`)];
  }
  const parsed = parseJson(payload);
  if (!parsed.ok) return [parsed];
  const { value } = parsed;
  if (!isObject(value)) return [refuse('schema-violation', `got ${show(value)}, expected an object of stream → count`)];
  const observedAt = readTime(value['observedAt'], receivedAtMs);
  if (!observedAt.ok) return [observedAt];
  const counted = streams.filter((stream) => Object.hasOwn(value, stream));
  if (counted.length === 0) return [refuse('schema-violation', `none of ${streams.join(', ')} is there`)];
  return counted.map((stream) => {
    const count = value[stream];
    if (typeof count !== 'number' || count < 0) {
      return refuse('out-of-range', `${stream}: got ${show(count)}, expected a count from 0 on`);
    }
    const [field = 'value'] = Object.keys(known[stream]?.attributes ?? {});
    return { sensor: id, stream, observedAtMs: observedAt.ms, values: new Map([[field, count]]) };
  });
}

function readTime(value: unknown, receivedAtMs: number): ObservedAt | Refusal {
  if (value === undefined) return { ok: true, ms: receivedAtMs, coarse: false };
  return typeof value === 'number' ? parseEpochMs(value) : parseIso(value);
}
