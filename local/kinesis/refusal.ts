/** Why a request is refused: an error type that the Kinesis API documents, and a message for whoever reads it. */
export class Refusal {
  readonly type: RefusalType;
  readonly message: string;

  constructor(type: RefusalType, message: string) {
    this.type = type;
    this.message = message;
  }
}

export type RefusalType =
  | 'ExpiredIteratorException'
  | 'ExpiredNextTokenException'
  | 'InvalidArgumentException'
  | 'LimitExceededException'
  | 'ProvisionedThroughputExceededException'
  | 'ResourceInUseException'
  | 'ResourceNotFoundException'
  | 'SerializationException'
  | 'UnknownOperationException'
  | 'ValidationException';
