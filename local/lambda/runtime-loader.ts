import { existsSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { FunctionError } from './invocation.ts';
import { isRecord } from '../is-record.ts';

export type Handler = (event: unknown, context: unknown) => unknown;

type LoadErrorType =
  | 'Runtime.MalformedHandlerName'
  | 'Runtime.ImportModuleError'
  | 'Runtime.HandlerNotFound'
  | 'Runtime.CallbackHandlerDeprecated';

/** In the order in which the runtime looks for them. */
const EXTENSIONS = ['.js', '.mjs', '.cjs'];

/** From Node.js 24 on, a handler that declares a third parameter (a callback) is refused. */
const CALLBACK_PARAMETERS = 3;
const RUNTIME_WITHOUT_CALLBACKS = 24;

/**
 * Loads `handler` (`directory/file.export`) from the bundle in `taskRoot`, whether CommonJS or ES module, as the
 * Lambda runtime does. docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
 */
export async function loadHandler(
  taskRoot: string,
  handler: string,
  runtime: string,
): Promise<Handler | FunctionError> {
  const [, file, exported] = /^(.+)\.([^./]+)$/.exec(handler) ?? [];
  if (file === undefined || exported === undefined) {
    return failure('Runtime.MalformedHandlerName', `Bad handler ${handler}: expected file.export`);
  }
  const module = EXTENSIONS.map((extension) => path.join(taskRoot, file + extension)).find((it) => existsSync(it));
  if (module === undefined) {
    return failure('Runtime.ImportModuleError', `Error: Cannot find module '${file}' in ${taskRoot}`);
  }
  try {
    const found = (await load(module, taskRoot))[exported];
    if (!isHandler(found)) {
      return failure('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
    }
    return takesCallback(found, runtime)
      ? failure('Runtime.CallbackHandlerDeprecated', `${handler} takes a callback, which ${runtime} does not give`)
      : found;
  } catch (error) {
    return failure('Runtime.ImportModuleError', String(error), error instanceof Error ? error.stack : undefined);
  }
}

async function load(module: string, taskRoot: string): Promise<Record<string, unknown>> {
  if (module.endsWith('.mjs') || packageAbove(module, taskRoot) !== undefined) {
    const namespace: Record<string, unknown> = await import(pathToFileURL(module).href);
    return isRecord(namespace.default) ? { ...namespace.default, ...namespace } : namespace;
  }
  readAsCommonJs(taskRoot);
  const exported: Record<string, unknown> = createRequire(module)(module);
  return exported;
}

/**
 * Without a `package.json` in the bundle, its `.js` files are CommonJS in Lambda. Here Node would go on looking above
 * the bundle, find the `"type": "module"` of the project that the assembly lies in, and read them as ES modules.
 */
function readAsCommonJs(taskRoot: string): void {
  registerHooks({
    load(url, context, nextLoad) {
      if (!url.startsWith('file:') || !url.endsWith('.js') || !isCommonJsByDefault(fileURLToPath(url), taskRoot)) {
        return nextLoad(url, context);
      }
      return { ...nextLoad(url, { ...context, format: 'commonjs' }), format: 'commonjs' };
    },
  });
}

function isCommonJsByDefault(file: string, taskRoot: string): boolean {
  return file.startsWith(taskRoot + path.sep) && packageAbove(file, taskRoot) === undefined;
}

/** The nearest `package.json` above a file that is not above the bundle. */
function packageAbove(file: string, taskRoot: string): string | undefined {
  for (let directory = path.dirname(file); directory.startsWith(taskRoot); directory = path.dirname(directory)) {
    const candidate = path.join(directory, 'package.json');
    if (existsSync(candidate)) {
      return candidate;
    }
  }
  return undefined;
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}

function takesCallback(handler: Handler, runtime: string): boolean {
  const major = Number(/^nodejs(\d+)/.exec(runtime)?.[1] ?? 0);
  return major >= RUNTIME_WITHOUT_CALLBACKS && handler.length >= CALLBACK_PARAMETERS;
}

function failure(errorType: LoadErrorType, errorMessage: string, stack?: string): FunctionError {
  return { errorType, errorMessage, trace: (stack ?? `${errorType}: ${errorMessage}`).split('\n') };
}
