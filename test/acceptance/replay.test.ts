/**
 * The command line's replay of real files against a fresh local cloud. Each number was counted from the raw file by a
 * program of its own: rows without a field that the mapping needs (unreadable), rows like an earlier one of their asset
 * and time (duplicate), and rows older than one of their source before (superseded).
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeLocal, type RunningCli, startCli, temporaryDirectory } from './target.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const DATA = fileURLToPath(new URL('../../../shared/data', import.meta.url));
const REPLAY_MAX_MS = 180_000;
const RUN_MAX_MS = 150_000;

let directory = '';
let cli: RunningCli | undefined;
beforeAll(async () => {
  if (!existsSync(DATA)) return;
  directory = await temporaryDirectory();
  cli = await startCli(path.join(directory, 'data'));
}, 120_000);
afterAll(async () => {
  await cli?.stop();
  if (directory) await rm(directory, { recursive: true, force: true });
});

/** Runs where the file is, and says in its name that it is absent where it is not. */
function describeReplay(title: string, file: string, tests: (file: string) => void): void {
  const absolute = path.join(DATA, file);
  const isHere = existsSync(absolute);
  describeLocal(`replay of ${title}`, () =>
    describe.skipIf(!isHere)(isHere ? path.basename(file) : `${file} (skipped: the data set is absent)`, () =>
      tests(absolute),
    ),
  );
}

async function cityweave(...words: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['bin/cityweave.ts', ...words, '--json', '--data', path.join(directory, 'data')],
    { cwd: REPOSITORY, timeout: RUN_MAX_MS },
  );
  return JSON.parse(stdout) as Record<string, unknown>;
}

const replay = (file: string, mapping: string, ...fields: readonly string[]) =>
  cityweave('replay', file, '--mapping', mapping, ...fields.flatMap((field) => ['--field', field]));

describeReplay('Birmingham’s car parks', 'parking-birmingham/dataset.csv', (file) => {
  it('applies each row once and rejects what cannot be', { timeout: REPLAY_MAX_MS }, async () => {
    expect(await replay(file, 'parking-birmingham')).toMatchObject({
      rows: 35_717,
      published: 35_717,
      applied: 35_116,
      duplicate: 216,
      superseded: 0,
      kept: { 'out-of-range': 385 },
      collisions: 0,
    });
  });

  it('knows every row again', { timeout: REPLAY_MAX_MS }, async () => {
    expect(await replay(file, 'parking-birmingham')).toMatchObject({
      applied: 0,
      duplicate: 35_332,
      superseded: 0,
      kept: { 'out-of-range': 385 },
    });
  });
});

describeReplay('Helsinki’s vehicles', 'hsl-hfp-mqtt/hfp-2500.txt', (file) => {
  it('has the fates of the capture, and the last place of a bus', { timeout: REPLAY_MAX_MS }, async () => {
    expect(await replay(file, 'hsl-hfp-mqtt')).toMatchObject({
      rows: 2500,
      published: 2430,
      unreadable: { count: 70 },
      applied: 2367,
      duplicate: 59,
      superseded: 4,
      kept: {},
      collisions: 0,
    });
    // Of vehicle 0021/00036 three come late and seven twice, within a flood of 21; the newest is of 04:32:53.
    expect(await cityweave('twin', '0021_2F00036')).toMatchObject({
      attributes: { heading: { value: 163, observedAt: '2018-10-09T04:32:53.000Z' } },
      position: { latitude: 60.279692, longitude: 24.854631 },
    });
  });
});

/** Of seven hours of 5 s the first, so that the test ends soon; of every mote, as they stand one behind the other. */
const MOTE_ROWS = 720;
const MOTES = 4;

describeReplay('motes in pairs', 'wsn-single-hop/single_hop.csv', (file) => {
  it('applies each row, and ends at the last of each mote', { timeout: REPLAY_MAX_MS }, async () => {
    const [header, ...lines] = (await readFile(file, 'utf8')).split('\n');
    const cut = path.join(directory, 'motes.csv');
    const kept = lines.filter((line) => line !== '' && Number.parseInt(line, 10) <= MOTE_ROWS);
    await writeFile(cut, `${[header, ...kept].join('\n')}\n`);
    const rows = MOTES * MOTE_ROWS;
    const report = await replay(cut, 'wsn-single-hop');
    expect(report).toMatchObject({ rows, published: rows, applied: rows, duplicate: 0, superseded: 0, kept: {} });

    // Reading 720 of motes 3 and 4.
    const { attributes } = (await cityweave('explain', 'mote-pair-0')) as unknown as Explained;
    expect(bySource(attributes['temperature']?.siblings)).toEqual([
      ['wsn-single-hop:3', 30.63, '2010-01-01T01:00:00.000Z'],
      ['wsn-single-hop:4', 31.11, '2010-01-01T01:00:00.000Z'],
    ]);
    expect(bySource(attributes['relativeHumidity']?.siblings).map(([, value]) => value)).toEqual([0.4084, 0.4238]);
  });
});

interface Explained {
  readonly attributes: Readonly<Record<string, { readonly siblings: readonly Record<string, unknown>[] }>>;
}

const SENSORS = ['RT01', 'RT02', 'RT03'] as const;
/** Of three weeks the first day, a row a minute, so that the test ends soon. */
const ROWS = 24 * 60;
const HEADER_LINES = 7;

describeReplay('three sensors side by side', 'epa-colocated-pm/RT01_2019-08-01_21.csv.gz', (first) => {
  it('gives one twin that keeps what each of them said', { timeout: REPLAY_MAX_MS }, async () => {
    for (const sensor of SENSORS) {
      const text = gunzipSync(await readFile(first.replace('RT01', sensor))).toString();
      const cut = path.join(directory, `${sensor}.csv`);
      await writeFile(cut, `${text.split('\n', HEADER_LINES + ROWS).join('\n')}\n`);
      const report = await replay(cut, 'epa-colocated-pm', 'station=burdens-creek', `sensor=${sensor}`);
      expect(report).toMatchObject({ rows: ROWS, applied: ROWS, duplicate: 0, superseded: 0, kept: {} });
    }
    // Row 1440 of each: 8/2/2019 7:10 or 7:11, five hours behind UTC.
    const { attributes } = (await cityweave('explain', 'burdens-creek')) as unknown as Explained;
    expect(bySource(attributes['pm25']?.siblings)).toEqual([
      ['epa-colocated-pm:RT01', 4.2, '2019-08-02T12:10:00.000Z'],
      ['epa-colocated-pm:RT02', 3.7, '2019-08-02T12:11:00.000Z'],
      ['epa-colocated-pm:RT03', 4.3, '2019-08-02T12:11:00.000Z'],
    ]);
    expect(bySource(attributes['relativeHumidity']?.siblings).map(([, value]) => value)).toEqual([0.999, 0.962, 0.91]);
  });
});

function bySource(siblings: readonly Record<string, unknown>[] = []): [unknown, unknown, string][] {
  return siblings
    .map(({ source, value, observedAtMs }): [unknown, unknown, string] => [
      source,
      value,
      new Date(Number(observedAtMs)).toISOString(),
    ])
    .sort(([a], [b]) => String(a).localeCompare(String(b)));
}
