/**
 * Where kinesis-local 0.6.2 does not do what AWS documents: the case, and what it does instead. A case that is listed
 * must fail, so the list cannot outlive its reasons.
 */
export const kinesisLocalDifferences: ReadonlyMap<string, string> = new Map([
  [
    'a name has 1 to 128 letters, digits, dots, dashes and underscores',
    'breaches of the model are InvalidArgumentException',
  ],
  ['an explicit hash key overrides the partition key', 'the last hash key of a shard goes to the next shard'],
  ['data and partition key have 1 MiB together', 'a record may be larger'],
  ['a partition key has 1 to 256 characters', 'breaches of the model are InvalidArgumentException'],
  ['a request has 1 to 500 records', '501 records are taken'],
  ['an iterator that was never given is an invalid argument', 'the answer has status 500 and no error type'],
  ['a sequence number that the shard never gave is an invalid argument', 'it is ResourceNotFoundException'],
  ['an operation that the API does not have is unknown', 'it is AccessDeniedException'],
]);

/** Cases that would keep the suite waiting: the case, and why it is not run. */
export const kinesisLocalSkipped: ReadonlyMap<string, string> = new Map([
  ['a request has 10 MiB, partition keys included', 'it takes half a minute for one, and takes larger ones too'],
]);
