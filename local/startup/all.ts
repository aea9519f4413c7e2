/** `Promise.all` that waits for every one, also when one fails, so that nothing goes on behind a failure's back. */
export async function all<Results extends readonly unknown[]>(
  promises: {
    readonly [Index in keyof Results]: Promise<Results[Index]>;
  },
): Promise<Results> {
  await Promise.allSettled(promises);
  return Promise.all(promises) as Promise<Results>;
}
