import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { spoolDirectory } from './spool-directory.ts';

const PROCESS = fileURLToPath(new URL('fault-process.ts', import.meta.url));
/** A name space in which this process may mount, without being root outside. */
const OWN_MOUNTS = ['--user', '--map-root-user', '--mount'];
const MOUNTS_ABSENT = spawnSync('unshare', [...OWN_MOUNTS, 'true']).status !== 0;
const WHY = MOUNTS_ABSENT ? ' (skipped: this machine lets nobody mount a file system of their own)' : '';
const LIMITS_ABSENT = spawnSync('prlimit', ['--version']).status !== 0;
const NOTHING_DROPPED = { full: 0, expired: 0, damaged: 0 };

/** Runs the process on a small file system of its own; `prepare` is a command in it. */
function onSmallDisk(directory: string, prepare: string, breaks: string, mends: string): unknown {
  const script = `mount -t tmpfs -o size=1m tmpfs ${directory} && ${prepare} && exec "$0" "$@"`;
  const node = [process.execPath, PROCESS, `${directory}/spool`, breaks, mends];
  return JSON.parse(execFileSync('unshare', [...OWN_MOUNTS, 'sh', '-c', script, ...node], { encoding: 'utf8' }));
}

describe('a spool', () => {
  it.skipIf(MOUNTS_ABSENT)(`on a full disk refuses, loses nothing, and goes on when there is room${WHY}`, async () => {
    const directory = await spoolDirectory();
    const filler = `${directory}/filler`;
    const outcome = onSmallDisk(directory, `head -c 400000 /dev/zero > ${filler}`, 'true', `rm ${filler}`);
    expect(outcome).toEqual({
      count: expect.any(Number),
      broken: {
        message: expect.stringMatching(/takes nothing \(ENOSPC\)/),
        again: expect.stringMatching(/ENOSPC/),
        fault: 'ENOSPC',
        isAllThere: true,
      },
      mended: {},
      reopened: { isAllThere: true, dropped: NOTHING_DROPPED },
    });
  });

  it.skipIf(MOUNTS_ABSENT)(
    `on a disk that has become read-only still reads, and goes on when it is not${WHY}`,
    async () => {
      const directory = await spoolDirectory();
      const remount = (how: string) => `mount -o remount,${how} ${directory}`;
      expect(onSmallDisk(directory, 'true', remount('ro'), remount('rw'))).toEqual({
        count: 11,
        broken: {
          message: expect.stringMatching(/takes nothing \(EROFS\)/),
          again: expect.stringMatching(/EROFS/),
          fault: 'EROFS',
          isAllThere: true,
        },
        mended: {},
        reopened: { isAllThere: true, dropped: NOTHING_DROPPED },
      });
    },
  );

  const whyNot = LIMITS_ABSENT ? ' (skipped: this machine has no prlimit)' : '';
  it.skipIf(LIMITS_ABSENT)(`that may not let a file grow refuses, and goes on when it may${whyNot}`, async () => {
    const directory = await spoolDirectory();
    // Half a file's steps: a write is cut off in its middle.
    const script = 'ulimit -S -f 700; exec "$0" "$@"';
    const node = [process.execPath, PROCESS, directory, 'true', 'prlimit --fsize=unlimited: --pid PID'];
    const outcome: unknown = JSON.parse(execFileSync('sh', ['-c', script, ...node], { encoding: 'utf8' }));
    expect(outcome).toMatchObject({
      broken: { message: expect.stringMatching(/takes nothing \(EFBIG\)/), fault: 'EFBIG', isAllThere: true },
      mended: {},
      reopened: { isAllThere: true, dropped: NOTHING_DROPPED },
    });
  });
});
