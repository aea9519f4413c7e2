/**
 * What a city edits. `validateCityConfig` checks it before anything is built from it; a mistake is one line that names
 * the key, the value and what was expected. Every key is explained in `core/schema/city-config.ts`.
 */

import type { CityConfig } from './core/schema/city-config.ts';
import { shippedAssetTypes } from './core/schema/models/asset-types.ts';

export default {
  city: 'Birmingham',

  zones: {
    centre: { description: 'Within the ring road', bounds: [-1.912, 52.471, -1.884, 52.489] },
    eastside: { description: 'Digbeth and the university quarter', bounds: [-1.884, 52.466, -1.858, 52.489] },
    'jewellery-quarter': { description: 'Workshops and the canal', bounds: [-1.93, 52.481, -1.912, 52.496] },
    edgbaston: { description: 'Hospitals, gardens, the reservoir', bounds: [-1.955, 52.45, -1.912, 52.481] },
    downtown_alpha: { description: 'North of the ring road', bounds: [-1.912, 52.489, -1.884, 52.502] },
  },

  assetTypes: shippedAssetTypes,

  assets: {
    // Two counters at the gates and a camera over the ramps see one car park, and rarely agree.
    'market-hall': {
      assetType: 'OffStreetParking',
      zone: 'centre',
      position: { longitude: -1.8931, latitude: 52.4773 },
      sources: ['gate-counter-north', 'gate-counter-south', 'ramp-camera'],
    },
    'snow-hill': {
      assetType: 'OffStreetParking',
      zone: 'centre',
      position: { longitude: -1.8995, latitude: 52.4836 },
      sources: ['gate-counter-snow-hill', 'ramp-camera-snow-hill', 'attendant-snow-hill'],
    },
    'vyse-street': {
      assetType: 'OnStreetParking',
      zone: 'jewellery-quarter',
      position: { longitude: -1.9127, latitude: 52.4885 },
    },
    // Reports as it did before cityweave, by the mapping `parking-sensor` below.
    'lotA-17': {
      assetType: 'ParkingSpot',
      zone: 'eastside',
      position: { longitude: -1.8812, latitude: 52.4779 },
      sources: ['parking-sensor/lotA-17'],
    },
    // These three speak through a LoRaWAN, by the codecs below.
    'lotA-18': {
      assetType: 'ParkingSpot',
      zone: 'eastside',
      position: { longitude: -1.8811, latitude: 52.4779 },
      sources: ['chirpstack/0007ee00000a1b2c'],
    },
    'noise-fazeley-street': {
      assetType: 'NoiseLevelObserved',
      zone: 'eastside',
      position: { longitude: -1.8795, latitude: 52.4795 },
      sources: ['ttn/e8e1e1000101a2b3'],
    },
    'air-canal': {
      assetType: 'AirQualityObserved',
      zone: 'jewellery-quarter',
      position: { longitude: -1.9189, latitude: 52.4842 },
      sources: ['aws/70b3d57ba0001b50'],
    },

    // What the controller commands, and what its lamps are seen to do.
    'junction-12': {
      assetType: 'TrafficSignal',
      zone: 'centre',
      position: { longitude: -1.9026, latitude: 52.4796 },
      sources: ['signal-controller-12', 'lamp-monitor-12'],
    },
    // Gateways in cabinets read its loops, its camera, its weather mast and what hears emergency vehicles. Each tells of itself.
    'int-01-traffic': {
      assetType: 'TrafficJunction',
      zone: 'downtown_alpha',
      position: { longitude: -1.8969, latitude: 52.4931 },
      sources: ['int-01-traffic', 'int-01-cabinet'].flatMap((gateway) =>
        ['loop-004', 'cam-001', 'wx-01', 'ev-receiver'].map((sensor) => `${gateway}/${sensor}`),
      ),
    },
    'int-01-traffic-gateway': {
      assetType: 'EdgeGateway',
      zone: 'downtown_alpha',
      position: { longitude: -1.8969, latitude: 52.4931 },
      sources: ['int-01-traffic/gateway'],
    },
    // By hand started gateways are called like their junction; that of the simulated city is not, so that both may run.
    'int-01-cabinet-gateway': {
      assetType: 'EdgeGateway',
      zone: 'downtown_alpha',
      position: { longitude: -1.8969, latitude: 52.4931 },
      sources: ['int-01-cabinet/gateway'],
    },
    'loop-bristol-road': {
      assetType: 'TrafficFlowObserved',
      zone: 'edgbaston',
      position: { longitude: -1.9143, latitude: 52.4655 },
    },
    'ambulance-1': { assetType: 'Vehicle', zone: 'edgbaston', sources: ['ambulance-1-tracker'] },
    'fire-engine-1': { assetType: 'Vehicle', zone: 'centre', sources: ['fire-engine-1-tracker'] },
    'bus-50': { assetType: 'Vehicle', zone: 'eastside', sources: ['bus-50-tracker', 'bus-50-ticketing'] },

    // A reference analyser beside two low-cost sensors.
    'air-colmore-row': {
      assetType: 'AirQualityObserved',
      zone: 'centre',
      position: { longitude: -1.8986, latitude: 52.4816 },
      sources: ['analyser-colmore-row', 'sds011-colmore-row-a', 'sds011-colmore-row-b'],
    },
    'air-hospital': {
      assetType: 'AirQualityObserved',
      zone: 'edgbaston',
      position: { longitude: -1.9412, latitude: 52.4528 },
      sources: ['sds011-hospital-a', 'sds011-hospital-b'],
    },
    'noise-digbeth': {
      assetType: 'NoiseLevelObserved',
      zone: 'eastside',
      position: { longitude: -1.8783, latitude: 52.4738 },
    },
    'weather-botanical-gardens': {
      assetType: 'WeatherObserved',
      zone: 'edgbaston',
      position: { longitude: -1.9292, latitude: 52.4671 },
    },

    'lamp-0815': {
      assetType: 'Streetlight',
      zone: 'jewellery-quarter',
      position: { longitude: -1.9141, latitude: 52.4879 },
    },
    'bin-0042': {
      assetType: 'WasteContainer',
      zone: 'eastside',
      position: { longitude: -1.8747, latitude: 52.4761 },
      sources: ['bin-0042-ultrasonic', 'bin-0042-scale'],
    },
    'reservoir-probe': {
      assetType: 'WaterQualityObserved',
      zone: 'edgbaston',
      position: { longitude: -1.9387, latitude: 52.4752 },
    },
    'pumps-river-rea': {
      assetType: 'PumpingStation',
      zone: 'eastside',
      position: { longitude: -1.8806, latitude: 52.4682 },
      sources: ['pumps-river-rea-plc', 'pumps-river-rea-level'],
    },
  },

  criticalTopics: ['dt/+/TrafficSignal/+/+', 'dt/+/Vehicle/ambulance-1/+', 'dt/+/Vehicle/fire-engine-1/+'],

  mappings: {
    'parking-sensor': {
      description: 'Sensors in the ground, bought before cityweave.',
      topic: 'parking/+',
      assetType: 'ParkingSpot',
      zone: 'eastside',
      assetId: 'sensor_id',
      observedAt: { field: 'timestamp', format: 'epoch-s' },
      attributes: { status: { field: 'status' } },
    },
    'parking-birmingham': {
      description: 'The city council’s open data of its car parks, 2016.',
      file: { format: 'csv' },
      assetType: 'OffStreetParking',
      zone: 'centre',
      assetId: 'SystemCodeNumber',
      observedAt: { field: 'LastUpdated', format: 'local', timeZone: 'Europe/London' },
      attributes: {
        totalSpotNumber: { field: 'Capacity' },
        occupiedSpotNumber: { field: 'Occupancy' },
      },
    },
    'epa-colocated-pm': {
      description: 'Sensors side by side: one file each, so --field sensor=NAME and --field station=NAME name them.',
      file: { format: 'csv', skipLines: 6 },
      assetType: 'AirQualityObserved',
      zone: 'centre',
      assetId: 'station',
      sensorId: 'sensor',
      // The header says Eastern Time, but against the reference analyser the clocks fit best without daylight saving.
      observedAt: { field: 'Time', format: 'local-us', timeZone: 'Etc/GMT+5' },
      attributes: {
        pm25: { field: 'PM2.5 (µg/m³)' },
        temperature: { field: 'TEMP (°C)' },
        relativeHumidity: { field: 'RH (%)', unit: 'P1' },
      },
    },
    'hsl-hfp-mqtt': {
      description:
        'Vehicles of Helsinki’s public transport, as captured: time, topic, JSON. Its topics are too deep for IoT Core.',
      file: { format: 'lines', pattern: '^\\S+ /hfp/v1/\\w+/\\w+/\\w+/(?<vehicle>\\d+/\\d+).* (?<json>\\{.*\\})$' },
      assetType: 'Vehicle',
      zone: 'centre',
      assetId: 'vehicle',
      observedAt: { field: 'VP.tst', format: 'iso' },
      position: { latitude: 'VP.lat', longitude: 'VP.long' },
      attributes: {
        speed: { field: 'VP.spd', unit: 'MTS' },
        heading: { field: 'VP.hdg' },
      },
    },
    'wsn-single-hop': {
      description:
        'Motes in pairs, one pair indoors and one outdoors, a reading every 5 s. Its day is not told: any will do.',
      file: { format: 'csv' },
      assetType: 'WeatherObserved',
      zone: 'centre',
      assetId: 'indoor',
      assetPrefix: 'mote-pair-',
      sensorId: 'mote_id',
      observedAt: { field: 'reading', format: 'count', startsAt: '2010-01-01T00:00:00Z', intervalMs: 5000 },
      attributes: {
        temperature: { field: 'temperature' },
        relativeHumidity: { field: 'humidity', unit: 'P1' },
      },
    },
  },

  lorawan: {
    codecs: {
      'bosch-tps110': {
        description: 'Parking lot sensor: a vehicle comes or goes, and a heartbeat once a day.',
        file: 'bosch-tps110.js',
        attributes: {
          status: { field: 'occupied', values: { true: 'occupied', false: 'free' } },
          temperature: { field: 'temperature' },
        },
      },
      'browan-tbsl100': {
        description: 'Sound level sensor.',
        file: 'browan-tbsl100.js',
        attributes: { LAeq: { field: 'decibel' } },
      },
      'decentlab-dl-pm': {
        description: 'Particulate matter; temperature and humidity come normalized.',
        file: 'decentlab-dl-pm.js',
        attributes: {
          pm25: { field: 'pm2_5_mass_concentration.value' },
          pm10: { field: 'pm10_mass_concentration.value' },
          temperature: { field: 'air.temperature' },
          relativeHumidity: { field: 'air.relativeHumidity', unit: 'P1' },
        },
      },
    },
    devices: {
      'chirpstack/0007ee00000a1b2c': { asset: 'lotA-18', codec: 'bosch-tps110' },
      'ttn/e8e1e1000101a2b3': { asset: 'noise-fazeley-street', codec: 'browan-tbsl100' },
      'aws/70b3d57ba0001b50': { asset: 'air-canal', codec: 'decentlab-dl-pm' },
    },
  },

  buckets: 64,
  historyStore: 'timestream-liveanalytics',

  stages: {
    dev: {
      streamMode: 'provisioned',
      shards: { ingest: 1, observations: 1 },
      streamRetentionHours: 24,
      lateMaxMs: null,
      unregisteredAssets: 'accept',
      rejectRetentionDays: 30,
      logRetentionDays: 7,
      historyMemoryHours: 24,
      // Open data of past years is replayed with its original times.
      historyMagneticDays: 20 * 365,
      archiveDays: 30,
      removalPolicy: 'destroy',
      monthlyBudgetUsd: 100,
    },
    prod: {
      streamMode: 'provisioned',
      shards: { ingest: 4, observations: 4 },
      streamRetentionHours: 7 * 24,
      lateMaxMs: 7 * 24 * 60 * 60 * 1000,
      unregisteredAssets: 'quarantine',
      rejectRetentionDays: 30,
      logRetentionDays: 90,
      historyMemoryHours: 24,
      historyMagneticDays: 10 * 365,
      archiveDays: 5 * 365,
      removalPolicy: 'retain',
      // alarms: { email: 'operators@city.example' },
      monthlyBudgetUsd: 1000,
    },
  },
} satisfies CityConfig;
