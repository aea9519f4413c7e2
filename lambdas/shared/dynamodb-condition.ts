import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';

/** What the call answers, or nothing where its condition did not hold. */
export async function unlessRefused<Answer extends object>(call: Promise<Answer>): Promise<Partial<Answer>> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return {};
    throw error;
  }
}
