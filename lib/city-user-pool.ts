import { Aws, Duration, Validations } from 'aws-cdk-lib';
import {
  AccountRecovery,
  FeaturePlan,
  Mfa,
  OAuthScope,
  ResourceServerScope,
  UserPool,
  type UserPoolClient,
} from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';
import type { Deployment } from './deployment.ts';
import { PROJECT } from './names.ts';

const TOKEN_VALIDITY_H = 1;

/** What a bearer of a token may do: `read` queries, `operate` changes what operators may change. */
const SCOPES = {
  read: 'Query twins, their history and what was rejected',
  operate: 'Redrive rejected readings, settle reviews',
} as const;

type ScopeName = keyof typeof SCOPES;

/** A scope as tokens carry it. */
export function oauthScope(name: ScopeName): string {
  return `${PROJECT}/${name}`;
}

/** Issues the API's tokens: to machines, by client credentials. It has no users until somebody adds them. */
export class CityUserPool extends UserPool {
  readonly machine: UserPoolClient;
  readonly tokenUrl: string;

  constructor(scope: Construct, id: string, { protectsData, removalPolicy }: Deployment) {
    super(scope, id, {
      userPoolName: PROJECT,
      featurePlan: FeaturePlan.ESSENTIALS,
      selfSignUpEnabled: false,
      accountRecovery: AccountRecovery.NONE,
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { sms: false, otp: true },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      deletionProtection: protectsData,
      removalPolicy,
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-COG8',
      reason: 'The Plus plan guards the sign-in of users; this pool has none.',
    });

    const scopes = Object.entries(SCOPES).map(
      ([scopeName, scopeDescription]) => new ResourceServerScope({ scopeName, scopeDescription }),
    );
    const server = this.addResourceServer('Scopes', { identifier: PROJECT, scopes });
    this.machine = this.addClient('Machine', {
      userPoolClientName: `${PROJECT}-machine`,
      generateSecret: true,
      oAuth: {
        flows: { clientCredentials: true },
        scopes: scopes.map((each) => OAuthScope.resourceServer(server, each)),
      },
      accessTokenValidity: Duration.hours(TOKEN_VALIDITY_H),
    });
    // A domain's prefix is unique in its region, among all accounts.
    const domain = this.addDomain('Domain', { cognitoDomain: { domainPrefix: `${PROJECT}-${Aws.ACCOUNT_ID}` } });
    this.tokenUrl = `${domain.baseUrl()}/oauth2/token`;
  }
}
