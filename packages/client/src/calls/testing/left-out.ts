/** Operations that the client has no call for, by how their path begins. `client.request` calls them. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  '/.well-known/':
    'public documents, for verifiers and receivers; WebhookVerifier reads the one that it needs',
  '/admin_api_keys': 'the keys of operators, who have the console',
  '/api_keys': "customers' keys, in the words of WorkOS's SDKs, which call them",
  '/organizations/{organizationId}/api_keys': "customers' keys, as above",
  '/organizations/{organizationId}/it_contacts': "in the words of WorkOS's SDKs, which call them",
  '/organization_domains': "in the words of WorkOS's SDKs; organizations.update replaces the domains of one",
  '/portal': "in the words of WorkOS's SDKs, which make the link; the page itself is for browsers",
  '/health': 'for probes',
  '/oauth/': 'for identity providers',
  '/openapi.json': 'the document itself',
  '/scim_requests': 'what identity providers asked is for operators, who have the console',
  '/directories/{id}/requests': 'as above',
  '/directories/{directoryId}/oauth_clients': 'credentials for identity providers, set up by operators',
  '/signing_keys': 'the keys of the installation, rotated by operators',
  '/ssf/': 'for receivers of Shared Signals, which speak that protocol',
  '/webhook_endpoints/{id}/': 'the same as below /destinations/{id}, which is what the client calls',
  '/webhook_endpoints/{destinationId}/': 'the same as below /destinations/{destinationId}',
};
