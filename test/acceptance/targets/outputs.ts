import { existsSync, readFileSync } from 'node:fs';

/** Outputs by stack, as `cdk deploy --outputs-file` and `npm start` write them. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

export function readOutputs(file: string): Outputs {
  if (!existsSync(file)) throw new Error(`no outputs at ${file}: write them with cdk deploy --all --outputs-file`);
  return JSON.parse(readFileSync(file, 'utf8')) as Outputs;
}

export function outputOf(outputs: Outputs, stack: string, name: string): string {
  const value = outputs[stack]?.[name];
  if (value === undefined) throw new Error(`the outputs have no ${stack}.${name}: deploy that stack first`);
  return value;
}
