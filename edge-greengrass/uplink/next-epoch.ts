import { readFile } from 'node:fs/promises';
import { writeDurably } from '../write-durably.ts';

/**
 * The epoch of this start: its time in milliseconds, but above that of every start before, which `file` remembers. A
 * cabinet whose clock has no battery wakes up at the same time again, and the cloud would take what it says for what it has
 * heard. Where the disk keeps nothing it is the time, and the cloud's acknowledgements say whether that is enough.
 */
export async function nextEpoch(file: string, nowMs: number, log: (line: string) => void): Promise<number> {
  const before = Number(await readFile(file, 'utf8').catch(() => '0'));
  const epoch = Number.isSafeInteger(before) && before >= nowMs ? before + 1 : nowMs;
  try {
    await writeDurably(file, String(epoch));
  } catch (error) {
    log(`cannot remember this start in ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return epoch;
}
