import type { ModbusSensorConfig, RegisterConfig } from '../config/gateway-config.ts';
import { type ModbusServer, startModbusServer } from './modbus-server.ts';
import { exponential } from './random.ts';

/** A vehicle over a loop of two metres, from a bus in a jam to a motorcycle at night. */
const PRESENT_MS_MIN = 150;
const PRESENT_MS_MEAN = 500;
/** Between the end of one and the beginning of the next. */
const GAP_MS_MIN = 700;
const GAP_MS_MEAN = 3000;
/** What a register that holds a value swings between, slowly. */
const VALUE_MIDDLE = 500;
const VALUE_SWING = 400;
const SWING_MS = 10 * 60_000;

/** A device for the sensor: vehicles come and go over each of its bits, and its registers swing. */
export function startLoops(sensor: ModbusSensorConfig, random: () => number): Promise<ModbusServer> {
  const detectors = new Map(
    sensor.registers
      .filter(({ type }) => type === 'bit')
      .map((each) => [keyOf(each.kind, each.address), createDetector(random)]),
  );
  const words = new Set(
    sensor.registers
      .filter(({ type }) => type !== 'bit')
      .flatMap(({ kind, address }) => [keyOf(kind, address), keyOf(kind, address + 1)]),
  );
  return startModbusServer((kind, address) => {
    const key = keyOf(kind, address);
    const detector = detectors.get(key);
    if (detector) return detector(performance.now()) ? 1 : 0;
    if (!words.has(key)) return undefined;
    return Math.round(VALUE_MIDDLE + VALUE_SWING * Math.sin((2 * Math.PI * performance.now()) / SWING_MS));
  });
}

function keyOf(kind: RegisterConfig['kind'], address: number): string {
  return `${kind} ${address}`;
}

/** Whether a vehicle is there, asked at times that never go back. */
function createDetector(random: () => number): (nowMs: number) => boolean {
  let isPresent = false;
  let changesAtMs = performance.now() + exponential(GAP_MS_MEAN, random);
  return (nowMs) => {
    while (nowMs >= changesAtMs) {
      isPresent = !isPresent;
      changesAtMs += isPresent
        ? PRESENT_MS_MIN + exponential(PRESENT_MS_MEAN - PRESENT_MS_MIN, random)
        : GAP_MS_MIN + exponential(GAP_MS_MEAN - GAP_MS_MIN, random);
    }
    return isPresent;
  };
}
