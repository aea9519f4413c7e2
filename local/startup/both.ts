/** Waits for two, also when one fails, so that nothing goes on behind a failure's back; then throws the first's. */
export async function both<First, Second>(first: Promise<First>, second: Promise<Second>): Promise<[First, Second]> {
  await Promise.allSettled([first, second]);
  return Promise.all([first, second]);
}
