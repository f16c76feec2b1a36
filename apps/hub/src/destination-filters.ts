/** Checks what a destination's filter names, so that a typing error is heard now and not as silence later. */
import { Injectable } from '@nestjs/common';
import type { DestinationFilter } from '@app/delivery';
import { Directories, Organizations } from '@app/tenancy';
import type { FieldError } from './consumer/api-error.js';
import { invalid } from './consumer/validation.js';

const EVERYTHING = '*';
const GROUP_ID = /^directory_group_[0-9A-HJKMNP-TV-Z]{26}$/;

@Injectable()
export class DestinationFilters {
  constructor(
    private readonly directories: Directories,
    private readonly organizations: Organizations,
  ) {}

  /**
   * @param organizationId the one that the destination is limited to.
   * @param member of the body that holds the filter; its fields are named below it.
   * @throws ApiError 422
   */
  async check(
    filter: DestinationFilter,
    organizationId: string | null,
    member: string | null = 'filter',
  ): Promise<void> {
    const errors = [
      ...(await this.unknownOrganizations(filter.organization_ids ?? [], organizationId)),
      ...(await this.unknownDirectories(filter.directory_ids ?? [], organizationId)),
      ...named(filter.group_ids ?? [])
        .filter((id) => !GROUP_ID.test(id))
        .map((id) => error('group_ids', `'${id}' is not the id of a group, such as directory_group_01…`)),
    ];
    if (errors.length === 0) return;
    throw invalid(
      errors.map((error) => (member === null ? error : { ...error, field: `${member}.${error.field}` })),
    );
  }

  private async unknownOrganizations(ids: string[], limitedTo: string | null): Promise<FieldError[]> {
    const wanted = named(ids);
    if (limitedTo !== null) {
      return wanted
        .filter((id) => id !== limitedTo)
        .map((id) =>
          error('organization_ids', `this destination is limited to ${limitedTo} and cannot hear of '${id}'`),
        );
    }
    const known = new Set((await this.organizations.findMany(wanted)).map(({ id }) => id));
    return wanted
      .filter((id) => !known.has(id))
      .map((id) => error('organization_ids', `there is no organization '${id}'`));
  }

  private async unknownDirectories(ids: string[], limitedTo: string | null): Promise<FieldError[]> {
    const wanted = named(ids);
    const found = await this.directories.findMany(wanted);
    const known = new Set(
      found
        .filter(({ organizationId }) => limitedTo === null || organizationId === limitedTo)
        .map(({ id }) => id),
    );
    return wanted
      .filter((id) => !known.has(id))
      .map((id) =>
        error(
          'directory_ids',
          `there is no directory '${id}'${limitedTo === null ? '' : ` in the organization ${limitedTo}`}`,
        ),
      );
  }
}

function named(ids: string[]): string[] {
  return [...new Set(ids)].filter((id) => id !== EVERYTHING);
}

function error(field: string, message: string): FieldError {
  return { field, code: 'unknown_name', message };
}
