import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOG_BYTES_MAX, openFunctionLog } from '../../../local/lambda/function-log.ts';

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'cityweave-log-'));
  file = path.join(directory, 'logs', 'function.log');
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const failOn = (error: Error): void => expect.unreachable(error.message);

describe("a function's log", () => {
  it('goes on where an earlier run ended', async () => {
    for (const line of ['one\n', 'two\n']) {
      const log = openFunctionLog(file, { onError: failOn });
      log.write(line);
      await log.close();
    }

    expect(await readFile(file, 'utf8')).toBe('one\ntwo\n');
  });

  it('stays one file at its limit, and is set aside beyond it', async () => {
    const write = async (text: string): Promise<void> => {
      const log = openFunctionLog(file, { onError: failOn });
      log.write(text);
      await log.close();
    };

    await write('x'.repeat(LOG_BYTES_MAX));
    await write('at the limit\n');
    expect((await stat(file)).size).toBe(LOG_BYTES_MAX + 'at the limit\n'.length);
    await write('beyond\n');
    expect(await readFile(file, 'utf8')).toBe('beyond\n');
    expect((await stat(`${file}.1`)).size).toBe(LOG_BYTES_MAX + 'at the limit\n'.length);
  });

  it('is set aside while it is written, too', async () => {
    const log = openFunctionLog(file, { onError: failOn });
    log.write('x'.repeat(LOG_BYTES_MAX + 1));
    await expect.poll(() => stat(file).then(({ size }) => size), { timeout: 10_000 }).toBe(LOG_BYTES_MAX + 1);
    log.write('beyond\n');
    await log.close();

    expect(await readFile(file, 'utf8')).toBe('beyond\n');
    expect((await stat(`${file}.1`)).size).toBe(LOG_BYTES_MAX + 1);
  });

  it('reports what it cannot write, and does not throw', async () => {
    const errors: Error[] = [];
    const log = openFunctionLog(directory, { onError: (error) => errors.push(error) });

    log.write('lost\n');
    await log.close();

    expect(errors[0]?.message).toContain('EISDIR');
  });

  it('tells whole lines, however they were printed', async () => {
    const lines: string[] = [];
    const log = openFunctionLog(path.join(directory, 'lines.log'), {
      onError: failOn,
      onLine: (line) => lines.push(line),
    });

    ['{"_aws":', '1}\nsecond\n\nunfin', 'ished'].forEach((text) => log.write(text));
    await log.close();

    expect(lines).toEqual(['{"_aws":1}', 'second', '']);
  });
});
