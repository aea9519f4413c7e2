/** The command line's replay of a real file, twice, against a fresh local cloud. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningCli, startCli, temporaryDirectory } from './target.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const BIRMINGHAM = fileURLToPath(new URL('../../../shared/data/parking-birmingham/dataset.csv', import.meta.url));
const isHere = existsSync(BIRMINGHAM);
const REPLAY_MAX_MS = 180_000;

describe.skipIf(!isHere)(
  `replay of Birmingham’s car parks${isHere ? '' : ' (skipped: the data set is absent)'}`,
  () => {
    let directory = '';
    let cli: RunningCli;
    beforeAll(async () => {
      directory = await temporaryDirectory();
      cli = await startCli(directory);
    }, 120_000);
    afterAll(async () => {
      await cli?.stop();
      await rm(directory, { recursive: true, force: true });
    });

    async function replay(): Promise<Record<string, unknown>> {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        ['bin/cityweave.ts', 'replay', BIRMINGHAM, '--mapping', 'parking-birmingham', '--json'].concat(
          ['--speed', 'max', '--time', 'original', '--data', directory],
          ['--mqtt-url', cli.mqttUrl, '--aws-endpoint', cli.awsEndpoint, '--api-url', cli.apiUrl],
        ),
        { cwd: REPOSITORY },
      );
      return JSON.parse(stdout) as Record<string, unknown>;
    }

    it('applies each row once and rejects what cannot be', { timeout: REPLAY_MAX_MS }, async () => {
      expect(await replay()).toMatchObject({
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
      expect(await replay()).toMatchObject({
        applied: 0,
        duplicate: 35_332,
        superseded: 0,
        kept: { 'out-of-range': 385 },
      });
    });
  },
);
