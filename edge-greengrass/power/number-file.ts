import { constants, open } from 'node:fs/promises';
import { quantityOf, numberOf, type Unit } from '../config/units.ts';
import type { PowerSource, TemperatureSource } from '../ports.ts';

/** A file that says one number says it in less. */
const BYTES_MAX = 64;
/** What no supply of a cabinet gives and no processor bears is a broken sensor's. */
const MILLIVOLTS = { min: 0, max: 100_000 };
const CELSIUS = { min: -55, max: 150 };

const PER_MILLIVOLT = { uV: 1000, mV: 1, V: 1e-3 } as const;

/** The voltage that a file says, in `unit` where the file names none: 0 to 100 V. */
export function createVoltageFile(file: string, unit: keyof typeof PER_MILLIVOLT): PowerSource {
  const read = createNumberFile(file, 'mV', PER_MILLIVOLT[unit], MILLIVOLTS);
  return { readMillivolts: read };
}

/** The temperature that a file says in thousandths of a degree, as thermal zones and hwmon do: −55 to 150 °C. */
export function createTemperatureFile(file: string): TemperatureSource {
  const read = createNumberFile(file, '°C', 1000, CELSIUS);
  return { readCelsius: read };
}

/**
 * Reads nothing where the file is missing, empty, or says no number between the limits, and while an earlier look is still
 * waiting for a driver that hangs, so that no more than one thread of the pool ever hangs with it. Never rejects.
 */
function createNumberFile(
  file: string,
  unit: Unit,
  perUnit: number,
  { min, max }: { readonly min: number; readonly max: number },
): () => Promise<number | undefined> {
  let isReading = false;
  return async () => {
    if (isReading) return undefined;
    isReading = true;
    try {
      const text = await firstLineOf(file);
      const bare = numberOf(text);
      const value = bare === undefined ? quantityOf(text, unit) : bare / perUnit;
      return value !== undefined && value >= min && value <= max ? value : undefined;
    } catch {
      return undefined;
    } finally {
      isReading = false;
    }
  };
}

async function firstLineOf(file: string): Promise<string> {
  // Opened to block, a pipe that nobody writes to would hold a thread for ever.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(BYTES_MAX), 0, BYTES_MAX, 0);
    return buffer.toString('latin1', 0, bytesRead).split('\n')[0] ?? '';
  } finally {
    await handle.close();
  }
}
