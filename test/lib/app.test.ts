import { execFile } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import shipped from '../../cityweave.config.ts';
import { cityApp, STAGE_NAMES } from './city-app.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const noNetwork = new URL('no-network.ts', import.meta.url).href;
const scratch = mkdtempSync(join(tmpdir(), 'cityweave-app-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const SYNTH_TIMEOUT_MS = 120_000;
const BUNDLE_BYTES_MAX = 1_500_000;

describe.each(STAGE_NAMES)('bin/app.ts in stage %s', (stage) => {
  const assembly = join(scratch, stage);
  let run: Run;
  beforeAll(async () => {
    run = await runApp(repository, assembly, { stage });
  }, SYNTH_TIMEOUT_MS);

  it('synthesizes six stacks without account and network', () => {
    expect(run).toMatchObject({ exitCode: 0 });
    const templates = readdirSync(assembly).filter((file) => file.endsWith('.template.json'));
    expect(templates.toSorted()).toEqual(
      ['Api', 'Edge', 'History', 'Ingest', 'Operations', 'Twin'].map((stack) => `Cityweave-${stack}.template.json`),
    );
    for (const template of templates) {
      expect(readFileSync(join(assembly, template), 'utf8')).toContain(`"Value": "${stage}"`);
    }
  });

  it('gives the stacks that the other tests look at', { timeout: SYNTH_TIMEOUT_MS }, () => {
    const { templates } = cityApp(stage, shipped);
    for (const [name, template] of Object.entries(templates)) {
      const file = `Cityweave-${name.charAt(0).toUpperCase()}${name.slice(1)}.template.json`;
      expect(shapeOf(readTemplate(assembly, file))).toEqual(shapeOf(template?.toJSON()));
    }
  });
});

describe('the bundles', () => {
  const assembly = join(scratch, 'dev');

  it('are one file each, but for the codecs, which loads on its own and exports a handler', async () => {
    const rows: Record<string, { kB: number; loadMs: number }> = {};
    for (const { name, directory, variables } of functionsOf(assembly)) {
      const besides = name.endsWith('normalizer') ? ['codec-thread.mjs', 'codecs', 'emscripten-module.wasm'] : [];
      expect(readdirSync(directory)).toEqual([...besides, 'handler.mjs'].sort());
      const bundle = join(directory, 'handler.mjs');
      const { exitCode, stdout, stderr } = await runNode(
        [
          '--input-type=module',
          '--eval',
          `
          const startMs = performance.now();
          const { handler } = await import(${JSON.stringify(pathToFileURL(bundle).href)});
          console.log(JSON.stringify({ kind: typeof handler, loadMs: performance.now() - startMs }));
          process.exit();`,
        ],
        scratch,
        { AWS_REGION: 'us-east-1', AWS_LAMBDA_FUNCTION_NAME: name, ...variables },
      );
      expect({ name, exitCode, stderr }).toEqual({ name, exitCode: 0, stderr: '' });
      const { kind, loadMs }: { kind: string; loadMs: number } = JSON.parse(stdout);
      expect(kind).toBe('function');

      const { size } = statSync(bundle);
      expect(size).toBeLessThan(BUNDLE_BYTES_MAX);
      rows[name] = { kB: Math.round(size / 1000), loadMs: Math.round(loadMs) };
    }
    expect(Object.keys(rows)).toHaveLength(14);
    console.table(rows);
  });
});

describe('a mistake in what the app is given', () => {
  it('in the configuration is one line and exit code 1', async () => {
    const city = cityWith('{ ...shipped, buckets: 0 }');
    expect(await runApp(city, join(scratch, 'wrong'), {})).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/^buckets: got 0, expected [^\n]+\n$/),
    });
  });

  it(
    'in a stack, where the AwsSolutions rules find it, fails the synthesis by the rule’s name',
    async () => {
      const city = cityWith('shipped', "import { Bucket } from 'aws-cdk-lib/aws-s3';\nnew Bucket(twin, 'Careless');");
      // CloudFormation's rules have nothing to say about it, and take half of the time.
      const { exitCode, stderr } = await runApp(city, join(scratch, 'careless'), {}, { CDK_VALIDATION: 'false' });
      expect(exitCode).toBe(1);
      expect(stderr).toContain("Acknowledge with 'AwsSolutions::AwsSolutions-S10'");
      expect(stderr).toContain('Cityweave-Twin/Careless');
    },
    SYNTH_TIMEOUT_MS,
  );

  it('in the stage is one line and exit code 1', async () => {
    expect(await runApp(repository, join(scratch, 'staging'), { stage: 'staging' })).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: 'context "stage": got "staging", expected one of dev, prod (-c stage=dev)\n',
    });
  });
});

interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

function runApp(
  directory: string,
  assembly: string,
  context: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, string>> = {},
): Promise<Run> {
  return runNode(['--import', noNetwork, 'bin/app.ts'], directory, {
    CDK_OUTDIR: assembly,
    CDK_CONTEXT_JSON: JSON.stringify(context),
    ...settings,
  });
}

/** With no variable of this process but PATH, so without credentials, region or proxy. */
function runNode(args: readonly string[], cwd: string, environment: Readonly<Record<string, string>>): Promise<Run> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], ...environment };
    execFile(process.execPath, args, { cwd, env }, (error, stdout, stderr) => {
      resolve({ exitCode: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

/** A repository that is this one but for its configuration, and for what its app does before it synthesizes. */
function cityWith(configuration: string, appended = ''): string {
  const directory = mkdtempSync(join(scratch, 'city-'));
  mkdirSync(join(directory, 'bin'), { recursive: true });
  const program = readFileSync(join(repository, 'bin/app.ts'), 'utf8');
  const synthesis = 'orExit(() => app.synth());';
  expect(program).toContain(synthesis);
  writeFileSync(join(directory, 'bin/app.ts'), program.replace(synthesis, `${appended}\n${synthesis}`));
  copyFileSync(join(repository, 'package.json'), join(directory, 'package.json'));
  for (const folder of ['lib', 'node_modules']) symlinkSync(join(repository, folder), join(directory, folder));
  const original = pathToFileURL(join(repository, 'cityweave.config.ts')).href;
  writeFileSync(
    join(directory, 'cityweave.config.ts'),
    `import shipped from ${JSON.stringify(original)};\nexport default ${configuration};\n`,
  );
  return directory;
}

interface SynthesizedTemplate {
  readonly Resources: Readonly<Record<string, FunctionResource>>;
}

function readTemplate(assembly: string, file: string): SynthesizedTemplate {
  return JSON.parse(readFileSync(join(assembly, file), 'utf8'));
}

/** Without the tags, which the app adds to all of its stacks, and the bundles' hashes, which follow their sources. */
function shapeOf(template: unknown): unknown {
  const other = /Tags$|^S3Key$|^aws:asset:path$/;
  return JSON.parse(JSON.stringify(template, (key, value: unknown) => (other.test(key) ? undefined : value)));
}

interface FunctionResource {
  readonly Type: string;
  readonly Properties: {
    readonly FunctionName: string;
    readonly Environment: { readonly Variables: Readonly<Record<string, unknown>> };
  };
  readonly Metadata: Readonly<Record<string, string>>;
}

/** Each function's bundle, and its variables with a name in place of every reference. */
function functionsOf(assembly: string): { name: string; directory: string; variables: Record<string, string> }[] {
  return readdirSync(assembly)
    .filter((file) => file.endsWith('.template.json'))
    .flatMap((file) => Object.values(readTemplate(assembly, file).Resources))
    .filter(({ Type }) => Type === 'AWS::Lambda::Function')
    .map(({ Properties, Metadata }) => ({
      name: Properties.FunctionName,
      directory: join(assembly, Metadata['aws:asset:path'] ?? ''),
      variables: Object.fromEntries(
        Object.entries(Properties.Environment.Variables).map(([key, value]) => [
          key,
          typeof value === 'string' ? value : key.toLowerCase(),
        ]),
      ),
    }));
}
