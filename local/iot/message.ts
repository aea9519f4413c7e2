/** One message on its way through the rules engine. */
export interface PublishedMessage {
  /** Without the prefix of Basic Ingest. */
  readonly topic: string;
  readonly payload: Buffer;
  /** `n/a` where the message did not come over MQTT. */
  readonly clientId: string;
  /** What authenticated the sender; empty where nothing did. */
  readonly principal: string;
  readonly receivedAtMs: number;
  /** A UUID; absent where the message did not come over MQTT. */
  readonly traceId?: string;
}

/** What `clientid()` gives for a message that did not come over MQTT. */
export const NO_CLIENT_ID = 'n/a';
