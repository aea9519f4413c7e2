import { Stack } from 'aws-cdk-lib';
import { CfnAuthorizer } from 'aws-cdk-lib/aws-iot';
import { Construct } from 'constructs';
import { type MQTT_AUTHORIZER_VARIABLES, TOKEN_KEY_NAME } from '../lambdas/mqtt-authorizer/environment.ts';
import type { Environment } from '../lambdas/shared/environment.ts';
import { CityFunction } from './city-function.ts';
import { type CityUserPool, oauthScope } from './city-user-pool.ts';
import type { Deployment } from './deployment.ts';
import { allowIotInvocation } from './iot-invocation.ts';
import { PROJECT } from './names.ts';

const AUTHORIZER_NAME = `${PROJECT}-token`;

interface TokenAuthorizerProps {
  readonly deployment: Deployment;
  readonly userPool: CityUserPool;
}

/** MQTT over WebSocket for those that hold a token of the HTTP API: read-only, on live deltas. */
export class TokenAuthorizer extends Construct {
  readonly authorizer: CfnAuthorizer;

  constructor(scope: Construct, id: string, { deployment, userPool }: TokenAuthorizerProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const authorize = new CityFunction(this, 'Function', {
      deployment,
      name: 'mqtt-authorizer',
      description: 'Lets bearers of a token read live deltas over MQTT',
      environment: {
        USER_POOL_ID: userPool.userPoolId,
        USER_POOL_CLIENT_ID: userPool.machine.userPoolClientId,
        SCOPE: oauthScope('read'),
        IOT_ARN: `arn:${stack.partition}:iot:${stack.region}:${stack.account}`,
      } satisfies Environment<(typeof MQTT_AUTHORIZER_VARIABLES)[number]>,
      memoryMiB: 512,
      // AWS IoT Core waits no longer for its answer.
      timeoutS: 5,
    });
    this.authorizer = new CfnAuthorizer(this, 'Authorizer', {
      authorizerName: AUTHORIZER_NAME,
      authorizerFunctionArn: authorize.lambda.functionArn,
      status: 'ACTIVE',
      tokenKeyName: TOKEN_KEY_NAME,
      // A token of the user pool is signed already. A second signature would have to come from a key that the pool has
      // not, and its one gain, that forged tokens cost no invocation, is small beside that of a browser's simple way in.
      signingDisabled: true,
    });
    allowIotInvocation(
      authorize,
      stack.formatArn({ service: 'iot', resource: 'authorizer', resourceName: AUTHORIZER_NAME }),
    );
  }
}
