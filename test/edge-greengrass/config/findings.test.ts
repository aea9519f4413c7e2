import { describe, expect, it } from 'vitest';
import { parseGatewayConfig, readGatewayConfig } from '../../../edge-greengrass/config/read-config.ts';
import { GIVEN_TEXT, given, linesOf } from './given-config.ts';

type Keys = readonly (string | number)[];

const camera = (key: string): Keys => ['sensors', 'cameras', 0, key];
const loop = (...keys: Keys): Keys => ['sensors', 'inductive_loops', 0, ...keys];
const weather = (key: string): Keys => ['sensors', 'weather_sensor', 0, key];
const power = (...keys: Keys): Keys => ['failure_mode_policies', 'power_brownout', ...keys];
const radio = (key: string): Keys => ['failure_mode_policies', 'rf_noise_mitigation', key];
const gps = (key: string): Keys => ['failure_mode_policies', 'gps_spoof_detection', key];
const thermal = ['failure_mode_policies', 'thermal'] as const;
const twin = (...keys: Keys): Keys => ['digital_twin', ...keys];
const register = (register: Readonly<Record<string, unknown>>) => [{ kind: 'input_register', address: 0, ...register }];
const rule = (rule: Readonly<Record<string, unknown>>) => [
  { name: 'r', topic: 'dlt://traffic/loop/count', value: 1, actuator_topic: 'a', command: 'c', ...rule },
];

/** Each in place of what the given configuration says there; the line is that of one error, and begins so. */
const WRONG: readonly [keys: Keys, value: unknown, line: string][] = [
  [['sensors'], undefined, 'sensors: got nothing, expected an object'],
  [['sensors'], 'none', 'sensors: got "none", expected an object'],
  [['sensor'], {}, 'sensor: got an object, expected no such key; did you mean sensors?'],
  [['telemetry'], 1, 'telemetry: got 1, expected no such key; known here are identity, sensors, streams,'],
  [['failure_mode_policies'], undefined, 'failure_mode_policies: got nothing, expected an object of rf_noise'],
  [
    ['failure_mode_policies', 'power_brownout'],
    undefined,
    'failure_mode_policies.power_brownout: got nothing, expected',
  ],

  [['identity', 'asset_id'], undefined, 'identity.asset_id: got nothing, expected a name of 1 to 64 characters'],
  [['identity', 'asset_id'], 'int/01', 'identity.asset_id: got "int/01", expected a name of 1 to 64 characters'],
  [['identity', 'zone'], 'x'.repeat(65), 'identity.zone: got "xxxxx'],
  [
    ['identity', 'firmware_version'],
    3.1,
    'identity.firmware_version: got 3.1, expected a text of 1 to 200 characters; put it',
  ],
  [['identity', 'assetid'], 'a', 'identity.assetid: got "a", expected no such key; did you mean asset_id?'],

  [camera('protocol'), 'RTMP', 'sensors.cameras[0].protocol: got "RTMP", expected one of MODBUS_TCP, MQTT, RTSP,'],
  [
    camera('protocol'),
    'rtsp',
    'sensors.cameras[0].protocol: got "rtsp", expected one of MODBUS_TCP, MQTT, RTSP, UDP_RADIO, LORAWAN; write RTSP',
  ],
  [camera('protocol'), undefined, 'sensors.cameras[0].protocol: got nothing, expected one of'],
  [['sensors', 'cameras', 0], 'cam-001', 'sensors.cameras[0]: got "cam-001", expected an object of id, protocol'],
  [camera('fps'), 0, 'sensors.cameras[0].fps: got 0, expected a number from 0.1 to 240'],
  [camera('fps'), 241, 'sensors.cameras[0].fps: got 241, expected a number from 0.1 to 240'],
  [camera('fps'), 'fast', 'sensors.cameras[0].fps: got "fast", expected a number from 0.1 to 240'],
  [camera('resolution'), '1080p', 'sensors.cameras[0].resolution: got "1080p", expected pixels such as 1920x1080'],
  [camera('output_topics'), [], 'sensors.cameras[0].output_topics: got an empty list, expected a list of 1 to 1000'],
  [camera('output_topics'), undefined, 'sensors.cameras[0]: got "cam-001", expected an output_topic; add output_topic'],
  [
    camera('output_topics'),
    ['occupancy/vehicle'],
    'sensors.cameras[0].output_topics[0]: got "occupancy/vehicle", expected dlt://',
  ],
  [camera('output_topics'), ['dlt://a//b'], 'sensors.cameras[0].output_topics[0]: got "dlt://a//b", expected dlt://'],
  [camera('output_topics'), ['dlt://a/+/b'], 'sensors.cameras[0].output_topics[0]: got "dlt://a/+/b", expected dlt://'],
  [camera('output_topics'), ['dlt://1/2/3/4/5/6/7/8'], 'sensors.cameras[0].output_topics[0]: got "dlt://1/2/'],
  [camera('id'), 'loop-004', 'sensors.inductive_loops[0].id: got "loop-004", expected an id that no other sensor has'],
  [camera('sampling_rate'), '5Hz', 'sensors.cameras[0].sampling_rate: got "5Hz", expected no such key; known here'],

  [
    loop('sampling_rate'),
    0,
    'sensors.inductive_loops[0].sampling_rate: got 0, expected a number with its unit, from 0.001Hz to',
  ],
  [
    loop('sampling_rate'),
    '0Hz',
    'sensors.inductive_loops[0].sampling_rate: got "0Hz", expected a number with its unit',
  ],
  [
    loop('sampling_rate'),
    100,
    'sensors.inductive_loops[0].sampling_rate: got 100, expected a number with its unit, from 0.001Hz to 1000Hz; write 100Hz',
  ],
  [
    loop('sampling_rate'),
    '100kHz',
    'sensors.inductive_loops[0].sampling_rate: got "100kHz", expected a number with its unit, from 0.001Hz to 1000Hz',
  ],
  [
    loop('sampling_rate'),
    '10ms',
    'sensors.inductive_loops[0].sampling_rate: got "10ms", expected a number with its unit',
  ],
  [
    loop('sampling_rate'),
    '1001Hz',
    'sensors.inductive_loops[0].sampling_rate: got "1001Hz", expected a number with its unit',
  ],
  [
    loop('sampling_rate'),
    undefined,
    'sensors.inductive_loops[0].sampling_rate: got nothing, expected a number with its unit',
  ],
  [loop('port'), 0, 'sensors.inductive_loops[0].port: got 0, expected a whole number from 1 to 65535'],
  [loop('port'), 65_536, 'sensors.inductive_loops[0].port: got 65536, expected a whole number from 1 to 65535'],
  [loop('unit_id'), 256, 'sensors.inductive_loops[0].unit_id: got 256, expected a whole number from 0 to 255'],
  [loop('unit_id'), 1.5, 'sensors.inductive_loops[0].unit_id: got 1.5, expected a whole number from 0 to 255'],
  [loop('host'), 'a b', 'sensors.inductive_loops[0].host: got "a b", expected the name or address of a host'],
  [
    loop('max_silence_seconds'),
    '5min',
    'sensors.inductive_loops[0].max_silence_seconds: got "5min", expected a number of s from 0.1 to 2592000; write 300',
  ],
  [loop('registers'), [], 'sensors.inductive_loops[0].registers: got an empty list, expected a list of 1 to 125'],
  [
    loop('registers'),
    register({ kind: 'register' }),
    'sensors.inductive_loops[0].registers[0].kind: got "register", expected one of coil,',
  ],
  [
    loop('registers'),
    register({ address: 65_536 }),
    'sensors.inductive_loops[0].registers[0].address: got 65536, expected a whole number',
  ],
  [
    loop('registers'),
    register({ address: 65_535, type: 'uint32' }),
    'sensors.inductive_loops[0].registers[0].address: got 65535, expected at most 65534',
  ],
  [
    loop('registers'),
    register({ type: 'bit' }),
    'sensors.inductive_loops[0].registers[0].type: got "bit", expected a type of 16 or 32 bits',
  ],
  [
    loop('registers'),
    register({ kind: 'coil', type: 'int16' }),
    'sensors.inductive_loops[0].registers[0].type: got "int16", expected bit',
  ],
  [
    loop('registers'),
    register({ meaning: 'presence' }),
    'sensors.inductive_loops[0].registers[0].meaning: got "presence", expected value',
  ],

  [
    weather('broker_url'),
    'http://broker',
    'sensors.weather_sensor[0].broker_url: got "http://broker", expected the address of a broker',
  ],
  [weather('fields'), ['wind speed'], 'sensors.weather_sensor[0].fields[0]: got "wind speed", expected a name'],
  [
    weather('fields'),
    'temperature',
    'sensors.weather_sensor[0].fields: got "temperature", expected a list of 1 to 1000',
  ],
  [
    ['sensors', 'radio'],
    [{ id: 'r', protocol: 'UDP_RADIO', port: 1, output_topic: 'dlt://a', interleaving_depth: 6 }],
    'sensors.radio[0].interleaving_depth: got 6, expected one of 1, 2, 3, 4, 5, 8',
  ],
  [
    ['sensors', 'lora'],
    [{ id: 'r', protocol: 'LORAWAN', network: 'helium', output_topic: 'dlt://a' }],
    'sensors.lora[0].network: got "helium", expected one of aws, chirpstack, ttn',
  ],

  [twin('sync_protocol'), 'DSBP_v1', 'digital_twin.sync_protocol: got "DSBP_v1", expected one of DSBP_v2'],
  [
    twin('local_state_cache'),
    'redis_edge_01',
    'digital_twin.local_state_cache: got "redis_edge_01", expected host:port of a Redis',
  ],
  [
    twin('max_delta_packets_per_second'),
    0,
    'digital_twin.max_delta_packets_per_second: got 0, expected a number from 0.1 to',
  ],
  [
    twin('full_sync_entropy_threshold'),
    30,
    'digital_twin.full_sync_entropy_threshold: got 30, expected a number from 0 to 1; it is a share',
  ],
  [
    twin('conflict_resolver'),
    'latest',
    'digital_twin.conflict_resolver: got "latest", expected one of max_merge, mean_merge, manual_review',
  ],
  [
    twin('attestation', 'attester'),
    'software',
    'digital_twin.attestation.attester: got "software", expected one of hardware_via_i2c, pkcs11, key_file',
  ],
  [
    twin('attestation', 'tpm_key_path'),
    undefined,
    'digital_twin.attestation.tpm_key_path: got nothing, expected a text',
  ],

  [
    radio('fec_enabled'),
    'yes',
    'failure_mode_policies.rf_noise_mitigation.fec_enabled: got "yes", expected true or false',
  ],
  [
    radio('fec_params'),
    'reed_solomon_255_239',
    'failure_mode_policies.rf_noise_mitigation.fec_params: got "reed_solomon_255_239", expected one of',
  ],
  [
    radio('max_retransmits'),
    11,
    'failure_mode_policies.rf_noise_mitigation.max_retransmits: got 11, expected a whole number from 0 to 10',
  ],
  [
    radio('max_retransmits'),
    -1,
    'failure_mode_policies.rf_noise_mitigation.max_retransmits: got -1, expected a whole number',
  ],
  [
    radio('retransmit_backoff'),
    'linear',
    'failure_mode_policies.rf_noise_mitigation.retransmit_backoff: got "linear", expected one of',
  ],

  [
    power('undervoltage_threshold_mv'),
    0,
    'failure_mode_policies.power_brownout.undervoltage_threshold_mv: got 0, expected a whole number of mV from 1000 to 60000; a 12 V system is too low below 10800',
  ],
  [
    power('undervoltage_threshold_mv'),
    '10.8V',
    'failure_mode_policies.power_brownout.undervoltage_threshold_mv: got "10.8V", expected a whole number of mV from 1000 to 60000; write 10800',
  ],
  [
    power('undervoltage_threshold_mv'),
    '10800 mV',
    'failure_mode_policies.power_brownout.undervoltage_threshold_mv: got "10800 mV", expected a whole number of mV from 1000 to 60000; write 10800',
  ],
  [
    power('undervoltage_threshold_mv'),
    10.8,
    'failure_mode_policies.power_brownout.undervoltage_threshold_mv: got 10.8, expected a whole number of mV from 1000 to 60000; if that was V, write 10800',
  ],
  [
    power('undervoltage_threshold_mv'),
    10_800_000,
    'failure_mode_policies.power_brownout.undervoltage_threshold_mv: got 10800000, expected a whole number of mV from 1000 to 60000; if that was uV, write 10800',
  ],
  [
    power('undervoltage_threshold_mv'),
    999,
    'failure_mode_policies.power_brownout.undervoltage_threshold_mv: got 999, expected',
  ],
  [
    power('undervoltage_threshold_mv'),
    60_001,
    'failure_mode_policies.power_brownout.undervoltage_threshold_mv: got 60001, expected',
  ],
  [
    power('undervoltage_threshold_mv'),
    Number.NaN,
    'failure_mode_policies.power_brownout.undervoltage_threshold_mv: got NaN, expected',
  ],
  [
    power('undervoltage_threshold_mv'),
    undefined,
    'failure_mode_policies.power_brownout.undervoltage_threshold_mv: got nothing, expected',
  ],
  [
    power('critical_topics'),
    undefined,
    'failure_mode_policies.power_brownout.critical_topics: got nothing, expected a list',
  ],
  [
    power('retention_mode'),
    'none',
    'failure_mode_policies.power_brownout.retention_mode: got "none", expected one of critical_queue_only, all',
  ],
  [
    power('confirm_readings'),
    0,
    'failure_mode_policies.power_brownout.confirm_readings: got 0, expected a whole number from 1 to 100',
  ],
  [
    power('recovery_seconds'),
    5000,
    'failure_mode_policies.power_brownout.recovery_seconds: got 5000, expected a number of s from 0.1 to 3600; if that was ms, write 5',
  ],
  [
    power('timer_slowdown'),
    0.5,
    'failure_mode_policies.power_brownout.timer_slowdown: got 0.5, expected a number from 1 to 100',
  ],
  [
    thermal,
    { throttle_celsius: 70, recovery_celsius: 70 },
    'failure_mode_policies.thermal.recovery_celsius: got 70, expected less than throttle_celsius, 70',
  ],
  [
    thermal,
    { throttle_celsius: 185 },
    'failure_mode_policies.thermal.throttle_celsius: got 185, expected a number of °C from 30 to 125',
  ],
  [
    gps('tolerance_radius_meters'),
    '0.05km',
    'failure_mode_policies.gps_spoof_detection.tolerance_radius_meters: got "0.05km", expected a number of m from 1 to 10000; write 50',
  ],
  [
    gps('stale_coordinate_max_age_seconds'),
    0,
    'failure_mode_policies.gps_spoof_detection.stale_coordinate_max_age_seconds: got 0, expected a number of s from 0.1',
  ],
  [
    gps('quarantine_topic'),
    'quarantine/sensor_fraud',
    'failure_mode_policies.gps_spoof_detection.quarantine_topic: got "quarantine/sensor_fraud", expected dlt://',
  ],

  [
    ['streams'],
    [{ topic: 'dlt://a' }, { topic: 'dlt://a' }],
    'streams[1].topic: got "dlt://a", expected each only once',
  ],
  [
    ['streams'],
    [{ topic: 'dlt://a', priority: 'high' }],
    'streams[0].priority: got "high", expected one of critical, normal, low',
  ],
  [
    ['streams'],
    [{ topic: 'dlt://a', attributes: { value: 'a b' } }],
    'streams[0].attributes.value: got "a b", expected a name',
  ],
  [['rules'], rule({ topic: 'dlt://' }), 'rules[0].topic: got "dlt://", expected dlt://'],
  [['rules'], rule({ relation: '=' }), 'rules[0].relation: got "=", expected one of ==, !=, >, >=, <, <='],
  [
    ['rules'],
    rule({ relation: '>', value: 'high' }),
    'rules[0].value: got "high", expected a number, to be compared with >',
  ],
  [['rules'], rule({ value: [1] }), 'rules[0].value: got a list of 1, expected a number, a text, true or false'],
  [['rules'], rule({ actuator_topic: 'a/#' }), 'rules[0].actuator_topic: got "a/#", expected a topic'],
  [['rules'], rule({ valid_ms: 0 }), 'rules[0].valid_ms: got 0, expected a number of ms from 1 to 600000'],
  [['rules'], [...rule({}), ...rule({})], 'rules[1].name: got "r", expected each only once'],
  [['listeners'], { http: { port: 80 } }, 'listeners.http: got an object, expected no such key; did you mean http2?'],
  [
    ['listeners'],
    { http2: { port: 8443 }, grpc: { port: 8443 } },
    'listeners.grpc.port: got 8443, expected another port than that of http2',
  ],
  [['listeners'], { http2: {} }, 'listeners.http2.port: got nothing, expected a whole number from 0 to 65535'],
  [
    ['spool'],
    { max_bytes: '2GB' },
    'spool.max_bytes: got "2GB", expected a whole number of B from 1000000 to 1000000000000; write 2000000000',
  ],
  [
    ['spool'],
    { max_age_hours: '7d' },
    'spool.max_age_hours: got "7d", expected a number of h from 1 to 8760; write 168',
  ],
  [
    ['spool'],
    { max_replay_share: 0 },
    'spool.max_replay_share: got 0, expected a number from 0.01 to 1; it is a share',
  ],
];

const ROOT = 'edge_gateway_v3.';

describe('a mistake is one clear line', () => {
  it.each(WRONG)('%j: %j', (keys, value, line) => {
    const read = readGatewayConfig(given(keys, value));
    expect(read.ok).toBe(false);
    const lines = linesOf(read);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.slice(0, ROOT.length + line.length)).toBe(ROOT + line);
    expect(lines[0]).not.toContain('\n');
  });

  it('several are told at once, in the order of the keys', () => {
    const text = GIVEN_TEXT.replace('fps: 30', 'fps: 0').replace('10800', '0').replace('zone:', 'zones:');
    expect(linesOf(parseGatewayConfig(text)).map((line) => line.slice(0, 50))).toEqual([
      'line 4: edge_gateway_v3.identity.zones: got "downt',
      'line 2: edge_gateway_v3.identity.zone: got nothing',
      'line 11: edge_gateway_v3.sensors.cameras[0].fps: g',
      'line 42: edge_gateway_v3.failure_mode_policies.pow',
    ]);
  });

  it('the hundred and first is not told', () => {
    const wrongFields = (count: number) =>
      given(
        weather('fields'),
        Array.from({ length: count }, () => ''),
      );
    expect(linesOf(readGatewayConfig(wrongFields(100)))).toHaveLength(100);
    expect(linesOf(readGatewayConfig(wrongFields(101)))).toHaveLength(100);
  });
});

describe('what may not have been meant is a warning', () => {
  const warningsOf = (keys: Keys, value: unknown): readonly string[] => {
    const read = readGatewayConfig(given(keys, value));
    expect(read.ok).toBe(true);
    // The given configuration has two of its own.
    return linesOf(read).filter((line) => !/critical_topics\[0\]|voltage_path/.test(line));
  };

  it.each([
    [
      power('critical_topics', 1),
      'dlt://traffic/loops',
      'failure_mode_policies.power_brownout.critical_topics[1]: got "dlt://traffic/loops", expected a topic that a sensor writes to; nothing will come of it',
    ],
    [
      ['rules'],
      rule({ topic: 'dlt://traffic/loops' }),
      'rules[0].topic: got "dlt://traffic/loops", expected a topic that a sensor writes to; the rule will never fire',
    ],
    [
      ['rules'],
      rule({ field: 'count' }),
      'rules[0].field: got "count", expected a field of its topic: value; the rule may never fire',
    ],
    [
      ['streams'],
      [{ topic: 'dlt://a/b' }],
      'streams[0].topic: got "dlt://a/b", expected a topic that a sensor writes to; nothing will come of it',
    ],
    [
      ['streams'],
      [{ topic: 'dlt://traffic/loop/count', priority: 'low' }],
      'streams[0].priority: got "low", expected critical, as in power_brownout.critical_topics; it counts as critical',
    ],
    [
      weather('output_topic'),
      'dlt://weather/mast',
      'streams: got nothing, expected attributes for the fields of dlt://weather/mast; taken for now: {"temperature":"temperature","precipitation":"precipitation","wind_speed":"windSpeed"}',
    ],
  ] as [Keys, unknown, string][])('%j: %j', (keys, value, line) => {
    expect(warningsOf(keys, value)).toEqual([`warning: ${ROOT}${line}`]);
  });

  it('with a listener anything may come, so nothing is warned of', () => {
    expect(linesOf(readGatewayConfig(given(['listeners'], { coap: { port: 5683 } })))).toEqual([
      expect.stringContaining('voltage_path'),
    ]);
  });
});

describe('YAML', () => {
  const firstLineOf = (text: string): string | undefined => linesOf(parseGatewayConfig(text))[0];

  it.each([
    ['edge_gateway_v3:\n  identity: {a: 1', 'line 2: configuration: got Flow map'],
    ['edge_gateway_v3:\n\tidentity: 1', 'line 2: configuration: got Tabs are not allowed as indentation'],
    ['a: 1\nb: 2\na: 3', 'line 3: configuration: got Map keys must be unique'],
    ['a: 1\n---\nb: 2', 'line 2: configuration: got Source contains multiple documents'],
    ['a: *nowhere', 'configuration: got Unresolved alias'],
    ['a: !!binary aGk=', 'line 1: configuration: got Unresolved tag'],
    ['? [a]\n: 1', 'line 1: configuration: got With stringKeys'],
    ['', 'configuration: got null, expected an object'],
    ['- a', 'line 1: configuration: got a list of 1, expected an object'],
    ['__proto__: {identity: {}}', 'line 1: __proto__: got an object, expected no such key'],
    [`a: "${'x'.repeat(64 * 1024)}"`, 'configuration: got a text of 65541 characters, expected at most 65536'],
    ['['.repeat(65), 'configuration: got 65 open brackets, expected at most 64'],
    ['- '.repeat(101), 'configuration: got a line that begins far to the right, expected at most 200 columns'],
  ])('%j', (text, line) => {
    expect(firstLineOf(text)?.slice(0, line.length)).toBe(line);
  });

  it('of nesting up to the limit is read', () => {
    expect(firstLineOf(`${'['.repeat(64)}${']'.repeat(64)}`)).toMatch(/^line 1: configuration: got a list of 1/);
    expect(firstLineOf(`${'- '.repeat(100)}a`)).toMatch(/^line 1: configuration: got a list of 1/);
    expect(firstLineOf(`a: "${'x'.repeat(64 * 1024 - 5)}"`)).toMatch(/^line 1: a: got "xxx/);
  });

  it('of aliases that stand for more than a memory holds is refused', () => {
    const levels = Array.from({ length: 9 }, (_, level) => {
      const of = level === 0 ? 'x' : `*l${level - 1}`;
      return `l${level}: &l${level} [${Array.from({ length: 9 }, () => of).join(', ')}]`;
    });
    expect(firstLineOf(levels.join('\n'))).toMatch(/^configuration: got Excessive alias count/);
  });
});
