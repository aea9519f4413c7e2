import type { PlacedReading } from '../../core/attestation/chain.ts';
import { SIGNING_AGE_MAX_MS } from '../../core/attestation/window.ts';
import type { GnssFix, Observation } from '../../core/observation.ts';
import { show } from '../../core/schema/show.ts';
import type { FrameReading } from '../../core/sync/frame.ts';
import type { Attested } from '../attestation/attester.ts';
import type { StreamConfig } from '../config/gateway-config.ts';
import type { Admission, Intake, Priority, Sample } from '../ports.ts';
import type { LocalTwins } from '../twins/local-twins.ts';
import type { Counts } from './counts.ts';
import type { Journal } from './journal.ts';
import { readSample, type SampleContext } from './read-sample.ts';
import type { Refusals } from './refusals.ts';

/** The gateway itself, as a sensor. */
export const OWN_SENSOR = 'gateway';
/** What the gateway tells of itself: no configuration names the stream, and nothing suspends it. */
const HEALTH_STREAM = 'gateway/health';
const HEALTH: StreamConfig = { priority: 'critical', attributes: {} };

export interface IntakeOptions {
  /** As it stands now. */
  context(): SampleContext & { readonly streams: Readonly<Record<string, StreamConfig>> };
  /** Whether the stream is to be read now. */
  isOpen(stream: string): boolean;
  /** Whether a rule goes by what comes on the stream. */
  isWatched(stream: string): boolean;
  /** What the gateway decides by itself; comes before everything else and returns at once. */
  decide(stream: string, observation: Observation): void;
  /** Signs what has a position; absent, nothing is signed. */
  attest?(reading: PlacedReading, fix?: GnssFix): Attested;
  readonly twins: LocalTwins;
  readonly journal: Journal<SpoolableReading>;
  readonly refusals: Refusals;
  readonly counts: Counts;
  nowMs(): number;
}

/** A reading under its dot, on its way to the disk. */
export interface SpoolableReading {
  readonly reading: FrameReading;
  /** The same with its signature, which may take its time; absent where there is none to wait for. */
  readonly signed?: Promise<FrameReading>;
}

export interface GatewayIntake extends Intake {
  /** What the gateway says of itself; nobody else has this way in. */
  tell(asset: NonNullable<Sample['asset']>, values: Sample['values']): void;
}

interface Admitted {
  readonly priority: Priority;
  readonly spoolable: SpoolableReading;
}

/**
 * Where samples become readings. Each is checked as the cloud will check it; then rules see it, then the local twin has
 * it, and then it waits for the disk: a decision waits for nothing, and what is shown is what was decided by.
 */
export function createIntake(options: IntakeOptions): GatewayIntake {
  const { twins, journal, refusals, counts } = options;

  const streamOf = (stream: string): StreamConfig | undefined => {
    const { streams } = options.context();
    return Object.hasOwn(streams, stream) ? streams[stream] : undefined;
  };

  const turnAway = (sample: Sample, reason: string, detail: string): 'refused' => {
    counts.refused(reason);
    refusals.keep(sample, reason, detail, options.nowMs());
    return 'refused';
  };

  const admit = (sample: Sample, { priority, attributes }: StreamConfig): Admitted | 'refused' => {
    const read = readSample(sample, { priority, attributes }, options.context(), options.nowMs());
    if (!read.ok) return turnAway(sample, read.reason, read.detail);
    const spoolable = attested(readingOf(read.observation, sample.sensor), sample);
    // A signature comes with a dot of its own.
    const { stamp, position } = spoolable.reading;
    const observation = { ...read.observation, stamp, ...(position && { position }) };
    options.decide(sample.stream, observation);
    if (!twins.merge(observation)) return turnAway(sample, 'too-many-assets', show(observation.assetId));
    return { priority, spoolable };
  };

  const attested = (reading: FrameReading, { observedAtMs, fix }: Sample): SpoolableReading => {
    const { position } = reading;
    // What a sensor had kept comes unsigned: a signature says that the gateway has seen it then.
    const isFresh = Math.abs(options.nowMs() - observedAtMs) <= SIGNING_AGE_MAX_MS;
    return position && options.attest && isFresh ? options.attest({ ...reading, position }, fix) : { reading };
  };

  /** Of what the stream is, or why its samples are not taken. */
  const open = (sample: Sample): StreamConfig | 'suspended' | 'refused' => {
    const stream = streamOf(sample.stream);
    if (!stream) return turnAway(sample, 'unknown-stream', show(sample.stream));
    if (sample.sensor === OWN_SENSOR) return turnAway(sample, 'not-authorized', `no sensor is called ${OWN_SENSOR}`);
    if (options.isOpen(sample.stream)) return stream;
    counts.suspended();
    return 'suspended';
  };

  const put = ({ priority, spoolable }: Admitted): Admission => {
    if (!journal.offer(priority, spoolable)) return noRoom(counts);
    counts.taken(priority);
    return 'taken';
  };

  return {
    isOpen: (stream) => options.isOpen(stream),

    tell(asset, values) {
      const sample = { sensor: OWN_SENSOR, stream: HEALTH_STREAM, observedAtMs: options.nowMs(), values, asset };
      const admitted = admit(sample, HEALTH);
      if (admitted !== 'refused') put(admitted);
    },

    offer(sample) {
      const stream = open(sample);
      if (typeof stream === 'string') return stream;
      // Where there is no room a flood is turned away before it costs anything, unless something is decided by it.
      if (!journal.hasRoom(stream.priority) && !options.isWatched(sample.stream)) return noRoom(counts);
      const admitted = admit(sample, stream);
      return admitted === 'refused' ? admitted : put(admitted);
    },

    async accept(sample) {
      const stream = open(sample);
      if (typeof stream === 'string') return stream;
      const admitted = admit(sample, stream);
      if (admitted === 'refused') return admitted;
      try {
        await journal.accept(admitted.priority, admitted.spoolable);
      } catch {
        return 'refused';
      }
      counts.taken(admitted.priority);
      return 'taken';
    },
  };
}

function noRoom(counts: Counts): Admission {
  counts.refused('no-room');
  return 'refused';
}

function readingOf({ assetId, assetType, stamp, attributes, position }: Observation, sensor: string): FrameReading {
  return { assetId, assetType, sensor, stamp, attributes, ...(position && { position }), seen: new Map() };
}
