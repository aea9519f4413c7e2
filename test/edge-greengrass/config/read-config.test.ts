import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { parseGatewayConfig, readGatewayConfig } from '../../../edge-greengrass/config/read-config.ts';
import { TrafficJunction } from '../../../core/schema/models/edge.ts';
import { ParkingSpot } from '../../../core/schema/models/parking.ts';
import { configOf, GIVEN_TEXT, given, givenTree, linesOf } from './given-config.ts';

const PUBLISHED = path.join(import.meta.dirname, '../../../../shared/data/edge/edge_gateway_v3.yaml');

describe('the given configuration', () => {
  it.skipIf(!existsSync(PUBLISHED))('is the published one (../shared/data/edge is there)', () => {
    expect(GIVEN_TEXT).toBe(readFileSync(PUBLISHED, 'utf8'));
  });

  it('loads as it stands, and is warned of what it lacks', () => {
    expect(linesOf(parseGatewayConfig(GIVEN_TEXT))).toEqual([
      'warning: line 45: edge_gateway_v3.failure_mode_policies.power_brownout.critical_topics[0]: got "dlt://traffic/signal/emergency", expected a topic that a sensor writes to; nothing will come of it',
      'warning: line 41: edge_gateway_v3.failure_mode_policies.power_brownout.voltage_path: got nothing, expected a file with the voltage of the supply; without one, undervoltage is never seen',
    ]);
  });

  it('means what it says', () => {
    const config = configOf(parseGatewayConfig(GIVEN_TEXT));
    expect(config).toMatchObject({
      identity: {
        assetId: 'int-01-traffic',
        zone: 'downtown_alpha',
        assetType: 'TrafficJunction',
        firmwareVersion: '3.2.1',
      },
      twin: {
        redisUrl: 'redis://redis_edge_01:6379',
        deltaFramesPerSecondMax: 1000,
        divergenceThreshold: 0.3,
        occupancyPolicy: 'max',
      },
      radio: { isFecEnabled: true, retransmitsMax: 3, backoff: 'exponential' },
      power: {
        undervoltageMillivolts: 10_800,
        retentionMode: 'critical_queue_only',
        criticalStreams: ['traffic/loop/count', 'traffic/signal/emergency'],
      },
      attestation: { attester: 'hardware_via_i2c', keyPath: '/opt/tpm/seal-key.pem' },
      listeners: {},
    });
    expect(config.sensors).toMatchObject([
      {
        id: 'cam-001',
        protocol: 'rtsp',
        framesPerSecond: 30,
        pipeline: 'vehicle_tracking:v2',
        streams: ['occupancy/vehicle/count', 'traffic/signal/flow'],
      },
      { id: 'loop-004', protocol: 'modbus-tcp', samplingHz: 100, streams: ['traffic/loop/count'] },
      {
        id: 'wx-01',
        protocol: 'mqtt',
        fields: ['temperature', 'precipitation', 'wind_speed'],
        streams: ['environment/weather/highway'],
      },
    ]);
  });

  it('knows the streams of a junction, and which of them are critical', () => {
    expect(configOf(parseGatewayConfig(GIVEN_TEXT)).streams).toEqual({
      'occupancy/vehicle/count': { priority: 'normal', attributes: { value: 'vehicleCount' } },
      'traffic/signal/flow': { priority: 'normal', attributes: { value: 'trafficFlow' } },
      'traffic/loop/count': { priority: 'critical', attributes: { value: 'loopCount' } },
      'traffic/signal/emergency': { priority: 'critical', attributes: { value: 'emergencyVehicleApproaching' } },
      'environment/weather/highway': {
        priority: 'normal',
        attributes: { temperature: 'temperature', precipitation: 'precipitation', wind_speed: 'windSpeed' },
      },
    });
  });

  it('clears the way for emergency vehicles without being told', () => {
    expect(configOf(parseGatewayConfig(GIVEN_TEXT)).rules).toEqual([
      {
        name: 'emergency-preemption',
        stream: 'traffic/signal/emergency',
        field: 'value',
        relation: '==',
        value: true,
        actuatorTopic: 'cityweave/actuators/int-01-traffic/preempt',
        command: 'preempt',
        validMs: 2000,
      },
    ]);
  });

  it('reads a loop as its detector is shipped: one bit, set while a vehicle stands on it', () => {
    const loop = configOf(parseGatewayConfig(GIVEN_TEXT)).sensors.find(({ id }) => id === 'loop-004');
    expect(loop).toMatchObject({
      host: 'loop-004',
      port: 502,
      unitId: 1,
      registers: [
        {
          kind: 'discrete-input',
          address: 0,
          type: 'bit',
          meaning: 'presence',
          stream: 'traffic/loop/count',
          field: 'value',
        },
      ],
    });
  });
});

/** Every scalar as a text, as a nucleus may deliver it. */
function asTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asTexts);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, asTexts(each)]));
}

describe('a city', () => {
  const assetTypes = { TrafficJunction, ParkingSpot };

  it('in which the gateway has an asset type', () => {
    expect(linesOf(readGatewayConfig(givenTree(), assetTypes))).toHaveLength(2);
    expect(linesOf(readGatewayConfig(givenTree(), { ParkingSpot }))).toContain(
      'edge_gateway_v3.identity.asset_type: got "TrafficJunction", expected one of ParkingSpot',
    );
  });

  it('whose asset types have the attributes of the streams', () => {
    const withAttribute = (attribute: string) =>
      readGatewayConfig(
        given(['streams'], [{ topic: 'dlt://traffic/signal/flow', attributes: { value: attribute } }]),
        assetTypes,
      );
    expect(linesOf(withAttribute('status'))).toHaveLength(2);
    expect(linesOf(withAttribute('flow'))).toContain(
      'warning: edge_gateway_v3.streams: got "flow", expected an attribute of an asset type, for value of dlt://traffic/signal/flow; such readings will be refused',
    );
  });
});

describe('what others settle', () => {
  it.each([
    ['enable', false, 'got false, expected true'],
    ['tolerance_radius_meters', 30, 'got 30, expected 50'],
    ['stale_coordinate_max_age_seconds', '60', 'got 60, expected 5'],
    ['quarantine_topic', 'dlt://fraud', 'got "dlt://fraud", expected dlt://quarantine/sensor_fraud'],
  ])('positions are judged in the cloud: %s %s', (key, value, expected) => {
    expect(linesOf(readGatewayConfig(given(['failure_mode_policies', 'gps_spoof_detection', key], value)))).toContain(
      `warning: edge_gateway_v3.failure_mode_policies.gps_spoof_detection.${key}: ${expected}; the cloud judges positions by that`,
    );
  });

  it('the city resolves by the policy of the asset type', () => {
    const asMean = given(['digital_twin', 'conflict_resolver'], 'mean_merge');
    expect(linesOf(readGatewayConfig(asMean))).toHaveLength(2);
    expect(linesOf(readGatewayConfig(asMean, { TrafficJunction }))).toContain(
      'warning: edge_gateway_v3.digital_twin.conflict_resolver: got "mean_merge", expected the city\'s own, which is max for vehicleCount; vehicleCount is resolved by max',
    );
  });
});

describe('a configuration that Greengrass delivers', () => {
  const config = configOf(parseGatewayConfig(GIVEN_TEXT));

  it('is the same, without lines', () => {
    const read = readGatewayConfig(givenTree());
    expect(configOf(read)).toEqual(config);
    expect(linesOf(read)[0]).toMatch(
      /^warning: edge_gateway_v3\.failure_mode_policies\.power_brownout\.critical_topics\[0\]/,
    );
  });

  it('may hold numbers and flags as texts', () => {
    expect(configOf(readGatewayConfig(asTexts(givenTree())))).toEqual(config);
  });

  it('may begin with what stands below edge_gateway_v3', () => {
    const { edge_gateway_v3: below } = givenTree() as { readonly edge_gateway_v3: unknown };
    expect(configOf(readGatewayConfig(below))).toEqual(config);
  });

  it('may be YAML in a text', () => {
    expect(configOf(readGatewayConfig(GIVEN_TEXT))).toEqual(config);
  });

  it('that no deployment has given yet is refused', () => {
    expect(linesOf(readGatewayConfig({}))).toEqual([
      'edge_gateway_v3: got nothing, expected an object of identity, sensors, streams, rules, listeners, digital_twin, spool, failure_mode_policies',
    ]);
  });
});

describe('what the writer may add', () => {
  const read = (keys: readonly string[], value: unknown) => configOf(parseGatewayConfig(stringify(given(keys, value))));

  it('registers of a Modbus device', () => {
    const sensors = {
      pumps: [
        {
          id: 'pump-1',
          protocol: 'MODBUS_TCP',
          sampling_rate: '0.5 Hz',
          host: '10.0.0.7',
          port: 1502,
          unit_id: 3,
          output_topic: 'dlt://water/level',
          registers: [
            { kind: 'input_register', address: 65_534, type: 'float32', field: 'level', scale: 0.01, offset: -2 },
            { kind: 'coil', address: 7, output_topic: 'dlt://water/alarm' },
          ],
        },
      ],
    };
    expect(read(['sensors'], sensors).sensors).toEqual([
      {
        id: 'pump-1',
        protocol: 'modbus-tcp',
        streams: ['water/level', 'water/alarm'],
        silentMaxMs: 30_000,
        samplesPerSecondMax: 1000,
        samplingHz: 0.5,
        host: '10.0.0.7',
        port: 1502,
        unitId: 3,
        registers: [
          {
            kind: 'input-register',
            address: 65_534,
            type: 'float32',
            field: 'level',
            scale: 0.01,
            offset: -2,
            meaning: 'value',
            stream: 'water/level',
          },
          {
            kind: 'coil',
            address: 7,
            type: 'bit',
            field: 'value',
            scale: 1,
            offset: 0,
            meaning: 'value',
            stream: 'water/alarm',
          },
        ],
      },
    ]);
    expect(read(['sensors'], sensors).streams).toMatchObject({
      'water/level': { priority: 'normal', attributes: { level: 'level' } },
      'water/alarm': { priority: 'normal', attributes: { value: 'alarm' } },
    });
  });

  it('radio links and LoRaWAN', () => {
    const common = { output_topic: 'dlt://air/quality', max_silence_seconds: 60, max_samples_per_second: 5 };
    const said = read(
      ['sensors', 'far_away'],
      [
        { id: 'radio-1', protocol: 'UDP_RADIO', port: 5005, interleaving_depth: 8, ...common },
        { id: 'lora-1', protocol: 'LORAWAN', network: 'ttn', ...common },
      ],
    );
    expect(said.sensors.slice(-2)).toEqual([
      {
        id: 'radio-1',
        protocol: 'udp-radio',
        host: '127.0.0.1',
        port: 5005,
        interleavingDepth: 8,
        streams: ['air/quality'],
        silentMaxMs: 60_000,
        samplesPerSecondMax: 5,
      },
      {
        id: 'lora-1',
        protocol: 'lorawan',
        network: 'ttn',
        url: 'mqtt://127.0.0.1:1883',
        topic: 'v3/+/devices/+/up',
        streams: ['air/quality'],
        silentMaxMs: 60_000,
        samplesPerSecondMax: 5,
      },
    ]);
  });

  it('listeners, a spool, heat and a supply', () => {
    expect(read(['listeners'], { http2: { port: 8443 }, coap: { host: '0.0.0.0', port: 5683 } }).listeners).toEqual({
      http2: { host: '127.0.0.1', port: 8443 },
      coap: { host: '0.0.0.0', port: 5683 },
    });
    expect(read(['spool'], { max_bytes: 5e8, max_age_hours: 24, max_replay_share: 0.25 }).spool).toEqual({
      bytesMax: 500_000_000,
      ageMaxMs: 86_400_000,
      replayShareMax: 0.25,
    });
    const thermal = {
      temperature_path: '/sys/class/thermal/thermal_zone0/temp',
      throttle_celsius: 80,
      recovery_celsius: 70,
      recovery_seconds: 10,
    };
    expect(read(['failure_mode_policies', 'thermal'], thermal).thermal).toEqual({
      temperaturePath: '/sys/class/thermal/thermal_zone0/temp',
      throttleCelsius: 80,
      recoveryCelsius: 70,
      recoveryMs: 10_000,
    });
    expect(
      read(['failure_mode_policies', 'power_brownout', 'voltage_path'], '/sys/class/hwmon/hwmon0/in0_input').power,
    ).toMatchObject({
      voltagePath: '/sys/class/hwmon/hwmon0/in0_input',
      voltageUnit: 'mV',
    });
  });

  it('priorities, which make a stream critical in a brownout, too', () => {
    const { streams, power } = read(['streams'], [
      { topic: 'dlt://traffic/signal/flow', priority: 'critical' },
      { topic: 'dlt://environment/weather/highway', priority: 'low', attributes: { temperature: 'roadTemperature' } },
    ] as unknown);
    expect(streams['traffic/signal/flow']).toEqual({ priority: 'critical', attributes: { value: 'trafficFlow' } });
    expect(streams['environment/weather/highway']).toEqual({
      priority: 'low',
      attributes: { temperature: 'roadTemperature' },
    });
    expect([...power.criticalStreams].sort()).toEqual([
      'traffic/loop/count',
      'traffic/signal/emergency',
      'traffic/signal/flow',
    ]);
  });

  it('rules of its own, instead of the one that is always there', () => {
    const rule = {
      name: 'ice',
      topic: 'dlt://environment/weather/highway',
      field: 'temperature',
      relation: '<=',
      value: '1.5',
      actuator_topic: 'signs/{asset}/ice',
      command: 'show',
      valid_ms: 60_000,
    };
    expect(read(['rules'], [rule]).rules).toEqual([
      {
        name: 'ice',
        stream: 'environment/weather/highway',
        field: 'temperature',
        relation: '<=',
        value: 1.5,
        actuatorTopic: 'signs/int-01-traffic/ice',
        command: 'show',
        validMs: 60_000,
      },
    ]);
    expect(read(['rules'], []).rules).toEqual([]);
  });

  it.each([
    ['max_merge', 'max'],
    ['mean_merge', 'mean-3-sigma'],
    ['manual_review', 'manual-review'],
  ])('the resolver %s, which is the policy %s', (resolver, policy) => {
    expect(read(['digital_twin', 'conflict_resolver'], resolver).twin.occupancyPolicy).toBe(policy);
  });

  it('no attestation, no cache, and no more than what it must', () => {
    expect(read(['digital_twin'], {})).not.toHaveProperty('attestation');
    expect(read(['digital_twin'], {}).twin).not.toHaveProperty('redisUrl');
    const least = {
      identity: { asset_id: 'a', zone: 'b' },
      sensors: null,
      digital_twin: null,
      failure_mode_policies: { power_brownout: { undervoltage_threshold_mv: 10_800, critical_topics: [] } },
    };
    expect(configOf(readGatewayConfig({ ...least, sensors: {}, digital_twin: {} })).radio).toEqual({
      isFecEnabled: true,
      retransmitsMax: 3,
      backoff: 'exponential',
    });
    expect(linesOf(readGatewayConfig(least)).map((line) => line.slice(0, 28))).toEqual([
      'sensors: got nothing, expect',
      'digital_twin: got nothing, e',
    ]);
  });
});
