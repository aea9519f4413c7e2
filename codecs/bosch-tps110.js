// Bosch TPS110 parking lot sensor: whether a vehicle stands on it, and how the sensor itself fares.

var DEBUG_CODES = {
  201: 'LoRa join request failed',
  209: 'Cause for last reset: Power-on',
  717: 'Confirmed uplink message not acknowledged after 8 re-tries',
};

function decodeUplink(input) {
  var bytes = input.bytes;
  var view = new DataView(Uint8Array.from(bytes).buffer);
  try {
    switch (input.fPort) {
      case 1:
        return { data: { type: 'parking status', occupied: isOccupied(view) } };
      case 2:
        return { data: { type: 'heartbeat', occupied: isOccupied(view), temperature: view.getInt8(1) } };
      case 5:
        return { data: readUsage(view) };
      case 6:
        return { data: readDebug(view) };
      default:
        return { errors: ['unknown FPort'] };
    }
  } catch (error) {
    return { errors: ['got ' + bytes.length + ' bytes, too few for FPort ' + input.fPort] };
  }
}

function isOccupied(view) {
  return (view.getUint8(0) & 1) === 1;
}

function readUsage(view) {
  return view.getUint8(0) === 0
    ? { type: 'Number of parking status changes detected', parking_status_changes: view.getUint32(1) }
    : { type: 'Time running in occupied state', time_in_seconds: view.getUint32(1) };
}

// The code is the lower twelve bits of the fourth word.
function readDebug(view) {
  var code = view.getUint16(6) & 0x0fff;
  return {
    type: 'debug',
    timestamp: view.getInt32(0),
    debug_code: code,
    debug_code_description: DEBUG_CODES[code] || 'not known here',
    sequence_number: view.getUint16(8),
  };
}
