import { Aws } from 'aws-cdk-lib';
import { CfnPermission } from 'aws-cdk-lib/aws-lambda';
import type { CityFunction } from './city-function.ts';

/** Lets AWS IoT Core run the function, for one resource of this account only ("Cross-service confused deputy prevention"). */
export function allowIotInvocation(scope: CityFunction, sourceArn: string): CfnPermission {
  return new CfnPermission(scope, 'IotInvocation', {
    action: 'lambda:InvokeFunction',
    functionName: scope.lambda.functionArn,
    principal: 'iot.amazonaws.com',
    sourceAccount: Aws.ACCOUNT_ID,
    sourceArn,
  });
}
