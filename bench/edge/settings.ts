import type { Lateness } from '../../edge-greengrass/adapters/lateness.ts';

/** What the load's process is started with. */
export interface LoadSettings {
  readonly readingsPerSecond: number;
  readonly weatherSensors: number;
  readonly loops: number;
  readonly ackTopic: string;
}

/** What it tells once it is there. */
export interface LoadPorts {
  readonly mqttPort: number;
  readonly modbusPorts: readonly number[];
}

/** What the gateway's process is started with. */
export interface GatewaySettings extends LoadPorts {
  readonly directory: string;
  readonly weatherSensors: number;
}

/** What the gateway's process tells when it is asked. */
export interface GatewayFigures {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly residentBytes: number;
  readonly taken: number;
  readonly takenCritical: number;
  readonly refused: number;
  readonly spooled: number;
  /** Since the last time. */
  readonly preemptionMs: readonly number[];
  readonly lateness: readonly Lateness[];
}

export const THING = 'bench-gateway';
export const ZONE = 'downtown_alpha';
