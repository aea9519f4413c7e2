#!/usr/bin/env node
// JavaScript and not TypeScript, because this is what an older Node reads before it can be told that it is too old.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The first that runs TypeScript files as they are. */
const MAJOR_NEEDED = 22;
const MINOR_NEEDED = 18;

const [major, minor] = process.versions.node.split('.').map(Number);
if (major > MAJOR_NEEDED || (major === MAJOR_NEEDED && minor >= MINOR_NEEDED)) {
  await import('./cityweave.ts');
} else {
  runWithInstalledNode();
}

/** Where `npm ci` has put a newer Node beside the packages, that one takes over. */
function runWithInstalledNode() {
  const node = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url));
  if (!existsSync(node)) {
    console.error(`cityweave needs Node.js ${MAJOR_NEEDED}.${MINOR_NEEDED} or newer, this is ${process.versions.node}`);
    process.exit(1);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  child.once('exit', (code) => process.exit(code ?? 1));
  // Ctrl-C reaches both processes by itself; what is sent to this one alone is passed on.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
}
