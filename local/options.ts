/** The stages that a configuration has. */
export const STAGES = ['dev', 'prod'] as const;
export type Stage = (typeof STAGES)[number];

export interface LocalCloudOptions {
  /** Where state lives, such as `.cityweave`; made if absent. */
  readonly dataDirectory: string;
  /** The documented ports without one; N to N+4 for N ≥ 1; free ones for 0. */
  readonly portBase?: number;
  /** Empties the data directory first. */
  readonly fresh?: boolean;
  /** Runs the simulated city beside the cloud. Default true. */
  readonly city?: boolean;
  /** Default `dev`. */
  readonly stage?: Stage;
  /** An assembly that `cdk synth` wrote; without one, the app is synthesized when its sources have changed. */
  readonly assemblyDirectory?: string;
  /** Gets each line of progress. */
  readonly log?: (line: string) => void;
}

export interface Ports {
  readonly mqtt: number;
  readonly mqtts: number;
  readonly ws: number;
  readonly aws: number;
  readonly http: number;
}

const DOCUMENTED_PORTS: Ports = { mqtt: 1883, mqtts: 8883, ws: 8083, aws: 4566, http: 8080 };
const OFFSETS: Ports = { mqtt: 0, mqtts: 1, ws: 2, aws: 3, http: 4 };

/** So that the last of the ports is still one. */
export const PORT_BASE_MAX = 65_535 - Math.max(...Object.values(OFFSETS));

/** The port of each listener; 0 stands for any free one. */
export function portsOf(portBase: number | undefined): Ports {
  if (portBase === undefined) {
    return DOCUMENTED_PORTS;
  }
  const at = (offset: number): number => (portBase === 0 ? 0 : portBase + offset);
  return {
    mqtt: at(OFFSETS.mqtt),
    mqtts: at(OFFSETS.mqtts),
    ws: at(OFFSETS.ws),
    aws: at(OFFSETS.aws),
    http: at(OFFSETS.http),
  };
}
