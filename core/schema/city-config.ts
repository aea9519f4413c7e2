/** The shape of `cityweave.config.ts`: what a city edits. `validateCityConfig` checks it at synthesis. */

import type { AttributeValue, Position } from '../observation.ts';
import type { Gas } from './units.ts';

export const POLICY_NAMES = ['latest', 'manual-review', 'max', 'mean-3-sigma', 'min', 'union'] as const;

export type PolicyName = (typeof POLICY_NAMES)[number];

export interface CityConfig {
  /** A name for people. */
  readonly city: string;
  /** Zone name → where it lies. */
  readonly zones: Readonly<Record<string, Zone>>;
  /** Asset type (a Smart Data Model, or one of ours) → its attributes. */
  readonly assetTypes: Readonly<Record<string, AssetType>>;
  /** Asset id → what the registry is seeded with. */
  readonly assets: Readonly<Record<string, RegisteredAsset>>;
  /** MQTT filters below `dt/`, of exactly five levels: these take the fast lane. */
  readonly criticalTopics: readonly string[];
  /** Name → how a legacy payload or a file's rows become readings. */
  readonly mappings: Readonly<Record<string, PayloadMapping>>;
  /** Name → payloads that bridges carry in a standard's own form; absent, they carry none. */
  readonly standards?: Readonly<Record<string, StandardPayload>>;
  /** Who speaks through a LoRaWAN; absent, nobody does. */
  readonly lorawan?: Lorawan;
  /** How many partition keys the `observations` stream has; a bucket is a hash of the asset id. */
  readonly buckets: number;
  readonly historyStore: 'timestream-liveanalytics' | 'none';
  readonly stages: Readonly<Record<StageName, Stage>>;
}

export type StageName = 'dev' | 'prod';

/** What differs between a laptop's or a developer's deployment and the city's. */
export interface Stage {
  readonly streamMode: 'on-demand' | 'provisioned';
  /** Only for `provisioned`. */
  readonly shards: { readonly ingest: number; readonly observations: number };
  readonly streamRetentionHours: number;
  /** A reading observed longer ago than this when it arrives is `time-in-past`; `null` accepts any age. */
  readonly lateMaxMs: number | null;
  /** `accept` flags readings about assets that the registry does not know; `quarantine` keeps them out of the log. */
  readonly unregisteredAssets: 'accept' | 'quarantine';
  readonly rejectRetentionDays: number;
  /** Of one client; what it sends beyond it goes to S3 in batches. 600 where absent. */
  readonly rejectsPerMinuteMax?: number;
  readonly logRetentionDays: number;
  readonly historyMemoryHours: number;
  readonly historyMagneticDays: number;
  /** How long the event log stays in its archive in S3; absent, there is no archive. */
  readonly archiveDays?: number;
  /** How long what gateways upload stays; as long as rejects where absent. */
  readonly uploadDays?: number;
  readonly removalPolicy: 'destroy' | 'retain';
  readonly alarms?: Alarms;
  /** Of the whole account, a month; absent, nobody is told what it costs. */
  readonly monthlyBudgetUsd?: number;
}

export interface Alarms {
  /** Who is told; AWS sends a confirmation first. Absent, alarms show on the dashboard only. */
  readonly email?: string;
  /** How long a zone may say nothing before somebody is told; 15 where absent. */
  readonly zoneSilentMinutes?: number;
}

export interface Zone {
  readonly description: string;
  /** WGS 84 degrees: west, south, east, north. */
  readonly bounds: readonly [west: number, south: number, east: number, north: number];
}

export interface AssetType {
  readonly description: string;
  /** Where the model's attributes are defined; `cityweave` for ours. */
  readonly model: string;
  readonly attributes: Readonly<Record<string, AttributeType>>;
  /** Relations that must hold within one reading, where it carries both attributes; a breach is `out-of-range`. */
  readonly constraints?: readonly Constraint[];
}

export interface Constraint {
  readonly left: string;
  readonly relation: '<=' | '<' | '==';
  readonly right: string;
}

export interface AttributeType {
  readonly description: string;
  readonly kind: 'number' | 'boolean' | 'string';
  /** UN/CEFACT common code (Recommendation 20) of the canonical unit; numbers only, `C62` for a count or a ratio. */
  readonly unit?: string;
  /** Of which this is the concentration or the mixing ratio, so that one is turned into the other; numbers only. */
  readonly gas?: Gas;
  /** Whole numbers only. */
  readonly integer?: boolean;
  /** Inclusive, in the canonical unit. */
  readonly range?: readonly [min: number, max: number];
  /** The only strings allowed. */
  readonly values?: readonly string[];
  /** The text refers to what its gateway has uploaded, such as a camera's frame; strings only. */
  readonly claim?: ClaimRule;
  /** What resolves siblings that disagree. */
  readonly policy: PolicyName;
  /** Older siblings no longer vote. */
  readonly maxAgeMs: number;
  /** Siblings that differ by more than this disagree; in the canonical unit, 0 where absent. */
  readonly tolerance?: number;
  /**
   * The standard deviation that the makers of its sensors declare, in the canonical unit; only and always for
   * `mean-3-sigma`: a source counts as that good until its own history says more.
   */
  readonly accuracy?: number;
  /** A wrong value may hurt somebody: no policy that can lose a concurrent write is accepted. */
  readonly safetyCritical?: boolean;
  /** What holds while a disagreement is open and nobody has decided it; only and always for `manual-review`. */
  readonly failSafe?: AttributeValue;
  /** How long sources may differ before that is a disagreement to be decided; only and always for `manual-review`. */
  readonly disagreeMaxMs?: number;
  /** A `state` may be coalesced at the edge, of a `log` every reading is sent. */
  readonly reporting: 'state' | 'log';
}

export interface ClaimRule {
  /** Media types that an upload may have, such as `image/jpeg`. */
  readonly contentTypes: readonly string[];
}

export interface RegisteredAsset {
  readonly assetType: string;
  readonly zone: string;
  /** As surveyed. */
  readonly position?: Position;
  /** The sources that may speak for it; absent, any source whose topic names it may. */
  readonly sources?: readonly string[];
  /** Readings with a position must be signed; absent, they may be. */
  readonly attestation?: 'required';
}

/** How a JSON object or a file's row that is not ours becomes a reading. Every named field is required. */
export interface PayloadMapping {
  readonly description: string;
  /** MQTT filter below `sensors/` that it applies to; absent for a mapping of files only. */
  readonly topic?: string;
  /** How to read a file of such rows; absent for a mapping of messages only. */
  readonly file?: FileFormat;
  readonly assetType: string;
  readonly zone: string;
  /** Field that holds the asset's id; anything outside `[A-Za-z0-9:.-]` is percent-encoded with `_` for `%`. */
  readonly assetId: string;
  /** Stands before the asset's id, where what the field holds says too little, such as a bare number. */
  readonly assetPrefix?: string;
  /** Field that holds the sensor's id, where it is not the asset's; the source is `{mapping}/{sensor id}`. */
  readonly sensorId?: string;
  readonly observedAt: TimeField;
  /** Attribute → where it comes from. */
  readonly attributes: Readonly<Record<string, AttributeField>>;
  /** Fields that hold where the asset was, in degrees; for what moves. */
  readonly position?: { readonly latitude: string; readonly longitude: string };
}

export interface FileFormat {
  readonly format: 'csv' | 'ndjson' | 'lines';
  /** CSV only; `,` where absent. */
  readonly delimiter?: string;
  /** Lines before the one that names the columns; CSV only. */
  readonly skipLines?: number;
  /**
   * A regular expression; required for `lines`. Its named groups are the fields of a line; a group called `json` holds
   * a JSON object, whose values are fields too, by their path, such as `VP.spd`.
   */
  readonly pattern?: string;
}

export interface TimeField {
  readonly field: string;
  /**
   * `local` is `yyyy-MM-dd HH:mm:ss` (or with `T`) in `timeZone`, `local-us` is `M/d/yyyy H:mm` there; `count` is a
   * device's number of intervals since `startsAt`.
   */
  readonly format: 'iso' | 'epoch-s' | 'epoch-ms' | 'local' | 'local-us' | 'count';
  /** IANA name; required for `local` and `local-us`. */
  readonly timeZone?: string;
  /** ISO 8601; required for `count`. */
  readonly startsAt?: string;
  /** Required for `count`. */
  readonly intervalMs?: number;
}

export interface AttributeField {
  readonly field: string;
  /** UN/CEFACT code of what the field holds, where it is not the attribute's own. */
  readonly unit?: string;
  /** What the field's values become; any other value is a `schema-violation`. */
  readonly values?: Readonly<Record<string, string | number | boolean>>;
}

/** What needs no mapping, for it says itself what it is about; the source is the name here and the asset. */
export interface StandardPayload {
  readonly description: string;
  readonly format: 'ngsi-ld' | 'senml';
  /** A filter of the levels that follow `sensors/`. */
  readonly topic: string;
  readonly zone: string;
  /** Of SenML, which does not say it; only and always there. */
  readonly assetType?: string;
}

export interface Lorawan {
  /** Name → a vendor's codec, and what is taken of its answer. */
  readonly codecs: Readonly<Record<string, UplinkCodec>>;
  /** `{network}/{devEui}`, the EUI in lower case → where the device hangs. */
  readonly devices: Readonly<Record<string, LorawanDevice>>;
}

export interface UplinkCodec {
  readonly description: string;
  /** In the folder `codecs/`. */
  readonly file: string;
  /**
   * Attribute → where it stands in what the codec returns, normalized or else decoded: names of nested objects are joined
   * by dots, such as `air.temperature`. Devices send now this, now that, so none of them must be there, but one.
   */
  readonly attributes: Readonly<Record<string, AttributeField>>;
  /** Where a tracker's position stands, likewise: WGS 84 degrees and metres. It counts where both angles are there. */
  readonly position?: UplinkPosition;
}

export interface UplinkPosition {
  readonly latitude: string;
  readonly longitude: string;
  readonly altitude?: string;
}

export interface LorawanDevice {
  /** Of the configuration's assets, which says type and zone. */
  readonly asset: string;
  /** Of the codecs above. */
  readonly codec: string;
  /** What the codec finds in `input.variables`. */
  readonly variables?: Readonly<Record<string, string>>;
}
