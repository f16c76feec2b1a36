import { describe, expect, it } from '@jest/globals';
import { Routes } from './routes.js';

const routes = new Routes();
routes.add(['GET', 'HEAD'], '/scim/v2/Users');
routes.add(['POST'], '/scim/v2/Users');
routes.add(['GET'], '/scim/v2/Users/:id(^[^.].*$)');
routes.add(['POST'], '/scim/v2/Users/.search');
routes.add(['DELETE'], '/scim/v2/:directoryId/Users/');
routes.add(['GET'], '/scim/v2/:directoryId(^directory_.+$)');
routes.add(['GET', 'PUT'], '/scim/v2*');

describe('the methods at a path', () => {
  it.each<[string, string[] | undefined]>([
    ['/scim/v2/Users', ['GET', 'HEAD', 'POST']],
    ['//scim/v2//Users/', ['GET', 'HEAD', 'POST']],
    ['/scim/v2/Users/x', ['GET']],
    ['/scim/v2/Users/.search', ['POST']],
    ['/scim/v2/Users/.other', undefined],
    ['/scim/v2/directory_1/Users', ['DELETE']],
    ['/scim/v2/directory_1', ['GET']],
    ['/scim/v2/Devices', undefined],
    ['/scim/v2', undefined],
  ])('%s are %j', (path, methods) => {
    expect(routes.at(path)).toEqual(methods);
  });
});
