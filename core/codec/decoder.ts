import type { Proof } from '../attestation/proof.ts';
import type {
  Attestation,
  AttributeValue,
  Context,
  GnssFix,
  ObservationKind,
  Position,
  ReadingFlag,
} from '../observation.ts';
import type { CodecRunner, SchemaBook, UplinkMemory } from '../ports.ts';
import type { Refusal } from '../reason.ts';
import type { CityConfig } from '../schema/city-config.ts';
import type { Message } from './message.ts';
import type { Topic } from './topic.ts';

/** An attribute as it was sent: neither its name nor its value is checked against the asset type yet. */
export interface RawAttribute {
  readonly name: string;
  readonly value: AttributeValue;
  /** UN/CEFACT code, where it is not the attribute's own. */
  readonly unit?: string;
}

/** One reading, decoded from whatever format it came in, before it is validated and stamped. */
export interface DraftReading {
  readonly ok: true;
  /** Whatever a device sends: only authorities decide, distrust and retire, and they speak by the API. */
  readonly kind: ObservationKind & 'reading';
  readonly assetId: string;
  readonly assetType: string;
  readonly zone: string;
  readonly source: string;
  /** Whole milliseconds since 1970; absent where the device sent none. */
  readonly observedAtMs?: number;
  /**
   * The device's counter, unsigned: it breaks the tie between readings of one millisecond. A format that carries whole
   * stamps gives their quotient by 10⁶ as `observedAtMs` and their remainder here.
   */
  readonly counter?: bigint;
  readonly attributes: readonly RawAttribute[];
  readonly position?: Position;
  /** For a gateway that signs the position; the cloud makes nothing of it. */
  readonly fix?: GnssFix;
  /** Attribute → what its writer had seen; gateways, the API and operators only. */
  readonly seen?: ReadonlyMap<string, Context>;
  readonly flags: readonly ReadingFlag[];
  readonly attestation: Attestation;
  /** What its gateway has signed, of a format that carries signatures; nobody has looked at it yet. */
  readonly proof?: Proof;
  /** Fingerprint of the writer's schema; 0 for JSON. */
  readonly schema: bigint;
}

/** One place of a message: a reading, or why there is none. A bad reading never fails the good ones beside it. */
export type DecodedReading = DraftReading | Refusal;

/** What formats ask of the world. Nothing of it waits: decoding is as synchronous as the bytes are there. */
export interface DecoderPorts {
  readonly codecs: CodecRunner;
  readonly schemas: SchemaBook;
  readonly uplinks: UplinkMemory;
}

/**
 * A format. `decode` returns the readings in the order in which the message holds them, or one refusal where the
 * message as a whole cannot be read. It neither throws nor keeps anything of what it was given.
 */
export interface Decoder {
  readonly name: string;
  /** By envelope, topic and shape; cheap, for every message is shown to one decoder after the other. */
  accepts(message: Message, topic: Topic, city: CityConfig): boolean;
  decode(message: Message, topic: Topic, city: CityConfig, ports: DecoderPorts): readonly DecodedReading[] | Refusal;
}
