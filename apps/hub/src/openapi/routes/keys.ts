/** Tokens, clients and keys, the streams of the Shared Signals Framework, and what is open to everybody. */
import type { Route, Routes } from '../routes.js';
import { foreign, listOf, ref } from '../shapes.js';
import { all, answering, gone, made, many, one } from './rows.js';

const open = { open: true } as const;
const asked = (body: string) => ({ ...open, body: ref(body) });
const unlessKnown = answering({ 200: ref('JsonWebKeySet'), 304: null }, open);
const CLIENTS: Readonly<Record<string, (name: string) => Route>> = {
  'POST ': (name) => made(name),
  'GET ': (name) => many(name),
  'GET /{id}': (name) => one(name),
  'PATCH /{id}': (name) => one(name),
  'DELETE /{id}': () => gone,
  'POST /{id}/rotate': (name) => made(name),
};

function managed(root: string, name: string): Routes {
  const routes = Object.entries(CLIENTS).map(([key, route]): [string, Route] => {
    const [method, rest] = key.split(' ');
    return [`${method} ${root}${rest}`, route(name)];
  });
  return Object.fromEntries(routes);
}

export const KEY_ROUTES: Routes = {
  ...managed('/directories/{directoryId}/tokens', 'DirectoryToken'),
  'DELETE /directories/{directoryId}/tokens/{id}': one('DeletedToken'),
  ...managed('/directories/{directoryId}/oauth_clients', 'OAuthClient'),
  ...managed('/ssf/clients', 'SsfClient'),
  'GET /ssf/clients': many('SsfClient', 'organization_id'),
  'GET /signing_keys': all('SigningKey'),
  'POST /signing_keys/rotate': made('SigningKey'),
  'DELETE /signing_keys/{id}': one('SigningKey'),
  'POST /ssf/stream': made('SsfStream', asked('SsfStreamWish')),
  'GET /ssf/stream': answering(
    { 200: { anyOf: [ref('SsfStream'), listOf(ref('SsfStream'))] } },
    { ...open, query: ['stream_id'] },
  ),
  'PATCH /ssf/stream': one('SsfStream', asked('SsfStreamChange')),
  'PUT /ssf/stream': one('SsfStream', asked('SsfStreamChange')),
  'DELETE /ssf/stream': answering({ 204: null }, { ...open, query: ['stream_id'] }),
  'GET /ssf/status': one('SsfStatus', { ...open, query: ['stream_id'] }),
  'POST /ssf/status': one('SsfStatus', asked('SsfStatusChange')),
  'POST /ssf/subjects/add': answering({ 200: null }, asked('SsfSubjectChange')),
  'POST /ssf/subjects/remove': answering({ 204: null }, asked('SsfSubjectChange')),
  'POST /ssf/verification': answering({ 204: null }, asked('SsfVerification')),
  'POST /ssf/poll/{streamId}': one('SsfPolled', asked('SsfPoll')),
  'POST /oauth/token': one('TokenAnswer', {
    ...open,
    onlyPost: true,
    body: { ...ref('TokenRequest'), contentMediaType: 'application/x-www-form-urlencoded' },
  }),
  'GET /.well-known/oauth-authorization-server': one('OAuthServer', open),
  'GET /.well-known/ssf-configuration': one('SsfConfiguration', open),
  'GET /.well-known/jwks.json': unlessKnown,
  'GET /.well-known/jwks-history.json': unlessKnown,
  'GET /.well-known/webhooks/{destinationId}/jwks.json': one('JsonWebKeySet', open),
  'GET /health': answering({ 200: ref('Health'), 503: ref('Health') }, open),
  'GET /openapi.json': answering({ 200: foreign('OpenAPI 3.1.') }, open),
};
