/** What the nucleus answers instead of a response. */
export class IpcError extends Error {
  readonly code: 'InvalidArgumentsError' | 'ResourceNotFoundError' | 'ServiceError' | 'UnauthorizedError';

  constructor(code: IpcError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
