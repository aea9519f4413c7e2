import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { strToU8, zipSync } from 'fflate';
import { stringify } from 'yaml';
import { artifactFiles, artifactHash, buildEdgeArtifact } from '../lib/edge-artifact.ts';
import { ARCHIVE, edgeRecipe, edgeVersion } from '../lib/edge-recipe.ts';

/** The first that a ZIP can tell, so that the time of a build is no part of it. */
const MODIFIED = new Date(1980, 0, 1);

const USAGE = 'npm run edge:build -- --out DIR [--version VERSION]';

/**
 * Writes the component as the Greengrass tools expect it (`gdk component build` in edge-greengrass calls this): the archive
 * below `artifacts/{component}/{version}`, the recipe below `recipes`. Without a version the content gives it.
 */
function main(): void {
  const { out, version: asked } = readOptions();
  const unpacked = mkdtempSync(path.join(tmpdir(), 'cityweave-edge-'));
  try {
    buildEdgeArtifact(unpacked);
    const version = asked ?? edgeVersion(artifactHash(unpacked));
    const file = `${ARCHIVE}.zip`;
    const recipe = edgeRecipe(version, `s3://BUCKET_NAME/COMPONENT_NAME/COMPONENT_VERSION/${file}`);
    const archive = zip(artifactFiles(unpacked));
    const archiveFile = path.join(out, 'artifacts', recipe.ComponentName, version, file);
    write(archiveFile, archive);
    write(path.join(out, 'recipes', 'recipe.yaml'), strToU8(stringify(recipe)));
    process.stdout.write(`${recipe.ComponentName} ${version}: ${archiveFile} (${archive.length} bytes)\n`);
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

function readOptions(): { readonly out: string; readonly version?: string } {
  const { values } = parseArgs({ options: { out: { type: 'string' }, version: { type: 'string' } } });
  const { out } = values;
  if (out === undefined) throw new Error(`--out: missing, expected a directory to write to; ${USAGE}`);
  return { ...values, out };
}

function zip(files: ReturnType<typeof artifactFiles>): Uint8Array {
  return zipSync(Object.fromEntries(files), { mtime: MODIFIED });
}

function write(file: string, bytes: Uint8Array): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
