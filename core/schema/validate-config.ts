import {
  type Check,
  flag,
  integer,
  list,
  nullable,
  number,
  oneOf,
  record,
  scalar,
  shape,
  text,
  textThat,
  tuple,
} from './check.ts';
import {
  type Alarms,
  type AssetType,
  type AttributeField,
  type AttributeType,
  type CityConfig,
  type ClaimRule,
  type Constraint,
  type FileFormat,
  type Lorawan,
  type LorawanDevice,
  type PayloadMapping,
  POLICY_NAMES,
  type RegisteredAsset,
  type Stage,
  type StandardPayload,
  type TimeField,
  type UplinkCodec,
  type UplinkPosition,
  type Zone,
} from './city-config.ts';
import type { Position } from '../observation.ts';
import { parseIso } from '../codec/observed-at.ts';
import { checkReferences } from './config-references.ts';
import { isName, isSource, isUplinkSource, NAME_RULE, SOURCE_RULE, UPLINK_SOURCE_RULE } from './names.ts';
import { isTimeZone } from './time-zone.ts';
import { GASES, UNIT_CODES } from './units.ts';

export { ConfigError } from './check.ts';

/** Kinesis refuses other retentions: `IncreaseStreamRetentionPeriod`, 24 hours to 365 days. */
const STREAM_RETENTION_HOURS = [24, 8760] as const;
/** Timestream for LiveAnalytics, `RetentionProperties`. */
const HISTORY_MEMORY_HOURS = [1, 8766] as const;
const HISTORY_MAGNETIC_DAYS = [1, 73_000] as const;
/** More of one source would be no cap: its partition in the table takes 1,000 writes a second from all sources. */
const REJECTS_PER_MINUTE_MAX = 60_000;
/** The values that CloudWatch Logs takes, `PutRetentionPolicy`. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;
/** More partition keys than a stream can have shards to spread over serve nobody. */
const BUCKETS_MAX = 1024;
const SHARDS_MAX = 1000;
const REJECT_RETENTION_DAYS_MAX = 3650;
/** A century: S3 itself takes any number of days. */
const ARCHIVE_DAYS_MAX = 36_500;
const DURATION_MS_MAX = 100 * 365 * 24 * 60 * 60 * 1000;
const SKIPPED_LINES_MAX = 1000;
/** CloudWatch looks back a day at most when it evaluates minutes, `PutMetricAlarm`. */
const ZONE_SILENT_MINUTES = [1, 1440] as const;
const MONTHLY_BUDGET_USD = [1, 100_000_000] as const;

const name: Check<string> = textThat(isName, NAME_RULE);
const unitCode = oneOf(UNIT_CODES);
const finite = number(-Number.MAX_VALUE, Number.MAX_VALUE);
const longitude = number(-180, 180);
const latitude = number(-90, 90);

const zone = shape<Zone>({
  required: { description: text(), bounds: tuple(longitude, latitude, longitude, latitude) },
  optional: {},
});

/** RFC 6838 section 4.2, without parameters. */
function isMediaType(text: string): boolean {
  return /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}$/.test(text);
}

const attributeType = shape<AttributeType>({
  required: {
    description: text(),
    kind: oneOf(['number', 'boolean', 'string']),
    policy: oneOf(POLICY_NAMES),
    maxAgeMs: integer(1, DURATION_MS_MAX),
    reporting: oneOf(['state', 'log']),
  },
  optional: {
    unit: unitCode,
    gas: oneOf(GASES),
    integer: flag,
    range: tuple(finite, finite),
    values: list(text(), { min: 1, unique: true }),
    claim: shape<ClaimRule>({
      required: { contentTypes: list(textThat(isMediaType, 'a media type'), { min: 1, unique: true }) },
      optional: {},
    }),
    tolerance: number(0, Number.MAX_VALUE),
    accuracy: number(Number.MIN_VALUE, Number.MAX_VALUE),
    safetyCritical: flag,
    failSafe: scalar,
    disagreeMaxMs: integer(1, DURATION_MS_MAX),
  },
});

const constraint = shape<Constraint>({
  required: { left: name, relation: oneOf(['<=', '<', '==']), right: name },
  optional: {},
});

const assetType = shape<AssetType>({
  required: { description: text(), model: text(), attributes: record(name, attributeType, { min: 1 }) },
  optional: { constraints: list(constraint) },
});

const position = shape<Position>({
  required: { longitude, latitude },
  optional: { altitude: finite },
});

const registeredAsset = shape<RegisteredAsset>({
  required: { assetType: name, zone: name },
  optional: {
    position,
    sources: list(textThat(isSource, SOURCE_RULE), { min: 1, unique: true }),
    attestation: oneOf(['required']),
  },
});

const fileFormat = shape<FileFormat>({
  required: { format: oneOf(['csv', 'ndjson', 'lines']) },
  optional: {
    delimiter: text(1),
    skipLines: integer(0, SKIPPED_LINES_MAX),
    pattern: textThat(isPattern, 'a regular expression with named groups'),
  },
});

const timeField = shape<TimeField>({
  required: { field: text(), format: oneOf(['iso', 'epoch-s', 'epoch-ms', 'local', 'local-us', 'count']) },
  optional: {
    timeZone: textThat(isTimeZone, 'an IANA time zone such as Europe/London'),
    startsAt: textThat((value) => parseIso(value).ok, 'ISO 8601 with an offset, such as 2026-11-21T08:00:00Z'),
    intervalMs: integer(1, DURATION_MS_MAX),
  },
});

const attributeField = shape<AttributeField>({
  required: { field: text() },
  optional: { unit: unitCode, values: record(text(), scalar, { min: 1 }) },
});

const payloadMapping = shape<PayloadMapping>({
  required: {
    description: text(),
    assetType: name,
    zone: name,
    assetId: text(),
    observedAt: timeField,
    attributes: record(name, attributeField, { min: 1 }),
  },
  optional: {
    topic: text(),
    file: fileFormat,
    assetPrefix: name,
    sensorId: text(),
    position: shape<NonNullable<PayloadMapping['position']>>({
      required: { latitude: text(), longitude: text() },
      optional: {},
    }),
  },
});

const standardPayload = shape<StandardPayload>({
  required: { description: text(), format: oneOf(['ngsi-ld', 'senml']), topic: text(), zone: name },
  optional: { assetType: name },
});

const lorawan = shape<Lorawan>({
  required: {
    codecs: record(
      name,
      shape<UplinkCodec>({
        required: {
          description: text(),
          file: textThat((value) => /^[A-Za-z0-9_-]+\.js$/.test(value), 'the name of a file such as sensor.js'),
          attributes: record(name, attributeField, { min: 1 }),
        },
        optional: {
          position: shape<UplinkPosition>({
            required: { latitude: text(), longitude: text() },
            optional: { altitude: text() },
          }),
        },
      }),
    ),
    devices: record(
      textThat(isUplinkSource, UPLINK_SOURCE_RULE),
      shape<LorawanDevice>({
        required: { asset: name, codec: name },
        optional: { variables: record(text(), text()) },
      }),
    ),
  },
  optional: {},
});

const alarms = shape<Alarms>({
  required: {},
  optional: {
    email: textThat((value) => /^[^\s@]+@[^\s@]+$/.test(value), 'an e-mail address'),
    zoneSilentMinutes: integer(...ZONE_SILENT_MINUTES),
  },
});

const stage = shape<Stage>({
  required: {
    streamMode: oneOf(['on-demand', 'provisioned']),
    shards: shape<Stage['shards']>({
      required: { ingest: integer(1, SHARDS_MAX), observations: integer(1, SHARDS_MAX) },
      optional: {},
    }),
    streamRetentionHours: integer(...STREAM_RETENTION_HOURS),
    lateMaxMs: nullable(integer(0, DURATION_MS_MAX)),
    unregisteredAssets: oneOf(['accept', 'quarantine']),
    rejectRetentionDays: integer(1, REJECT_RETENTION_DAYS_MAX),
    logRetentionDays: oneOf(LOG_RETENTION_DAYS),
    historyMemoryHours: integer(...HISTORY_MEMORY_HOURS),
    historyMagneticDays: integer(...HISTORY_MAGNETIC_DAYS),
    removalPolicy: oneOf(['destroy', 'retain']),
  },
  optional: {
    archiveDays: integer(1, ARCHIVE_DAYS_MAX),
    uploadDays: integer(1, ARCHIVE_DAYS_MAX),
    rejectsPerMinuteMax: integer(1, REJECTS_PER_MINUTE_MAX),
    alarms,
    monthlyBudgetUsd: number(...MONTHLY_BUDGET_USD),
  },
});

const checkCity: Check<CityConfig> = shape<CityConfig>({
  required: {
    city: text(),
    zones: record(name, zone, { min: 1 }),
    assetTypes: record(name, assetType, { min: 1 }),
    assets: record(name, registeredAsset),
    criticalTopics: list(text(), { unique: true }),
    mappings: record(name, payloadMapping),
    buckets: integer(1, BUCKETS_MAX),
    historyStore: oneOf(['timestream-liveanalytics', 'none']),
    stages: shape<CityConfig['stages']>({ required: { dev: stage, prod: stage }, optional: {} }),
  },
  optional: { standards: record(name, standardPayload), lorawan },
});

function isPattern(value: string): boolean {
  try {
    return new RegExp(value, 'u').source.includes('(?<');
  } catch {
    return false;
  }
}

/**
 * The configuration, checked key by key and then across keys. Throws a ConfigError at the first mistake, whose message
 * is one line: `assetTypes.ParkingSpot.attributes.status.policy: got "newest", expected one of max, min, latest`.
 */
export function validateCityConfig(config: unknown): CityConfig {
  checkCity(config, '');
  checkReferences(config);
  return config;
}
