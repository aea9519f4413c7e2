import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'vitest';
import type { StreamReader } from '../../../local/lambda/stream-reader.ts';
import { type LocalLambda, startLocalLambda } from './local-lambda.ts';
import { STREAM_ARN } from './memory-stream.ts';

type LambdaOptions = Parameters<typeof startLocalLambda>[0];

/** A function that a stream is mapped to, and what it writes into its `SEEN_FILE`, one JSON text a line. */
export interface LocalMapping {
  readonly local: LocalLambda;
  seen<Line>(): Line[];
  /** Stops and starts again with other properties, on the same state. */
  restart(properties: Record<string, unknown>): Promise<void>;
  close(): Promise<void>;
}

/** Maps `stream` to a function of that source text, whose name is `recording`, and starts to poll. */
export async function startMapping(
  stream: StreamReader,
  source: string,
  properties: Record<string, unknown> = {},
  options: LambdaOptions = {},
  functionProperties: Record<string, unknown> = {},
): Promise<LocalMapping> {
  const directory = mkdtempSync(path.join(tmpdir(), 'cityweave-mapping-'));
  const seenFile = path.join(directory, 'seen');
  writeFileSync(seenFile, '');
  let local = await start(properties);

  async function start(wanted: Record<string, unknown>): Promise<LocalLambda> {
    const started = await startLocalLambda({ streams: stream, directory, ...options });
    const variables = { Environment: { Variables: { SEEN_FILE: seenFile } } };
    await started.deploy('recording', { 'index.mjs': source }, { ...variables, Timeout: 10, ...functionProperties });
    await started.map({
      FunctionName: 'recording',
      EventSourceArn: STREAM_ARN,
      StartingPosition: 'TRIM_HORIZON',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ...wanted,
    });
    await started.lambda.startPolling();
    return started;
  }

  return {
    get local() {
      return local;
    },
    seen: () =>
      readFileSync(seenFile, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    async restart(wanted) {
      await local.close();
      local = await start(wanted);
    },
    async close() {
      await local.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Waits long enough for a machine that is busy with other things. */
export const eventually = <T>(look: () => T): ReturnType<typeof expect.poll<T>> =>
  expect.poll(look, { interval: 5, timeout: 20_000 });
