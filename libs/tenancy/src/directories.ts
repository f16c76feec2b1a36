import { Injectable } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import { Clock, Database, newId } from '@app/runtime';
import { newToken } from './directory-tokens.js';
import { Directory, DirectoryToken, type LeavingSettings, type SchemaExtension } from './entities.js';
import { inheritDefaultRole } from './role-mappings.js';
import { pageOf, type Page, type PageRequest } from './page.js';

/** What an identity provider connects as unless it says otherwise; the consumer API's word for it. */
export const GENERIC_DIRECTORY = 'generic scim v2.0';

export interface NewDirectory {
  organizationId: string;
  name: string;
  type: string;
}

export interface DirectoryChange extends Partial<LeavingSettings> {
  name?: string;
  type?: string;
  justInTime?: boolean;
}

@Injectable()
export class Directories {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Writes the directory with a first bearer token, in the transaction given. The token's secret is not kept. */
  async create(
    manager: EntityManager,
    wish: NewDirectory,
  ): Promise<{ directory: Directory; bearerToken: string }> {
    const now = this.clock.now();
    const id = newId('directory', now);
    const { row: token, secret } = newToken({ directoryId: id, name: 'First token', expiresAt: null }, now);
    const directory = manager.create(Directory, {
      id,
      ...wish,
      state: 'linked',
      externalKey: id.slice(-10),
      schemaExtensions: [],
      deletePolicy: 'delete',
      purgeAfterDays: null,
      deactivationsPublishedAs: 'updated',
      justInTime: false,
      attributeRules: [],
      defaultRole: null,
      rulesVersion: 0,
      createdAt: now,
      updatedAt: now,
    });
    await manager.insert(Directory, directory);
    await manager.insert(DirectoryToken, token);
    directory.defaultRole = await inheritDefaultRole(manager, directory);
    return { directory, bearerToken: secret };
  }

  findMany(ids: string[]): Promise<Directory[]> {
    return ids.length === 0
      ? Promise.resolve([])
      : this.database.repository(Directory).findBy({ id: In(ids) });
  }

  find(id: string): Promise<Directory | null> {
    return this.database.repository(Directory).findOneBy({ id });
  }

  ofOrganization(organizationId: string): Promise<Directory[]> {
    return this.database.repository(Directory).findBy({ organizationId });
  }

  async list(
    filter: {
      organizationId?: string | undefined;
      /** Of one of these. */
      organizationIds?: string[] | undefined;
      search?: string | undefined;
    },
    page: PageRequest,
  ): Promise<Page<Directory>> {
    const query = this.database.repository(Directory).createQueryBuilder('row').where('true');
    if (filter.organizationId) query.andWhere('row.organizationId = :organizationId', filter);
    if (filter.organizationIds) query.andWhere('row.organizationId = any(:organizationIds)', filter);
    if (filter.search) query.andWhere('strpos(lower(row.name), lower(:search)) > 0', filter);
    return pageOf(query, page);
  }

  /**
   * Two changes at once follow each other.
   * @param decide gets the directory as it is and says what shall be different; what it throws leaves all as it was.
   * @returns the directory afterwards; null when there is none.
   */
  async change(id: string, decide: (directory: Directory) => DirectoryChange): Promise<Directory | null> {
    return this.database.transaction(async (_tx, manager) => {
      const lock = { mode: 'pessimistic_write' } as const;
      const directory = await manager.findOne(Directory, { where: { id }, lock });
      if (!directory) return null;
      const change = decide(directory);
      if (Object.keys(change).length === 0) return directory;
      const updatedAt = this.clock.now();
      await manager.update(Directory, { id }, { ...change, updatedAt });
      return Object.assign(directory, change, { updatedAt });
    });
  }

  /**
   * Changes the schemas that a directory declares; two changes at once follow each other.
   * @param change gets what is declared and says what shall be; what it throws leaves all as it was.
   */
  async declareSchemas(
    id: string,
    change: (declared: SchemaExtension[]) => SchemaExtension[] | Promise<SchemaExtension[]>,
  ): Promise<void> {
    await this.database.transaction(async (_tx, manager) => {
      const directory = await manager.findOneOrFail(Directory, {
        where: { id },
        lock: { mode: 'pessimistic_write' },
      });
      const schemaExtensions = await change(directory.schemaExtensions);
      await manager.update(Directory, { id }, { schemaExtensions, updatedAt: this.clock.now() } as never);
    });
  }

  /** Removes the directory and its tokens; its events stay in the log. */
  async remove(manager: EntityManager, id: string): Promise<boolean> {
    const { affected } = await manager.delete(Directory, { id });
    return (affected ?? 0) > 0;
  }
}
