/** Lists of resources: a filter, a page, and the number of all that match. */
import { shapeOf, type Described, type Filter } from '@app/scim';
import type { Tx } from '@app/runtime';
import { filterSql } from './find.js';
import { Parameters } from './parameters.js';
import { placedResource, type PlacedUser, type ResourceRow } from './users.js';

export interface Wanted {
  directoryId: string;
  filter?: Filter;
  /** 1-based, RFC 7644 §3.4.2.4. */
  startIndex: number;
  count: number;
}

export interface Found {
  resources: PlacedUser[];
  totalResults: number;
}

/** Oldest first and stable: ids sort by time of making, and a page's place does not move when a resource changes. */
export async function findResources(tx: Tx, type: Described, wanted: Wanted): Promise<Found> {
  const parameters = new Parameters();
  // The directory stands outside the filter: no filter, however written, reaches another tenant.
  const tenant = `r.directory_id = ${parameters.add(wanted.directoryId)}`;
  const where = wanted.filter ? `${tenant} and (${filterSql(type, wanted.filter, parameters)})` : tenant;
  const table = shapeOf(type).type === 'User' ? 'scim_user' : 'scim_group';
  const values = [...parameters.values];
  const rows = await tx.rows<ResourceRow>(
    `select r.directory_id, r.id, r.attributes, r.version, r.created_at, r.last_modified from ${table} r
      where ${where} order by r.id limit ${parameters.add(wanted.count)} offset ${parameters.add(wanted.startIndex - 1)}`,
    parameters.values,
  );
  const resources = rows.map(placedResource);
  // A page that is not full, or the only one, tells the total by itself.
  const ended = rows.length < wanted.count && (rows.length > 0 || wanted.startIndex === 1);
  if (ended) return { resources, totalResults: wanted.startIndex - 1 + rows.length };
  const [count] = await tx.rows<{ total: number }>(
    `select count(*) as total from ${table} r where ${where}`,
    values,
  );
  return { resources, totalResults: count!.total };
}
