import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parse } from 'yaml';

const RECIPE = new URL('../edge-greengrass/recipe.yaml', import.meta.url);
const PACKAGE = new URL('../package.json', import.meta.url);

/** Name of the archive in the recipe, without `.zip`; a nucleus unpacks an archive into a folder of its name. */
export const ARCHIVE = 'cityweave-gateway';

/** A patch number is a signed 32-bit integer to the classic nucleus. */
const PATCH_NUMBERS = 1_000_000_000;

export interface Recipe {
  readonly ComponentName: string;
  readonly ComponentVersion: string;
  readonly ComponentDescription: string;
  readonly Manifests: readonly {
    readonly Lifecycle: Readonly<Record<string, unknown>>;
    readonly Artifacts: readonly Readonly<Record<string, unknown>>[];
  }[];
  readonly [key: string]: unknown;
}

/** The recipe of a build: its version, and the address of its archive. */
export function edgeRecipe(version: string, archiveUri: string, archive = basename(archiveUri, '.zip')): Recipe {
  const text = readFileSync(RECIPE, 'utf8').replaceAll(
    `{artifacts:decompressedPath}/${ARCHIVE}/`,
    `{artifacts:decompressedPath}/${archive}/`,
  );
  const recipe: Recipe = parse(text);
  return {
    ...recipe,
    ComponentVersion: version,
    Manifests: recipe.Manifests.map((manifest) => ({
      ...manifest,
      Artifacts: manifest.Artifacts.map((artifact) => ({ ...artifact, Uri: archiveUri })),
    })),
  };
}

/**
 * A component's version can never be given to other content, so the content gives the last of its three numbers
 * (docs/decisions/0041); the first two are the package's.
 */
export function edgeVersion(artifactHash: string): string {
  const { version }: { readonly version: string } = JSON.parse(readFileSync(PACKAGE, 'utf8'));
  const [major, minor] = version.split('.');
  const hash = createHash('sha256').update(artifactHash).update(version).update(readFileSync(RECIPE));
  const patch = hash.digest().readUInt32BE() % PATCH_NUMBERS;
  return `${major}.${minor}.${patch}`;
}
