import { IpcError } from './ipc-error.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Without a `fallback` the field must be there. */
export function textOf(fields: Fields, name: string, fallback?: string): string {
  const value = fields[name] ?? fallback;
  if (typeof value !== 'string') throw new IpcError('InvalidArgumentsError', `${name} must be a string`);
  return value;
}

export function textsOf(fields: Fields, name: string): readonly string[] {
  const value = fields[name];
  const isTexts = Array.isArray(value) && value.every((each) => typeof each === 'string');
  if (!isTexts) throw new IpcError('InvalidArgumentsError', `${name} must be a list of strings`);
  return value;
}

export function recordOf(fields: Fields, name: string): Fields {
  const value = fields[name];
  if (typeof value !== 'object' || value === null) throw new IpcError('InvalidArgumentsError', `${name} must be a map`);
  return value as Fields;
}
