/** Directories, and who may sign in. */
import type { Routes } from '../routes.js';
import { going, gone, made, many, one, all } from './rows.js';

export const DIRECTORY_ROUTES: Routes = {
  'POST /directories': made('NewDirectory'),
  'GET /directories': many('Directory', 'organization_id', 'search', 'domain'),
  'GET /directories/{id}': one('Directory'),
  'PATCH /directories/{id}': one('Directory'),
  'DELETE /directories/{id}': going,
  'GET /directories/{directoryId}/schema_extensions': all('SchemaExtension'),
  'GET /directories/{directoryId}/schema_extensions/{urn}': one('SchemaExtension'),
  'PUT /directories/{directoryId}/schema_extensions/{urn}': one('SchemaExtension'),
  'DELETE /directories/{directoryId}/schema_extensions/{urn}': gone,
  'POST /sign_in_checks': one('SignInCheck'),
};
