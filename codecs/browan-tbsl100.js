// Browan TBSL100 sound level sensor: the level, the battery and the temperature of the board.

function decodeUplink(input) {
  var bytes = input.bytes;
  if (input.fPort !== 105) return { errors: ['unknown FPort'] };
  if (bytes.length < 4) return { errors: ['got ' + bytes.length + ' bytes, expected 4'] };
  return {
    data: {
      status: bytes[0] & 1,
      battery: (25 + (bytes[1] & 0x0f)) / 10,
      temperatureBoard: (bytes[2] & 0x7f) - 32,
      decibel: bytes[3],
    },
  };
}
