/** `failure_mode_policies`: what the gateway does when the air, the supply, the heat or the satellites are against it. */

import { FIX_AGE_MAX_MS, TOLERANCE_M } from '../../core/attestation/place.ts';
import { refuse, warn, within } from './finding.ts';
import type { GatewayConfig, PowerConfig, ThermalConfig } from './gateway-config.ts';
import { filePath, filledIn, flag, list, mapped, number, object, oneOf, optional, required, whole } from './read.ts';
import { stream, streamAddress } from './stream-name.ts';

const RETRANSMITS_MAX = 10;
/** From a cell that drives a small board to a 48 V system at its highest. */
const VOLTAGE_MV = { min: 1000, max: 60_000 };
const MARGIN_MV_MAX = 10_000;
const RECOVERY_SECONDS = { min: 0.1, max: 3600 };
const POLL_MS = { min: 10, max: 60_000 };
const CONFIRM_READINGS_MAX = 100;
const TIMER_FACTOR_MAX = 100;
const CELSIUS = { min: 30, max: 125 };
const TOLERANCE_METERS = { min: 1, max: 10_000 };
const POSITION_AGE_SECONDS = { min: 0.1, max: 3600 };

/** How the cloud judges positions, for all gateways alike: `core/attestation`, and its topic for sensor fraud. */
const CLOUD = {
  enable: true,
  tolerance_radius_meters: TOLERANCE_M,
  stale_coordinate_max_age_seconds: FIX_AGE_MAX_MS / 1000,
  quarantine_topic: 'dlt://quarantine/sensor_fraud',
} as const;

const seconds = ({ min, max }: { readonly min: number; readonly max: number }) => number({ min, max, unit: 's' });

const radio = mapped(
  object({
    fec_enabled: optional(flag, true),
    fec_params: optional(oneOf('reed_solomon_255_223')),
    max_retransmits: optional(whole(0, RETRANSMITS_MAX), 3),
    retransmit_backoff: optional(oneOf('exponential', 'constant'), 'exponential'),
  }),
  (said): GatewayConfig['radio'] => ({
    isFecEnabled: said.fec_enabled,
    retransmitsMax: said.max_retransmits,
    backoff: said.retransmit_backoff,
  }),
);

const power = mapped(
  object({
    undervoltage_threshold_mv: required(
      number({ ...VOLTAGE_MV, unit: 'mV', isWhole: true, remedy: 'a 12 V system is too low below 10800' }),
    ),
    retention_mode: optional(oneOf('critical_queue_only', 'all'), 'critical_queue_only'),
    critical_topics: required(list(stream)),
    voltage_path: optional(filePath),
    voltage_unit: optional(oneOf('uV', 'mV', 'V'), 'mV'),
    poll_interval_ms: optional(number({ ...POLL_MS, unit: 'ms' }), 250),
    confirm_readings: optional(whole(1, CONFIRM_READINGS_MAX), 2),
    recovery_margin_mv: optional(number({ min: 0, max: MARGIN_MV_MAX, unit: 'mV' }), 300),
    recovery_seconds: optional(seconds(RECOVERY_SECONDS), 30),
    timer_slowdown: optional(number({ min: 1, max: TIMER_FACTOR_MAX }), 4),
  }),
  (said): PowerConfig => ({
    ...(said.voltage_path !== undefined && { voltagePath: said.voltage_path }),
    voltageUnit: said.voltage_unit,
    pollIntervalMs: said.poll_interval_ms,
    undervoltageMillivolts: said.undervoltage_threshold_mv,
    confirmReadings: said.confirm_readings,
    recoveryMillivolts: said.recovery_margin_mv,
    recoveryMs: said.recovery_seconds * 1000,
    timerFactor: said.timer_slowdown,
    retentionMode: said.retention_mode,
    criticalStreams: said.critical_topics,
  }),
);

/** Processors of industrial boards slow themselves down from some 95 °C on, which would hit the critical streams, too. */
const thermal = mapped(
  object({
    temperature_path: optional(filePath),
    throttle_celsius: optional(number({ ...CELSIUS, unit: '°C' }), 85),
    recovery_celsius: optional(number({ ...CELSIUS, unit: '°C' }), 75),
    recovery_seconds: optional(seconds(RECOVERY_SECONDS), 30),
  }),
  (said, place): ThermalConfig | undefined =>
    said.recovery_celsius >= said.throttle_celsius
      ? refuse(
          within(place, 'recovery_celsius'),
          said.recovery_celsius,
          `less than throttle_celsius, ${said.throttle_celsius}`,
        )
      : {
          ...(said.temperature_path !== undefined && { temperaturePath: said.temperature_path }),
          throttleCelsius: said.throttle_celsius,
          recoveryCelsius: said.recovery_celsius,
          recoveryMs: said.recovery_seconds * 1000,
        },
);

/** Whatever is said here, positions are judged in the cloud; a writer who expects something else should know. */
const spoofDetection = mapped(
  object({
    enable: optional(flag, true),
    tolerance_radius_meters: optional(number({ ...TOLERANCE_METERS, unit: 'm' }), CLOUD.tolerance_radius_meters),
    stale_coordinate_max_age_seconds: optional(seconds(POSITION_AGE_SECONDS), CLOUD.stale_coordinate_max_age_seconds),
    quarantine_topic: optional(streamAddress, CLOUD.quarantine_topic),
  }),
  (said, place) => {
    for (const [key, holds] of Object.entries(CLOUD)) {
      const value = said[key as keyof typeof CLOUD];
      if (value !== holds) warn(within(place, key), value, `${holds}`, 'the cloud judges positions by that');
    }
    return said;
  },
);

/** Without the section of the supply nobody would know what is critical; the others have defaults for all they say. */
export const failureModes = object({
  rf_noise_mitigation: filledIn(radio),
  power_brownout: required(power),
  thermal: filledIn(thermal),
  gps_spoof_detection: filledIn(spoofDetection),
});
