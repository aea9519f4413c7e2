import { type Input, readBoolean, readInteger, readObject, refuseMember } from '../input.ts';
import { MAGNETIC_RETENTION_DAYS, MEMORY_RETENTION_HOURS } from '../limits.ts';
import type { MagneticWrites, Retention } from '../storage/catalog.ts';

/** What CreateTable and UpdateTable may say about a table. What is not said stays as in `current`. */
export function readTableProperties(
  input: Input,
  current: { readonly retention: Retention; readonly magneticWrites: MagneticWrites } = DEFAULTS,
): { readonly retention: Retention; readonly magneticWrites: MagneticWrites } {
  return {
    retention: readRetention(readObject(input, 'RetentionProperties')) ?? current.retention,
    magneticWrites: readMagneticWrites(readObject(input, 'MagneticStoreWriteProperties')) ?? current.magneticWrites,
  };
}

const DEFAULTS = {
  retention: { memoryHours: MEMORY_RETENTION_HOURS.default, magneticDays: MAGNETIC_RETENTION_DAYS.default },
  magneticWrites: { EnableMagneticStoreWrites: false },
};

function readRetention(input: Input | undefined): Retention | undefined {
  if (input === undefined) {
    return undefined;
  }
  return {
    memoryHours:
      readInteger(input, 'MemoryStoreRetentionPeriodInHours', MEMORY_RETENTION_HOURS) ?? MEMORY_RETENTION_HOURS.default,
    magneticDays:
      readInteger(input, 'MagneticStoreRetentionPeriodInDays', MAGNETIC_RETENTION_DAYS) ??
      MAGNETIC_RETENTION_DAYS.default,
  };
}

function readMagneticWrites(input: Input | undefined): MagneticWrites | undefined {
  if (input === undefined) {
    return undefined;
  }
  const enabled = readBoolean(input, 'EnableMagneticStoreWrites');
  if (enabled === undefined) {
    return refuseMember('MagneticStoreWriteProperties.EnableMagneticStoreWrites', undefined, 'true or false');
  }
  const location = readObject(input, 'MagneticStoreRejectedDataLocation');
  return {
    EnableMagneticStoreWrites: enabled,
    ...(location && { MagneticStoreRejectedDataLocation: location }),
  };
}
