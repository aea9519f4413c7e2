import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpUserPoolAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Construct } from 'constructs';
import { type API_OPTIONAL_VARIABLES, API_ROUTES, type API_VARIABLES } from '../lambdas/api/environment.ts';
import type { Environment } from '../lambdas/shared/environment.ts';
import { CityFunction } from './city-function.ts';
import { CityLogGroup } from './city-log-group.ts';
import { CityUserPool, oauthScope } from './city-user-pool.ts';
import type { Deployment } from './deployment.ts';
import type { HistoryStack } from './history-stack.ts';
import type { IngestStack } from './ingest-stack.ts';
import { PROJECT } from './names.ts';
import { allowEndpointDiscovery } from './timestream-discovery.ts';
import { TokenAuthorizer } from './token-authorizer.ts';
import type { TwinStack } from './twin-stack.ts';

/** Of all callers together, requests a second and at once; beyond it API Gateway answers 429. */
const RATE_LIMIT = 100;
const BURST_LIMIT = 200;

/** Of a request's body; HTTP APIs have no setting for it and take 10 MB, so the function refuses what is larger. */
const REQUEST_BYTES_MAX = 64 * 1024;

/** Who asked for what, and what became of it. No token and no body. */
const ACCESS_LOG_FIELDS = {
  requestId: '$context.requestId',
  requestedAt: '$context.requestTime',
  sourceIp: '$context.identity.sourceIp',
  clientId: '$context.authorizer.claims.client_id',
  routeKey: '$context.routeKey',
  path: '$context.path',
  status: '$context.status',
  responseBytes: '$context.responseLength',
  integrationLatencyMs: '$context.integrationLatency',
  authorizerError: '$context.authorizer.error',
};

interface ApiStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly twin: TwinStack;
  readonly ingest: IngestStack;
  /** Absent where the configuration keeps no history. */
  readonly history: HistoryStack | undefined;
}

/** The HTTP API and live deltas over MQTT: everything under a bearer token. */
export class ApiStack extends Stack {
  readonly api: HttpApi;

  constructor(scope: Construct, id: string, { deployment, twin, ingest, history, ...props }: ApiStackProps) {
    super(scope, id, { description: 'cityweave: the HTTP API', ...props });

    const userPool = new CityUserPool(this, 'UserPool', deployment);
    this.api = new HttpApi(this, 'HttpApi', { apiName: PROJECT, createDefaultStage: false });
    const stage = this.#stage(this.api, deployment);
    const query = this.#queryFunction(deployment, { twin, ingest, history });
    addRoutes(this.api, userPool, query);
    const { authorizer } = new TokenAuthorizer(this, 'LiveDeltas', { deployment, userPool });

    new CfnOutput(this, 'ApiUrl', { value: stage.url });
    new CfnOutput(this, 'UserPoolId', { value: userPool.userPoolId });
    new CfnOutput(this, 'UserPoolClientId', { value: userPool.machine.userPoolClientId });
    new CfnOutput(this, 'TokenUrl', { value: userPool.tokenUrl });
    new CfnOutput(this, 'MqttAuthorizerName', { value: authorizer.ref });
  }

  #stage(api: HttpApi, deployment: Deployment): HttpStage {
    // Below this prefix API Gateway need not extend the account's log policy, which is bounded in size.
    const accessLogs = new CityLogGroup(this, 'AccessLogs', { deployment, name: `/aws/vendedlogs/${PROJECT}-api` });
    return new HttpStage(this, 'Stage', {
      httpApi: api,
      autoDeploy: true,
      throttle: { rateLimit: RATE_LIMIT, burstLimit: BURST_LIMIT },
      accessLogSettings: {
        destination: new LogGroupLogDestination(accessLogs),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG_FIELDS)),
      },
    });
  }

  #queryFunction(
    deployment: Deployment,
    { twin, ingest, history }: Pick<ApiStackProps, 'twin' | 'ingest' | 'history'>,
  ): CityFunction {
    const query = new CityFunction(this, 'Query', {
      deployment,
      name: 'api',
      description: 'Answers the HTTP API',
      environment: {
        STAGE: deployment.stageName,
        TWINS_TABLE: twin.twins.tableName,
        REVIEWS_TABLE: twin.reviews.table.tableName,
        CALIBRATIONS_TABLE: twin.calibration.table.tableName,
        REJECTS_TABLE: twin.failures.rejects.tableName,
        INGEST_STREAM: ingest.ingest.streamName,
        OBSERVATIONS_STREAM: twin.observations.streamName,
        REQUEST_BYTES_MAX: String(REQUEST_BYTES_MAX),
        ...(history && { HISTORY_DATABASE: history.database.ref, HISTORY_TABLE: history.readings.attrName }),
      } satisfies Environment<(typeof API_VARIABLES)[number]> &
        Partial<Environment<(typeof API_OPTIONAL_VARIABLES)[number]>>,
      memoryMiB: 1024,
      timeoutS: 15,
    });
    query.allow(['dynamodb:BatchGetItem', 'dynamodb:Scan'], twin.twins.tableArn);
    query.allow(['dynamodb:Query'], ...twin.twinIndexes.map((index) => `${twin.twins.tableArn}/index/${index}`));
    twin.reviews.allowSettling(query);
    twin.calibration.allowReading(query);
    query.allow(['dynamodb:Query', 'dynamodb:PutItem'], twin.failures.rejects.tableArn);
    query.allow(['kinesis:PutRecords'], ingest.ingest.streamArn, twin.observations.streamArn);
    if (history) {
      query.allow(['timestream:Select'], history.readings.attrArn);
      allowEndpointDiscovery(query);
    }
    return query;
  }
}

/** There is no route without the authorizer, and none without a scope. */
function addRoutes(api: HttpApi, userPool: CityUserPool, query: CityFunction): void {
  const authorizer = new HttpUserPoolAuthorizer('Tokens', userPool, { userPoolClients: [userPool.machine] });
  const integration = new HttpLambdaIntegration('Query', query.lambda);
  for (const { method, path, scope } of API_ROUTES) {
    api.addRoutes({
      path,
      methods: [HttpMethod[method]],
      integration,
      authorizer,
      authorizationScopes: [oauthScope(scope)],
    });
  }
}
