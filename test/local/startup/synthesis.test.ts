import { describe, expect, it } from 'vitest';
import { errorLine } from '../../../local/startup/synthesis.ts';

describe('the line that says why an app does not synthesize', () => {
  it.each([
    [
      'a wrong configuration, which the app prints itself',
      'Bundling asset X...\nassets.p1.zone: got "nowhere", expected one of north, south\n',
      'assets.p1.zone: got "nowhere", expected one of north, south',
    ],
    [
      'an error of Node',
      'file:///x/lib/a.ts:12\n      throw new Error("x");\n      ^\n\nTypeError: Cannot read properties of undefined\n    at f (file:///x)\n\nNode.js v24.0.0\n',
      'TypeError: Cannot read properties of undefined',
    ],
    [
      'a module that is missing',
      'node:internal:1\n\nError [ERR_MODULE_NOT_FOUND]: Cannot find module /x\n    at f\n',
      'Error [ERR_MODULE_NOT_FOUND]: Cannot find module /x',
    ],
    [
      'a bundle that esbuild refuses',
      '✘ [ERROR] Could not resolve "./b.ts"\n\n    lambdas/a/handler.ts:3:40:\n\n«Failed» Failed to bundle: Error: Build failed with 1 error:\nlambdas/a/handler.ts:3:40: ERROR: Could not resolve "./b.ts"\n    ...new F\n\nNode.js v24.0.0\n',
      'lambdas/a/handler.ts:3:40: ERROR: Could not resolve "./b.ts"',
    ],
    ['nothing', '\n', 'it says nothing'],
  ])('%s', (_, output, line) => {
    expect(errorLine(output)).toBe(line);
  });
});
