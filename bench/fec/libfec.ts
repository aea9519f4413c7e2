import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('libfec.c', import.meta.url));

/** Asks libfec.c; `input` is its standard input, the answer its standard output. */
export type Libfec = (words: readonly string[], input?: string) => string;

/**
 * libfec behind a small program that is built in `directory`; `undefined` where there is no C compiler or the library
 * (Debian's package libfec-dev) is not installed.
 */
export function buildLibfec(directory: string): Libfec | undefined {
  const program = path.join(directory, 'libfec');
  const { status } = spawnSync('cc', ['-O2', '-o', program, SOURCE, '-lfec'], { stdio: 'ignore' });
  if (status !== 0) return undefined;
  return (words, input = '') => {
    const { status, stdout } = spawnSync(program, words, { input, encoding: 'utf8', maxBuffer: 2 ** 26 });
    if (status !== 0) throw new Error(`libfec ${words.join(' ')}: it ended with ${status}`);
    return stdout;
  };
}
