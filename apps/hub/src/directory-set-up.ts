/** Makes and ends directories: the row that people edit and the event in the log, in one transaction. */
import { Injectable } from '@nestjs/common';
import type { DirectoryFacts } from '@app/directory';
import { activateDirectory, closeDirectory } from '@app/provisioning';
import { Clock, Database } from '@app/runtime';
import { Directories, OrganizationDomains, type Directory, type NewDirectory } from '@app/tenancy';
import { HubSettings } from './hub-settings.js';
import { LogMoved } from './log-moved.js';

export interface Connection {
  directory: Directory;
  /** What an administrator pastes into the identity provider. */
  scim: { baseUrl: string; bearerToken: string };
}

@Injectable()
export class DirectorySetUp {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly directories: Directories,
    private readonly domains: OrganizationDomains,
    private readonly settings: HubSettings,
    private readonly logMoved: LogMoved,
  ) {}

  async create(wish: NewDirectory, requestId: string): Promise<Connection> {
    const made = await this.database.transaction(async (tx, manager) => {
      const { directory, bearerToken } = await this.directories.create(manager, wish);
      const domains = await this.domains.held(manager, wish.organizationId);
      const activated = { directory: directoryFacts(directory), domains };
      await activateDirectory(tx, activated, { requestId, now: this.clock.now() });
      return { directory, bearerToken };
    });
    this.logMoved.tell();
    const baseUrl = `${this.settings.publicUrl}/scim/v2/${made.directory.id}`;
    return { directory: made.directory, scim: { baseUrl, bearerToken: made.bearerToken } };
  }

  async remove(directory: Directory, requestId: string): Promise<void> {
    await this.database.transaction(async (tx, manager) => {
      await this.directories.remove(manager, directory.id);
      await closeDirectory(tx, directoryFacts(directory), { requestId, now: this.clock.now() });
    });
    this.logMoved.tell();
  }
}

export function directoryFacts(directory: Directory): DirectoryFacts {
  return {
    id: directory.id,
    organizationId: directory.organizationId,
    name: directory.name,
    type: directory.type,
    externalKey: directory.externalKey,
    created: directory.createdAt.toISOString(),
    updated: directory.updatedAt.toISOString(),
  };
}
