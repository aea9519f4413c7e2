import { unwatchFile, watchFile } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConfigurationSource } from '../ports.ts';

const POLL_MS = 500;
/** A file that still grows is half a configuration; it is read when it has stood still for so long. */
const SETTLE_MS = 200;
/** One that never stands still is read as it is. */
const SETTLE_LOOKS_MAX = 25;

export interface FileSource extends ConfigurationSource {
  close(): void;
}

/**
 * A YAML file that somebody may edit. It is looked at rather than watched, so that it does not matter how an editor or a
 * tool replaces it, or on what file system. `read` rejects where there is none.
 */
export function createFileSource(file: string, { pollMs = POLL_MS, settleMs = SETTLE_MS } = {}): FileSource {
  const listeners: (() => void)[] = [];
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  return {
    async read() {
      await settle(file, settleMs);
      return readFile(file, 'utf8');
    },
    onChange(listener) {
      listeners.push(listener);
      if (listeners.length === 1) watchFile(file, { interval: pollMs, persistent: false }, tell);
    },
    close: () => unwatchFile(file, tell),
  };
}

async function settle(file: string, settleMs: number): Promise<void> {
  let before = await stat(file);
  for (let looks = 0; looks < SETTLE_LOOKS_MAX; looks += 1) {
    await delay(settleMs);
    const now = await stat(file);
    if (now.mtimeMs === before.mtimeMs && now.size === before.size) return;
    before = now;
  }
}
