import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SchemaEntry } from '../../lambdas/shared/schemas/schema-entry.ts';
import { incompatibilities } from './compatibility.ts';
import { readSchemaFile } from './schema-file.ts';

/** Every version ever released of every device's schema: `{name}/{version}.avsc` or `.proto`. */
const SCHEMAS_FOLDER = fileURLToPath(new URL('../../schemas/devices', import.meta.url));

/** The schemas of a folder by name, then version. */
export function readSchemaFolder(folder = SCHEMAS_FOLDER): SchemaEntry[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join(folder, name)).map((file) => readSchemaFile(join(folder, name, file))))
    .sort((one, other) => one.name.localeCompare(other.name) || one.version - other.version);
}

/**
 * What must not be released, one line each: a version that breaks with any before it, one of those released that is gone
 * or has changed, and a fingerprint that two schemas share.
 */
export function releaseBreaches(present: readonly SchemaEntry[], released: readonly SchemaEntry[]): string[] {
  const breaches: string[] = [];
  for (const entry of released) {
    const now = present.find(({ name, version }) => name === entry.name && version === entry.version);
    if (!now) breaches.push(`${titleOf(entry)} was released and is gone`);
    else if (now.fingerprint !== entry.fingerprint || now.schema !== entry.schema) {
      breaches.push(`${titleOf(entry)} was released and has changed; make it version ${entry.version + 1}`);
    }
  }
  for (const [index, entry] of present.entries()) {
    for (const older of present.slice(0, index)) {
      if (older.fingerprint === entry.fingerprint) breaches.push(`${titleOf(entry)} is ${titleOf(older)} once more`);
      if (older.name !== entry.name) continue;
      breaches.push(
        ...incompatibilities(entry, older).map((each) => `${titleOf(entry)} after ${titleOf(older)}: ${each}`),
      );
    }
  }
  return breaches;
}

function titleOf({ name, version }: SchemaEntry): string {
  return `${name}/${version}`;
}
