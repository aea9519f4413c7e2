import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Stage } from '../options.ts';
import type { DataDirectory } from './data-directory.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** All that a template and its bundles are made of. */
const INPUTS = [
  'bin/app.ts',
  'cdk.json',
  'cityweave.config.ts',
  'codecs',
  'core',
  'lambdas',
  'lib',
  'package-lock.json',
  'uplinks',
];

/** Of an assembly, written last: it is whole, and made from inputs with that hash. */
const HASH_FILE = 'inputs.sha256';

export interface Synthesis {
  /** Of the cloud assembly. */
  readonly directory: string;
  /** False where the sources have not changed since the last one. */
  readonly isNew: boolean;
}

/** Synthesizes the CDK app into the data directory. Throws one line with the app's own error. */
export async function synthesize(data: DataDirectory, stage: Stage): Promise<Synthesis> {
  const directory = data.file('cdk.out');
  const hashFile = path.join(directory, HASH_FILE);
  const hash = hashInputs(stage);
  if (existsSync(hashFile) && readFileSync(hashFile, 'utf8') === hash) {
    return { directory, isNew: false };
  }
  rmSync(directory, { recursive: true, force: true });
  await runApp(directory, stage, data.file('synth.log'));
  writeFileSync(hashFile, hash);
  return { directory, isNew: true };
}

function hashInputs(stage: Stage): string {
  const hash = createHash('sha256').update(`${stage} ${process.version}`);
  for (const input of INPUTS) {
    for (const file of filesIn(path.join(REPOSITORY, input))) {
      hash.update(`\0${path.relative(REPOSITORY, file)}\0`).update(readFileSync(file));
    }
  }
  return hash.digest('hex');
}

function filesIn(input: string): readonly string[] {
  if (!statSync(input, { throwIfNoEntry: false })?.isDirectory()) {
    return existsSync(input) ? [input] : [];
  }
  return readdirSync(input, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/**
 * Runs the app as the CDK command does: `CDK_OUTDIR` says where to, `CDK_CONTEXT_JSON` what `-c` would. CDK's own check
 * of the templates against CloudFormation's schemas, which takes half of the time, is left to `cdk synth`, and so is the
 * stack that brings the gateway into cabinets: nothing here would run it.
 */
async function runApp(directory: string, stage: Stage, logFile: string): Promise<void> {
  const settings = {
    CDK_OUTDIR: directory,
    CDK_CONTEXT_JSON: JSON.stringify({ stage, edge: false }),
    CDK_VALIDATION: 'false',
  };
  const app = spawn(process.execPath, ['bin/app.ts'], {
    cwd: REPOSITORY,
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    app.once('error', reject);
    app.once('close', resolve);
  });
  const [output, errors, exitCode] = await Promise.all([text(app.stdout), text(app.stderr), ended]);
  writeFileSync(logFile, output + errors);
  if (exitCode !== 0) {
    throw new Error(`the CDK app does not synthesize: ${errorLine(errors || output)} (all of it: ${logFile})`);
  }
}

/** What an error looks like in the app's output: esbuild's, with file and line, then Node's above a stack trace. */
const ERROR_LINES = [/^\S+:\d+:\d+: ERROR: .+/m, /^\w*Error(?: \[\w+\])?: .+/m];

/** The line that says what went wrong; without one of a known look, the last. */
export function errorLine(output: string): string {
  for (const pattern of ERROR_LINES) {
    const [line] = pattern.exec(output) ?? [];
    if (line !== undefined) {
      return line;
    }
  }
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('Node.js v'));
  return lines.at(-1)?.trim() ?? 'it says nothing';
}
