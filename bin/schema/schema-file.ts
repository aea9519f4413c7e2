import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileSchema, fingerprintOfSchema } from '../../lambdas/shared/schemas/compile-schema.ts';
import type { SchemaEntry } from '../../lambdas/shared/schemas/schema-entry.ts';
import { CommandError } from '../command-error.ts';

const COPY = 'reading.proto';
const BUF = fileURLToPath(new URL('../../node_modules/.bin/buf', import.meta.url));

/** Reads `{name}/{version}.avsc` or `{name}/{version}.proto`. Throws one line where it is no schema of a reading. */
export function readSchemaFile(file: string): SchemaEntry {
  const [name, version] = [basename(dirname(resolve(file))), Number(basename(file, extname(file)))];
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new CommandError(`${file}: got "${basename(file)}", expected a version as its name, such as ${name}/1.avsc`);
  }
  try {
    const source = sourceOf(file);
    return { name, version, fingerprint: fingerprintOfSchema(compileSchema(source)), ...source };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${file}: ${error instanceof Error ? error.message : 'no schema'}`, { cause: error });
  }
}

function sourceOf(file: string): Pick<SchemaEntry, 'format' | 'schema'> {
  const extension = extname(file);
  if (extension === '.avsc') return { format: 'avro', schema: JSON.stringify(JSON.parse(readFileSync(file, 'utf8'))) };
  if (extension === '.proto') return { format: 'protobuf', schema: describeProto(file) };
  throw new CommandError(`${file}: got ${extension}, expected .avsc or .proto`);
}

/** A `FileDescriptorSet` in base64. Alone in a folder, because buf looks for others beside it. */
function describeProto(file: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'cityweave-schema-'));
  try {
    copyFileSync(file, join(folder, COPY));
    const options = [
      'build',
      folder,
      '--as-file-descriptor-set',
      '--exclude-source-info',
      '--output',
      '-#format=binpb',
    ];
    return execFileSync(BUF, options, { stdio: ['ignore', 'pipe', 'pipe'] }).toString('base64');
  } catch (error) {
    const { stderr } = error as { readonly stderr?: Buffer };
    // One line is enough to begin with; where it stands is said of the copy.
    const [complaint = ''] = stderr?.toString().replaceAll(join(folder, COPY), '').split('\n') ?? [];
    throw new CommandError(`${file}${complaint || ': buf does not build it'}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
