import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { readAssembly } from '../../local/cloudformation/assembly.ts';
import { openDataDirectory } from '../../local/startup/data-directory.ts';
import { synthesize } from '../../local/startup/synthesis.ts';
import { withTemporaryDirectory } from '../support/local-cloud.ts';
import { type Progress, rounded, spreadCells, type Table } from '../support/report.ts';
import { spreadOf } from '../support/statistics.ts';

const KIB = 1024;

/** Size and cold import of every bundle that the template deploys. */
export function bundleTable(runs: number, progress: Progress): Promise<Table> {
  return withTemporaryDirectory(async (directory) => {
    progress('handlers: synthesizing the template for its bundles');
    const data = openDataDirectory(directory, { fresh: false });
    const { directory: assembly } = await synthesize(data, 'dev');
    const rows = deployedFunctions(assembly).map(({ name, file, variables }) => {
      progress(`handlers: importing ${name} ${runs} times`);
      const bytes = readFileSync(file);
      const importMs = Array.from({ length: runs }, () => coldImportMs(file, variables));
      return {
        bundle: name,
        KiB: rounded(bytes.length / KIB),
        'KiB gzipped': rounded(gzipSync(bytes).length / KIB),
        ...spreadCells(spreadOf(importMs)),
        unit: 'ms to import',
      };
    });
    data.close();
    return { title: `Bundles as deployed, imported by a new process, ${runs} runs`, rows };
  });
}

interface DeployedBundle {
  readonly name: string;
  /** Its entry. */
  readonly file: string;
  readonly variables: readonly string[];
}

interface FunctionProperties {
  readonly Handler?: string;
  readonly FunctionName?: string;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, unknown>> };
}

function deployedFunctions(assembly: string): DeployedBundle[] {
  const resources = readAssembly(assembly).stacks.flatMap(({ template }) => Object.values(template.Resources));
  return resources.flatMap(({ Type, Properties = {}, Metadata = {} }) => {
    const asset = Metadata['aws:asset:path'];
    if (Type !== 'AWS::Lambda::Function' || typeof asset !== 'string') return [];
    const { FunctionName = '', Handler = '', Environment }: FunctionProperties = Properties;
    const file = path.join(assembly, asset, `${Handler.split('.')[0]}.mjs`);
    return [{ name: FunctionName, file, variables: Object.keys(Environment?.Variables ?? {}) }];
  });
}

/** From before the import to after it, in a process of its own, without the start of Node itself. */
function coldImportMs(file: string, variables: readonly string[]): number {
  const script = `
    const startedMs = performance.now();
    await import(${JSON.stringify(pathToFileURL(file).href)});
    process.stdout.write(String(performance.now() - startedMs));
    process.exit(0);`;
  const values = Object.fromEntries(variables.map((name) => [name, name === 'STAGE' ? 'dev' : 'bench']));
  const env = { ...values, AWS_REGION: 'us-east-1', PATH: process.env['PATH'] ?? '' };
  return Number(execFileSync(process.execPath, ['--input-type=module', '--eval', script], { env, encoding: 'utf8' }));
}
