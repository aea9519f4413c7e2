import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataDirectory } from '../../../local/startup/data-directory.ts';

describe('the data directory', () => {
  let parent: string;
  let directory: string;

  beforeEach(() => {
    parent = mkdtempSync(path.join(tmpdir(), 'cityweave-data-'));
    directory = path.join(parent, 'deep', '.cityweave');
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  const open = (fresh = false) => openDataDirectory(directory, { fresh });

  it('is made, keeps what is in it, and is emptied when fresh', () => {
    const first = open();
    writeFileSync(first.file('token'), 'secret');
    first.close();
    const second = open();
    expect(readFileSync(second.file('token'), 'utf8')).toBe('secret');
    second.close();
    const fresh = open(true);
    expect(readdirSync(directory).sort()).toEqual(['cityweave-data.json', 'lock']);
    fresh.close();
  });

  it('belongs to one at a time, also within a process', () => {
    const holder = open();
    expect(() => open()).toThrow(
      `${directory} is in use by process ${process.pid}; stop that one, or choose another directory with --data`,
    );
    expect(() => open(true)).toThrow('is in use');
    holder.close();
    open().close();
  });

  it('is refused while another live process holds it, and taken over from a dead one', () => {
    open().close();
    writeFileSync(path.join(directory, 'lock'), String(process.ppid));
    expect(() => open()).toThrow(`is in use by process ${process.ppid}`);

    const { pid: deadPid } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(path.join(directory, 'lock'), String(deadPid));
    open().close();
    expect(existsSync(path.join(directory, 'lock'))).toBe(false);
  });

  it('is taken over from an earlier process that had the same id', () => {
    open().close();
    writeFileSync(path.join(directory, 'lock'), String(process.pid));
    open().close();
  });

  it.each([false, true])('is never one that holds something else (fresh: %s)', (fresh) => {
    writeFileSync(path.join(parent, 'thesis.txt'), 'two years of work');
    expect(() => openDataDirectory(parent, { fresh })).toThrow(
      `--data ${parent} is no data directory of a local cloud: it holds thesis.txt; give an empty one`,
    );
    expect(readdirSync(parent)).toEqual(['thesis.txt']);
  });

  it('of another version says to start afresh, and then does', () => {
    open().close();
    writeFileSync(path.join(directory, 'cityweave-data.json'), '{"format":99}');
    expect(() => open()).toThrow('has format 99, expected 1; start with --fresh to empty it');
    open(true).close();
    open().close();
  });
});
