// Decentlab DL-PM: particulate matter, temperature, humidity and pressure. A message is a version, the device's id, a word
// of flags, and for each flag that is set, lowest first, its words; all big-endian.

var CUBIC = 'µg⋅m⁻³';
var COUNT = '1⋅cm⁻³';

var tenths = function (word) {
  return word / 10;
};

// One group a flag; a quantity takes one word.
var GROUPS = [
  [
    ['battery_voltage', 'Battery voltage', 'V', function (word) {
      return word / 1000;
    }],
  ],
  [
    ['pm1_0_mass_concentration', 'PM1.0 mass concentration', CUBIC, tenths],
    ['pm2_5_mass_concentration', 'PM2.5 mass concentration', CUBIC, tenths],
    ['pm4_mass_concentration', 'PM4 mass concentration', CUBIC, tenths],
    ['pm10_mass_concentration', 'PM10 mass concentration', CUBIC, tenths],
    ['typical_particle_size', 'Typical particle size', 'nm', function (word) {
      return word;
    }],
    ['pm0_5_number_concentration', 'PM0.5 number concentration', COUNT, tenths],
    ['pm1_0_number_concentration', 'PM1.0 number concentration', COUNT, tenths],
    ['pm2_5_number_concentration', 'PM2.5 number concentration', COUNT, tenths],
    ['pm4_number_concentration', 'PM4 number concentration', COUNT, tenths],
    ['pm10_number_concentration', 'PM10 number concentration', COUNT, tenths],
  ],
  [
    ['air_temperature', 'Air temperature', '°C', function (word) {
      return (175.72 * word) / 65536 - 46.85;
    }],
    ['air_humidity', 'Air humidity', '%', function (word) {
      return (125 * word) / 65536 - 6;
    }],
  ],
  [
    ['barometric_pressure', 'Barometric pressure', 'Pa', function (word) {
      return word * 2;
    }],
  ],
];

function decodeUplink(input) {
  var bytes = input.bytes;
  var wordAt = function (offset) {
    return (bytes[offset] << 8) | bytes[offset + 1];
  };
  if (bytes.length < 5) return { errors: ['got ' + bytes.length + ' bytes, expected at least 5'] };
  if (bytes[0] !== 2) return { errors: ['got protocol version ' + bytes[0] + ', expected 2'] };

  var data = { protocol_version: bytes[0], device_id: wordAt(1) };
  var flags = wordAt(3);
  var offset = 5;
  for (var group = 0; group < GROUPS.length; group += 1) {
    if (((flags >> group) & 1) === 0) continue;
    for (var index = 0; index < GROUPS[group].length; index += 1) {
      if (offset + 2 > bytes.length) return { errors: ['the message ends before ' + GROUPS[group][index][1]] };
      var quantity = GROUPS[group][index];
      data[quantity[0]] = { displayName: quantity[1], unit: quantity[2], value: quantity[3](wordAt(offset)) };
      offset += 2;
    }
  }
  return { data: data };
}

function normalizeUplink(input) {
  var valueOf = function (name) {
    return input.data[name] && input.data[name].value;
  };
  var pressure = valueOf('barometric_pressure');
  return {
    data: {
      air: {
        temperature: valueOf('air_temperature'),
        relativeHumidity: valueOf('air_humidity'),
        // In hPa, as the schema of normalized payloads has it.
        pressure: pressure === undefined ? undefined : pressure / 100,
      },
      battery: valueOf('battery_voltage'),
    },
  };
}
