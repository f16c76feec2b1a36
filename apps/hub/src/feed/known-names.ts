/** Checks what a filter or a scope names, so that a typing error is heard now and not as silence later. */
import { Injectable } from '@nestjs/common';
import { Directories, Organizations } from '@app/tenancy';
import type { FieldError } from '../consumer/api-error.js';
import { invalid } from '../consumer/validation.js';
import type { ConsumerFilterBody } from './consumer-bodies.js';

@Injectable()
export class KnownNames {
  constructor(
    private readonly organizations: Organizations,
    private readonly directories: Directories,
  ) {}

  /** @param member of the body that holds the names; null: the body itself. @throws ApiError 422 */
  async check(
    {
      organization_id: organizationId,
      directories = [],
    }: Pick<ConsumerFilterBody, 'organization_id' | 'directories'>,
    member: string | null = 'filters',
  ): Promise<void> {
    const errors: FieldError[] = [];
    const wrong = (field: string, message: string): void =>
      void errors.push({
        field: member === null ? field : `${member}.${field}`,
        code: 'unknown_name',
        message,
      });
    if (organizationId !== undefined && !(await this.organizations.find(organizationId)))
      wrong('organization_id', `there is no organization '${organizationId}'`);
    const found = new Map((await this.directories.findMany(directories)).map((each) => [each.id, each]));
    for (const id of directories) {
      const directory = found.get(id);
      if (!directory) wrong('directories', `there is no directory '${id}'`);
      else if (organizationId !== undefined && directory.organizationId !== organizationId)
        wrong('directories', `the directory '${id}' is not of the organization '${organizationId}'`);
    }
    if (errors.length > 0) throw invalid(errors);
  }
}
