/** What the gateway's parts ask of one another and of the world. */

import type { AttributeValue, GnssFix, Position } from '../core/observation.ts';

/** `critical` is read and sent in a brownout too, and before anything else at any time; `low` is dropped first. */
export const PRIORITIES = ['critical', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** What one sensor says at one instant, as its adapter hands it on. */
export interface Sample {
  /** As the configuration calls it. */
  readonly sensor: string;
  /** The logical stream, such as `traffic/loop/count`: `dlt://` is left off. */
  readonly stream: string;
  readonly observedAtMs: number;
  /** The sensor's own; orders what it says within a millisecond. */
  readonly counter?: number;
  /** Field, or attribute, → value, in the unit that the attribute declares. */
  readonly values: ReadonlyMap<string, AttributeValue>;
  readonly position?: Position;
  /** What the receiver says of the position. */
  readonly fix?: GnssFix;
  /** What it is about, where that is not the gateway's own asset. */
  readonly asset?: { readonly assetId: string; readonly assetType: string };
}

/** `suspended`: its stream is not read now. `refused`: bad, or there is no room; it is counted with its reason. */
export type Admission = 'taken' | 'suspended' | 'refused';

/** Where adapters put what they read. */
export interface Intake {
  /** For sensors that nobody can slow down: takes or refuses at once. */
  offer(sample: Sample): Admission;
  /**
   * For senders that wait for an acknowledgement: resolves once the reading survives a crash, and waits for room as long as
   * there is none.
   */
  accept(sample: Sample): Promise<Admission>;
  /** Whether the stream is to be read at all now. */
  isOpen(stream: string): boolean;
}

export type AdapterState = 'connecting' | 'running' | 'suspended' | 'failed' | 'stopped';

/** How one sensor does: `dead` says nothing for too long, `babbling` says too much and is shut off for a while. */
export interface SensorHealth {
  readonly sensor: string;
  readonly state: 'ok' | 'silent' | 'dead' | 'babbling';
  readonly detail?: string;
}

/** One kind of sensor, or one link that sensors speak over. It never throws after `start`: it reconnects, and tells. */
export interface Adapter {
  readonly name: string;
  start(intake: Intake): Promise<void>;
  /** Within a second; what was taken stays taken. */
  stop(): Promise<void>;
  state(): AdapterState;
  sensors(): readonly SensorHealth[];
}

/** The line to the cloud. */
export interface Transport {
  /** How large a payload may be. */
  readonly payloadBytesMax: number;
  /**
   * At least once (QoS 1); resolves when the next hop has it. Rejects at once where the line is down or too much is in
   * flight: nothing is kept here.
   */
  publish(topic: string, payload: Uint8Array): Promise<void>;
  subscribe(filter: string, listener: (topic: string, payload: Uint8Array) => void): Promise<void>;
  isUp(): boolean;
  /** Told each time the line comes or goes. */
  onLine(listener: (isUp: boolean) => void): void;
  close(): Promise<void>;
}

/** Messages between processes in the cabinet: actuators, cameras' inference, other components. */
export interface LocalBus {
  publish(topic: string, payload: Uint8Array): Promise<void>;
  subscribe(topic: string, listener: (payload: Uint8Array) => void): Promise<void>;
}

/** Where the gateway's configuration comes from, and changes. */
export interface ConfigurationSource {
  read(): Promise<unknown>;
  onChange(listener: () => void): void;
}

/** What supervises the component. */
export interface Supervisor {
  report(state: 'running' | 'errored'): Promise<void>;
}

/** A place in one priority's log; later ones are greater. */
export type SpoolPosition = bigint;

export interface SpooledRecord {
  readonly position: SpoolPosition;
  readonly appendedAtMs: number;
  readonly bytes: Uint8Array;
}

/** Readings that have no acknowledgement of the cloud yet, one log a priority, on a disk that may fail at any moment. */
export interface Spool {
  /** Resolves once the record survives a crash. Rejects where the disk takes nothing; the caller then counts it. */
  append(priority: Priority, bytes: Uint8Array): Promise<SpoolPosition>;
  /** In order, from the first at or after `from` that is still held, at most `bytesMax` of them but one in any case. */
  read(priority: Priority, from: SpoolPosition, bytesMax: number): Promise<readonly SpooledRecord[]>;
  /** Everything up to this place, inclusive, may go. */
  release(priority: Priority, upTo: SpoolPosition): Promise<void>;
  state(): Readonly<Record<Priority, SpoolState>>;
  close(): Promise<void>;
}

export interface SpoolState {
  readonly records: number;
  readonly bytes: number;
  /** Since the start: for want of space, by age, and unreadable after a crash. */
  readonly dropped: { readonly full: number; readonly expired: number; readonly damaged: number };
  /** Why nothing can be appended, such as `ENOSPC`. */
  readonly fault?: string;
}

/** Volts of the supply; absent where the sensor does not answer. */
export interface PowerSource {
  readMillivolts(): Promise<number | undefined>;
}

export interface TemperatureSource {
  readCelsius(): Promise<number | undefined>;
}

/** Signs with a key that never leaves its holder. */
export interface Signer {
  readonly keyId: string;
  /** ECDSA P-256 over the SHA-256 of `message`; 64 bytes, r and s. */
  sign(message: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}
