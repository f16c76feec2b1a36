/** What each provider calls itself, and where in it a person enters the address and the token. docs/identity-providers has it all. */

export interface Provider {
  name: string;
  /** Where its set-up page is, in its own words. */
  where: string;
}

const PROVIDERS: Readonly<Record<string, Provider>> = {
  'okta scim v2.0': { name: 'Okta', where: 'Applications → your application → Provisioning → Integration' },
  'azure scim v2.0': {
    name: 'Microsoft Entra ID',
    where: 'Enterprise applications → your application → Provisioning → New configuration',
  },
  'onelogin scim v2.0': { name: 'OneLogin', where: 'Applications → your application → Configuration' },
  'jump cloud scim v2.0': {
    name: 'JumpCloud',
    where: 'SSO Applications → your application → Identity Management',
  },
  'pingfederate scim v2.0': {
    name: 'PingFederate or PingOne',
    where:
      'PingFederate: Applications → SP Connections → your connection → Target. PingOne: Integrations → Provisioning → New Connection',
  },
  'gsuite directory': {
    name: 'Google Workspace',
    where: 'Apps → Web and mobile apps → your application → Auto-provisioning',
  },
  'rippling scim v2.0': {
    name: 'Rippling',
    where: 'IT Management → Third-party access → your integration → User management via SCIM',
  },
  'cyberark scim v2.0': {
    name: 'CyberArk Identity',
    where: 'Apps & Widgets → Web Apps → your application → Provisioning',
  },
  'sailpoint scim v2.0': { name: 'SailPoint', where: 'Admin → Connections → Sources → SCIM 2.0' },
};

const ANY: Provider = {
  name: 'SCIM 2.0',
  where: 'The page of your identity provider about provisioning by SCIM 2.0',
};

export function providerOf(type: string): Provider {
  return PROVIDERS[type] ?? ANY;
}
