/** What a command says when it cannot do its work: one line, exit code 1, no stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
