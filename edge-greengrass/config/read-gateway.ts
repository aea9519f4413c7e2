/** The whole of a gateway's configuration, key by key. */

import { checkReferences } from './check-references.ts';
import type { GatewayConfig, ListenerTls, TlsListenerConfig } from './gateway-config.ts';
import { failureModes } from './read-failure-modes.ts';
import { rule, rulesOf } from './read-rules.ts';
import { host } from './read-sensor.ts';
import { sensors } from './read-sensors.ts';
import { saidStream, streamsOf } from './read-streams.ts';
import { twinSection } from './read-twin.ts';
import { addressOf } from './stream-name.ts';
import {
  filledIn,
  list,
  mapped,
  name,
  number,
  object,
  optional,
  type Read,
  required,
  text,
  uniqueBy,
  whole,
} from './read.ts';

const GIGABYTE = 1e9;
const SPOOL_BYTES = { min: 1e6, max: 1000 * GIGABYTE };
const SPOOL_AGE_HOURS = { min: 1, max: 24 * 365 };
const PORT_MAX = 65_535;

const identity = object({
  asset_id: required(name),
  asset_type: optional(name, 'TrafficJunction'),
  zone: required(name),
  firmware_version: optional(text, 'unknown'),
});

/** Port 0 takes a free one. */
const listener = object({ host: optional(host, '127.0.0.1'), port: required(whole(0, PORT_MAX)) });

const tls = mapped(
  object({ certificate_path: required(text), key_path: required(text), client_ca_path: optional(text) }),
  (said): ListenerTls => ({
    certificatePath: said.certificate_path,
    keyPath: said.key_path,
    ...(said.client_ca_path !== undefined && { clientCaPath: said.client_ca_path }),
  }),
);

const tlsListener = mapped(
  object({ host: optional(host, '127.0.0.1'), port: required(whole(0, PORT_MAX)), tls: optional(tls) }),
  ({ host, port, tls }): TlsListenerConfig => ({ host, port, ...(tls && { tls }) }),
);

const listeners = mapped(
  object({ http2: optional(tlsListener), coap: optional(listener), grpc: optional(tlsListener) }),
  ({ http2, coap, grpc }): GatewayConfig['listeners'] => ({
    ...(http2 && { http2 }),
    ...(coap && { coap }),
    ...(grpc && { grpc }),
  }),
);

const spool = mapped(
  object({
    max_bytes: optional(number({ ...SPOOL_BYTES, unit: 'B', isWhole: true }), 2 * GIGABYTE),
    max_age_hours: optional(number({ ...SPOOL_AGE_HOURS, unit: 'h' }), 7 * 24),
    max_replay_share: optional(number({ min: 0.01, max: 1, remedy: 'it is a share: 0.5 for 50 %' }), 0.5),
  }),
  (said): GatewayConfig['spool'] => ({
    bytesMax: said.max_bytes,
    ageMaxMs: said.max_age_hours * 3_600_000,
    replayShareMax: said.max_replay_share,
  }),
);

const fields = object({
  identity: required(identity),
  sensors: required(sensors),
  streams: optional(
    uniqueBy('topic', list(saidStream), (said) => addressOf(said.stream)),
    [],
  ),
  rules: optional(uniqueBy('name', list(rule), (said) => said.name)),
  listeners: filledIn(listeners),
  digital_twin: required(twinSection),
  spool: filledIn(spool),
  failure_mode_policies: required(failureModes),
});

type Said = NonNullable<ReturnType<typeof fields>>;

/** First key by key, and only then across keys: of a wrong value nothing can be said any more. */
export const gateway: Read<GatewayConfig> = mapped(fields, (said, place) =>
  checkReferences(
    {
      streams: said.streams,
      rules: said.rules ?? [],
      criticalStreams: said.failure_mode_policies.power_brownout.criticalStreams,
    },
    toConfig(said),
    place,
  ),
);

function toConfig({
  identity,
  sensors,
  streams: named,
  rules,
  listeners,
  digital_twin,
  spool,
  ...said
}: Said): GatewayConfig {
  const { rf_noise_mitigation: radio, power_brownout: brownout, ...modes } = said.failure_mode_policies;
  const streams = streamsOf(named, sensors, brownout.criticalStreams);
  const { twin, attestation } = digital_twin;
  return {
    identity: {
      assetId: identity.asset_id,
      assetType: identity.asset_type,
      zone: identity.zone,
      firmwareVersion: identity.firmware_version,
    },
    streams,
    sensors,
    listeners,
    rules: rulesOf(rules, identity.asset_id),
    twin,
    spool,
    radio,
    power: {
      ...brownout,
      criticalStreams: Object.keys(streams).filter((each) => streams[each]?.priority === 'critical'),
    },
    thermal: modes.thermal,
    ...(attestation && { attestation }),
  };
}
