/** Which of the two runs the component; its recipe says so in `CITYWEAVE_NUCLEUS`. */
export const NUCLEI = ['lite', 'classic'] as const;
export type Nucleus = (typeof NUCLEI)[number];

export interface NucleusLimits {
  readonly payloadBytesMax: number;
  /** Publishes of QoS 1 that wait for their acknowledgement. */
  readonly inFlightMax: number;
}

/**
 * Lite holds 10 unacknowledged publishes for all of its components, takes packets of 10,000 bytes with the payload in
 * base64 inside, and QoS 1 payloads of 4.5 KiB at most; two places are left to other components. Classic takes what
 * IoT Core takes, and queues in memory what exceeds its window; sixteen of the largest fit into the 2.5 MB that it has.
 */
export const NUCLEUS_LIMITS: Readonly<Record<Nucleus, NucleusLimits>> = {
  lite: { payloadBytesMax: 4 * 1024, inFlightMax: 8 },
  classic: { payloadBytesMax: 128 * 1024, inFlightMax: 16 },
};
