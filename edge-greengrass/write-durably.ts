import { open, rename } from 'node:fs/promises';
import path from 'node:path';

/**
 * Writes a whole file, or leaves the old one: whatever happens meanwhile, and once it resolves also if the power goes.
 * Rejects where the disk does not take it.
 */
export async function writeDurably(file: string, text: string): Promise<void> {
  const unfinished = `${file}.new`;
  await synced(unfinished, 'w', (handle) => handle.writeFile(text));
  await rename(unfinished, file);
  // The name is in the directory, which a disk may write later than what it names: fsync(2).
  await synced(path.dirname(file), 'r');
}

type Handle = Awaited<ReturnType<typeof open>>;

async function synced(file: string, flags: 'r' | 'w', change?: (handle: Handle) => Promise<void>): Promise<void> {
  const handle = await open(file, flags);
  try {
    await change?.(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
