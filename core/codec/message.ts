/** One MQTT message as the topic rule put it on the `ingest` stream, its payload still opaque. */
export interface Message {
  /** The rule's `traceid()`; without MQTT, shard and sequence number. */
  readonly messageId: string;
  readonly topic: string;
  readonly bytes: Uint8Array;
  readonly clientId: string;
  /** Certificate id, or what authenticated the sender; empty where nothing did. */
  readonly principal: string;
  readonly receivedAtMs: number;
}
