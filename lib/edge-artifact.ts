import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { addCodecs } from './bundle.ts';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));

/** What the component starts, below its unpacked artifact. */
export const EDGE_ENTRY = 'component/gateway/main.mjs';

/**
 * CommonJS packages within an ES module call `require` and ask where they lie. The AWS runtime looks for its native
 * library from there, two folders up, in `dist/bin`.
 */
const COMMON_JS_SHIM = [
  "import { createRequire as makeRequire } from 'node:module';",
  'const require = makeRequire(import.meta.url);',
  'const __dirname = import.meta.dirname;',
].join(' ');

/** For other systems and processors there is no gateway: 32-bit ARM has no native library, musl no nucleus packages. */
const NATIVE_PLATFORMS = ['linux-x64-glibc', 'linux-arm64-glibc'];

/** They hold native code, and are loaded where a configuration asks for them, from the device's own `node_modules`. */
const FROM_THE_DEVICE = ['graphene-pk11', 'serialport', 'bufferutil', 'utf-8-validate'];

let shared: string | undefined;

/** The unpacked artifact, built once a process and gone with it. Throws where esbuild does. */
export function edgeArtifact(): string {
  if (shared === undefined) {
    const directory = mkdtempSync(join(tmpdir(), 'cityweave-edge-'));
    process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
    buildEdgeArtifact(directory);
    shared = directory;
  }
  return shared;
}

/** Bundles the component with all that it imports into `directory`, with the native libraries beside it. */
export function buildEdgeArtifact(directory: string): void {
  const component = join(directory, dirname(EDGE_ENTRY));
  buildSync({
    absWorkingDir: REPOSITORY,
    entryPoints: ['edge-greengrass/main.ts', 'edge-greengrass/codec-thread.ts'],
    outdir: component,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: COMMON_JS_SHIM },
    external: FROM_THE_DEVICE,
    minify: true,
    keepNames: true,
    // As for the functions: see bundle.ts.
    ignoreAnnotations: true,
    logLevel: 'error',
  });
  addCodecs(component);
  const runtime = dirname(createRequire(import.meta.url).resolve('aws-crt/package.json'));
  for (const platform of NATIVE_PLATFORMS) {
    const place = join('dist', 'bin', platform);
    cpSync(join(runtime, place), join(directory, place), { recursive: true });
  }
}

/** Every file below `directory`, by its path there, in the order of the paths. */
export function artifactFiles(directory: string): readonly (readonly [path: string, bytes: Uint8Array])[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [relative(directory, file), readFileSync(file)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** SHA-256 over the paths and bytes of all files, in hexadecimal: the same for the same content, wherever it was built. */
export function artifactHash(directory: string): string {
  const hash = createHash('sha256');
  for (const [path, bytes] of artifactFiles(directory)) hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  return hash.digest('hex');
}
