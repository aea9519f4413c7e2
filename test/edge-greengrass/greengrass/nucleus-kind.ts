/** What the two nuclei take and keep; figures of lite 2.6 and classic 2.14. */
export interface NucleusKind {
  readonly name: 'lite' | 'classic';
  /** Of an event-stream packet; a larger one closes the connection. */
  readonly packetBytesMax: number;
  /** Of a publish of QoS 1 to the cloud. */
  readonly payloadBytesMax: number;
  /** Unacknowledged publishes of QoS 1, of all components together. */
  readonly inFlightMax: number;
  /** What is kept in memory while the cloud is away; 0 is no spooler. */
  readonly spoolBytesMax: number;
}

export const LITE: NucleusKind = {
  name: 'lite',
  packetBytesMax: 10_000,
  payloadBytesMax: 4608,
  inFlightMax: 10,
  spoolBytesMax: 0,
};

export const CLASSIC: NucleusKind = {
  name: 'classic',
  packetBytesMax: 16 * 1024 * 1024,
  payloadBytesMax: 128 * 1024,
  inFlightMax: 100,
  spoolBytesMax: 2.5 * 1024 * 1024,
};
